"""A city as a picture that somebody looks at: in a window, or on nothing but memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin import camera, sight
from twin.prepared import over_ground
from twin.props import OffScreen
from twin.section import CUT
from twin.still import Still
from twin.tableau import Plotter, Tableau

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from twin.camera import Vector, View
    from twin.model import Viewpoint
    from twin.relief import Relief
    from twin.sight import Seen

__all__ = ["OffScreen", "Plotter", "Scene"]


class Scene(Tableau):
    """A city on a plotter: its looks, its light, where one looks from and what one points at."""

    # views

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
        view = camera.from_text(text, stage.city.frame, relief, box, aspect=self._eye.aspect, kept=kept)
        # A view that somebody kept is one of the land as it is.
        was_kept = any(view.position == one.position for one in kept)
        return view if was_kept else over_ground(view, stage.city.terrain)

    def facing(self, points: NDArray[np.float64], pitch_deg: float, *, taken: tuple[float, float] = (0.0, 0.0)) -> View:
        """Return the nearest view down a pitch that holds most of some points, shape (n, 3), of the city shown.

        `taken` are the shares of the picture that something else takes, on its left and from below.
        """
        view = camera.facing(points, pitch_deg, aspect=self._eye.aspect, taken=taken)
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

    # pictures

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
        double._heavens.like(self._heavens)
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
