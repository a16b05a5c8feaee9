"""The program's icon in the forms that systems want, drawn from assets/district-twin.svg."""

from __future__ import annotations

import io
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES_PX = (16, 24, 32, 48, 64, 128, 256, 512)


def png(size_px: int) -> bytes:
    """Return the icon as PNG."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QBuffer, QByteArray
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(ROOT / "assets" / "district-twin.svg")).render(painter)
    painter.end()
    held = QByteArray()
    buffer = QBuffer(held)
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(held.data())


def write_icon(path: Path) -> Path:
    """Write the icon as .ico or .icns, by the path's suffix, and return the path."""
    from PIL import Image

    largest = Image.open(io.BytesIO(png(1024)))
    if path.suffix == ".ico":
        largest.save(path, sizes=[(size, size) for size in SIZES_PX if size <= 256])
    else:
        largest.save(path)
    return path
