"""Public transport: each vehicle where it was last, the way it headed, in the colour of its speed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import shapely

from twin.language import _
from twin.legend import SEQUENTIAL, Class, Legend, steps
from twin.picture import Form, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.layers.kind import Choice, Verdict
    from twin.model import District
    from twin.readings import History, Moment, Roster

SPEED, HEADING = "vehicle_speed", "vehicle_heading"
"""The channels of a vehicle, in km/h and in degrees clockwise from north."""

_LONG_M, _WIDE_M, _HIGH_M = 13.0, 3.0, 3.4  # a bus; trams are longer, and as high
_ROUND_M = 5.0  # of one whose heading nobody tells
_FOOT_M = 0.3
_LIMITS = (0, 5, 15, 25, 35, 50, 70)


class Transit:
    """The kind of layer."""

    key = "transit"

    @property
    def title(self) -> str:
        """What people call it."""
        return _("Public transport")

    def choices(self, roster: Roster) -> tuple[Choice, ...]:  # noqa: ARG002
        """Return nothing: there is one way of showing vehicles."""
        return ()

    def fit(
        self,
        district: District,
        roster: Roster,
        chosen: Mapping[str, str],  # noqa: ARG002
        before: object = None,  # noqa: ARG002
    ) -> FittedTransit | None:
        """Return the layer for a roster's vehicles; None where there are none."""
        rows = np.array([row for row, sensor in enumerate(roster.sensors) if sensor.layer == self.key], np.int64)
        return FittedTransit(district, roster, rows) if len(rows) else None


class FittedTransit:
    """Vehicles in a district."""

    animated = False

    def __init__(self, district: District, roster: Roster, rows: NDArray[np.int64]) -> None:
        self._district, self._rows = district, rows
        self._speed, self._heading = (
            roster.slots(rows, np.full(len(rows), roster.channel_rows.get(channel, -1))) for channel in (SPEED, HEADING)
        )
        self._legend = _legend().told(next((layer for layer in roster.layers if layer.key == "transit"), None))
        self._form: tuple[bytes, Form] | None = None

    @property
    def legend(self) -> Legend:
        """How the colours are read."""
        return self._legend

    def forget(self) -> None:
        """Keep nothing of what was read."""

    def verdicts(
        self,
        sensor: int,  # noqa: ARG002
        moment: Moment,  # noqa: ARG002
        history: History,  # noqa: ARG002
        *,
        arrived_by: float = math.inf,  # noqa: ARG002
    ) -> tuple[Verdict, ...]:
        """Return nothing: no standard speaks of vehicles."""
        return ()

    def show(
        self,
        moment: Moment,
        history: History,  # noqa: ARG002
        *,
        arrived_by: float = math.inf,  # noqa: ARG002
    ) -> Mapping[str, Shown]:
        """Return the vehicles that told of themselves lately, where that was inside the district."""
        value, heading, lon, lat = (
            _either(moment, column, self._speed, self._heading) for column in ("speed", "heading", "lon", "lat")
        )
        here = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
        xy = self._district.frame.xy_from_lonlat(np.column_stack([lon, lat])[here])
        inside = shapely.contains_xy(self._district.boundary_xy, xy[:, 0], xy[:, 1])
        here, xy = here[inside], xy[inside]
        value, heading = value[here].astype(np.float32), heading[here]
        told = np.column_stack([here, xy, heading]).tobytes()
        if self._form is None or self._form[0] != told:  # vehicles that stand keep their form
            self._form = told, self._boxes(xy, heading, self._rows[here])
        return {"transit": Shown(self._form[1], self._legend, value)}

    def _boxes(self, xy: NDArray[np.float64], heading_deg: NDArray[np.float64], sensor: NDArray[np.int64]) -> Form:
        """Return a box for each vehicle; a square one where its heading is not known."""
        n = len(xy)
        known = np.isfinite(heading_deg)
        angle = np.radians(np.nan_to_num(heading_deg))
        along = np.column_stack([np.sin(angle), np.cos(angle)])
        right = np.column_stack([along[:, 1], -along[:, 0]])
        half_long, half_wide = (np.where(known, side, _ROUND_M)[:, None, None] / 2 for side in (_LONG_M, _WIDE_M))
        ahead, aside = (np.array(signs)[None, :, None] for signs in ((-1, 1, 1, -1), (1, 1, -1, -1)))
        corner = xy[:, None] + ahead * half_long * along[:, None] + aside * half_wide * right[:, None]  # (n, 4, 2)
        foot = np.full(n, _FOOT_M)
        if self._district.terrain is not None and n:
            foot += self._district.terrain.at(xy)
        low, high = (np.dstack([corner, np.repeat((foot + up)[:, None], 4, axis=1)]) for up in (0.0, _HIGH_M))
        after = [1, 2, 3, 0]
        walls = np.stack([low, low[:, after], high[:, after], high], axis=2).reshape(n, 16, 3)  # four each of four
        points = np.concatenate([walls, high], axis=1).reshape(-1, 3)
        quads = (20 * np.arange(n)[:, None, None] + 4 * np.arange(5)[None, :, None] + np.arange(4)).reshape(-1, 4)
        triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        cell = np.repeat(np.arange(n), 20).astype(np.int32)
        return Form(
            "transit", "solid", points.astype(np.float32), triangles.astype(np.int32), cell, sensor.astype(np.int32), n
        )


def _either(moment: Moment, column: str, speed: NDArray[np.int32], heading: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return a column of the moment, a row a vehicle; where it was is told by whichever channel is not stale."""

    def of(values: NDArray[np.float64], slots: NDArray[np.int32]) -> NDArray[np.float64]:
        fresh = (slots >= 0) & ~np.isnan(np.append(moment.value, np.nan)[slots])
        return np.where(fresh, np.append(values, np.nan)[slots], np.nan)

    if column in {"speed", "heading"}:
        return of(moment.value, speed if column == "speed" else heading)
    by_speed, by_heading = (of(getattr(moment, column), slots) for slots in (speed, heading))
    return np.where(np.isnan(by_speed), by_heading, by_speed)


def _legend() -> Legend:
    ends = (*_LIMITS[1:], None)
    classes = tuple(
        Class(
            _("{least} and more").format(least=low) if high is None else f"{low} – {high}",
            colour,
            float(low) if row else -math.inf,
        )
        for row, (low, high, colour) in enumerate(zip(_LIMITS, ends, steps(SEQUENTIAL, len(_LIMITS)), strict=True))
    )
    return Legend("transit", _("Speed of vehicles"), "km/h", classes)


LAYER = Transit()
