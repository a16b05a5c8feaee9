"""The picture of one moment: what every layer shows then, as arrays on forms that change seldom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from twin.legend import Legend
    from twin.readings import Notice

Manner = Literal["solid", "veil", "dots"]
"""How a form is drawn: "solid" things, a "veil" that lets the city through, or "dots" that move."""


@dataclass(frozen=True, eq=False)
class Form:
    """A merged mesh whose points show cells: one draw call.

    Dots have neither points nor triangles: where they are comes with every picture.
    """

    layer: str
    manner: Manner
    points: NDArray[np.float32]  # (n, 3) local metres
    triangles: NDArray[np.int32]  # (t, 3)
    cell: NDArray[np.int32]  # (n,) the cell whose value a point shows
    sensor: NDArray[np.int32]  # (cells,) the row in the roster of the sensor that one picks there, -1 for none
    cells: int
    top: NDArray[np.bool_] | None = None  # (n,) points that rise with the value, as those of pillars


@dataclass(frozen=True, eq=False)
class Shown:
    """What a form shows at a moment. NaN is no data, and drawn as that: hatched grey, or nothing for a veil."""

    form: Form
    legend: Legend
    value: NDArray[np.float32]  # (cells,)
    estimated: NDArray[np.bool_] | None = None  # (cells,) drawn dashed
    absent: NDArray[np.bool_] | None = None  # (cells,) not drawn: nobody claimed to know anything there
    sure: NDArray[np.float32] | None = None  # (cells,) 0 to 1: how opaque a veil is
    height_m: NDArray[np.float32] | None = None  # (cells,) of what rises with the value
    place: NDArray[np.float32] | None = None  # (dots, 3) where dots are; `value` then has a row a dot

    def same_cells(self, other: Shown) -> bool:
        """Whether the other would be drawn the same."""
        pairs = [(getattr(self, name), getattr(other, name)) for name in _COLUMNS]
        return (
            self.form is other.form
            and self.legend == other.legend
            and all(_same(one, another) for one, another in pairs)
        )


_COLUMNS = ("value", "estimated", "absent", "sure", "height_m", "place")


def _same(one: NDArray[np.generic] | None, other: NDArray[np.generic] | None) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or np.array_equal(one, other, equal_nan=one.dtype.kind == "f")


@dataclass(frozen=True)
class Picture:
    """All that is shown of one moment. A plain value: a scene on a screen, a test and a file take the same."""

    t: float
    shown: Mapping[str, Shown]  # by name: "traffic", "traffic.vehicles", "air", ...
    reporting: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # layer -> sensors with a value, of all
    notices: tuple[Notice, ...] = ()

    def looks_like(self, other: Picture) -> bool:
        """Whether the other would be drawn the same; they may be of different moments."""
        return (
            self.shown.keys() == other.shown.keys()
            and self.reporting == other.reporting
            and self.notices == other.notices
            and all(shown.same_cells(other.shown[name]) for name, shown in self.shown.items())
        )

    def places(self) -> NDArray[np.float64]:
        """Return points of all that stands for a sensor, shape (n, 3): the same ones whatever it says."""
        found = [np.zeros((0, 3))]
        for shown in self.shown.values():
            form = shown.form
            if form.manner == "solid" and form.cells:
                found.append(form.points[form.sensor[form.cell] >= 0].astype(np.float64))
        return np.concatenate(found)
