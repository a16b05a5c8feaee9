"""How high things stand, as a grid: who shades whom, who crowds whom, and where the eye can go.

A city is nearly a height field. Read as one, it answers in a few array operations what a renderer
would otherwise ask of every pixel in every frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.model import Bounds, Mesh, Terrain

CELLS = 1536  # along the longer side at most: beyond, the shadow of a moving sun stalls the view


_STEP_M = 0.05
_LOWEST = -15_000  # steps; twice as low still fits 16 bits
_ROWS = 128


@dataclass(frozen=True)
class Relief:
    """Heights above the ground in square cells, row 0 in the south, column 0 in the west.

    Attributes
    ----------
    x_m, y_m : float
        Local metres of the grid's south-western corner.
    cell_m : float
        Side of a cell.
    height_m : ndarray of float32, shape (rows, columns)
        The highest thing over the cell's centre; 0, or the ground, where nothing stands.
    ground_m : ndarray of float32, shape (rows, columns), optional
        The ground, where it is not flat.
    """

    x_m: float
    y_m: float
    cell_m: float
    height_m: NDArray[np.float32]
    ground_m: NDArray[np.float32] | None = None

    def above(self) -> Relief:
        """Return what stands, without the ground that it stands on."""
        if self.ground_m is None:
            return self
        return Relief(self.x_m, self.y_m, self.cell_m, np.maximum(self.height_m - self.ground_m, 0))

    @property
    def bounds_xy(self) -> Bounds:
        """West, south, east, north of the grid in local metres."""
        rows, columns = self.height_m.shape
        return self.x_m, self.y_m, self.x_m + columns * self.cell_m, self.y_m + rows * self.cell_m

    def at(self, xy: NDArray[np.float64]) -> NDArray[np.float32]:
        """Heights in metres at places, shape (..., 2) to (...); 0 outside the grid."""
        rows, columns = self.height_m.shape
        column = np.floor((xy[..., 0] - self.x_m) / self.cell_m).astype(np.intp)
        row = np.floor((xy[..., 1] - self.y_m) / self.cell_m).astype(np.intp)
        inside = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        height = self.height_m[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        return np.where(inside, height, np.float32(0))

    def shadow_m(self, towards_sun: NDArray[np.float64], out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Height under which a cell lies in its surroundings' shadow; well below the ground where nothing shades it.

        A point (x, y, z) is in the sun where z is above this at (x, y). What stands in the cell itself
        does not count, so that a roof does not shade itself.

        Parameters
        ----------
        towards_sun : ndarray, shape (3,)
            Unit vector to the sun: east, north, up.
        out : ndarray of float32, shape (rows, columns), optional
            Where to write it, instead of into an array of its own.

        Notes
        -----
        The shadow of a height field at the sun's slope is the maximum over t of h(p + t s) - t tan(elevation).
        Doubling the reach in every pass makes it logarithmic: after k passes 2^k cells have been seen.
        """
        out = np.empty_like(self.height_m) if out is None else out
        ground = np.hypot(towards_sun[0], towards_sun[1])
        if ground < 1e-6:
            out[...] = -1e4
            return out
        east, north = towards_sun[0] / ground, towards_sun[1] / ground
        fall = max(float(towards_sun[2] / ground), 0.002) * self.cell_m  # metres of height a cell of distance
        stretch = 1 / max(abs(east), abs(north))  # one cell along the grid's nearer axis, so no cell is leapt over
        step_m, heights, highest_m = self._steps
        reach_cells = min(highest_m / fall, float(np.hypot(*self.height_m.shape)))
        top = _shifted(heights, stretch * east, stretch * north, stretch * fall / step_m)
        seen = stretch
        while seen < reach_cells:
            _raise(top, seen * east, seen * north, np.int16(round(seen * fall / step_m)))
            seen *= 2
        return np.multiply(top, np.float32(step_m), out=out, dtype=np.float32)

    @cached_property
    def _steps(self) -> tuple[float, NDArray[np.int16], float]:
        """A step in metres, heights as whole steps in 16 bits, and the highest: half the memory, twice as fast."""
        highest_m = float(self.height_m.max(initial=0))
        step_m = max(_STEP_M, highest_m / -_LOWEST)
        return step_m, np.rint(self.height_m / np.float32(step_m)).astype(np.int16), highest_m

    def crowding_m(self, radius_m: float, cap_m: float) -> NDArray[np.float32]:
        """Mean height of what stands within about `radius_m`, each thing counted up to `cap_m`."""
        cells = max(1, round(radius_m / self.cell_m / 2))
        stride = max(1, cells // 4)  # what is blurred so far does not need every cell
        standing = self.above().height_m
        blurred = np.minimum(standing[::stride, ::stride], np.float32(cap_m))
        for _ in range(2):
            blurred = _box_blurred(blurred, max(1, round(cells / stride)))
        if stride > 1:
            rows, columns = self.height_m.shape
            blurred = blurred.repeat(stride, axis=0)[:rows].repeat(stride, axis=1)[:, :columns]
        return blurred

    def pools(self, xy: NDArray[np.float64], radius_m: float) -> NDArray[np.float32]:
        """Soft round pools of light about places, 1 in their middle; where they meet they add up to 1.5 at most."""
        rows, columns = self.height_m.shape
        light = np.zeros((rows, columns), np.float32)
        column = np.floor((xy[:, 0] - self.x_m) / self.cell_m).astype(np.intp)
        row = np.floor((xy[:, 1] - self.y_m) / self.cell_m).astype(np.intp)
        inside = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        np.add.at(light, (row[inside], column[inside]), np.float32(1))
        cells = max(1, round(radius_m / self.cell_m / 2.5))
        for _ in range(3):
            light = _box_blurred(light, cells)
        alone = np.zeros((1, 6 * cells + 3), np.float32)
        alone[0, 3 * cells + 1] = 1
        for _ in range(3):
            alone = _box_blurred(alone, cells, both=False)
        soft: NDArray[np.float32] = np.minimum(light / np.float32(alone.max() ** 2), np.float32(1.5))
        return soft


def relief(
    meshes: Iterable[Mesh],
    bounds_xy: Bounds,
    *,
    cell_m: float = 1.0,
    cells: int = CELLS,
    terrain: Terrain | None = None,
) -> Relief:
    """Read the heights of everything in `meshes`, and of the ground, over a box of local metres.

    Cells are `cell_m` wide, or as wide as keeps the longer side within `cells`.
    """
    west, south, east, north = bounds_xy
    cell_m = max(cell_m, (east - west) / cells, (north - south) / cells)
    columns = max(1, int(np.ceil((east - west) / cell_m)))
    rows = max(1, int(np.ceil((north - south) / cell_m)))
    height, ground = np.zeros((rows, columns), np.float32), None
    if terrain is not None:
        x, y = np.meshgrid(west + (np.arange(columns) + 0.5) * cell_m, south + (np.arange(rows) + 0.5) * cell_m)
        ground = terrain.at(np.dstack([x, y])).astype(np.float32)
        height = ground.copy()
    origin = np.array([west, south, 0], np.float64)
    scale = np.array([1 / cell_m, 1 / cell_m, 1], np.float64)
    for mesh in meshes:
        if len(mesh.triangles):
            _rasterise(height, ((mesh.points - origin) * scale)[mesh.triangles])
    return Relief(west, south, cell_m, height, ground)


def _rasterise(height: NDArray[np.float32], corners: NDArray[np.float64]) -> None:
    """Raise cells to the triangles over their centres: corners (t, 3, 3) in cells, cells, metres.

    Triangles become rows of cells, rows become cells, both by repetition and none by a loop.
    """
    rows, columns = height.shape
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    twice_area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    corners = corners[twice_area > 1e-3]  # walls and undersides raise nothing
    if not len(corners):
        return
    twice_area = twice_area[twice_area > 1e-3]
    first_row = np.clip(np.ceil(corners[:, :, 1].min(axis=1) - 0.5), 0, rows).astype(np.intp)
    last_row = np.clip(np.floor(corners[:, :, 1].max(axis=1) - 0.5), -1, rows - 1).astype(np.intp)
    triangle, row = _counted(first_row, last_row)
    if not len(row):
        return
    y = row + 0.5
    low = np.full(len(row), np.inf)
    high = np.full(len(row), -np.inf)
    for start, end in ((0, 1), (1, 2), (2, 0)):
        p, q = corners[triangle, start], corners[triangle, end]
        crosses = (p[:, 1] <= y) != (q[:, 1] <= y)
        with np.errstate(divide="ignore", invalid="ignore"):
            x = p[:, 0] + (y - p[:, 1]) / (q[:, 1] - p[:, 1]) * (q[:, 0] - p[:, 0])
        low = np.where(crosses, np.minimum(low, x), low)
        high = np.where(crosses, np.maximum(high, x), high)
    some = high >= low
    triangle, row, low, high = triangle[some], row[some], low[some], high[some]
    first = np.clip(np.ceil(low - 0.5), 0, columns).astype(np.intp)
    last = np.clip(np.floor(high - 0.5), -1, columns - 1).astype(np.intp)
    span, column = _counted(first, last)
    triangle, row = triangle[span], row[span]
    a, b, c = (corners[:, i] for i in range(3))
    slope_x = ((b[:, 2] - a[:, 2]) * (c[:, 1] - a[:, 1]) - (c[:, 2] - a[:, 2]) * (b[:, 1] - a[:, 1])) / twice_area
    slope_y = ((c[:, 2] - a[:, 2]) * (b[:, 0] - a[:, 0]) - (b[:, 2] - a[:, 2]) * (c[:, 0] - a[:, 0])) / twice_area
    at_origin = a[:, 2] - slope_x * a[:, 0] - slope_y * a[:, 1]
    z = at_origin[triangle] + slope_x[triangle] * (column + 0.5) + slope_y[triangle] * (row + 0.5)
    np.maximum.at(height.reshape(-1), row * columns + column, z.astype(np.float32))


def _counted(first: NDArray[np.intp], last: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each range first..last its index and its numbers, all ranges behind one another."""
    count = np.maximum(last - first + 1, 0)
    owner = np.repeat(np.arange(len(count)), count)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count - first, count)
    return owner, number


def _shifted(grid: NDArray[np.int16], east: float, north: float, fall: float) -> NDArray[np.int16]:
    """Return what the grid holds `east` and `north` cells away, lowered by `fall`; `_LOWEST` from outside.

    Between cells it takes the nearest one: means would lower ridges in every pass.
    """
    moved = np.full_like(grid, _LOWEST)
    to, come = _slices(grid.shape, east, north)
    np.subtract(grid[come], np.int16(min(round(fall), -_LOWEST)), out=moved[to])
    return moved


def _raise(top: NDArray[np.int16], east: float, north: float, fall: np.int16) -> None:
    """Raise a grid, in place, to what it holds `east` and `north` cells away, lowered by `fall`.

    Some rows at a time, for which there is room close to the processor, in an order in which none is read after it
    was raised.
    """
    to, come = _slices(top.shape, east, north)
    there, here = top[to], top[come]
    count = len(there)
    starts = range(0, count, _ROWS)
    for start in starts if north >= 0 else reversed(starts):
        some = slice(start, start + _ROWS)
        np.maximum(there[some], here[some] - fall, out=there[some])


def _slices(shape: tuple[int, ...], east: float, north: float) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where cells of a grid go that lie `east` and `north` of others, and where they come from."""
    (rows, columns), right, up = shape, round(east), round(north)
    if abs(right) >= columns or abs(up) >= rows:
        return (slice(0), slice(0)), (slice(0), slice(0))
    to = slice(max(-up, 0), rows - max(up, 0)), slice(max(-right, 0), columns - max(right, 0))
    return to, (slice(max(up, 0), rows - max(-up, 0)), slice(max(right, 0), columns - max(-right, 0)))


def _box_blurred(grid: NDArray[np.float32], cells: int, *, both: bool = True) -> NDArray[np.float32]:
    """Mean over 2 * `cells` + 1 neighbours along columns, and along rows unless not `both`."""
    for axis in (1, 0) if both else (1,):
        padded = np.pad(grid, [(0, 0) if a != axis else (cells + 1, cells) for a in (0, 1)], mode="edge")
        total = np.cumsum(padded, axis=axis)
        width = 2 * cells + 1
        span = total[width:] - total[:-width] if axis == 0 else total[:, width:] - total[:, :-width]
        grid = span / np.float32(width)
    return grid
