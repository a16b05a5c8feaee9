"""A city as a picture: on any pyvista plotter, in a window, or on nothing but memory.

VTK is used bare. A city is a dozen actors of wrapped arrays; everything that a plotter adds to that (themes,
widgets, matplotlib behind them) costs a second or more before the first frame.
"""

from __future__ import annotations

import math
import weakref
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from twin import camera, sight
from twin.camera import View
from twin.daylight import STUDIO_DEG, solar_hour, under_sun
from twin.ink import Inks
from twin.lettering import Lettering
from twin.looks import LOOKS, colours
from twin.prepared import across, best_view, over_ground, prepare, towards
from twin.props import OffScreen, Thing, drawn_by_processor, paint, paint_features, sky
from twin.section import CUT
from twin.stage import MANY, SMALL, Stage
from twin.still import Still
from twin.sun import sun

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from twin.camera import Vector
    from twin.looks import Colour
    from twin.model import City, Viewpoint
    from twin.picture import Picture
    from twin.prepared import Prepared, Shades
    from twin.relief import Relief
    from twin.section import Plane
    from twin.sight import Seen

__all__ = ["OffScreen", "Plotter", "Scene"]


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


class Scene:
    """A city on a plotter: its looks, its light, where one looks from and what one points at.

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
        self._look = LOOKS["model"]
        self._sun_deg = self._studio_deg = (225.0, STUDIO_DEG)  # azimuth and elevation
        self._hour: float | None = None
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
        self._sky_actor, self._sky, self._sky_arrays = sky()
        self._renderer.AddActor(self._sky_actor)
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
        self._renderer.RemoveActor(self._sky_actor)
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
            prepared = prepare(city, look=look, aspect=self._aspect)
        self._clear()
        self._selected = self._pointed = self._plane = None
        self._stage = stage = Stage(prepared, self._renderer)
        self._names = Lettering(city.names, stage.relief, self._renderer)
        self._names.scale = max(self._pixel_ratio, _LEAST_NAMES)
        self._tallest_m = float(stage.relief.height_m.max(initial=0))
        # last of all the sky, which is behind everything
        self._renderer.RemoveActor(self._sky_actor)
        self._renderer.AddActor(self._sky_actor)
        self._home, self._sun_deg = prepared.home, prepared.sun_deg
        if abs(self._aspect / prepared.aspect - 1) > _SAME_SHAPE:
            self._home = best_view(city, stage.relief, self._aspect)
            self._sun_deg = across(self._home)
        self._studio_deg = self._sun_deg
        self._hour = None
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

    def pick_sensor(self, x: float, y: float, *, reach_px: float = 4.0) -> int | None:
        """Return the roster's row of the sensor seen at a pixel or close by, counted from the top left; None: none.

        What stands in front of a sensor hides it.
        """
        view = self.view
        eye = np.array(view.position)
        around = [(0.0, 0.0), (-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)]
        pixels = np.array([(x + reach_px * i, y + reach_px * j) for i, j in around], np.float64)
        for direction in view.rays(pixels, self.size):
            met = self._inks.meet(eye, direction)
            if met is None:
                continue
            seen = sight.first(self._things(), eye, direction, among=sight.WALLS)
            if seen is not None and seen.distance_m < met[0]:
                continue
            sensor = self._inks.sensor(*met[1:])
            if sensor >= 0:
                return sensor
        return None

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
        self._sun_deg, self._hour = (azimuth_deg, elevation_deg), None
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
            frame = self._stage.city.frame
            azimuth, elevation = sun(time_s, frame.lon, frame.lat)
            self._sun_deg, self._hour = (float(azimuth), float(elevation)), solar_hour(time_s, frame.lon)
            self._relight()

    @property
    def sun_deg(self) -> tuple[float, float]:
        """Where the sun stands: azimuth clockwise from north, and elevation."""
        return self._sun_deg

    # camera

    @property
    def view(self) -> View:
        """Where one looks from now."""
        eye = self._renderer.GetActiveCamera()
        return View(eye.GetPosition(), eye.GetFocalPoint(), eye.GetViewUp(), eye.GetViewAngle())

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        width, height = self._window.GetSize()
        return int(width), int(height)

    def fly(self, view: View, *, settle: bool = True) -> None:
        """Look from there; on the way of a journey, `settle` later."""
        eye = self._renderer.GetActiveCamera()
        eye.SetPosition(*view.position)
        eye.SetFocalPoint(*view.focal_point)
        eye.SetViewUp(*view.up)
        eye.SetViewAngle(view.angle_deg)
        self._clip()
        if settle:
            self.settle()

    def settle(self) -> None:
        """Move the shadows to where one looks now; only a city of many kilometres needs it, after a journey."""
        if self._stage is not None and self._stage.look_at(np.array(self.view.focal_point[:2])):
            self._relight()

    def views(self, text: str, kept: Sequence[Viewpoint] = ()) -> View:
        """Return the view of a name or of "lon,lat,height_m,heading_deg,pitch_deg", for the city shown.

        Names are those of `twin.camera.NAMES` and of `kept` views.

        Raises
        ------
        TwinError
            If the text is neither.
        """
        stage = self._shown()
        if text.strip().lower() == "hero" and self._home is not None:
            return self._home
        if text.strip().lower() == "street":
            near, box = stage.close_relief(np.array(self.view.focal_point[:2]))
            return over_ground(camera.street(near.above(), box), stage.city.terrain)
        relief, box = stage.relief.above(), stage.city.bounds_xy
        view = camera.from_text(text, stage.city.frame, relief, box, aspect=self._aspect, kept=kept)
        # A view that somebody kept is one of the land as it is.
        was_kept = any(view.position == one.position for one in kept)
        return view if was_kept else over_ground(view, stage.city.terrain)

    def facing(self, points: NDArray[np.float64], pitch_deg: float, *, taken: tuple[float, float] = (0.0, 0.0)) -> View:
        """Return the nearest view down a pitch that holds most of some points, shape (n, 3), of the city shown.

        `taken` are the shares of the picture that something else takes, on its left and from below.
        """
        view = camera.facing(points, pitch_deg, aspect=self._aspect, taken=taken)
        return over_ground(view, self._shown().city.terrain)

    # what one points at

    def look(self, x: float, y: float) -> Seen | None:
        """Return what is seen at a pixel, counted from the picture's top left; None for the sky."""
        view = self.view
        direction = view.rays(np.array([[x, y]], np.float64), self.size)[0]
        return self._first(np.array(view.position), direction)

    @property
    def relief(self) -> Relief:
        """What stands how high, all over the city."""
        return self._shown().relief

    def close_relief(self, at: Vector) -> Relief:
        """Return what stands how high about a place, fine enough to walk among."""
        return self._shown().close_relief(np.array(at[:2]))[0]

    @property
    def tallest_m(self) -> float:
        """How high the highest of all stands above the ground."""
        return self._tallest_m

    def faces(self, kind: str, feature: int) -> NDArray[np.float64]:
        """Return the triangles of a feature in local metres, shape (t, 3, 3); none where it is not drawn."""
        thing = self._things().get(kind)
        if thing is None:
            return np.empty((0, 3, 3))
        mesh = thing.mesh
        return mesh.points[mesh.triangles[thing.triangles_of(feature)]].astype(np.float64)

    def meet(self, eye: Vector, direction: Vector, among: Collection[str] | None = None) -> Seen | None:
        """Return what a ray from any eye along a unit vector meets first, `among` some kinds or all that is shown."""
        return sight.first(self._things(), np.array(eye), np.array(direction), among=among)

    def pick(self, x: float, y: float) -> tuple[str, int] | None:
        """Kind and row of what is seen at a pixel, counted from the picture's top left; None for bare ground."""
        seen = self.look(x, y)
        return (seen.kind, seen.feature) if seen is not None and seen.feature >= 0 else None

    def point(self, x: float, y: float) -> Vector | None:
        """Where in local metres something is seen at a pixel, counted from the picture's top left; None for sky."""
        seen = self.look(x, y)
        return seen.at if seen is not None else None

    # pictures

    def render(self) -> None:
        """Draw now."""
        self._window.Render()

    def still(
        self, path: str | os.PathLike[str] | None = None, size: tuple[int, int] | None = None, *, smooth: int = 2
    ) -> NDArray[np.uint8]:
        """Draw a picture for keeping, with the credits of the map and of overlays in its corner.

        Parameters
        ----------
        path : path, optional
            Where to write it; it is written beside and renamed, so there is never half a picture.
        size : (int, int), optional
            Width and height in pixels; the plotter's own where not given.
        smooth : int
            Samples along either side of a pixel.

        Returns
        -------
        ndarray of uint8, shape (height, width, 3)
        """
        from twin.paper import write_picture

        if not self._window.GetOffScreenRendering():
            return self._double(size or self.size).still(path, smooth=smooth)
        was_hurried = self._hurried
        drawing = self.draw_still(size or self.size, smooth=smooth)
        while not drawing.done:
            drawing.draw()
        self.move(was_hurried)
        picture = self.credited(drawing.picture)
        if path is not None:
            write_picture(Path(path), picture)
        return picture

    def draw_still(self, size: tuple[int, int], *, smooth: int = 2) -> Still:
        """Begin a picture of any size from where one looks now, to be drawn piece by piece, without its credits.

        It is drawn with all there is, by the plotter's own window: where that is on a screen, make it current first.
        """
        self.move(False)
        sized = (self._inks,) if self._names is None else (self._inks, self._names)
        return Still(self._renderer, self._window, self._names, sized, self.view, size, smooth)

    def credited(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return a picture with the credits of the map and of overlays in its corner. It touches no graphics."""
        from twin.paper import credited

        return credited(picture, self.credits, dark=self.dark)

    @property
    def credits(self) -> tuple[str, ...]:
        """The credits of overlays, which come before the map's."""
        return tuple(self._stage.city.credits) if self._stage is not None else ()

    @property
    def ground_ahead_m(self) -> float:
        """How high the ground lies in the middle of the picture; 0 where one looks at the sky."""
        x, y, z = (float(v) for v in self.view.axes[2])
        seen = self.meet(self.view.position, (x, y, z), sight.FLOORS)
        return seen.at[2] if seen is not None else 0.0

    # inside

    @property
    def accent(self) -> Colour:
        """The colour of what is pointed out and selected."""
        return ACCENT_BY_NIGHT if self._look.name == "night" else ACCENT

    @property
    def _aspect(self) -> float:
        width, height = self.size
        return width / max(height, 1)

    def _double(self, size: tuple[int, int]) -> Scene:
        """Return the same scene off screen: a window on a screen cannot be larger than that."""
        stage = self._shown()
        double = Scene(OffScreen(size))
        double.place(stage.city, look=self._look.name)
        double._hidden = set(self._hidden)
        double._show()
        double._shown().cast_without(double._hidden)
        for kind, thing in stage.things.items():
            if thing.by_feature is not None:
                double.recolour(kind, thing.by_feature)
            double.ghost(kind, thing.shown)
        double.cut(self._plane)
        if self._inks.picture is not None:
            double.show(self._inks.picture)
        double._sun_deg, double._studio_deg, double._hour = self._sun_deg, self._studio_deg, self._hour
        double.fly(self.view)
        double._relight()
        return double

    def _first(self, eye: NDArray[np.float64], direction: NDArray[np.float64]) -> Seen | None:
        """Return what a ray meets first, of what a cut leaves only what it leaves."""
        if self._plane is None:
            return sight.first(self._things(), eye, direction)
        standing = self._things().keys() & set(CUT)
        flat = sight.first(self._things(), eye, direction, among=self._things().keys() - standing)
        normal, origin = np.array(self._plane.normal), np.array(self._plane.origin)
        towards = float(direction @ normal)
        start = eye
        if (eye - origin) @ normal < 0:  # beyond the plane nothing stands: look from the plane on
            if towards <= 0:
                return flat
            start = eye + direction * (float((origin - eye) @ normal) / towards + 1e-6)
        seen = sight.first(self._things(), start, direction, among=standing)
        if seen is None or not self._plane.keeps(np.array([seen.at])).all():
            return flat
        seen = replace(seen, distance_m=float(np.linalg.norm(np.array(seen.at) - eye)))
        return seen if flat is None or seen.distance_m < flat.distance_m else flat

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
        """Give every shader the light of the look and of the sun, and the relief its shadows."""
        azimuth, elevation = self._studio_deg if self._look.always_night else self._sun_deg
        light = under_sun(self._look, elevation, self._hour)
        east, north, up = towards(azimuth, elevation)
        disc = float(east), float(north), float(up)
        if self._stage is not None:
            due = self._stage.shades_due(azimuth, elevation, light)
            if due is not None and self.reckon is None:
                self._stage.take(due())
            self._stage.light(light, azimuth, elevation, disc)
            if due is not None and self.reckon is not None:
                self.reckon(due)
        place = {"horizon": light.look.horizon, "zenith": light.look.zenith, "halo": light.halo}
        self._sky.set(sundisc=disc, **place)

    def _clip(self) -> None:
        """Keep the near plane close enough for what is next to the eye and far enough for the depth's precision."""
        eye = self._renderer.GetActiveCamera()
        x, y, z = eye.GetPosition()
        far = 60_000.0
        near = 0.4
        if self._stage is not None:
            west, south, east, north = self._stage.city.bounds_xy
            reach = max(abs(x - west), abs(x - east), abs(y - south), abs(y - north))
            far = 1.5 * math.hypot(reach, z) + 20_000
            tallest = self._tallest_m + 15
            near = max(near, 0.6 * (z - tallest))
            if z <= tallest:
                around = np.array([x, y]) + 24 * np.array(
                    [(i, j) for i in np.linspace(-1, 1, 9) for j in np.linspace(-1, 1, 9)]
                )
                near = max(near, min(8.0, 0.2 * (z - float(self._stage.relief.at(around).max()))))
        eye.SetClippingRange(near, far)
