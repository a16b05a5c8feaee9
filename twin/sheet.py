"""Ornaments of a picture: a scale bar, a north arrow, a legend; drawn over it in a size that fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from twin import quantity
from twin.language import _
from twin.type import font

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from twin.camera import View
    from twin.colouring import Colouring

ORNAMENTS = ("scale", "north", "legend")
"""What can be drawn on a picture; the credit always is."""


def adorned(
    picture: NDArray[np.uint8],
    view: View,
    with_: Collection[str],
    *,
    colouring: Colouring | None = None,
    dark: bool = False,
    ground_m: float = 0.0,
) -> NDArray[np.uint8]:
    """Return a picture, shape (height, width, 3), with ornaments over it.

    Parameters
    ----------
    picture
        As `Scene.still` returns it, credit and all.
    view
        From where it was taken: the scale is that of the ground in its middle, north that of its heading.
    with_
        Some of `ORNAMENTS`. A look at the sky has no scale, and without a colouring there is no legend.
    colouring
        What buildings are coloured by.
    dark
        Whether the picture is of a night.
    ground_m
        How high the ground lies in the middle of the picture.
    """
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    unit = max(1.0, min(height / 720, width / 960))
    image = Image.fromarray(np.ascontiguousarray(picture))
    draw = ImageDraw.Draw(image, "RGBA")
    pen = _Pen(draw, font(max(10, round(13 * unit))), unit, dark)
    margin = 14 * unit
    if "scale" in with_:
        _draw_scale(pen, view, margin, height - margin, height, ground_m)
    if "north" in with_:
        _draw_north(pen, view, width - margin - 20 * unit, margin + 24 * unit)
    if "legend" in with_ and colouring is not None:
        _draw_legend(pen, colouring, margin, margin)
    return np.asarray(image)


class _Pen:
    """What draws, with which letters, how large and in which colours."""

    def __init__(self, draw: Any, font: Any, unit: float, dark: bool) -> None:
        self.draw, self.font, self.unit = draw, font, unit
        self.paper = (20, 24, 35, 215) if dark else (251, 250, 248, 225)
        self.ink = (214, 220, 229, 255) if dark else (30, 34, 39, 255)

    def plate(self, left: float, top: float, right: float, bottom: float) -> None:
        """Lay a plate under what follows."""
        self.draw.rounded_rectangle((left, top, right, bottom), 5 * self.unit, fill=self.paper)

    def text(self, x: float, y: float, text: str, anchor: str = "lm") -> None:
        """Write a line about a point."""
        # Pillow's own letters have no thin space
        self.draw.text((x, y), text.replace(quantity.THIN_SPACE, " "), font=self.font, fill=self.ink, anchor=anchor)

    def wide(self, text: str) -> float:
        """Return how wide a line is."""
        return float(self.font.getlength(text.replace(quantity.THIN_SPACE, " ")))


def scale_of(view: View, height_px: int, most_px: float, ground_m: float = 0.0) -> tuple[float, float] | None:
    """Return a round length in metres and its pixels, `most_px` at most, where the picture's middle meets the ground.

    Where one looks at the sky there is none.
    """
    metres_a_pixel = view.metres_a_pixel(height_px, ground_m)
    if metres_a_pixel is None:
        return None
    round_m = quantity.rounded(most_px * metres_a_pixel)
    return round_m, round_m / metres_a_pixel


def scale_px(width: int, height: int) -> float:
    """Return how much of the height of a picture of a size its scale bar takes, from below."""
    return 50 * max(1.0, min(height / 720, width / 960))


def _draw_scale(pen: _Pen, view: View, left: float, bottom: float, height_px: int, ground_m: float) -> None:
    found = scale_of(view, height_px, 150 * pen.unit, ground_m)
    if found is None:
        return
    metres, pixels = found
    unit = pen.unit
    said = quantity.round_length(metres)
    wide = max(pixels, pen.wide(said)) + 20 * unit
    pen.plate(left, bottom - 36 * unit, left + wide, bottom)
    x, y = left + 10 * unit, bottom - 9 * unit
    stroke = max(1, round(1.6 * unit))
    pen.draw.line([(x, y - 5 * unit), (x, y), (x + pixels, y), (x + pixels, y - 5 * unit)], fill=pen.ink, width=stroke)
    pen.text(x + pixels / 2, bottom - 25 * unit, said, "mm")


def _draw_north(pen: _Pen, view: View, x: float, y: float) -> None:
    right, up, forwards = view.axes
    # where north points in the picture, foreshortened as the ground is
    north = np.array([right[1], -(up[1] if abs(forwards[2]) > 0.5 else forwards[1])])
    north = north / max(float(np.hypot(*north)), 1e-9)
    side = np.array([-north[1], north[0]])
    unit, at = pen.unit, np.array([x, y])
    pen.draw.ellipse((x - 22 * unit, y - 22 * unit, x + 22 * unit, y + 22 * unit), fill=pen.paper)
    tip, tail = at + north * 11 * unit, at - north * 13 * unit
    left, far = tail + side * 6 * unit, tail - side * 6 * unit
    notch = at - north * 8 * unit
    pen.draw.polygon([tuple(tip), tuple(left), tuple(notch)], fill=(185, 50, 38, 255))
    pen.draw.polygon([tuple(tip), tuple(far), tuple(notch)], fill=pen.ink)
    letter = at + north * 16 * unit
    pen.text(float(letter[0]), float(letter[1]), _("N"), "mm")


def _draw_legend(pen: _Pen, colouring: Colouring, left: float, top: float) -> None:
    unit = pen.unit
    entries = [entry for entry in colouring.entries if entry.count]
    title = f"{colouring.title} ({colouring.unit})" if colouring.unit else colouring.title
    guessed = any(entry.inferred for entry in entries)
    note = _("Paler: inferred") if guessed else ""
    counts = [quantity.number(entry.count, 9) for entry in entries]
    rows = [pen.wide(entry.label) + pen.wide(count) + 62 * unit for entry, count in zip(entries, counts, strict=True)]
    wide = max([*rows, pen.wide(title) + 20 * unit, pen.wide(note) + 20 * unit])
    step = 21 * unit
    lines = len(entries) + 1 + bool(note)
    pen.plate(left, top, left + wide, top + lines * step + 12 * unit)
    y = top + 6 * unit + step / 2
    pen.text(left + 10 * unit, y, title)
    for entry, count in zip(entries, counts, strict=True):
        y += step
        box = (left + 10 * unit, y - 6 * unit, left + 22 * unit, y + 6 * unit)
        pen.draw.rounded_rectangle(box, 2 * unit, fill=entry.colour)
        pen.text(left + 30 * unit, y, entry.label)
        pen.text(left + wide - 10 * unit, y, count, "rm")
    if note:
        pen.text(left + 10 * unit, y + step, note)
