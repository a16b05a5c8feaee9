"""What is done to a finished picture: the credits in its corner, and the file."""

from __future__ import annotations

import math
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.language import _
from twin.model import CREDIT, TwinError
from twin.type import font_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def credited(picture: NDArray[np.uint8], others: Sequence[str] = (), *, dark: bool = False) -> NDArray[np.uint8]:
    """Return a picture, shape (height, width, 3), with credits in its lower right corner: `others`, then the map's.

    A credit that is wider than the picture goes on in another line: terms are never cut. Letters that the program's
    own font does not have, such as Chinese ones, come from the next that has them.
    """
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    size, pad, lines = _laid_out(width, height, others)
    step = round(1.35 * size)
    wide, tall = credit_px(width, height, others)
    box = (max(round(width - wide), 0), max(round(height - tall), 0), width, height)
    paper, ink = ((20, 24, 35), (196, 203, 214)) if dark else ((251, 250, 248), (70, 76, 84))
    image = Image.fromarray(picture)
    image.paste(
        Image.blend(image.crop(box), Image.new("RGB", (box[2] - box[0], box[3] - box[1]), paper), 0.72), box[:2]
    )
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        left = width - pad - _length(line, size)
        baseline = box[1] + pad + round(0.82 * size) + row * step
        for font, run in _runs(line, size):
            draw.text((left, baseline), run, font=font, fill=ink, anchor="ls")
            left += font.getlength(run)
    return np.asarray(image)


def credit_px(width: int, height: int, others: Sequence[str] = ()) -> tuple[float, float]:
    """Return the width and height of what `credited` writes into the corner of a picture of a size."""
    size, pad, lines = _laid_out(width, height, others)
    wide = math.ceil(max(_length(line, size) for line in lines))
    return min(wide + 2 * pad, width), size + round(1.35 * size) * (len(lines) - 1) + 2 * pad


def _laid_out(width: int, height: int, others: Sequence[str]) -> tuple[int, int, list[str]]:
    """Return the size of the letters, the room around them, and the lines."""
    size = max(10, round(min(height / 52, width / 60)))
    pad = max(3, size // 2)
    return size, pad, [*(line for credit in others for line in _wrapped(credit, size, width - 2 * pad)), CREDIT]


def _runs(text: str, size: int) -> list[tuple[Any, str]]:
    """Return a text in pieces, each with a font that has its letters."""
    runs: list[tuple[Any, str]] = []
    for letter in text:
        font = font_for(letter, size, "Regular")
        if runs and runs[-1][0] is font:
            runs[-1] = runs[-1][0], runs[-1][1] + letter
        else:
            runs.append((font, letter))
    return runs


def _length(text: str, size: int) -> float:
    return sum(float(font.getlength(run)) for font, run in _runs(text, size))


def _wrapped(text: str, size: int, width: float) -> list[str]:
    """Return a text in lines no wider than `width` pixels: broken between words, or in one that is wider by itself."""
    lines: list[str] = []
    for word in text.split():
        if lines and _length(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
            continue
        lines.append("")
        for letter in word:
            if lines[-1] and _length(lines[-1] + letter, size) > width:
                lines.append("")
            lines[-1] += letter
    return lines


_FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    ".png": ("PNG", {"compress_level": 4}),
    ".jpg": ("JPEG", {"quality": 93, "subsampling": 0}),
    ".jpeg": ("JPEG", {"quality": 93, "subsampling": 0}),
    ".tif": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    ".tiff": ("TIFF", {"compression": "tiff_adobe_deflate"}),
}
PICTURES = tuple(_FORMATS)
"""How the names of picture files end."""


def write_picture(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture beside its place, then rename it there: there is never half a picture.

    Its name tells the format; one without any of `PICTURES` becomes a PNG file.

    Raises
    ------
    TwinError
        If it cannot be written.
    """
    from PIL import Image

    name, how = _FORMATS.get(path.suffix.lower(), _FORMATS[".png"])
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                Image.fromarray(picture).save(file, name, **how)
            Path(beside).chmod(0o666 & ~_umask())
            Path(beside).replace(path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise TwinError(
            _("The picture cannot be written to {path}: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
