"""What a city needs before it is shown, as plain arrays: any thread may make it, and a renderer then only takes it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from twin import camera
from twin.edges import folds
from twin.light import LOOKS, STUDIO_DEG, grains, under_sun
from twin.props import chance
from twin.relief import relief

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.camera import View
    from twin.light import Light
    from twin.model import City, Mesh, Terrain
    from twin.relief import Relief

CASTING = ("buildings", "parts", "trees", "woods", "bridges", "rail_bridges", "masses")
"""Kinds that shade and crowd their surroundings."""

INKED = ("buildings", "parts")
"""Kinds whose folds are drawn as lines, and whose windows are lit at night."""

CELL_M = 2.0
"""Coarser cells than this make blots of shadows; then only the surroundings of a place are lit."""

EYE_LEVEL_M = 30.0
"""Below this one looks about on the ground beneath; from above one looks at the ground ahead."""

_INK_LIMIT = 150_000  # triangles; in a larger city the lines would cost more than they show
_BEYOND_M = 100.0  # so far out of the district's box reach things at its edge, and their shadows
_CELLS = 1400  # along either side of the surroundings that are lit
_LOWEST_SHADOW_DEG = 0.2  # lower, shadows would be longer than any city, and the sun gives next to no light
_OPEN_LAND = (-1e4, 0.0, 0.0, 0.0)  # nothing shades it, nothing crowds it, no lamp is near


class Shades:
    """Who lies in whose shadow, who crowds whom and where lamps shine, as what every pixel of a picture reads.

    Attributes
    ----------
    near : Relief
        The heights that it is read from: of all of the city, or of the surroundings of one place.
    channels : ndarray of float32, shape (rows, columns, 4)
        For each cell of `near` the height of the shadow over it, the crowding close by and farther off, in metres,
        and the light of lamps. It is changed in place.
    """

    def __init__(self, near: Relief, lamps_xy: NDArray[np.float64]) -> None:
        self.near = near
        self.channels = np.zeros((*near.height_m.shape, 4), np.float32)
        self._lamps_xy = lamps_xy
        self._crowded = self._pooled = False
        self._told: tuple[float, ...] | None = None

    def over(self, near: Relief) -> Shades:
        """Return shades read from other heights of the same city, not cast yet."""
        return Shades(near, self._lamps_xy)

    def lack(self, light: Light) -> bool:
        """Tell whether lamps are lit in a light whose pools are not reckoned yet."""
        return max(light.look.lamplight) > 0 and not self._pooled

    def cast(self, azimuth_deg: float, elevation_deg: float, light: Light, *, quickly: bool = False) -> bool:
        """Bring the channels to where the sun stands, and to whether lamps are lit; tell whether that took anything.

        It takes some milliseconds, apart from the first time, and the first time that lamps are lit: those may be
        left out, `quickly`, for other shades to have them.
        """
        near, look = self.near, light.look
        sunny, lamps = max(look.key) > 0, max(look.lamplight) > 0 and not quickly
        towards_sun = over_horizon(azimuth_deg, elevation_deg)
        told = tuple(np.round(towards_sun, 5)) if sunny else ()
        if self._crowded and told == self._told and (self._pooled or not lamps):
            return False
        self._told = told
        channels = self.channels
        if not self._crowded:
            channels[..., 1], channels[..., 2] = near.crowding_m(5, 10), near.crowding_m(26, 18)
            self._crowded = True
        if lamps and not self._pooled:
            channels[..., 3] = near.pools(self._lamps_xy, 15.0)
            self._pooled = True
        if sunny:
            near.shadow_m(towards_sun, out=channels[..., 0])
        else:
            channels[..., 0] = _OPEN_LAND[0]
        channels[[0, -1]] = channels[:, [0, -1]] = _OPEN_LAND  # the texture's rim goes on for ever
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A city with all that has to be reckoned before it is shown; the scene that takes it uses it up.

    Attributes
    ----------
    aspect : float
        Width of the picture over its height, for which `home` is the best view.
    relief : Relief
        Heights of all of the city.
    home : View
        From where the city is seen best.
    sun_deg : (float, float)
        Azimuth and elevation of the studio's sun, whose light falls across that view.
    shades : Shades
        Cast already, for that sun.
    folds : dict of str to ndarray of int32, shape (n, 2)
        The lines of each kind that has any.
    claddings : dict of str to ndarray of float32, shape (n, 4)
        For each point of a kind with facades its bays, storeys, grain and chance.
    ground_m : dict of str to ndarray of float32, shape (n,)
        How high the ground is beneath each point of a kind; none in a flat city.
    """

    city: City
    aspect: float
    relief: Relief
    home: View
    sun_deg: tuple[float, float]
    shades: Shades
    folds: dict[str, NDArray[np.int32]]
    claddings: dict[str, NDArray[np.float32]]
    ground_m: dict[str, NDArray[np.float32]]


def prepare(city: City, *, look: str = "model", aspect: float = 16 / 9) -> Prepared:
    """Reckon what showing a city takes: a second for a large one, without graphics, on whichever thread.

    Parameters
    ----------
    look
        The look of `twin.light.LOOKS` in which it will be shown first.
    aspect
        Width of the picture over its height.
    """
    west, south, east, north = city.bounds_xy
    box = (west - _BEYOND_M, south - _BEYOND_M, east + _BEYOND_M, north + _BEYOND_M)
    casting = [city.meshes[kind] for kind in CASTING if kind in city.meshes]
    whole = relief(casting, box, terrain=city.terrain)
    home = best_view(city, whole, aspect)
    sun_deg = across(home)
    near = whole
    if whole.cell_m > CELL_M:
        near = surroundings(casting, np.array(home.focal_point[:2]), city.terrain)
    shades = Shades(near, _lamps(city))
    shades.cast(*sun_deg, under_sun(LOOKS[look], sun_deg[1]))
    drawn = {kind: mesh for kind, mesh in city.meshes.items() if len(mesh.triangles)}
    walled = {kind: drawn[kind] for kind in INKED if kind in drawn}
    return Prepared(
        city=city,
        aspect=aspect,
        relief=whole,
        home=home,
        sun_deg=sun_deg,
        shades=shades,
        folds={kind: folds(mesh) for kind, mesh in walled.items() if len(mesh.triangles) <= _INK_LIMIT},
        claddings={kind: _cladding(mesh, city) for kind, mesh in walled.items()},
        ground_m={kind: ground_under(mesh.points, city.terrain) for kind, mesh in drawn.items()}
        if city.terrain is not None
        else {},
    )


def best_view(city: City, whole: Relief, aspect: float) -> View:
    """Return the view that shows a city best, over its ground, in a picture of an aspect."""
    landmarks = city.meshes.get("parts")
    if landmarks is not None and city.terrain is not None:
        points = landmarks.points.copy()
        points[:, 2] -= ground_under(points, city.terrain)
        landmarks = replace(landmarks, points=points)
    best = camera.hero(whole.above(), city.bounds_xy, aspect=aspect, landmarks=landmarks)
    return over_ground(best, city.terrain)


def surroundings(meshes: list[Mesh], focus_xy: NDArray[np.float64], terrain: Terrain | None) -> Relief:
    """Return fine heights of what stands about a place, local metres."""
    half = CELL_M * _CELLS / 2
    (west, south), (east, north) = focus_xy - half, focus_xy + half
    return relief(meshes, (float(west), float(south), float(east), float(north)), cell_m=CELL_M, terrain=terrain)


def is_amid(near: Relief, focus_xy: NDArray[np.float64]) -> bool:
    """Tell whether fine heights reach well beyond a place."""
    middle = np.array(near.bounds_xy).reshape(2, 2).mean(axis=0)
    return near.cell_m <= CELL_M and bool(np.abs(focus_xy - middle).max() < CELL_M * _CELLS / 4)


def ground_under(points: NDArray[np.float32], terrain: Terrain) -> NDArray[np.float32]:
    """Return how high the ground is beneath points, shape (n, 3) to (n,)."""
    return terrain.at(points[:, :2].astype(np.float64)).astype(np.float32)


def over_ground(view: View, terrain: Terrain | None) -> View:
    """Return a view of flat land as one of the land as it is: as high over the ground beneath the eye."""
    if terrain is None:
        return view
    beneath, ahead = terrain.at(np.array([view.position[:2], view.focal_point[:2]])).tolist()
    up = beneath if view.position[2] < EYE_LEVEL_M else max(beneath, ahead)
    (x, y, z), (u, v, w) = view.position, view.focal_point
    return replace(view, position=(x, y, z + up), focal_point=(u, v, w + up))


def towards(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    """Return the unit vector east, north, up to where the sun stands."""
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    return np.array([math.sin(azimuth) * flat, math.cos(azimuth) * flat, math.sin(elevation)])


def over_horizon(azimuth_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    """Return the unit vector to a sun that throws shadows: never quite as low as the horizon."""
    return towards(azimuth_deg, max(elevation_deg, _LOWEST_SHADOW_DEG))


def across(view: View) -> tuple[float, float]:
    """Return where the studio's sun stands for a view: its light falls across it, from the south where possible."""
    forwards = view.axes[2] if abs(view.axes[2][2]) < 0.999 else np.array(view.up)
    heading = math.degrees(math.atan2(forwards[0], forwards[1]))
    sides = [(heading + turn) % 360 for turn in (-115, 115)]
    return min(sides, key=lambda azimuth: abs(azimuth - 190)), STUDIO_DEG


def _cladding(mesh: Mesh, city: City) -> NDArray[np.float32]:
    cladding = np.full((len(mesh.points), 4), -1.0, np.float32)
    if mesh.facade is not None:
        cladding[:, :2] = mesh.facade
    cladding[:, 2] = grains(city.paints)[mesh.paint] if len(city.paints) else 0
    cladding[:, 3] = chance(mesh.feature)
    return cladding


def _lamps(city: City) -> NDArray[np.float64]:
    """Where lamps shine, shape (n, 2)."""
    mesh = city.meshes.get("furniture")
    heads = [i for i, paint in enumerate(city.paints) if paint.role == "lamp_head"]
    if mesh is None or not heads:
        return np.empty((0, 2))
    shining = np.isin(mesh.paint, heads)
    _feature, first = np.unique(mesh.feature[shining], return_index=True)
    return mesh.points[shining][first, :2].astype(np.float64)
