"""Pictures of the ground, laid on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin.light import Worn
from twin.props import actor_of, ground, texture_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.model import Bounds, GroundImage, Terrain

_TEXTURE_PIXELS = 8192  # along a side; every OpenGL 3.2 renderer can do that


class Aerial:
    """A picture of the ground as an actor, lit and shaded like the ground itself.

    Parameters
    ----------
    above_m : float
        How high over the ground it lies.
    reliefmap : vtkTexture
        From which its light is read.
    lift : float
        As for `Worn`, for each metre above the ground.
    """

    def __init__(
        self, image: GroundImage, above_m: float, terrain: Terrain | None, reliefmap: Any, *, lift: float
    ) -> None:
        west, south, east, north = image.bounds_xy
        points, triangles = (
            _flat(image.bounds_xy, above_m) if terrain is None else _sheet(image.bounds_xy, terrain, above_m)
        )
        self.actor, *kept = actor_of(points, triangles, np.full((len(points), 4), 255, np.uint8))
        if terrain is not None:
            kept.append(ground(self.actor, terrain.at(points[:, :2].astype(np.float64)).astype(np.float32)))
        step = max(1, -(-max(image.pixels.shape[:2]) // _TEXTURE_PIXELS))
        pixels = np.ascontiguousarray(image.pixels[::-step, ::step])
        texture, arrays = texture_of(pixels)
        self._kept = (*kept, texture, arrays)  # VTK reads these without owning them
        self.actor.GetProperty().SetTexture("reliefmap", reliefmap)
        self.actor.GetProperty().SetTexture("picture", texture)
        if pixels[..., 3].min(initial=255) < 255:
            self.actor.ForceTranslucentOn()
        else:
            self.actor.ForceOpaqueOn()
        self.worn = Worn(self.actor, lift=lift, layers=True, hilly=terrain is not None)
        self.worn.lay((west, south, 1 / (east - west), 1 / (north - south)))


def _flat(bounds_xy: Bounds, above_m: float) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return a box so high above flat land: points and triangles."""
    west, south, east, north = bounds_xy
    corners = [(west, south, above_m), (east, south, above_m), (east, north, above_m), (west, north, above_m)]
    return np.array(corners, np.float32), np.array([(0, 1, 2), (0, 2, 3)], np.int32)


def _sheet(bounds_xy: Bounds, terrain: Terrain, above_m: float) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return a grid over a box, a cell of the terrain wide, so high above it: points and triangles."""
    west, south, east, north = bounds_xy
    x, y = (
        np.unique(np.clip(np.append(start + terrain.cell_m * np.arange(count), [low, high]), low, high))
        for start, count, low, high in (
            (terrain.x_m, terrain.height_m.shape[1], west, east),
            (terrain.y_m, terrain.height_m.shape[0], south, north),
        )
    )
    grid_x, grid_y = np.meshgrid(x, y)
    xy = np.column_stack([grid_x.ravel(), grid_y.ravel()])
    row, column = (one.ravel() for one in np.mgrid[: len(y) - 1, : len(x) - 1])
    a = row * len(x) + column
    b, c = a + 1, a + len(x)
    triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([b, c + 1, c])])
    return np.column_stack([xy, terrain.at(xy) + above_m]).astype(np.float32), triangles.astype(np.int32)
