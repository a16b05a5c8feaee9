"""Exploring what is open: finding in it, colouring it, and asking how good its data is.

It knows what is searched, coloured and filtered now, as the window knows what is open; panels are told.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from twin import quality
from twin.camera import looking
from twin.colouring import KINDS, colouring, names
from twin.find import Index
from twin.language import _
from ui import steering, theme
from ui.job import Job
from ui.palette import Palette
from ui.panels.colour import ColourPanel, Filter
from ui.panels.quality import QualityPanel
from ui.tools.cut import Cut
from ui.tools.measure import Measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from twin.camera import View
    from twin.colouring import Colouring
    from twin.find import Found
    from twin.model import City, District, TwinError
    from twin.quality import Quality
    from ui.commands import Commands
    from ui.view import CityView


_PITCH_DEG = -38.0


class Exploring(QObject):
    """What is searched and coloured in the open district, off the window's thread where it takes long."""

    pick_wished = Signal(str, int)
    """A mesh kind and a row: it was found, and is to be told about."""

    coloured = Signal()
    """Buildings wear other colours, and their legend is worth a look."""

    told = Signal(str)
    """A sentence for the window's notice."""

    def __init__(self, window: QWidget, view: CityView) -> None:
        super().__init__(window)
        self._view = view
        self._city: City | None = None
        self._district: District | None = None
        self._colouring: Colouring | None = None
        self._filter = Filter()
        self._wanted = ""
        self._then: Callable[[Colouring], Filter] | None = None  # the filter of a colouring that is on its way
        self._mended: dict[str, list[tuple[str, int]]] = {}
        self.palette = Palette(window)
        self.colour = ColourPanel()
        self.quality = QualityPanel()
        self.measure = Measure(view)
        self.cut = Cut(view)
        self._indices: Job[Index] = Job(self)
        self._colourings: Job[Colouring] = Job(self)
        self._qualities: Job[Quality] = Job(self)
        self._indices.delivered.connect(self._take_index)
        self._colourings.delivered.connect(self._take_colouring)
        self._qualities.delivered.connect(self.quality.show_quality)
        self._indices.failed.connect(lambda trouble: self.palette.show_index(None, waiting=str(trouble)))
        self._colourings.failed.connect(self._tell)
        self._qualities.failed.connect(lambda trouble: self.quality.show_sentence(str(trouble)))
        self.palette.found.connect(self.go)
        self.palette.left.connect(view.setFocus)
        self.colour.colour_wished.connect(self.colour_by)
        self.colour.filter_wished.connect(self.filter)
        self.quality.provenance_wished.connect(lambda: self.colour_by("provenance"))
        self.quality.mended_wished.connect(self._go_to_mended)
        self.quality.left_out_wished.connect(self._list_left_out)

    def add_commands(self, commands: Commands) -> None:
        """Name what one can do."""
        commands.add("find", _("Find…"), self.palette.open, group=_("Explore"), keys="Ctrl+K, Ctrl+F, /", icon="search")
        for name, said in names().items():
            commands.add(
                f"colour-{name}",
                _("Colour buildings: {what}").format(what=said.lower()),
                partial(self.colour_by, name),
                group=_("Explore"),
                icon="palette",
            )
        commands.add(
            "colour-", _("Colour buildings: none"), lambda: self.colour_by(""), group=_("Explore"), icon="palette"
        )
        commands.add(
            "show-all", _("Show all buildings"), lambda: self.filter(Filter()), group=_("Explore"), icon="list-filter"
        )
        action = commands.add(
            "measure", _("Measure…"), self.measure.turn, group=_("Explore"), keys="M", icon="ruler", checkable=True
        )
        self._view.lent.connect(lambda tool: action.setChecked(tool is self.measure.tool))
        commands.add("measure-clear", _("Clear measurements"), self.measure.clear, group=_("Explore"), icon="ruler")
        cut = commands.add(
            "cut", _("Cut through…"), self.cut.turn, group=_("Explore"), keys="X", icon="slice", checkable=True
        )
        self._view.lent.connect(lambda tool: cut.setChecked(tool is self.cut.tool))
        commands.add("cut-clear", _("Clear the cut"), self.cut.clear, group=_("Explore"), icon="slice")
        commands.enable(False, "measure", "cut")
        self._commands = commands

    @property
    def has_district(self) -> bool:
        """Whether its tables are read, so that it can be asked."""
        return self._district is not None

    @property
    def colouring(self) -> Colouring | None:
        """What buildings are coloured by now."""
        return self._colouring

    @property
    def shown_filter(self) -> Filter:
        """What of them is shown whole."""
        return self._filter

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self.palette.dress(dress)
        self.measure.dress(dress)
        self.cut.dress(dress)

    # what is open

    def show_city(self, city: City) -> None:
        """Begin anew with another city, whose tables are not read yet."""
        self._city, self._district = city, None
        self.measure.show_city(city)
        self.cut.show_city(city)
        self._commands.enable(True, "measure", "cut")
        self._colouring, self._filter, self._mended = None, Filter(), {}
        for job in (self._indices, self._colourings, self._qualities):
            job.stop()
        waiting = _("Reading names and addresses…")
        self.palette.show_index(None, waiting=waiting)
        self.colour.setEnabled(False)
        self.colour.show_colouring(None)
        self.quality.show_sentence(_("Reading what the map says…"))

    def show_district(self, district: District) -> None:
        """Make ready what its tables tell."""
        self._district = district
        self.measure.show_district(district)
        self.colour.setEnabled(True)
        self._indices.begin(lambda _report, _stop: Index(district))
        self._qualities.begin(lambda _report, _stop: quality.quality(district))
        if self._wanted:
            self.colour_by(self._wanted)

    def show_trouble(self, trouble: TwinError) -> None:
        """Say why nothing can be asked."""
        self.palette.show_index(None, waiting=str(trouble))
        self.quality.show_sentence(str(trouble))

    def close(self) -> None:
        """End what still works."""
        for job in (self._indices, self._colourings, self._qualities):
            job.close()

    # finding

    def go(self, found: Found) -> None:
        """Fly to what was found, and tell about it."""
        drawn = self._kind_of(found.table, found.row) if found.table else None
        whole = found.sort in {"building", "tree", "thing", "kind", "address"}
        whole |= found.sort == "answer" and found.table in {"buildings", "trees"}
        if whole and drawn is not None:
            self._view.visit(*drawn)
        else:  # of many pieces, or of none that is drawn
            self._view.fly(_near(self._view.view, found.xy, found.reach_m))
        if drawn is not None:
            self.pick_wished.emit(*drawn)

    def _take_index(self, index: Index) -> None:
        def here() -> tuple[float, float]:
            x, y, _z = self._view.view.focal_point
            return x, y

        self.palette.show_index(
            lambda text: index.search(text, near_xy=here()), lambda: index.suggestions(near_xy=here())
        )

    def _kind_of(self, table: str, row: int) -> tuple[str, int] | None:
        """Return the mesh in which a row of a table is drawn, and the row there; None where it is not drawn.

        A building that is drawn as its parts is told as the largest of them.
        """
        if self._city is None or self._district is None:
            return None
        for kind, mesh in self._city.meshes.items():
            if mesh.table == table and (mesh.feature == row).any():
                return kind, row
        parts = self._city.meshes.get("parts")
        if table == "buildings" and parts is not None:
            osm = np.asarray(self._district.tables["buildings"]["osm"], object)[row]
            own = np.flatnonzero(np.asarray(self._district.tables["parts"]["building"], object) == osm)
            points = np.bincount(parts.feature[parts.feature >= 0], minlength=len(self._district.tables["parts"]))
            if len(own) and points[own].max() > 0:
                return "parts", int(own[points[own].argmax()])
        return None

    # colours

    def colour_by(self, name: str) -> None:
        """Colour buildings by what `twin.colouring.names` calls it; "": as the look has them."""
        self._wanted, self._then = name, None
        district = self._district
        if not name or district is None:
            self._colourings.stop()
            self._colouring = None
            self._wear()
            self.colour.show_colouring(None)
            return
        self._colourings.begin(lambda _report, _stop: colouring(district, name))

    def show_only(self, name: str, low: float = -math.inf, high: float = math.inf, *, entry: int | None = None) -> None:
        """Colour by something and leave ghosts of what is out of a range, or of another class than an `entry`."""
        self.colour_by(name)
        self._then = lambda found: Filter(
            without=frozenset() if entry is None else frozenset(range(len(found.entries))) - {entry}, low=low, high=high
        )

    def filter(self, wanted: Filter) -> None:
        """Leave ghosts of what a filter does not let through."""
        self._filter = wanted
        self.colour.show_filter(wanted)
        self._ghost()

    def _take_colouring(self, found: Colouring) -> None:
        self._colouring, self._filter = found, Filter()
        self.colour.show_colouring(found)
        self._wear()
        if self._then is not None:
            self.filter(self._then(found))
            self._then = None
        self.coloured.emit()

    def _wear(self) -> None:
        self._filter = Filter()
        for table in KINDS:
            self._view.scene.recolour(table, self._colouring.colours(table) if self._colouring else None)
        self._ghost()

    def _ghost(self) -> None:
        for table in KINDS:
            whole = self._colouring is None or self._filter.is_open
            shown = None if whole or self._colouring is None else self._filter.shown(self._colouring, table)
            self._view.scene.ghost(table, shown)
        self._view.draw()

    # quality

    def _go_to_mended(self, code: str) -> None:
        """Go to the next thing that was mended for a reason, round and round."""
        if self._district is None:
            return
        if not self._mended.get(code):
            found = quality.mended(self._district, code)
            self._mended[code] = [place for row in found if (place := self._kind_of(*row)) is not None]
        if not self._mended[code]:
            self.told.emit(_("What was mended there is not drawn."))
            return
        kind, row = self._mended[code].pop(0)
        self._view.visit(kind, row)
        self.pick_wished.emit(kind, row)

    def _list_left_out(self, reason: str) -> None:
        if self._district is not None:
            self.quality.show_left_out(reason, quality.left_out(self._district, reason))

    def _tell(self, trouble: TwinError) -> None:
        self.told.emit(str(trouble))


def _near(view: View, xy: tuple[float, float], reach_m: float) -> View:
    """Return the view along the present heading that shows a place as far as it reaches, from above the roofs."""
    heading, _pitch = steering.aim(view)
    away = min(max(3.2 * reach_m, 140.0), 4000.0)
    turn, tilt = math.radians(heading), math.radians(_PITCH_DEG)
    back = away * math.cos(tilt)
    position = (xy[0] - back * math.sin(turn), xy[1] - back * math.cos(turn), -away * math.sin(tilt))
    return looking(position, heading, _PITCH_DEG, angle_deg=view.angle_deg)
