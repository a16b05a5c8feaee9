"""How good the data is: counted, guessed, mended, missing; where it came from and how old it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from twin import quantity
from twin.cli.streams import day
from twin.language import _
from ui import theme
from ui.panels.sidebar import Panel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from twin.model import Dropped
    from twin.quality import Quality, Trouble

_SHADES = ("#0072B2", "#56B4E9", "#E69F00")  # as the colouring by how a height is known has them
_BAR_PX = 10
_MOST = 12
_OSM = re.compile("(node|way|relation)/[0-9]+")
_LINK = '<a href="https://www.openstreetmap.org/{osm}">{osm}</a>'


class QualityPanel(Panel):
    """What one should know before trusting the picture. Emits wishes to see what was mended or left out."""

    icon = "gauge"

    mended_wished = Signal(str)
    """The next thing that was mended for this reason is wanted."""

    left_out_wished = Signal(str)
    """What was left out for this reason is wanted."""

    provenance_wished = Signal()
    """Buildings are wanted coloured by how their height is known."""

    def __init__(self) -> None:
        super().__init__(_("Data quality"))
        self.setObjectName("quality")
        self._dress = theme.LIGHT
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 2, 8, 8)
        self._column.setSpacing(6)
        self._sheet: QWidget | None = None
        self._waiting: Quality | None = None
        self.show_sentence("")

    def show_sentence(self, sentence: str) -> None:
        """Say why there is nothing to tell yet."""
        self._waiting = None
        sheet, column = self._fresh()
        if sentence:
            column.addWidget(_words(sentence, "muted"))
        self._put(sheet)

    def show_quality(self, found: Quality) -> None:
        """Show what is known about the data: folded away, once somebody wants to see it."""
        if not self.isVisible():
            self._waiting = found
            return
        self._waiting = None
        sheet, column = self._fresh()
        total = sum(found.heights.values())
        if total:
            said = _("Heights of {count} buildings").format(count=quantity.number(total, 9))
            column.addWidget(_words(said, "value"))
            bar = _Bar()
            bar.show_shares([found.heights[way] for way in ("tagged", "levels", "inferred")])
            column.addWidget(bar)
            for way, colour, words in (
                ("tagged", _SHADES[0], _("mapped")),
                ("levels", _SHADES[1], _("from storeys")),
                ("inferred", _SHADES[2], _("inferred")),
            ):
                column.addWidget(_share(colour, words, found.heights[way], total))
            link = _link(_("Show in the view"))
            link.clicked.connect(self.provenance_wished)
            column.addWidget(link)
        for hint in found.hints:
            column.addWidget(_words(hint, "warning"))
        self._list(column, _("Mended"), found.mended, self.mended_wished.emit)
        self._list(column, _("Left out"), found.left_out, self.left_out_wished.emit)
        column.addSpacing(6)
        column.addWidget(_words(_("Sources"), "heading"))
        for source in found.sources:
            column.addWidget(_words(f"{source.title} · {source.licence}", "value"))
            column.addWidget(_words(source.credit, "muted"))
            for time_s, sentence in ((source.data_time, _("Data of {day}")), (source.retrieved, _("Taken on {day}"))):
                if time_s is not None:
                    column.addWidget(_words(sentence.format(day=day(time_s)), "muted"))
            if source.data_time is None and source.retrieved is None:
                column.addWidget(_words(_("Its age is not told."), "muted"))
        self._put(sheet)

    def show_left_out(self, reason: str, left_out: Sequence[Dropped]) -> None:
        """Show below its reason what was left out, or hide it again."""
        row = self.findChild(_Row, f"trouble-{reason}")
        if row is not None:
            row.show_things([one.osm for one in left_out])

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's word)
        """Show what came while nobody looked."""
        super().showEvent(event)
        if self._waiting is not None:
            self.show_quality(self._waiting)

    def _list(
        self, column: QVBoxLayout, title: str, troubles: Sequence[Trouble], wish: Callable[[str], object]
    ) -> None:
        if not troubles:
            return
        column.addSpacing(6)
        column.addWidget(_words(title, "heading"))
        for trouble in troubles:
            row = _Row(trouble)
            row.clicked.connect(lambda _checked=False, code=trouble.code: wish(code))
            column.addWidget(row)
            column.addWidget(row.things)

    def _fresh(self) -> tuple[QWidget, QVBoxLayout]:
        sheet = QWidget()
        column = QVBoxLayout(sheet)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        return sheet, column

    def _put(self, sheet: QWidget) -> None:
        if self._sheet is not None:
            self._column.removeWidget(self._sheet)
            self._sheet.deleteLater()
        self._sheet = sheet
        self._column.addWidget(sheet)


class _Bar(QWidget):
    """Shares of a whole, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: list[int] = []
        self.setFixedHeight(_BAR_PX)

    def show_shares(self, shares: Sequence[int]) -> None:
        self._shares = list(shares)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole, x = max(sum(self._shares), 1), 0.0
        for share, colour in zip(self._shares, _SHADES, strict=False):
            width = self.width() * share / whole
            painter.setBrush(QColor(colour))
            if width > 0:
                painter.drawRoundedRect(QRectF(x, 0, max(width - 1.5, 1.5), _BAR_PX), 2, 2)
            x += width
        painter.end()


class _Row(QPushButton):
    """How many things have a trouble, and what it is; a click goes on from there."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self.setObjectName(f"trouble-{trouble.code}")
        self.setProperty("type", "row")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        count = QLabel(quantity.number(trouble.count, 9))
        count.setProperty("type", "value")
        count.setFixedWidth(36)
        count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        sentence = _words(trouble.sentence, "muted")
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 4, 6, 4)
        self._line.setSpacing(10)
        self._line.addWidget(count, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addWidget(sentence, 1)
        self.things = _words("", "muted")
        self.things.setOpenExternalLinks(True)
        self.things.hide()
        for label in (count, sentence):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setToolTip(_("Show these"))
        self.setAccessibleName(f"{trouble.count} × {trouble.sentence}")

    def show_things(self, osm: Sequence[str]) -> None:
        if self.things.isVisible() or not osm:
            self.things.hide()
            return
        shown = [_LINK.format(osm=one) if _OSM.fullmatch(one) else "" for one in osm[:_MOST]]
        more = _("and {count} more").format(count=len(osm) - _MOST) if len(osm) > _MOST else ""
        self.things.setTextFormat(Qt.TextFormat.RichText)
        self.things.setText(" · ".join(filter(None, [*shown, more])))
        self.things.setContentsMargins(46, 0, 0, 6)
        self.things.show()

    def hasHeightForWidth(self) -> bool:  # noqa: N802
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        return max(30, self._line.totalHeightForWidth(width))

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, self.heightForWidth(240))


def _share(colour: str, words: str, count: int, total: int) -> QWidget:
    line = QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    dot = QFrame()
    dot.setFixedSize(8, 8)
    dot.setStyleSheet(f"background: {colour}; border-radius: 2px;")
    row.addWidget(dot)
    row.addWidget(_words(words, "term"), 1)
    row.addWidget(_plain(quantity.number(count, 9), "muted"))
    share = _plain(quantity.share(count, total), "value")
    share.setMinimumWidth(64)
    share.setAlignment(Qt.AlignmentFlag.AlignRight)
    row.addWidget(share)
    return line


def _words(text: str, kind: str) -> QLabel:
    label = _plain(text, kind)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _plain(text: str, kind: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("type", kind)
    return label


def _link(text: str) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("type", "link")
    button.setObjectName("source")
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return button
