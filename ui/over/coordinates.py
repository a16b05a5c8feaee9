"""Where the cursor is: in WGS 84, in the grid of the country's surveyors, and how high."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton

from twin.language import _
from twin.quantity import THIN_SPACE

if TYPE_CHECKING:
    from twin.camera import Vector
    from twin.grids import Grid
    from twin.model import Frame


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """One point in every system in which it is told."""

    wgs84: str
    grid: str  # with the number of its system; empty without one
    local: str
    height: str

    @property
    def line(self) -> str:
        """All that is worth showing all the time."""
        return "   ".join(filter(None, (self.wgs84, self.grid, self.height)))

    @property
    def text(self) -> str:
        """All of it, for the clipboard: a line each."""
        return "\n".join(filter(None, (self.wgs84, self.grid, self.local, self.height))).replace(THIN_SPACE, " ")


def whereabouts(at: Vector, frame: Frame, grid: Grid | None) -> Whereabouts:
    """Return where a point of a district's local metres is."""
    lonlat = frame.lonlat_from_xy(np.array([at[:2]], np.float64))
    lon, lat = (float(value) for value in lonlat[0])
    told = ""
    if grid is not None:
        east, north = grid.from_lonlat(lonlat)[0]
        told = f"EPSG:{grid.epsg} {_('E')} {_grouped(east)}, {_('N')} {_grouped(north)}"
    return Whereabouts(
        wgs84=f"{abs(lat):.5f}° {_('N') if lat >= 0 else _('S')}, {abs(lon):.5f}° {_('E') if lon >= 0 else _('W')}",
        grid=told,
        local=_("{x} m east, {y} m north of the district's origin").format(x=f"{at[0]:.1f}", y=f"{at[1]:.1f}"),
        height=_("height {height}").format(height=f"{at[2] + 0.0:.1f}{THIN_SPACE}m"),
    )


def _grouped(metres: float) -> str:
    return f"{metres:,.0f}".replace(",", THIN_SPACE)


class Coordinates(QPushButton):
    """A line that follows the cursor. A click on it wishes its text on the clipboard."""

    copy_wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("coordinates")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(_("Coordinates under the cursor"))
        self.clicked.connect(self.copy)
        self._frame: Frame | None = None
        self._grid: Grid | None = None
        self._at: Vector | None = None
        self._told: Whereabouts | None = None
        self.hide()

    def show_frame(self, frame: Frame | None) -> None:
        """Tell places of another district from now on; its grid comes later."""
        self._frame, self._grid = frame, None
        self._at = self._told = None
        self.hide()

    def show_grid(self, grid: Grid) -> None:
        """Tell places in a grid as well."""
        self._grid = grid
        if self._at is not None:
            self.show_place(self._at)

    def show_place(self, at: Vector) -> None:
        """Show where a point is, in local metres. It stays until there is another, for who wants to copy it."""
        if self._frame is None:
            return
        self._at = at
        self._told = whereabouts(at, self._frame, self._grid)
        self.setText(self._told.line)
        system = self._grid.name if self._grid is not None else ""
        self.setToolTip("\n".join(filter(None, (self._told.local, system, _("Click, or C: copy")))))
        self.show()

    def copy(self) -> None:
        """Wish for the text on the clipboard, where there is one."""
        if self._told is not None:
            self.copy_wished.emit(self._told.text)
