"""A city as a picture: on any pyvista plotter, in a window, or on nothing but memory.

VTK is used bare. A city is a dozen actors of wrapped arrays; everything that a plotter adds to that (themes,
widgets, matplotlib behind them) costs a second or more before the first frame.
"""

from __future__ import annotations

import math
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from twin import camera
from twin.camera import View
from twin.edges import folds
from twin.light import Ink, Worn
from twin.looks import LOOKS
from twin.props import OffScreen, Thing, actor_of, fill_texture, paint, paint_features, pixels_of, sky, texture_of
from twin.ray import Target
from twin.relief import Relief, relief
from twin.sun import sun

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from twin.model import City, GroundImage, Mesh

FLAT = ("ground", "areas", "water", "piers", "paths", "streets", "rails", "overlays")
"""Kinds that lie on one another in layers a few centimetres apart."""

CASTING = ("buildings", "parts", "trees", "masses")
"""Kinds that shade and crowd their surroundings."""

INKED = ("buildings", "parts")
"""Kinds whose folds are drawn as lines."""

_INK_LIMIT = 150_000  # triangles; in a larger city the lines would cost more than they show
_LAYER_LIFT = 1.25e-3  # share of the distance, for each metre that a flat layer lies above the ground
_STAGE_CELL_M = 2.0  # coarser cells than this make blots of shadows; then only the surroundings are lit

_OPEN_LAND = (-1e4, 0.0, 0.0, 0.0)  # nothing shades it, nothing crowds it, no lamp is near


class Plotter(Protocol):
    """What a scene needs of a plotter: any `pyvista.BasePlotter` has it, and so has `OffScreen`."""

    @property
    def renderer(self) -> Any: ...  # noqa: D102
    @property
    def render_window(self) -> Any: ...  # noqa: D102


@dataclass
class _Stage:
    """What belongs to the city that is shown; another city brings another one."""

    city: City
    relief: Relief  # all of the city, for the camera
    near: Relief  # the part that has shadows
    things: dict[str, Thing] = field(default_factory=dict)
    images: list[tuple[Any, Worn, Any]] = field(default_factory=list)
    ink: list[tuple[str, Any, Ink, Any]] = field(default_factory=list)


class Scene:
    """A city on a plotter: its looks, its light, where one looks from and what one points at.

    It has no loop and no timer of its own: change what you like, then `render`.
    """

    def __init__(self, plotter: Plotter) -> None:
        self._renderer = plotter.renderer
        self._window = plotter.render_window
        self._window.SetMultiSamples(0)
        self._look = LOOKS["model"]
        self._towards_sun = _towards(225, 38)
        self._daylight = 1.0
        self._stage: _Stage | None = None
        self._home: View | None = None
        self._reliefmap, _image = texture_of(np.zeros((1, 1, 4), np.float32))
        self._sky_actor, self._sky, self._sky_arrays = sky()
        self._renderer.AddActor(self._sky_actor)
        scene = weakref.ref(self)

        def keep_near(*_: Any) -> None:
            here = scene()
            if here is not None:
                here._clip()  # noqa: SLF001 - a weak method, so that the renderer does not hold the scene

        self._observer = self._renderer.AddObserver("ResetCameraClippingRangeEvent", keep_near)

    def close(self) -> None:
        """Take everything off the plotter again."""
        self._clear()
        self._renderer.RemoveActor(self._sky_actor)
        self._renderer.RemoveObserver(self._observer)

    # what is shown

    def place(self, city: City, *, look: str = "model") -> None:
        """Show a city in a look, from its best side, in place of what was shown."""
        self._clear()
        casting = [city.meshes[kind] for kind in CASTING if kind in city.meshes]
        whole = relief(casting, city.bounds_xy)
        self._stage = stage = _Stage(city, whole, whole)
        order = sorted(city.meshes, key=lambda kind: (kind in FLAT, kind == "ground", kind == "haze"))
        for kind in order:  # what stands before what lies: the depth test then spares hidden ground its light
            if len(city.meshes[kind].triangles):
                stage.things[kind] = self._thing(kind, city.meshes[kind])
        for kind in INKED:
            mesh = city.meshes.get(kind)
            if mesh is not None and 0 < len(mesh.triangles) <= _INK_LIMIT:
                stage.ink.append((kind, *self._ink(mesh)))
        for image in city.images:
            stage.images.append(self._image(image))
        # last of all the sky, which is behind everything
        self._renderer.RemoveActor(self._sky_actor)
        self._renderer.AddActor(self._sky_actor)
        view = camera.hero(whole, city.bounds_xy, aspect=self._aspect, landmarks=city.meshes.get("parts"))
        forwards = view.axes[2]
        heading = math.degrees(math.atan2(forwards[0], forwards[1]))
        self._home = view
        self._towards_sun, self._daylight = _towards(_side_light(heading), 33), 1.0
        self.fly(view)
        self.dress(look)

    def dress(self, look: str) -> None:
        """Show the city in another of `LOOKS`; colours given by `recolour` stay."""
        self._look = LOOKS[look]
        self._renderer.SetBackground(*self._look.horizon)
        self._renderer.GradientBackgroundOff()
        if self._stage is not None:
            for thing in self._stage.things.values():
                paint(thing, self._stage.city, self._look)
                if thing.by_feature is not None:
                    paint_features(thing)
        self._relight()

    def show_kind(self, kind: str, visible: bool) -> None:
        """Show or hide one kind of thing; a kind that the city does not have is no error."""
        if thing := self._things().get(kind):
            thing.actor.SetVisibility(visible)
        for inked, actor, _ink, _arrays in self._stage.ink if self._stage is not None else ():
            if inked == kind:
                actor.SetVisibility(visible)

    def recolour(self, kind: str, colours_by_feature: NDArray[np.uint8] | None) -> None:
        """Colour every feature of a kind, shape (n, 3) by its row in the table; None: as the look has it."""
        thing = self._things().get(kind)
        if thing is None or self._stage is None:
            return
        if colours_by_feature is None:
            thing.by_feature = None
            paint(thing, self._stage.city, self._look)
        else:
            thing.by_feature = np.asarray(colours_by_feature, np.uint8)
            paint_features(thing)

    # light

    def light(self, azimuth_deg: float, elevation_deg: float) -> None:
        """Put the sun there. Below the horizon it is dusk, and six degrees further down all light is the sky's."""
        self._towards_sun = _towards(azimuth_deg, max(elevation_deg, 4.0))
        self._daylight = float(np.clip((elevation_deg + 3) / 9, 0, 1))
        self._relight()

    def sun(self, time_s: float) -> None:
        """Put the sun where it stands over the city at a moment, UTC epoch seconds."""
        if self._stage is not None:
            frame = self._stage.city.frame
            azimuth, elevation = sun(time_s, frame.lon, frame.lat)
            self.light(float(azimuth), float(elevation))

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

    def fly(self, view: View) -> None:
        """Look from there."""
        eye = self._renderer.GetActiveCamera()
        eye.SetPosition(*view.position)
        eye.SetFocalPoint(*view.focal_point)
        eye.SetViewUp(*view.up)
        eye.SetViewAngle(view.angle_deg)
        self._clip()
        self._restage()

    def views(self, text: str) -> View:
        """Return the view of a name or of "lon,lat,height_m,heading_deg,pitch_deg", for the city shown.

        Raises
        ------
        TwinError
            If the text is neither.
        """
        stage = self._shown()
        if text.strip().lower() == "hero" and self._home is not None:
            return self._home
        return camera.from_text(text, stage.city.frame, stage.relief, stage.city.bounds_xy, aspect=self._aspect)

    # what one points at

    def pick(self, x: float, y: float) -> tuple[str, int] | None:
        """Kind and row of what is seen at a pixel, counted from the picture's top left; None for bare ground."""
        view = self.view
        direction = view.rays(np.array([[x, y]], np.float64), self.size)[0]
        eye = np.array(view.position)
        nearest, found = np.inf, None
        for kind, thing in self._things().items():
            if kind == "haze" or not thing.actor.GetVisibility():
                continue
            if thing.target is None:
                thing.target = Target.of(thing.mesh)
            hit = thing.target.first(eye, direction)
            if hit is not None and hit[0] < nearest:
                nearest = hit[0]
                feature = int(thing.mesh.triangle_feature[hit[1]])
                found = (kind, feature) if feature >= 0 else None
        return found

    # pictures

    def render(self) -> None:
        """Draw now."""
        self._window.Render()

    def still(
        self, path: str | os.PathLike[str] | None = None, size: tuple[int, int] | None = None, *, smooth: int = 2
    ) -> NDArray[np.uint8]:
        """Draw a picture for keeping, with the map's credit in its corner.

        Parameters
        ----------
        path : path, optional
            Where to write it as PNG; it is written beside and renamed, so there is never half a picture.
        size : (int, int), optional
            Width and height in pixels; the plotter's own where not given.
        smooth : int
            Samples along either side of a pixel.

        Returns
        -------
        ndarray of uint8, shape (height, width, 3)
        """
        from twin.paper import credited, write_png

        width, height = size or self.size
        if not self._window.GetOffScreenRendering():
            return self._double(size or self.size).still(path, smooth=smooth)
        before = self.size
        self._window.SetSize(width * smooth, height * smooth)
        self._clip()
        self._window.Render()
        rows = pixels_of(self._window, (width * smooth, height * smooth))
        if smooth > 1:
            total = np.zeros((height, width, 3), np.uint16)
            for row in range(smooth):
                for column in range(smooth):
                    total += rows[row::smooth, column::smooth]
            rows = ((total + smooth * smooth // 2) // (smooth * smooth)).astype(np.uint8)
        self._window.SetSize(*before)
        picture = credited(rows, dark=self._look.name == "night")
        if path is not None:
            write_png(Path(path), picture)
        return picture

    # inside

    @property
    def _aspect(self) -> float:
        width, height = self.size
        return width / max(height, 1)

    def _double(self, size: tuple[int, int]) -> Scene:
        """Return the same scene off screen: a window on a screen cannot be larger than that."""
        stage = self._shown()
        double = Scene(OffScreen(size))
        double.place(stage.city, look=self._look.name)
        for kind, thing in stage.things.items():
            double.show_kind(kind, bool(thing.actor.GetVisibility()))
            if thing.by_feature is not None:
                double.recolour(kind, thing.by_feature)
        double._towards_sun, double._daylight = self._towards_sun, self._daylight
        double.fly(self.view)
        double._relight()
        return double

    def _shown(self) -> _Stage:
        if self._stage is None:
            raise RuntimeError("place a city first")
        return self._stage

    def _things(self) -> Mapping[str, Thing]:
        return self._stage.things if self._stage is not None else {}

    def _clear(self) -> None:
        if self._stage is None:
            return
        for thing in self._stage.things.values():
            self._renderer.RemoveActor(thing.actor)
        for actor, _worn, _arrays in self._stage.images:
            self._renderer.RemoveActor(actor)
        for _kind, actor, _ink, _arrays in self._stage.ink:
            self._renderer.RemoveActor(actor)
        self._stage = None

    def _thing(self, kind: str, mesh: Mesh) -> Thing:
        rgba = np.empty((len(mesh.points), 4), np.uint8)
        rgba[:, 3] = mesh.shade
        actor, scalars, wrapped = actor_of(mesh.points, mesh.triangles, rgba)
        actor.GetProperty().SetTexture("reliefmap", self._reliefmap)
        if kind == "haze":
            actor.ForceTranslucentOn()
        else:
            actor.ForceOpaqueOn()
        lies = kind in FLAT or kind == "haze"
        worn = Worn(actor, lift=_LAYER_LIFT * lies, layers=lies, baked=kind != "haze")
        self._renderer.AddActor(actor)
        return Thing(mesh, actor, worn, rgba, scalars, wrapped)

    def _ink(self, mesh: Mesh) -> tuple[Any, Ink, Any]:
        lines = folds(mesh)
        actor, _scalars, wrapped = actor_of(mesh.points, lines, np.zeros((len(mesh.points), 4), np.uint8))
        actor.ForceTranslucentOn()
        ink = Ink(actor, lift=4e-4)
        self._renderer.AddActor(actor)
        return actor, ink, wrapped

    def _image(self, image: GroundImage) -> tuple[Any, Worn, Any]:
        west, south, east, north = image.bounds_xy
        z = 0.05
        points = np.array([(west, south, z), (east, south, z), (east, north, z), (west, north, z)], np.float32)
        triangles = np.array([(0, 1, 2), (0, 2, 3)], np.int32)
        actor, scalars, wrapped = actor_of(points, triangles, np.full((4, 4), 255, np.uint8))
        pixels = np.ascontiguousarray(image.pixels[::-1])
        texture, arrays = texture_of(pixels)
        actor.GetProperty().SetTexture("reliefmap", self._reliefmap)
        actor.GetProperty().SetTexture("picture", texture)
        if image.pixels[..., 3].min(initial=255) < 255:
            actor.ForceTranslucentOn()
        else:
            actor.ForceOpaqueOn()
        worn = Worn(actor, lift=_LAYER_LIFT * z)
        worn.lay((west, south, 1 / (east - west), 1 / (north - south)))
        self._renderer.AddActor(actor)
        return actor, worn, (scalars, wrapped, texture, arrays, pixels)

    def _worn(self) -> Iterable[Worn]:
        if self._stage is not None:
            yield from (thing.worn for thing in self._stage.things.values())
            yield from (worn for _actor, worn, _arrays in self._stage.images)

    def _relight(self) -> None:
        """Give every shader the light of the look and of the sun, and the relief its shadows."""
        look, day = self._look, self._daylight
        towards = tuple(float(v) for v in self._towards_sun)
        values: dict[str, Any] = {
            "sun": towards,
            "sunscale": 1 / max(self._towards_sun[2], 0.42),
            "keylight": tuple(c * day for c in look.key),
            "filllight": tuple(c * (0.62 + 0.38 * day) for c in look.fill),
            "bouncelight": tuple(c * (0.62 + 0.38 * day) for c in look.bounce),
            "crowding": look.crowding,
            "horizon": look.horizon,
            "fogdistance": look.fog_m,
            "lamplight": look.lamplight,
            "windowlight": look.window,
        }
        if self._stage is not None:
            near = self._stage.near
            west, south, east, north = near.bounds_xy
            values["reliefbox"] = (west, south, 1 / (east - west), 1 / (north - south))
            values["reliefcell"] = near.cell_m
            self._light_map()
            for _kind, _actor, ink, _arrays in self._stage.ink:
                ink.set(line=look.edge, opaque=look.edge_opacity, fogdistance=look.fog_m)
        for worn in self._worn():
            worn.set(**values)
        for kind, thing in self._things().items():
            thing.worn.set(litwindows=look.windows if kind in {"buildings", "parts"} else 0.0)
        self._sky.set(
            sun=towards, horizon=look.horizon, zenith=look.zenith, halo=tuple(c * day * 0.25 for c in look.key)
        )

    def _light_map(self) -> None:
        stage = self._shown()
        near = stage.near
        bright = near.pools(self._lamps(), 15.0) if max(self._look.lamplight) > 0 else np.zeros_like(near.height_m)
        channels = np.dstack(
            [near.shadow_m(self._towards_sun), near.crowding_m(5, 10), near.crowding_m(26, 18), bright]
        )
        channels[[0, -1]] = channels[:, [0, -1]] = _OPEN_LAND  # the texture's rim goes on for ever
        fill_texture(self._reliefmap, channels)

    def _lamps(self) -> NDArray[np.float64]:
        """Where lamps shine, shape (n, 2)."""
        stage = self._shown()
        mesh = stage.city.meshes.get("furniture")
        heads = [i for i, paint in enumerate(stage.city.paints) if paint.role == "lamp_head"]
        if mesh is None or not heads:
            return np.empty((0, 2))
        shining = np.isin(mesh.paint, heads)
        feature, first = np.unique(mesh.feature[shining], return_index=True)
        return mesh.points[shining][first, :2].astype(np.float64) if len(feature) else np.empty((0, 2))

    def _restage(self) -> None:
        """Move the part that has shadows to where one looks, in a city too large to have them everywhere."""
        stage = self._stage
        if stage is None or stage.relief.cell_m <= _STAGE_CELL_M:
            return
        half = _STAGE_CELL_M * 700
        focus = np.array(self.view.focal_point[:2])
        middle = np.array(stage.near.bounds_xy).reshape(2, 2).mean(axis=0)
        if stage.near is not stage.relief and np.abs(focus - middle).max() < half / 2:
            return
        box = (*(focus - half), *(focus + half))
        casting = [stage.city.meshes[kind] for kind in CASTING if kind in stage.city.meshes]
        stage.near = relief(casting, box, cell_m=_STAGE_CELL_M)
        self._relight()

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
            tallest = float(self._stage.relief.height_m.max(initial=0)) + 15
            near = max(near, 0.6 * (z - tallest))
            if z <= tallest:
                around = np.array([x, y]) + 24 * np.array(
                    [(i, j) for i in np.linspace(-1, 1, 9) for j in np.linspace(-1, 1, 9)]
                )
                near = max(near, min(8.0, 0.2 * (z - float(self._stage.relief.at(around).max()))))
        eye.SetClippingRange(near, far)


def _towards(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    """Return the unit vector east, north, up to where the sun stands."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    return np.array([math.sin(azimuth) * flat, math.cos(azimuth) * flat, math.sin(elevation)])


def _side_light(heading_deg: float) -> float:
    """Return an azimuth from which light falls across a picture taken along a heading, southern where possible."""
    sides = [(heading_deg + turn) % 360 for turn in (-115, 115)]
    return min(sides, key=lambda azimuth: abs(azimuth - 190))
