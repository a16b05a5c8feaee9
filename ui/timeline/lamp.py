"""Whether what is shown is now, the way back to it, and what is being recorded."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from twin.cli.streams import count
from twin.language import _
from ui import theme
from ui.timeline.wording import said_span

_DOT_PX = 12


class Lamp(QFrame):
    """The end of the bar while feeds are there. Emits wishes."""

    live_wished = Signal()
    record_wished = Signal(bool)
    """To record, or to record no longer."""

    def __init__(self) -> None:
        super().__init__()
        self._dress = theme.LIGHT
        self._live: bool | None = None
        self._behind = ""
        self._recording = False
        self._record, self._now = QPushButton(_("Record")), QPushButton()
        self._record.setObjectName("record")
        self._now.setObjectName("live")
        self._record.clicked.connect(lambda: self.record_wished.emit(not self._recording))
        self._now.clicked.connect(self.live_wished)
        for button in (self._record, self._now):
            button.setProperty("type", "lamp")
            button.setIconSize(QSize(_DOT_PX, _DOT_PX))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self._record)
        line.addWidget(self._now)
        self.show_recording(None)
        self.hide()

    def show_live(self, behind_s: float | None) -> None:
        """Show that now is shown, or how far behind that the moment is; None: now is shown."""
        live, behind = behind_s is None, "" if behind_s is None else said_span(behind_s)
        if (live, behind) == (self._live, self._behind):
            return
        if live != self._live:
            self._live = live
            self._now.setText(_("Live") if live else _("Go live"))
            self._turn(self._now, "live", live)
            self._show_dots()
        self._behind = behind
        said = _("What is shown is now") if live else _("{span} behind: go live (End)").format(span=behind)
        self._now.setToolTip(said)
        self._now.setAccessibleName(said)

    def show_recording(self, recorded: tuple[float, int] | None) -> None:
        """Show for how many seconds and how many readings have been recorded; None: nothing is."""
        on = recorded is not None
        if recorded is None:
            self._record.setText(_("Record"))
            said = _("Record what comes (Ctrl+R)")
        else:
            elapsed_s, readings = recorded
            hours, rest = divmod(int(elapsed_s), 3600)
            clock = f"{hours}:{rest // 60:02}:{rest % 60:02}"
            self._record.setText(_("{clock} · {readings}").format(clock=clock, readings=count(readings)))
            said = _("Stop recording (Ctrl+R): {readings} readings are safe in the file").format(
                readings=count(readings)
            )
        self._record.setToolTip(said)
        self._record.setAccessibleName(said)
        if on != self._recording:
            self._recording = on
            self._turn(self._record, "recording", on)
            self._show_dots()

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours of a theme."""
        self._dress = dress
        self._show_dots()

    def _turn(self, button: QPushButton, word: str, on: bool) -> None:
        button.setProperty(word, on)
        button.style().unpolish(button)
        button.style().polish(button)

    def _show_dots(self) -> None:
        ratio = self.devicePixelRatioF()
        dress = self._dress
        self._now.setIcon(QIcon(_dot(dress.ok if self._live else dress.faint, ratio, hollow=not self._live)))
        ink = dress.recording
        self._record.setIcon(QIcon(_square(ink, ratio) if self._recording else _dot(ink, ratio, hollow=False)))


def _dot(ink: str, ratio: float, *, hollow: bool) -> QPixmap:
    pixels, painter = _begun(ratio)
    painter.setPen(QPen(QColor(ink), 1.75))
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else QColor(ink))
    painter.drawEllipse(QRectF(2, 2, _DOT_PX - 4, _DOT_PX - 4))
    painter.end()
    return pixels


def _square(ink: str, ratio: float) -> QPixmap:
    pixels, painter = _begun(ratio)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ink))
    painter.drawRoundedRect(QRectF(1.5, 1.5, _DOT_PX - 3, _DOT_PX - 3), 2, 2)
    painter.end()
    return pixels


def _begun(ratio: float) -> tuple[QPixmap, QPainter]:
    pixels = QPixmap(QSize(_DOT_PX, _DOT_PX) * ratio)
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    return pixels, painter
