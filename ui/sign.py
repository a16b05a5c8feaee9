"""The program's sign on the screen, where its window takes longer to come than one likes to wait."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QSplashScreen

import assets
from twin import __version__
from twin.language import _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from ui.theme import Theme

SLOW_S = 2.0
SIZE_PX = (400, 184)
_LOGO_PX = 72
_EXPOSED_WITHIN_S = 0.3


def is_wanted(last_s: float) -> bool:
    """Tell whether the window will take long to come, from how long it took the last time; 0 where it never came.

    The first start reads everything from the disk, and is the longest.
    """
    return last_s <= 0.0 or last_s > SLOW_S


def put_up(app: QApplication, dress: Theme) -> QSplashScreen:
    """Return the sign, which is on the screen already; `finish(window)` takes it away."""
    sign = QSplashScreen(_drawn(app.devicePixelRatio(), dress))
    sign.show()
    end_s = time.monotonic() + _EXPOSED_WITHIN_S
    handle = sign.windowHandle()
    while time.monotonic() < end_s and not (handle is not None and handle.isExposed()):
        app.processEvents()
        time.sleep(0.005)
    app.processEvents()
    return sign


def _drawn(ratio: float, dress: Theme) -> QPixmap:
    wide, tall = SIZE_PX
    pixels = QPixmap(QSize(wide, tall) * ratio)
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(QColor(dress.panel))
    logo = QIcon(str(Path(assets.__file__).with_name("district-twin.svg")))
    font = QFont("Inter")
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(dress.line))
    painter.drawRect(QRectF(0.5, 0.5, wide - 1, tall - 1))
    logo.paint(painter, 40, (tall - _LOGO_PX) // 2, _LOGO_PX, _LOGO_PX)
    left = 40 + _LOGO_PX + 24
    for said, ink, size_px, weight, top in (
        ("District Twin", dress.text, 24, QFont.Weight.DemiBold, 54),
        (_("Version {version}").format(version=__version__), dress.muted, 13, QFont.Weight.Normal, 86),
        (_("Starting…"), dress.muted, 13, QFont.Weight.Normal, 108),
    ):
        font.setPixelSize(size_px)
        font.setWeight(weight)
        painter.setFont(font)
        painter.setPen(QColor(ink))
        painter.drawText(QRectF(left, top, wide - left - 16, 32), Qt.AlignmentFlag.AlignVCenter, said)
    painter.end()
    return pixels
