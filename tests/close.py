"""Districts of a few streets, seen from near."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from districts import _STREET, district, table

from twin.mesh.near import detailed
from twin.model import City


def near(
    *rows: dict[str, Any],
    areas: list[dict[str, Any]] | None = None,
    furniture: list[dict[str, Any]] | None = None,
    rails: list[dict[str, Any]] | None = None,
    **changes: Any,
) -> tuple[City, Any]:
    """Return a city of nothing but near details, and the role of each paint."""
    tables = {name: table(name, []) for name in district().tables}
    tables["streets"] = table("streets", [_STREET | row for row in rows])
    for name, told in (("areas", areas), ("furniture", furniture), ("rails", rails)):
        tables[name] = table(name, told or [])
    of = district(tables=tables, boundary_xy=shapely.box(-150, -150, 150, 150), **changes)
    bare = City(of.frame, of.boundary_xy.bounds, shapely.get_coordinates(of.boundary_xy), {}, ())
    made = detailed(bare, of)
    return made, np.array([paint.role for paint in made.paints])
