"""Legends: what a value of a layer means and which colour it wears, with everything that must be said about it.

Default colours are steps of viridis and cividis, which hold for the common kinds of colour blindness; a standard's
own colours are a choice. What has no data is none of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.light import colour

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.readings import Layer, Origin

NO_DATA = "#A9A6A0"
"""The grey under the hatching of what should be known and is not."""

SEQUENTIAL = ("#FDE725", "#A0DA39", "#4AC16D", "#1FA187", "#277F8E", "#365C8D", "#46327E", "#440154")
"""Viridis from light to dark: more of it is more."""

GOOD_TO_BAD = ("#2166AC", "#67A9CF", "#C9D9E4", "#F4B183", "#D6604D", "#8E0F2C")
"""Blue to red without a green: good to bad for eyes of every kind."""


@dataclass(frozen=True, slots=True)
class Class:
    """One line of a legend: values from `least` on, up to the next line's."""

    label: str
    colour: str  # "#rrggbb"
    least: float = -math.inf


@dataclass(frozen=True)
class Legend:
    """How a layer's values are read: classes in ascending order, their unit, and whose data it is.

    A `ramp` blends from each class's colour to the next; otherwise every class has one colour.
    """

    layer: str
    title: str  # of what is coloured: "Speed in relation to free flow"
    unit: str
    classes: tuple[Class, ...]
    ramp: bool = False
    standard: str = ""  # as people name it: "HCM 2000"
    averaging: str = ""  # "1 h"
    origin: Origin = "measured"
    source: str = ""
    owner: str = ""
    terms: str = ""
    caveat: str = ""  # what must be known of the standard's numbers
    notes: tuple[str, ...] = field(default=())  # sentences: what else must be said, such as that a part is estimated

    def told(self, layer: Layer | None) -> Legend:
        """Return the legend with what the data say about themselves."""
        if layer is None:
            return self
        return replace(
            self,
            averaging=self.averaging or layer.averaging,
            origin=layer.origin,
            source=layer.source,
            owner=layer.owner,
            terms=layer.terms,
        )

    @property
    def origin_label(self) -> str:
        """Whether the data are measured, modelled or simulated, in the reader's language."""
        return {"measured": _("Measured"), "modelled": _("Modelled"), "simulated": _("Simulated")}[self.origin]

    def class_of(self, values: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the class of every value, shape (n,); -1 for no data."""
        edges = np.array([one.least for one in self.classes[1:]], np.float64)
        found = np.searchsorted(edges, np.nan_to_num(values.astype(np.float64)), side="right").astype(np.int64)
        return np.where(np.isnan(values), -1, found)

    def rgb(self, values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Return red, green and blue of every value, shape (n, 3); of no data its grey."""
        palette = np.array([colour(one.colour) for one in self.classes] + [colour(NO_DATA)], np.float64)
        if not self.ramp:
            found = palette[self.class_of(values)]
        else:
            stops = np.array([one.least for one in self.classes], np.float64)
            stops[0] = stops[0] if math.isfinite(stops[0]) else 0.0
            given = np.nan_to_num(values.astype(np.float64))
            found = np.column_stack([np.interp(given, stops, palette[:-1, band]) for band in range(3)])
            found[np.isnan(values)] = palette[-1]
        return np.rint(found * 255).astype(np.uint8)


def steps(colours: Sequence[str], count: int) -> tuple[str, ...]:
    """Return so many colours evenly along a palette, blended where it has fewer."""
    rgb = np.array([colour(one) for one in colours]) * 255
    at = np.linspace(0, len(colours) - 1, count)
    mixed = np.column_stack([np.interp(at, np.arange(len(colours)), rgb[:, band]) for band in range(3)])
    return tuple("#" + "".join(f"{value:02X}" for value in row) for row in np.rint(mixed).astype(int).tolist())
