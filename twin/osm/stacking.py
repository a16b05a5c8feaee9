"""Parts that stand on parts: what the tags of each alone do not say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

_SAME_M = 0.5
_CROWNING_SHARE = 0.4
"""A roof that covers at least this share of a tower crowns it; a smaller one is a turret on its roof."""


def stand_under_roofs(geometry: NDArray[np.object_], columns: Mapping[str, NDArray[Any]]) -> None:
    """Lower towers to the roofs that crown them, in place, and mark them with the repair `under_roof`.

    A dome is often mapped as a part of its own, all roof, over a tower whose tagged height is that
    of its tip: taken by the letter, the tower swallows the dome. Both mappers meant the same tip, so
    the tower ends where the dome begins.

    Parameters
    ----------
    geometry
        Footprints of the parts, shape (n,).
    columns
        Their columns as `twin.tags.buildings` gives them.
    """
    top, foot = columns["height_m"], columns["min_height_m"]
    roof = np.nan_to_num(columns["roof_height_m"])
    all_roof = (columns["roof_shape"] != "flat") & (roof > 0) & (top - foot - roof < _SAME_M)
    told = columns["roof_shape_from"] == "roof:shape"
    crowns, towers = np.flatnonzero(all_roof & told), np.flatnonzero(~told)
    if not len(crowns) or not len(towers):
        return
    tower, crown = shapely.STRtree(geometry[crowns]).query(geometry[towers], predicate="intersects")
    tower, crown = towers[tower], crowns[crown]
    shared_m2 = shapely.area(shapely.intersection(geometry[tower], geometry[crown]))
    swallowed = (
        (np.abs(top[tower] - top[crown]) < _SAME_M)
        & (foot[tower] < foot[crown] - _SAME_M)
        & (shared_m2 > 0.9 * shapely.area(geometry[crown]))
        & (shared_m2 > _CROWNING_SHARE * shapely.area(geometry[tower]))
    )
    tower, crown = tower[swallowed], crown[swallowed]
    if not len(tower):
        return
    for name in ("height_from", "roof_shape_from", "roof_height_from"):
        columns[name][tower] = "parts"
    top[tower] = foot[crown]
    columns["roof_shape"][tower] = "flat"
    columns["roof_height_m"][tower] = 0.0
    repairs = columns["repairs"]
    repairs[tower] = [f"{codes} under_roof".strip() for codes in repairs[tower]]
