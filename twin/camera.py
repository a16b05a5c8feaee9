"""Where one looks from: views, the texts that name them, and the eye that finds a good one by itself."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.model import TwinError, Viewpoint
from twin.relief import Relief

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.model import Bounds, Frame, Mesh

Vector = tuple[float, float, float]

LENS_DEG = 34.0
"""Vertical field of view: about a 35 mm lens lying, long enough to keep towers upright."""

HEADINGS: dict[str, float] = {"north": 0, "east": 90, "south": 180, "west": 270}
NAMES = ("hero", "top", *HEADINGS, "street")

_HERO_PITCHES_AND_SHARES = (
    *((-16.0, 0.22), (-15.0, 0.28), (-15.0, 0.42)),
    *((-18.0, 0.28), (-18.0, 0.36), (-18.0, 0.5), (-22.0, 0.42)),
)
"""Tilts in degrees to try, and how far away: in shares of the district's size."""

_OUTER_SHARE = 0.05

_TOWER_M = 60.0
_TOWER_PITCHES = (-12.0, -8.0, -4.0)
"""Tilts that are tried as well where something stands above the usual view's top: sky for towers to stand in."""
_MOST_TOWERS = 300
_TOLD = 60  # letters of what somebody typed that are told back

_LEVEL = -0.03  # a look flatter than this meets no ground worth measuring
_FARTHEST_M = 20_000.0


@dataclass(frozen=True)
class View:
    """A camera: where it is, what it turns about, which way is up, in local metres; vertical angle in degrees."""

    position: Vector
    focal_point: Vector
    up: Vector = (0.0, 0.0, 1.0)
    angle_deg: float = LENS_DEG

    @classmethod
    def kept(cls, point: Viewpoint) -> View:
        """Return a view that was kept."""
        return cls(point.position, point.focal_point, point.up, point.angle_deg)

    def keep(self, name: str, *, key: int = 0, picture: bytes = b"") -> Viewpoint:
        """Return the view as what can be kept with a district."""
        return Viewpoint(name, self.position, self.focal_point, self.up, self.angle_deg, key, picture)

    @property
    def axes(self) -> NDArray[np.float64]:
        """Unit vectors to the right, up and forwards of the picture, as rows."""
        forwards = np.subtract(self.focal_point, self.position)
        forwards = forwards / np.linalg.norm(forwards)
        right = np.cross(forwards, self.up)
        right = right / np.linalg.norm(right)
        return np.array([right, np.cross(right, forwards), forwards])

    def rays(self, pixels: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
        """Return unit directions through pixels, shape (n, 2) counted from the top left, to shape (n, 3)."""
        width, height = size
        half = math.tan(math.radians(self.angle_deg) / 2)
        across = (pixels[:, 0] + 0.5 - width / 2) / (height / 2) * half
        upwards = (height / 2 - pixels[:, 1] - 0.5) / (height / 2) * half
        rays = np.column_stack([across, upwards, np.ones(len(pixels))]) @ self.axes
        return np.asarray(rays / np.linalg.norm(rays, axis=1)[:, None])

    def pixels(self, points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
        """Where points, shape (n, 3), stand in the picture: x and y from the top left; NaN behind the eye."""
        width, height = size
        along = (points - np.array(self.position)) @ self.axes.T
        half = math.tan(math.radians(self.angle_deg) / 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            across = np.where(along[:, 2] > 0, along[:, 0] / along[:, 2], np.nan) / half
            upwards = np.where(along[:, 2] > 0, along[:, 1] / along[:, 2], np.nan) / half
        return np.column_stack([across * height / 2 + width / 2 - 0.5, height / 2 - upwards * height / 2 - 0.5])

    def metres_a_pixel(self, height_px: int, ground_m: float = 0.0) -> float | None:
        """How many metres a pixel is wide where the middle of a picture meets the ground; None for the sky."""
        forwards_z = float(self.axes[2, 2])
        if forwards_z > _LEVEL:
            return None
        depth_m = max((self.position[2] - ground_m) / -forwards_z, 0.1)
        if depth_m > _FARTHEST_M:
            return None
        return 2 * depth_m * math.tan(math.radians(self.angle_deg) / 2) / max(height_px, 1)


def looking(position: Vector, heading_deg: float, pitch_deg: float, *, angle_deg: float = LENS_DEG) -> View:
    """Return the view from a place along a compass heading, `pitch_deg` above (negative: below) the horizon.

    It turns about the ground it looks at, where that is not too far.
    """
    heading, pitch = math.radians(heading_deg), math.radians(max(-90.0, min(90.0, pitch_deg)))
    forwards = np.array([math.sin(heading) * math.cos(pitch), math.cos(heading) * math.cos(pitch), math.sin(pitch)])
    reach = 1000.0
    if forwards[2] < -1e-3:
        reach = min(max(position[2], 1.0) / -forwards[2], 5000.0)
    steep = abs(pitch_deg) > 89
    up = (math.sin(heading), math.cos(heading), 0.0) if steep else (0.0, 0.0, 1.0)
    return View(position, vector(np.array(position) + forwards * reach), up, angle_deg)


def fitting(bounds_xy: Bounds, heading_deg: float, pitch_deg: float, *, aspect: float, height_m: float = 0) -> View:
    """Return the nearest view along a heading and pitch that holds a whole box of local metres, `height_m` high."""
    west, south, east, north = bounds_xy
    middle = ((west + east) / 2, (south + north) / 2, 0.0)
    axes = looking(middle, heading_deg, pitch_deg).axes
    corners = np.array([(x, y, z) for x in (west, east) for y in (south, north) for z in (0.0, height_m)]) - middle
    right, up, forwards = (corners @ axes.T).T
    half = math.tan(math.radians(LENS_DEG) / 2) * 0.94
    distance = max(
        float(np.max(np.abs(right) / (half * aspect) - forwards)), float(np.max(np.abs(up) / half - forwards))
    )
    view = looking(vector(np.array(middle) - axes[2] * max(distance, 10.0)), heading_deg, pitch_deg)
    return View(view.position, middle, view.up)


def facing(
    points: NDArray[np.float64], pitch_deg: float, *, aspect: float, taken: tuple[float, float] = (0.0, 0.0)
) -> View:
    """Return the nearest view down a pitch that holds most of some points, shape (n, 3), from the best of 24 sides.

    Those farthest out to every side may lie outside: what is read of the others is worth more than the last of them.

    Parameters
    ----------
    taken
        Which shares of the picture something else takes, on its left and from below.
    """
    low, high = np.quantile(points[:, :2], (_OUTER_SHARE, 1 - _OUTER_SHARE), axis=0)
    inner = points[((points[:, :2] >= low) & (points[:, :2] <= high)).all(axis=1)]
    inner = inner if len(inner) else points
    middle = (inner.min(axis=0) + inner.max(axis=0)) / 2
    half = math.tan(math.radians(LENS_DEG) / 2)
    across, upwards = half * aspect * (0.96 - taken[0]), half * (0.92 - taken[1])
    best, best_score = None, math.inf
    for heading in np.arange(0, 360, 15.0):
        axes = looking((0.0, 0.0, 100.0), heading, pitch_deg).axes
        right, up, forwards = axes @ (inner - middle).T
        reach_m = max(
            float((np.abs(right) / across - forwards).max()), float((np.abs(up) / upwards - forwards).max()), 150.0
        )
        score = reach_m * (1 + 0.1 * abs(math.sin(math.radians(heading) / 2)))  # to the north, if it is as good
        if score < best_score:
            aside = np.array([-taken[0] * half * aspect, -taken[1] * half, -1.0]) * reach_m
            best, best_score = looking(vector(middle + aside @ axes), heading, pitch_deg), score
    assert best is not None  # noqa: S101 - there are always 24 headings
    return best


def named(name: str, relief: Relief, bounds_xy: Bounds, *, aspect: float) -> View:
    """Return the view of a name in `NAMES`. A compass name is the direction one looks in."""
    if name == "hero":
        return hero(relief, bounds_xy, aspect=aspect)
    if name == "street":
        return street(relief, bounds_xy)
    if name == "top":
        return fitting(bounds_xy, 0, -90, aspect=aspect)
    return fitting(bounds_xy, HEADINGS[name], -32, aspect=aspect)


def from_text(
    text: str, frame: Frame, relief: Relief, bounds_xy: Bounds, *, aspect: float, kept: Sequence[Viewpoint] = ()
) -> View:
    """Return the view of a name in `NAMES` or of a `kept` one, or of "lon,lat,height_m,heading_deg,pitch_deg".

    Raises
    ------
    TwinError
        If the text is neither.
    """
    name = text.strip().lower()
    if name in NAMES:
        return named(name, relief, bounds_xy, aspect=aspect)
    for point in kept:
        if point.name.strip().casefold() == text.strip().casefold():
            return View.kept(point)
    text = text if len(text) <= _TOLD else text[: _TOLD - 3] + "..."
    words = re.split(r"[,;\s]+", name)
    if len(words) != 5 or not any(_number(word) is not None for word in words):
        raise TwinError(
            _(
                "“{text}” is not a camera. Give one of {names}, or longitude, latitude, height in metres, heading and "
                "pitch in degrees, such as 24.9525,60.1700,300,20,-25."
            ).format(text=text, names=", ".join([*NAMES, *(point.name for point in kept)]))
        )
    lon, lat, height, heading, pitch = (
        _checked(text, word, what, least, most)
        for word, (what, least, most) in zip(words, _numbers_told(), strict=True)
    )
    x, y = frame.xy_from_lonlat(np.array([[lon, lat]]))[0]
    if not math.hypot(x, y) < 1e6:
        raise TwinError(
            _("The camera “{text}” is not near this district. Longitude comes first, then latitude.").format(text=text)
        )
    return looking((float(x), float(y), max(height, 0.5)), heading, pitch)


def _numbers_told() -> tuple[tuple[str, float, float], ...]:
    """Return the numbers of a camera in their order: name, least and most."""
    return (
        (_("longitude"), -180, 180),
        (_("latitude"), -90, 90),
        (_("height in metres"), 0, 100_000),
        (_("heading"), -720, 720),
        (_("pitch"), -90, 90),
    )


def _checked(text: str, word: str, what: str, least: float, most: float) -> float:
    value = _number(word)
    if value is None or not least <= value <= most:
        raise TwinError(
            _("The {what} of the camera “{text}” must be a number from {least} to {most}, not “{word}”.").format(
                what=what, text=text, least=f"{least:g}", most=f"{most:g}", word=word
            )
        )
    return value


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def hero(relief: Relief, bounds_xy: Bounds, *, aspect: float, landmarks: Mesh | None = None) -> View:
    """Return the view that shows a district best: its most striking place, with the city behind it to the horizon.

    The striking place is where heights rise most above their surroundings, near the middle; what is
    finely modelled in `landmarks` counts many times, since mappers put their work into what people come to see.
    Of 24 headings that one wins which fills most of the frame with city and does not hide the place.
    """
    west, south, east, north = bounds_xy
    middle = np.array([(west + east) / 2, (south + north) / 2])
    coarse = _coarse(relief, 8.0)
    extent = math.sqrt(max((east - west) * (north - south), 1.0))
    rise = (np.maximum(coarse.height_m - 0.6 * coarse.crowding_m(90, 60), 0) ** 1.5).astype(np.float32)
    if landmarks is not None:
        rise *= 1 + 2 * np.minimum(_detail(landmarks, coarse), 12)
    rise = Relief(coarse.x_m, coarse.y_m, coarse.cell_m, rise).crowding_m(45, 1e6)
    rows, columns = np.indices(rise.shape)
    cells = np.dstack([coarse.x_m + (columns + 0.5) * coarse.cell_m, coarse.y_m + (rows + 0.5) * coarse.cell_m])
    off = np.linalg.norm((cells - middle) / (np.array([east - west, north - south]) / 2), axis=2)
    score = rise * np.exp(-(off**2) * 1.1)
    place = cells.reshape(-1, 2)[int(score.argmax())] if score.max(initial=0) > 0 else middle
    stand = min(0.5 * float(coarse.at(place)), 60.0)  # half way up whatever stands there
    size = (max(round(27 * aspect), 1), 27)
    grid = np.stack(np.meshgrid(np.arange(size[0]), np.arange(size[1])), -1).reshape(-1, 2).astype(np.float64)
    best, best_score = None, -np.inf
    weight = np.where(grid[:, 1] < size[1] * 0.22, 0.25, 1.0)  # the top of the frame is for the sky
    towers = _towers(coarse)
    tallest = float(towers[:, 2].max(initial=0))
    tries = list(_HERO_PITCHES_AND_SHARES)
    if tallest > 150:  # from nearer than this its top would stand above the frame
        tries += [
            (pitch, share)
            for pitch in _TOWER_PITCHES
            for share in (0.3, 0.5, *(k * tallest / extent for k in (1.2, 1.8, 2.6, 3.6)))
        ]
    northwards = {tilt: looking((0.0, 0.0, 100.0), 0, tilt).rays(grid, size) for tilt, _ in tries}
    for heading in np.arange(0, 360, 15) + 7.5:
        ahead = np.array([math.sin(math.radians(heading)), math.cos(math.radians(heading))])
        turn = np.array([(ahead[1], -ahead[0], 0), (ahead[0], ahead[1], 0), (0, 0, 1)])
        for pitch, share in tries:
            distance = min(max(share * extent, 180.0), max(900.0, 4 * tallest))
            down = math.radians(5 - pitch)  # the place stands a little below the frame's middle
            eye = (*(place - ahead * distance * math.cos(down)), distance * math.sin(down) + stand)
            view = looking(vector(np.array(eye)), heading, pitch)
            rays = northwards[pitch] @ turn
            falls = np.minimum(rays[:, 2], -0.02)
            ground = view.position[:2] + rays[:, :2] * (view.position[2] / -falls)[:, None]
            inside = (ground[:, 0] > west) & (ground[:, 0] < east) & (ground[:, 1] > south) & (ground[:, 1] < north)
            inside &= rays[:, 2] < -0.02
            built = inside & (coarse.at(ground) > 3)
            steps = np.linspace(0.05, 0.9, 24)[:, None]
            sight = np.array(view.position) * (1 - steps) + np.array([*place, 12.0]) * steps
            hidden = float(np.mean(coarse.at(sight[:, :2]) > sight[:, 2]))
            value = float(np.average(1.5 * inside + 0.7 * built, weights=weight)) - 2 * hidden
            value -= 3 * _cut(view, towers, aspect)
            value += 0.012 * pitch  # low is more of a place than of a map
            if value > best_score:
                best, best_score = view, value
    assert best is not None  # noqa: S101 - there are always 24 headings
    return best


def _towers(coarse: Relief) -> NDArray[np.float64]:
    """Return the tops of the highest cells that stand far above the rest, shape (n, 3)."""
    flat = coarse.height_m.reshape(-1)
    highest = np.argsort(flat)[::-1][:_MOST_TOWERS]
    highest = highest[flat[highest] > _TOWER_M]
    rows, columns = np.divmod(highest, coarse.height_m.shape[1])
    x = coarse.x_m + (columns + 0.5) * coarse.cell_m
    y = coarse.y_m + (rows + 0.5) * coarse.cell_m
    return np.column_stack([x, y, flat[highest]]).astype(np.float64)


def _cut(view: View, towers: NDArray[np.float64], aspect: float) -> float:
    """Return 1 where a tower that stands in the frame ends above it, else 0."""
    if not len(towers):
        return 0.0
    size = (max(round(500 * aspect), 1), 500)
    tops = view.pixels(towers, size)
    feet = view.pixels(towers * [1, 1, 0], size)
    with np.errstate(invalid="ignore"):
        across = (feet[:, 0] > 0) & (feet[:, 0] < size[0]) & (feet[:, 1] < size[1] * 1.2)
        above = tops[:, 1] < 0.02 * size[1]
    return float((across & above).any())


def street(relief: Relief, bounds_xy: Bounds) -> View:
    """Return the view of somebody in the open street that has the longest walled vista near the middle."""
    west, south, east, north = bounds_xy
    middle = np.array([(west + east) / 2, (south + north) / 2])
    extent = math.sqrt(max((east - west) * (north - south), 1.0))
    side = np.linspace(-1, 1, 25) * min(0.3 * extent, 400.0)
    places = middle + np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    places = places[relief.at(places) <= 0]
    if not len(places):
        return looking((*middle, 40.0), 0, -10)
    headings = np.radians(np.arange(0, 360, 10.0))
    ahead = np.column_stack([np.sin(headings), np.cos(headings)])
    beside = np.column_stack([ahead[:, 1], -ahead[:, 0]])

    def free(start: NDArray[np.float64], direction: NDArray[np.float64], reach_m: float) -> NDArray[np.float64]:
        """How far one can go from places, shape (n, headings, 2), along each heading."""
        steps = np.arange(2.0, reach_m, 3.0)
        blocked = relief.at(start[:, :, None] + direction[None, :, None] * steps[:, None]) > 3
        return np.where(blocked.any(2), steps[blocked.argmax(2)], reach_m)

    here = np.repeat(places[:, None], len(headings), axis=1)
    clear = free(here, ahead, 300.0)
    walled = np.zeros_like(clear)
    for along_m in (0.0, 25.0, 60.0):  # a street has houses on both sides, and not only where it begins
        left, right = (free(here + ahead * along_m, side, 45.0) for side in (-beside, beside))
        wider = np.maximum(left, right)
        narrow = np.minimum(np.minimum(left, right) / 5, 1)
        walled += narrow / (1 + np.abs(wider - 12) / 12) * np.where(wider < 45, 1, 0.05)
    ends = places[:, None] + ahead * clear[..., None]
    inside = (ends[..., 0] > west) & (ends[..., 0] < east) & (ends[..., 1] > south) & (ends[..., 1] < north)
    walled *= np.where(inside, 1, 0.3)
    place, heading = np.unravel_index(int((clear * walled).argmax()), clear.shape)
    x, y = places[place]
    return looking((float(x), float(y), 2.2), math.degrees(headings[heading]), 4.0, angle_deg=55)


def _detail(mesh: Mesh, like: Relief) -> NDArray[np.float32]:
    """Return triangles a cell above 12 m, averaged over about 45 m: domes and spires have many."""
    rows, columns = like.height_m.shape
    middles = mesh.points[mesh.triangles].mean(axis=1)
    edges = like.y_m + np.arange(rows + 1) * like.cell_m, like.x_m + np.arange(columns + 1) * like.cell_m
    counts, _y, _x = np.histogram2d(middles[:, 1], middles[:, 0], bins=edges, weights=middles[:, 2] > 12)
    return Relief(like.x_m, like.y_m, like.cell_m, counts.astype(np.float32)).crowding_m(45, 1e9)


def _coarse(relief: Relief, cell_m: float) -> Relief:
    """Return the same heights in cells about `cell_m` wide, each as high as the highest in it."""
    step = max(1, round(cell_m / relief.cell_m))
    rows, columns = relief.height_m.shape
    padded = np.pad(relief.height_m, ((0, -rows % step), (0, -columns % step)))
    blocks = padded.reshape(padded.shape[0] // step, step, padded.shape[1] // step, step)
    return Relief(relief.x_m, relief.y_m, relief.cell_m * step, blocks.max(axis=(1, 3)))


def vector(array: NDArray[np.float64]) -> Vector:
    """Return the three numbers of an array as plain ones."""
    return float(array[0]), float(array[1]), float(array[2])
