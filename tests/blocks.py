"""A made-up city of blocks, for tests that want a City and no map: walls, roofs, ground, a road, a lamp."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.model import City, Frame, Mesh, Paint

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

PAINTS = (
    Paint("wall"),
    Paint("roof"),
    Paint("ground"),
    Paint("road"),
    Paint("lamp_head"),
    Paint("horizon"),
    Paint("roof", "#c02020"),
)
WALL, ROOF, GROUND, ROAD, LAMP, HORIZON, RED_ROOF = range(len(PAINTS))


def boxes(
    places: ArrayLike,
    sides_m: ArrayLike,
    heights_m: ArrayLike,
    *,
    table: str = "buildings",
    paints: tuple[int, int] = (WALL, ROOF),
) -> Mesh:
    """Boxes about places, shape (n, 2), one feature each."""
    places, sides_m, heights_m = (np.asarray(v, float) for v in (places, sides_m, heights_m))
    n = len(places)
    corner = np.array([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)])
    foot = corner[None] * sides_m.reshape(n, -1)[:, None, :] + places[:, None]
    low = np.dstack([foot, np.zeros((n, 4))])
    high = np.dstack([foot, np.broadcast_to(heights_m[:, None], (n, 4))])
    here, there = np.arange(4), (np.arange(4) + 1) % 4
    walls = np.stack([low[:, here], low[:, there], high[:, there], high[:, here]], axis=2).reshape(n, 16, 3)
    points = np.concatenate([walls, high], axis=1).reshape(-1, 3)
    quads = np.arange(20).reshape(5, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return mesh_of(
        points,
        (triangles[None] + 20 * np.arange(n)[:, None, None]).reshape(-1, 3),
        table=table,
        feature=np.repeat(np.arange(n), 20),
        paint=np.tile(np.repeat(paints, (16, 4)), n),
    )


def sheet(
    west: float, south: float, east: float, north: float, z: float, paint: int, *, table: str = "", feature: int = -1
) -> Mesh:
    """A level rectangle."""
    points = [(west, south, z), (east, south, z), (east, north, z), (west, north, z)]
    return mesh_of(points, [(0, 1, 2), (0, 2, 3)], table=table, feature=[feature] * 4, paint=[paint] * 4)


def mesh_of(
    points: ArrayLike, triangles: ArrayLike, *, table: str, feature: ArrayLike, paint: ArrayLike, shade: int = 255
) -> Mesh:
    points = np.ascontiguousarray(points, np.float32)
    return Mesh(
        table,
        points,
        np.ascontiguousarray(triangles, np.int32),
        np.ascontiguousarray(feature, np.int32),
        np.ascontiguousarray(paint, np.uint16),
        np.full(len(points), shade, np.uint8),
    )


def city(half_m: float = 150, **meshes: Mesh) -> City:
    """A city of `half_m` to all sides with ground to the horizon and whatever else is given."""
    ground = sheet(-20_000, -20_000, 20_000, 20_000, 0, GROUND)
    ring = half_m * np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)], float)
    return City(Frame(25.0, 60.0), (-half_m, -half_m, half_m, half_m), ring, {"ground": ground, **meshes}, PAINTS)


def town() -> City:
    """A city of 400 houses with a tower and a road."""
    random = np.random.default_rng(7)
    places = np.stack(np.meshgrid(np.linspace(-450, 450, 20), np.linspace(-450, 450, 20)), -1).reshape(-1, 2)
    sides = random.uniform(14, 30, (400, 2))
    heights = random.uniform(8, 22, 400)
    heights[210] = 90
    return city(
        500,
        buildings=boxes(places, sides, heights),
        streets=sheet(-500, -28, 500, -20, 0.66, ROAD, table="streets", feature=0),
    )
