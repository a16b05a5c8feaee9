"""A city in its looks and its light, on any pyvista plotter: what is shown of it, and how.

VTK is used bare. A city is a dozen actors of wrapped arrays; everything that a plotter adds to that (themes,
widgets, matplotlib behind them) costs a second or more before the first frame.
"""

from __future__ import annotations

import weakref
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from twin import sight
from twin.eye import Eye
from twin.heavens import Heavens
from twin.ink import Inks
from twin.lettering import Lettering
from twin.light import LOOKS, colours
from twin.prepared import across, best_view, prepare
from twin.props import Thing, drawn_by_processor, paint, paint_features
from twin.stage import MANY, SMALL, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from twin.camera import View
    from twin.light import Colour
    from twin.model import City
    from twin.picture import Picture
    from twin.prepared import Prepared, Shades
    from twin.section import Plane

ACCENT = (0.102, 0.373, 0.816)
_LEAST_NAMES = 0.6  # of their height on a screen: letters of eight pixels can just be read
ACCENT_BY_NIGHT = (0.357, 0.608, 1.0)
LAID_OPEN = (0.29, 0.32, 0.37)
LAID_OPEN_BY_NIGHT = (0.62, 0.66, 0.74)
"""What a cut through a building is painted in: an architect's poché."""

_SAME_SHAPE = 0.2  # what is best in one picture is best in another that is not much wider or taller


class Plotter(Protocol):
    """What a scene needs of a plotter: any `pyvista.BasePlotter` has it, and so has `OffScreen`."""

    @property
    def renderer(self) -> Any: ...  # noqa: D102
    @property
    def render_window(self) -> Any: ...  # noqa: D102


class Tableau:
    """A city on a plotter: what of it is shown, in which look and light, and the eye that it is drawn for.

    It has no loop and no timer of its own: change what you like, then `render`.

    Attributes
    ----------
    reckon : callable, optional
        Takes what reckons shades, a tenth of a second's work, to call it on another thread and bring the outcome to
        `take_shades`; what it was given last outdates all before. None: shades are reckoned where they are due.
    """

    def __init__(self, plotter: Plotter) -> None:
        self._renderer = plotter.renderer
        self._window = plotter.render_window
        self._window.SetMultiSamples(0)
        self._eye = Eye(self._renderer, self._window)
        self._look = LOOKS["model"]
        self._stage: Stage | None = None
        self.reckon: Callable[[Callable[[], Shades]], object] | None = None
        self._names: Lettering | None = None
        self._inks = Inks(self._renderer)
        self._home: View | None = None
        self._tallest_m = 0.0
        self._hurried = False
        self._pixel_ratio = 1.0
        self._hidden: set[str] = set()
        self._selected: tuple[str, int] | None = None
        self._plane: Plane | None = None
        self._pointed: tuple[str, int] | None = None
        self._heavens = Heavens(self._renderer)
        self._relight()
        scene = weakref.ref(self)

        def keep_near(*_: Any) -> None:
            here = scene()
            if here is not None:
                here._clip()  # noqa: SLF001 - a weak method, so that the renderer does not hold the scene

        def write_names(*_: Any) -> None:
            here = scene()
            if here is not None and here._names is not None:  # noqa: SLF001
                here._names.arrange(here.view, here.size)  # noqa: SLF001

        self._observers = [
            self._renderer.AddObserver("ResetCameraClippingRangeEvent", keep_near),
            self._renderer.AddObserver("StartEvent", write_names),
        ]

    def close(self) -> None:
        """Take everything off the plotter again."""
        self._inks.clear()
        self._clear()
        self._heavens.clear()
        for observer in self._observers:
            self._renderer.RemoveObserver(observer)

    @property
    def pixel_ratio(self) -> float:
        """Pixels of the picture for each of the screen's own measure: names are written as much larger.

        In few pixels names stay as large as can be read.
        """
        return self._pixel_ratio

    @pixel_ratio.setter
    def pixel_ratio(self, ratio: float) -> None:
        if ratio == self._pixel_ratio:
            return
        self._pixel_ratio = ratio
        self._inks.scale = ratio
        if self._names is not None:
            self._names.scale = max(ratio, _LEAST_NAMES)

    # what is shown

    def place(self, city: City, *, look: str = "model", prepared: Prepared | None = None) -> None:
        """Show a city in a look, from its best side, in place of what was shown.

        Most of the time goes into what `twin.prepared.prepare` returns: given that, made on another thread, this
        takes some milliseconds. It is used up: the next scene needs its own.
        """
        if prepared is None:
            prepared = prepare(city, look=look, aspect=self._eye.aspect)
        self._clear()
        self._selected = self._pointed = self._plane = None
        self._stage = stage = Stage(prepared, self._renderer)
        self._names = Lettering(city.names, stage.relief, self._renderer)
        self._names.scale = max(self._pixel_ratio, _LEAST_NAMES)
        self._tallest_m = float(stage.relief.height_m.max(initial=0))
        self._home, sun_deg = prepared.home, prepared.sun_deg
        if abs(self._eye.aspect / prepared.aspect - 1) > _SAME_SHAPE:
            self._home = best_view(city, stage.relief, self._eye.aspect)
            sun_deg = across(self._home)
        self._heavens.span(sun_deg)
        self._look = LOOKS[look]
        stage.look_at(np.array(self._home.focal_point[:2]))
        self.fly(self._home)
        stage.cast_without(self._hidden)
        self.dress(look)
        self._show()

    def show(self, picture: Picture) -> None:
        """Show the data of one moment on the city, in place of those shown before; `render` draws them."""
        self._inks.show(picture)

    @property
    def picture(self) -> Picture | None:
        """The data that are shown."""
        return self._inks.picture

    def dress(self, look: str) -> None:
        """Show the city in another of `LOOKS`; colours given by `recolour` stay."""
        self._look = LOOKS[look]
        self._inks.dress(dark=self._look.name == "night")
        self._renderer.SetBackground(*self._look.horizon)
        self._renderer.GradientBackgroundOff()
        if self._stage is not None:
            self._stage.dress(self._look)
        if self._names is not None:
            self._names.dress(self._look)
        if self._stage is not None:
            if self._selected is not None:
                self.select(*self._selected)
            if self._plane is not None:
                self.cut(self._plane, settled=False)
            if self._pointed is not None:
                self._stage.point_out(*self._pointed, self.accent)
        self._relight()

    def show_kind(self, kind: str, visible: bool) -> None:
        """Show or hide one kind of thing; a kind that the city does not have is no error."""
        (self._hidden.discard if visible else self._hidden.add)(kind)
        self._show()
        if self._plane is not None:
            self.cut(self._plane, settled=False)  # its lines go around what is shown
        if self._stage is not None and self._stage.cast_without(self._hidden):
            self._relight()

    def select(self, kind: str, feature: int | None) -> None:
        """Outline and tint one feature, by kind and row in its table, in place of any other; None: nothing."""
        self._selected = (kind, feature) if feature is not None else None
        if self._stage is None:
            return
        if feature is None:
            self._stage.unmark()
        else:
            self._stage.mark(kind, feature, self.accent)

    def point_out(self, kind: str, feature: int | None) -> None:
        """Outline one feature, by kind and row in its table, beside the selected one; None: nothing.

        It is what the pointer hovers over: asked for the same one again, this does nothing.
        """
        wanted = (kind, feature) if feature is not None else None
        if self._stage is not None and (wanted is None or wanted != self._pointed):
            self._stage.point_out(kind, feature, self.accent)
        self._pointed = wanted

    def ghost(self, kind: str, shown: NDArray[np.bool_] | None) -> None:
        """Draw only features of a kind that are `shown`, by row in its table, and of the others a ghost.

        Ghosts have 15 % opacity and no lines, and one picks through them. None shows all again; a kind that the
        city does not have is no error, and features beyond the end of `shown` are shown.
        """
        changed = self._stage is not None and self._stage.ghost(
            kind, None if shown is None else np.asarray(shown, bool)
        )
        if self._plane is not None:
            self.cut(self._plane, settled=False)
        if changed:
            self._relight()

    def move(self, moving: bool) -> None:
        """Draw faster while the camera moves, and with all there is when it stands still.

        Where a processor draws, there are no lines, no street furniture, no facades and no soft edges of shadows
        while it moves. A graphics card draws everything at any time. A still is always drawn as one stands.
        """
        hurried = moving and self.software
        self._renderer.SetUseFXAA(not hurried and not self._window.GetOffScreenRendering())
        if hurried == self._hurried:
            return
        self._hurried = hurried
        # What is seen through comes in its order, from below: in a hurry it is laid over the picture as it comes,
        # without the passes over all pixels that make any order right.
        self._renderer.SetUseOIT(not hurried)
        if self._names is not None:
            self._names.hurried = hurried
        if self._stage is not None:
            self._stage.hurry(hurried)
        self._show()

    @cached_property
    def software(self) -> bool:
        """Whether a processor draws, and not a graphics card. Asking starts the window's graphics."""
        return drawn_by_processor(self._window)

    def recolour(self, kind: str, colours_by_feature: NDArray[np.uint8] | None) -> None:
        """Colour every feature of a kind, shape (n, 3) by its row in the table; None: as the look has it."""
        thing = self._things().get(kind)
        if thing is None or self._stage is None:
            return
        if colours_by_feature is None:
            thing.by_feature = None
            paint(thing, self._stage.city.paints, colours(self._stage.city.paints, self._look), self._look)
        else:
            thing.by_feature = np.asarray(colours_by_feature, np.uint8)
            paint_features(thing)
        self._stage.clothe(kind)

    def cut(self, plane: Plane | None, *, settled: bool = True) -> None:
        """Take away what stands beyond a plane and show what it cuts solid; the ground stays. None: all is whole.

        While a plane is dragged, not `settled`, shadows stay as they are: casting them anew takes longer than a frame.
        """
        self._plane = plane
        ink = LAID_OPEN_BY_NIGHT if self._look.name == "night" else LAID_OPEN
        if self._names is not None:
            self._names.cut = plane
        if self._stage is not None and self._stage.cut(plane, ink, recast=settled):
            self._relight()

    # light

    @property
    def dark(self) -> bool:
        """Whether what is written over the picture has to be light."""
        return self._look.name == "night"

    def light(self, azimuth_deg: float, elevation_deg: float) -> None:
        """Put the sun there, degrees clockwise from north and above the horizon; below it is dusk, and then night.

        The night look keeps a light of its own.
        """
        self._heavens.put(azimuth_deg, elevation_deg)
        self._relight()

    def take_shades(self, shades: Shades) -> None:
        """Read the light from shades that were reckoned on another thread."""
        if self._stage is not None:
            self._stage.take(shades)
            self._relight()

    def light_across(self, view: View) -> None:
        """Put the sun where its light falls across what is seen from a view: the same for the best view as at first."""
        self.light(*across(view))

    def sun(self, time_s: float) -> None:
        """Put the sun where it stands over the city at a moment, UTC epoch seconds; windows are lit as at that hour.

        It takes some milliseconds, so that a whole day may be drawn as a movement.
        """
        if self._stage is not None:
            self._heavens.turn(time_s, self._stage.city.frame)
            self._relight()

    @property
    def sun_deg(self) -> tuple[float, float]:
        """Where the sun stands: azimuth clockwise from north, and elevation."""
        return self._heavens.sun_deg

    # camera

    @property
    def view(self) -> View:
        """Where one looks from now."""
        return self._eye.view

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return self._eye.size

    def fly(self, view: View, *, settle: bool = True) -> None:
        """Look from there; on the way of a journey, `settle` later."""
        self._eye.view = view
        self._clip()
        if settle:
            self.settle()

    def settle(self) -> None:
        """Move the shadows to where one looks now; only a city of many kilometres needs it, after a journey."""
        if self._stage is not None and self._stage.look_at(np.array(self.view.focal_point[:2])):
            self._relight()

    def render(self) -> None:
        """Draw now."""
        self._window.Render()

    # inside

    @property
    def accent(self) -> Colour:
        """The colour of what is pointed out and selected."""
        return ACCENT_BY_NIGHT if self._look.name == "night" else ACCENT

    def _shown(self) -> Stage:
        if self._stage is None:
            raise RuntimeError("place a city first")
        return self._stage

    def _things(self) -> Mapping[str, Thing]:
        return self._stage.things if self._stage is not None else {}

    def _clear(self) -> None:
        if self._stage is not None:
            self._stage.clear()
            self._stage = None
        if self._names is not None:
            self._names.clear()
            self._names = None

    def _show(self) -> None:
        """Show every kind that is not hidden, and that the eye can follow."""
        if self._names is not None:
            self._names.visible = "names" not in self._hidden
        if self._stage is not None:
            for kind in self._stage.things:
                wanted = kind not in self._hidden and sight.DETAILS.get(kind) not in self._hidden
                visible = wanted and not (self._hurried and kind in SMALL)
                if kind == "woods" and self._hurried:
                    visible = wanted and len(self._stage.things[kind].mesh.triangles) < MANY
                if kind in ("trees", "trees_far"):  # in motion trees are plainer, unless they carry data
                    visible = wanted and (kind == "trees_far") == (self._hurried and self._stage.is_plain("trees"))
                self._stage.show(kind, visible, ink=not self._hurried)

    def _relight(self) -> None:
        self._heavens.light(self._look, self._stage, self.reckon)

    def _clip(self) -> None:
        if self._stage is None:
            self._eye.clip()
        else:
            self._eye.clip(self._stage.city.bounds_xy, self._stage.relief, self._tallest_m)
