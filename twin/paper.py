"""What is done to a finished picture: the credit in its corner, and the file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.model import CREDIT, TwinError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def credited(picture: NDArray[np.uint8], *, dark: bool = False) -> NDArray[np.uint8]:
    """Return a picture, shape (height, width, 3), with the map's credit in its lower right corner."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = picture.shape[:2]
    size = max(10, round(min(height / 52, width / 60)))
    font = ImageFont.load_default(size)
    left, top, right, bottom = (round(v) for v in font.getbbox(CREDIT))
    pad = max(3, size // 2)
    box = (width - (right - left) - 2 * pad, height - (bottom - top) - 2 * pad, width, height)
    paper, ink = ((20, 24, 35), (196, 203, 214)) if dark else ((251, 250, 248), (70, 76, 84))
    image = Image.fromarray(picture)
    image.paste(
        Image.blend(image.crop(box), Image.new("RGB", (box[2] - box[0], box[3] - box[1]), paper), 0.72), box[:2]
    )
    ImageDraw.Draw(image).text((box[0] + pad - left, box[1] + pad - top), CREDIT, font=font, fill=ink)
    return np.asarray(image)


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
