"""Names on a picture: which are written, where, and the letters as one textured draw.

Every letter is a small piece of one picture, the atlas. A text along a street is turned as the street is
seen, and never stands on its head; what would lie over another, or behind a building, is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D, vtkTexturedActor2D

from twin.props import texture_of, wrapped_array
from twin.type import font_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.light import Look
    from twin.model import Names
    from twin.relief import Relief
    from twin.section import Plane

SIZE_PX = 13.0
MOST_SHOWN = 70
_CANDIDATES = 400
_SIZES = {"square": 1.1, "landmark": 1.0, "park": 1.0, "water": 1.05, "street": 0.95}
_INKS = {"park": "#3F6B35", "water": "#2F6480", "landmark": "#4A4038"}
_INK, _HALO = "#3A4047", "#FBFAF8"
_INK_BY_NIGHT, _HALO_BY_NIGHT = "#C4CBD6", "#10131A"
_INKS_BY_NIGHT = {"park": "#8FB58A", "water": "#7FB2D6"}
_APART_PX = 320.0
"""The same name is not written again within this distance."""

_CREDIT = np.array([18.0, 3.2])  # in heights of a letter, the corner where credits stand
_FARTHEST_M = 6000.0
_ATLAS_PX = 1024
_SIZES_KEPT = 6
_FRAMES_KEPT = 5
"""So many frames in a hurry show the same names: they move along with their places."""


class Eye(Protocol):
    """What is asked of a view: where it is, and where points stand in its picture; `twin.camera.View` has it."""

    @property
    def position(self) -> tuple[float, float, float]: ...  # noqa: D102

    def pixels(self, points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The letters of a city's names at one size, in one picture, each twice: its halo, then itself."""

    advance_px: dict[str, float]
    place: dict[str, tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]]
    """For each letter its corner and size about the pen in pixels, and where halo and ink lie in the atlas."""
    size_px: float
    texture: Any
    image: Any


@dataclass(frozen=True, slots=True)
class Laid:
    """The letters of a name in a row: corner and size of each about the name's middle, halo and ink in the atlas."""

    corner: NDArray[np.float64]  # (n, 2) pixels
    wide: NDArray[np.float64]  # (n, 2)
    halo: NDArray[np.float64]  # (n, 4)
    ink: NDArray[np.float64]


class Lettering:
    """The names of one city on one renderer."""

    def __init__(self, names: Names, relief: Relief, renderer: Any) -> None:
        self.visible = True
        self.scale = 1.0
        self.piece: tuple[Eye, tuple[int, int], tuple[int, int]] | None = None
        """Where the picture is a piece of a larger one: the view and size of that, and the piece's upper left."""
        self.cut: Plane | None = None
        """Names of what stands beyond this plane are left out."""
        # What a landmark's outline says may be lower than its dome.
        high = np.array([names.kind[which] == "landmark" for which in names.which.tolist()], bool)
        points = names.points.copy()
        self._standing = high
        points[high, 2] = np.maximum(points[high, 2], relief.at(points[high, :2]) + 3.0)
        self._names, self._relief, self._renderer = replace(names, points=points), relief, renderer
        self._glyphs: Glyphs | None = None
        self._drawn: dict[float, Glyphs] = {}  # by their size: where the picture gets coarser they are needed at once
        self._colours: dict[str, tuple[NDArray[np.uint8], NDArray[np.uint8]]] = {}
        self._state: tuple[object, ...] = ()
        self.hurried = False
        """Whether names are chosen anew only every few frames, and in between move with their places."""
        self.written: list[Written] = []
        """What the last picture says, and where."""
        self._frames_left = 0
        self._laid: dict[int, Laid] = {}
        self._actor = vtkTexturedActor2D()
        self._mapper = vtkPolyDataMapper2D()
        self._mapper.SetColorModeToDirectScalars()
        self._actor.SetMapper(self._mapper)
        self._actor.SetVisibility(False)
        self._kept: tuple[Any, ...] = ()
        renderer.AddViewProp(self._actor)

    @property
    def points(self) -> NDArray[np.float64]:
        """Where each name stands, shape (n, 3) in local metres, a row a text and place."""
        return self._names.points

    @property
    def actor(self) -> vtkActor2D:
        """What a renderer draws over its picture."""
        return self._actor

    def clear(self) -> None:
        """Take the names off the renderer."""
        self._renderer.RemoveViewProp(self._actor)

    def dress(self, look: Look) -> None:
        """Write in the colours of a look."""
        night = look.name == "night"
        ink, halo = (_INK_BY_NIGHT, _HALO_BY_NIGHT) if night else (_INK, _HALO)
        own = _INKS_BY_NIGHT if night else _INKS
        self._colours = {
            kind: (_rgba(own.get(kind, ink), 255), _rgba(halo, 215)) for kind in {*self._names.kind, *_SIZES}
        }
        self._state = ()

    def arrange(self, view: Eye, size: tuple[int, int]) -> None:
        """Write what can be read from a view in a picture of `size`."""
        corner = (0, 0)
        tall = size[1]
        if self.piece is not None:
            view, size, corner = self.piece
        state = ((view, self.hurried), size, self.visible, self.scale, corner, tall, self.cut)
        if state == self._state or not self._colours:
            return
        alike = state[1:] == self._state[1:]
        self._state = state
        if not self.visible or not len(self._names.text):
            chosen = []
        elif self.hurried and alike and self._frames_left:
            self._frames_left -= 1
            chosen = self._moved(view, size)
        else:
            self._frames_left = _FRAMES_KEPT
            chosen = self.chosen(view, size)
        self.written = chosen
        self._actor.SetVisibility(bool(chosen))
        if chosen:
            self._write(chosen, corner, tall)

    def chosen(self, view: Eye, size: tuple[int, int]) -> list[Written]:
        """Return the names to write in a view, none over another, the most important first."""
        names, height = self._names, SIZE_PX * self.scale
        at = view.pixels(names.points, size)
        away = np.linalg.norm(names.points - np.array(view.position), axis=1)
        rank = names.rank[names.which]
        inside = (at[:, 0] > 0) & (at[:, 0] < size[0]) & (at[:, 1] > 0) & (at[:, 1] < size[1])  # never so for NaN
        # A name is written from as far as it is important: a lane from its corner, a boulevard from the hills.
        reach = np.minimum(_FARTHEST_M, 300.0 + 4200.0 * rank**2)
        near = away < reach
        here = inside & near
        if self.cut is not None:
            here &= ~self._standing | self.cut.keeps(names.points)
        few = np.flatnonzero(here)
        if not len(few):
            return []
        score = rank[few] - 0.25 * away[few] / reach[few]
        few = few[np.argsort(-score)][:_CANDIDATES]
        few = few[self._in_sight(np.array(view.position), names.points[few])]
        way, room = self._ways(few, at[few], view, size)
        glyphs = self._letters()
        written: list[Written] = []
        circles = np.empty((0, 3))
        for i, place in enumerate(few.tolist()):
            which = int(names.which[place])
            one = Written(which, place, at[place], way[i], _SIZES.get(names.kind[which], 1.0))
            wide = one.share * sum(glyphs.advance_px[letter] for letter in names.text[which])
            if not np.isfinite(way[i]).all() or wide > max(room[i], 0.0) * 1.15:
                continue
            steps = max(2, int(np.ceil(wide / height)))
            along = np.linspace(-wide / 2, wide / 2, steps)
            mine = np.column_stack([one.at + along[:, None] * one.way, np.full(steps, 0.75 * height)])
            gap = np.hypot(mine[:, None, 0] - circles[None, :, 0], mine[:, None, 1] - circles[None, :, 1])
            half_out = (mine[:, :2] < 0.3 * height) | (mine[:, :2] > np.array(size) - 0.3 * height)
            on_credit = (mine[:, :2] > np.array(size) - _CREDIT * height).all(axis=1)
            if half_out.any() or on_credit.any() or (gap < mine[:, None, 2] + circles[None, :, 2]).any():
                continue
            again = [w for w in written if names.text[w.which] == names.text[which]]
            if any(np.hypot(*(w.at - one.at)) < _APART_PX * self.scale for w in again):
                continue
            written.append(one)
            circles = np.concatenate([circles, mine])
            if len(written) >= MOST_SHOWN:
                break
        return written

    def _ways(
        self, few: NDArray[np.intp], at: NDArray[np.float64], view: Eye, size: tuple[int, int]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return which way some names run in a picture, as unit vectors, and for how many pixels they may."""
        names = self._names
        lies = (names.along[few] != 0).any(axis=1)
        reach_m = np.minimum(0.4 * names.room_m[few], 20.0)
        towards = names.points[few].copy()
        towards[:, :2] += names.along[few] * reach_m[:, None]
        way = view.pixels(towards, size) - at
        way[~lies] = (1.0, 0.0)
        length = np.maximum(np.hypot(*way.T), 1e-6)
        room = np.where(lies, length / reach_m * names.room_m[few], np.inf)
        way = way / length[:, None]
        way[way[:, 0] < 0] *= -1
        return way, room

    def _moved(self, view: Eye, size: tuple[int, int]) -> list[Written]:
        """Return what is written, where its places are now."""
        few = np.array([one.place for one in self.written], np.intp)
        if not len(few):
            return []
        at = view.pixels(self._names.points[few], size)
        way, _room = self._ways(few, at, view, size)
        seen = np.isfinite(at).all(axis=1) & np.isfinite(way).all(axis=1)
        return [replace(one, at=at[i], way=way[i]) for i, one in enumerate(self.written) if seen[i]]

    def _in_sight(self, eye: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which points nothing stands in front of, as far as the relief knows."""
        share = np.linspace(0.0, 1.0, 42)[1:-1] ** 1.5
        on_way = points[:, None] + share[None, :, None] * (eye - points)[:, None]
        steep = np.linalg.norm(on_way - points[:, None], axis=2) > 4.0
        hidden = (self._relief.at(on_way[..., :2]) > on_way[..., 2] + 0.5) & steep
        seen: NDArray[np.bool_] = ~hidden.any(axis=1)
        return seen

    def _letters(self) -> Glyphs:
        size = SIZE_PX * self.scale
        if self._glyphs is None or self._glyphs.size_px != size:
            if size not in self._drawn:
                if len(self._drawn) >= _SIZES_KEPT:
                    self._drawn.clear()
                self._drawn[size] = glyphs_of("".join(sorted(set("".join(self._names.text)))), size)
            self._glyphs = self._drawn[size]
            self._laid.clear()
            self._actor.SetTexture(self._glyphs.texture)
        return self._glyphs

    def _write(self, chosen: Sequence[Written], corner_px: tuple[int, int], tall_px: int) -> None:
        """Make of chosen names one mesh: all halos first, so that none lies over a letter."""
        laid = [self._letters_of(one.which) for one in chosen]
        letters = np.array([len(one.corner) for one in laid])
        if not letters.sum():
            self._actor.SetVisibility(False)
            return
        low, span = np.concatenate([one.corner for one in laid]), np.concatenate([one.wide for one in laid])
        place = np.repeat(np.array([one.at for one in chosen]), letters, axis=0)
        colour = [self._colours[self._names.kind[one.which]] for one in chosen]
        ahead = np.repeat(np.array([one.way * one.share for one in chosen]), letters, axis=0)
        down = np.column_stack([-ahead[:, 1], ahead[:, 0]])
        unit = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float)
        local = low[:, None] + unit[None] * span[:, None]
        pixels = place[:, None] + local[..., :1] * ahead[:, None] + local[..., 1:] * down[:, None]
        flat = np.column_stack([pixels.reshape(-1, 2), np.zeros(4 * len(low))])
        flat[:, 0] -= corner_px[0]
        flat[:, 1] = tall_px + corner_px[1] - flat[:, 1]
        n = len(low)
        box = np.concatenate([*(one.halo for one in laid), *(one.ink for one in laid)])
        texture = box[:, None, :2] + unit[None] * (box[:, 2:] - box[:, :2])[:, None]
        rgba = np.concatenate([np.repeat(np.array([c[k] for c in colour]), letters, axis=0) for k in (1, 0)])
        quads = 4 * np.arange(2 * n)[:, None, None] + np.array([[0, 1, 2], [0, 2, 3]])
        self._show(
            np.tile(flat, (2, 1)).astype(np.float32),
            quads.reshape(-1).astype(np.int32),
            texture.reshape(-1, 2).astype(np.float32),
            np.repeat(rgba, 4, axis=0),
        )

    def _letters_of(self, which: int) -> Laid:
        """Return the letters of a name side by side about its middle, laid out once."""
        glyphs = self._letters()
        if which not in self._laid:
            text = self._names.text[which]
            ends = np.cumsum([0.0, *(glyphs.advance_px[letter] for letter in text)])
            drawn = [
                (pen, *glyphs.place[letter]) for pen, letter in zip(ends, text, strict=False) if letter in glyphs.place
            ]
            box = np.array([one[1] for one in drawn]).reshape(-1, 4)
            pen = np.array([one[0] for one in drawn]) - ends[-1] / 2
            corner = np.column_stack([pen + box[:, 0], box[:, 1]])
            halo, ink = (np.array([one[k] for one in drawn]).reshape(-1, 4) for k in (2, 3))
            self._laid[which] = Laid(corner, box[:, 2:], halo, ink)
        return self._laid[which]

    def _show(
        self,
        points: NDArray[np.float32],
        corners: NDArray[np.int32],
        texture: NDArray[np.float32],
        rgba: NDArray[np.uint8],
    ) -> None:
        data, places, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
        arrays = [wrapped_array(np.ascontiguousarray(one)) for one in (points, corners, texture, rgba)]
        places.SetData(arrays[0])
        cells.SetData(3, arrays[1])
        data.SetPoints(places)
        data.SetPolys(cells)
        data.GetPointData().SetTCoords(arrays[2])
        data.GetPointData().SetScalars(arrays[3])
        self._mapper.SetInputData(data)
        self._kept = (points, corners, texture, rgba, arrays)


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A name in a picture: which, at which of all places, its middle in pixels, its direction, its size as a share."""

    which: int
    place: int
    at: NDArray[np.float64]
    way: NDArray[np.float64]
    share: float


def glyphs_of(letters: str, size_px: float) -> Glyphs:
    """Draw letters into an atlas."""
    from PIL import Image, ImageDraw, ImageFilter

    margin = max(2, round(0.2 * size_px))
    cell = round(1.5 * size_px) + 2 * margin
    baseline = margin + round(1.05 * size_px)
    fonts = {letter: font_for(letter, size_px) for letter in letters}
    # measured large: in its own size a letter's advance is rounded to whole pixels
    advance = {letter: float(font_for(letter, 8 * size_px).getlength(letter)) / 8 for letter in letters}
    drawn = [letter for letter in letters if not letter.isspace()]
    widths = [max(1, int(np.ceil(advance[letter])) + 2 * margin + 2) for letter in drawn]
    width = max([_ATLAS_PX, *widths])
    x = y = 0
    spots = []
    for wide in widths:
        if x + wide > width:
            x, y = 0, y + cell
        spots.append((x, y))
        x += wide
    band = y + cell
    ink = Image.new("L", (width, band), 0)
    pen = ImageDraw.Draw(ink)
    for letter, (left, top) in zip(drawn, spots, strict=True):
        pen.text((left + margin, top + baseline), letter, font=fonts[letter], fill=255, anchor="ls")
    halo = ink
    for _pixel in range(max(1, round(0.11 * size_px))):  # the same as one wide filter, in a fraction of its time
        halo = halo.filter(ImageFilter.MaxFilter(3))
    halo = halo.filter(ImageFilter.GaussianBlur(0.06 * size_px))
    pixels = np.full((2 * band, width, 4), 255, np.uint8)
    pixels[:band, :, 3], pixels[band:, :, 3] = np.asarray(halo), np.asarray(ink)
    place = {}
    for letter, wide, (left, top) in zip(drawn, widths, spots, strict=True):
        # The pen moves along the middle of small letters, not along their feet.
        box = np.array([-margin, 0.36 * size_px - baseline, wide, cell], float)
        in_halo = np.array([left / width, top / (2 * band), (left + wide) / width, (top + cell) / (2 * band)])
        place[letter] = box, in_halo, in_halo + np.array([0, 0.5, 0, 0.5])
    texture, image = texture_of(pixels)
    return Glyphs(advance, place, size_px, texture, image)


def _rgba(hexadecimal: str, alpha: int) -> NDArray[np.uint8]:
    return np.array([*bytes.fromhex(hexadecimal.removeprefix("#")), alpha], np.uint8)
