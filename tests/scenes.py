"""An empty scene to place cities in, and what is seen in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twin.camera import looking
from twin.scene import OffScreen, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SIZE = (320, 180)
RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)


def fresh() -> Iterator[Scene]:
    """Yield an empty scene off screen, as a fixture does, and close it afterwards."""
    plotter = OffScreen(SIZE)
    scene = Scene(plotter)
    yield scene
    scene.close()
    plotter.close()


def seen(scene: Scene, point: tuple[float, float, float]) -> NDArray[np.int64]:
    """The colour of the picture where a point stands."""
    picture = scene.still(smooth=1)
    x, y = np.rint(scene.view.pixels(np.array([point]), SIZE)[0]).astype(int)
    assert 0 <= x < SIZE[0]
    assert 0 <= y < SIZE[1]
    return picture[y, x].astype(np.int64)


def from_above(scene: Scene, *, height_m: float = 300.0) -> None:
    scene.fly(looking((0.0, 0.0, height_m), 0, -90))
