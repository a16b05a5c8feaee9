"""A picture for keeping, drawn piece by piece: no window, no graphics card and no patience limits its size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from twin.props import pixels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from twin.camera import View
    from twin.lettering import Lettering

LARGEST_PX = 16_384
"""Sides of a picture are no longer: more would need gigabytes."""

_PIECE_PX = 1_000_000  # samples of a piece: about what a screen has


class Sized(Protocol):
    """What is as large as letters are, in pixels, whatever it belongs to."""

    scale: float


class Still:
    """A picture that is being drawn, of a size of its own, from one view.

    Each `draw` draws a piece about as large as a screen, and leaves the window's own picture, camera and size as
    they were; names lie on the picture as a whole. The scene may not change until it is done.
    """

    def __init__(
        self,
        renderer: Any,
        window: Any,
        names: Lettering | None,
        sized: Sequence[Sized],
        view: View,
        size: tuple[int, int],
        smooth: int = 2,
    ) -> None:
        self._renderer, self._window, self._names, self._sized = renderer, window, names, sized
        self._view, self.size, self._smooth = view, size, smooth
        width, height = size
        most = max(256, math.isqrt(_PIECE_PX) // smooth)  # a side, in pixels of the picture
        columns, rows = -(-width // most), -(-height // most)
        self._piece = -(-width // columns), -(-height // rows)
        self._corners = [(x * self._piece[0], y * self._piece[1]) for y in range(rows) for x in range(columns)]
        self._done = 0
        self.picture: NDArray[np.uint8] = np.empty((height, width, 3), np.uint8)

    @property
    def share(self) -> float:
        """How much of it is drawn, from 0 to 1."""
        return self._done / len(self._corners)

    @property
    def done(self) -> bool:
        """Whether all of it is drawn."""
        return self._done == len(self._corners)

    def draw(self) -> None:
        """Draw the next piece."""
        left, top = self._corners[self._done]
        wide, tall = self._piece
        (width, height), smooth = self.size, self._smooth
        sampled = wide * smooth, tall * smooth
        before, eye = self._window.GetSize(), self._renderer.GetActiveCamera()
        angle_deg, middle = eye.GetViewAngle(), eye.GetWindowCenter()
        self._window.SetSize(*sampled)
        if len(self._corners) > 1:
            narrow = math.tan(math.radians(angle_deg) / 2) * tall / height
            eye.SetViewAngle(math.degrees(2 * math.atan(narrow)))
            eye.SetWindowCenter((2 * left + wide - width) / wide, (height - 2 * top - tall) / tall)
        scales = [one.scale for one in self._sized]
        for one in self._sized:
            one.scale = smooth * max(1.0, min(width / 1280, height / 720))
        if self._names is not None:
            self._names.piece = self._view, (width * smooth, height * smooth), (left * smooth, top * smooth)
        try:
            self._window.Render()
            drawn = _averaged(pixels_of(self._window, sampled), smooth)
        finally:
            eye.SetViewAngle(angle_deg)
            eye.SetWindowCenter(*middle)
            self._window.SetSize(*before)
            for one, scale in zip(self._sized, scales, strict=True):
                one.scale = scale
            if self._names is not None:
                self._names.piece = None
        part = self.picture[top : top + tall, left : left + wide]
        part[:] = drawn[: part.shape[0], : part.shape[1]]
        self._done += 1


def _averaged(rows: NDArray[np.uint8], smooth: int) -> NDArray[np.uint8]:
    """Return an image of as many samples along either side of a pixel as one of pixels."""
    if smooth == 1:
        return rows
    height, width = rows.shape[0] // smooth, rows.shape[1] // smooth
    total = np.zeros((height, width, 3), np.uint16)
    for row in range(smooth):
        for column in range(smooth):
            total += rows[row::smooth, column::smooth]
    return ((total + smooth * smooth // 2) // (smooth * smooth)).astype(np.uint8)
