"""What is done to a finished picture: the credits in its corner, and the file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.language import _
from twin.model import CREDIT, TwinError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def credited(picture: NDArray[np.uint8], others: Sequence[str] = (), *, dark: bool = False) -> NDArray[np.uint8]:
    """Return a picture, shape (height, width, 3), with credits in its lower right corner: `others`, then the map's.

    A credit that is wider than the picture goes on in another line: terms are never cut.
    """
    from PIL import Image, ImageDraw, ImageFont

    height, width = picture.shape[:2]
    size = max(10, round(min(height / 52, width / 60)))
    font = ImageFont.load_default(size)
    pad = max(3, size // 2)
    lines = [*(line for credit in others for line in _wrapped(credit, font, width - 2 * pad)), CREDIT]
    left, top, right, bottom = (round(v) for v in font.getbbox(CREDIT))
    right = max(right, *(round(font.getlength(line)) for line in lines))
    step = round(1.35 * size)
    tall = bottom - top + step * (len(lines) - 1)
    box = (width - (right - left) - 2 * pad, height - tall - 2 * pad, width, height)
    paper, ink = ((20, 24, 35), (196, 203, 214)) if dark else ((251, 250, 248), (70, 76, 84))
    image = Image.fromarray(picture)
    image.paste(
        Image.blend(image.crop(box), Image.new("RGB", (box[2] - box[0], box[3] - box[1]), paper), 0.72), box[:2]
    )
    draw = ImageDraw.Draw(image)
    for row, line in enumerate(lines):
        aside = right - round(font.getlength(line)) if len(lines) > 1 else 0
        draw.text((box[0] + pad - left + aside, box[1] + pad - top + row * step), line, font=font, fill=ink)
    return np.asarray(image)


def _wrapped(text: str, font: Any, width: float) -> list[str]:
    """Return a text in lines no wider than `width` pixels, as far as its words allow."""
    lines: list[str] = []
    for word in text.split():
        if lines and font.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def write_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Write a picture beside its place, then rename it there: there is never half a picture.

    Raises
    ------
    TwinError
        If it cannot be written.
    """
    from PIL import Image

    try:
        handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                Image.fromarray(picture).save(file, "PNG", compress_level=4)
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
