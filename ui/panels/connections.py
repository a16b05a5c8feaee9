"""The panel of live feeds: each connection with its state, how far behind it is, how much comes, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.language import _
from ui import theme
from ui.panels.sidebar import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from twin.sources import Connection

_DOT_PX = 8
_ICON_AND_MARGINS_PX = 40
_MOST_PRESETS = 6  # in the empty panel; the menu has all of them


@dataclass(frozen=True, slots=True)
class Row:
    """One connection as it is shown: words alone."""

    name: str
    state: str  # "connecting", "receiving", "silent", "waiting", "failed", "paused"
    said: str  # the state in a word or two
    facts: tuple[str, ...] = ()  # a line each
    trouble: str = ""  # a sentence
    told: str = ""  # for who lingers: where it is, when it last said something
    on: bool = True  # it is connected, or tries to be
    record: bool = True  # what it says is recorded whenever somebody records
    testing: bool = False


class ConnectionsPanel(Panel):
    """A row a connection, and the ways to more of them. Emits wishes; `show_rows` tells what came of them."""

    icon = "radio"
    add_wished = Signal(object)
    """A new connection is wanted: a preset, or None for one from the beginning."""

    turn_wished = Signal(str, bool)
    """A connection, by name, is to be connected, or paused."""

    record_wished = Signal(str, bool)
    """What a connection says is to be recorded, or not."""

    edit_wished = Signal(str)
    test_wished = Signal(str)
    stop_test_wished = Signal()
    remove_wished = Signal(str)
    import_wished = Signal()
    export_wished = Signal()

    def __init__(self) -> None:
        super().__init__(_("Live feeds"))
        self.setObjectName("connections")
        self._dress = theme.LIGHT
        self._rows: dict[str, _Line] = {}
        self._presets: tuple[Connection, ...] = ()
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self._empty = _Empty()
        self._empty.preset_wished.connect(self.add_wished)
        self._add = QPushButton(_("Add a feed…"))
        self._add.setObjectName("add-feed")
        self._add.setIconSize(QSize(16, 16))
        self._add.clicked.connect(lambda: self.add_wished.emit(None))
        self._more = QToolButton()
        self._more.setObjectName("more-feeds")
        self._more.setIconSize(QSize(16, 16))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setToolTip(_("Ready feeds, import and export"))
        self._more.setAccessibleName(self._more.toolTip())
        self._menu = QMenu(self._more)
        self._more.setMenu(self._menu)
        foot = QHBoxLayout()
        foot.addWidget(self._add)
        foot.addStretch(1)
        foot.addWidget(self._more)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(8)
        column.addWidget(self._empty)
        column.addLayout(self._list)
        column.addLayout(foot)

    def show_presets(self, presets: Sequence[Connection]) -> None:
        """Offer ready connections."""
        self._presets = tuple(presets)
        self._empty.show_presets(self._presets, self._dress)
        self._menu.clear()
        for preset in self._presets:
            self._menu.addAction(preset.name).triggered.connect(
                lambda _checked, preset=preset: self.add_wished.emit(preset)
            )
        if self._presets:
            self._menu.addSeparator()
        self._menu.addAction(_("Import feeds…")).triggered.connect(self.import_wished)
        self._export = self._menu.addAction(_("Export feeds…"))
        self._export.triggered.connect(self.export_wished)
        self._export.setEnabled(bool(self._rows))

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show connections as they are now; those that are the same are written over, so that the keyboard stays."""
        names = [row.name for row in rows]
        if list(self._rows) != names:
            for name in [name for name in self._rows if name not in names]:
                gone = self._rows.pop(name)
                gone.hide()
                self._list.removeWidget(gone)
                gone.deleteLater()
            self._rows = {name: self._rows.get(name) or self._made(name) for name in names}
            for place, widget in enumerate(self._rows.values()):
                if self._list.indexOf(widget) != place:
                    self._list.insertWidget(place, widget)
        for row in rows:
            self._rows[row.name].show_row(row)
        self._empty.setVisible(not rows)
        self._export.setEnabled(bool(rows))

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self._dress = dress
        self._add.setIcon(theme.icon("plus", dress.text))
        self._more.setIcon(theme.icon("ellipsis", dress.text))
        self._empty.show_presets(self._presets, dress)
        for row in self._rows.values():
            row.dress(dress)

    def _made(self, name: str) -> _Line:
        row = _Line(name)
        row.turn_wished.connect(lambda on: self.turn_wished.emit(name, on))
        row.record_wished.connect(lambda on: self.record_wished.emit(name, on))
        row.edit_wished.connect(lambda: self.edit_wished.emit(name))
        row.test_wished.connect(lambda: self.test_wished.emit(name))
        row.stop_test_wished.connect(self.stop_test_wished)
        row.remove_wished.connect(lambda: self.remove_wished.emit(name))
        row.dress(self._dress)
        return row


class _Empty(QWidget):
    """What stands here while there are no connections: what they are, and some that need nothing."""

    preset_wished = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 0, 8, 0)
        self._column.setSpacing(2)
        self._column.addWidget(
            _words(_("What a city measures comes in here as it happens: paste the address of a broker or a service."))
        )
        self._buttons: list[QPushButton] = []

    def show_presets(self, presets: Sequence[Connection], dress: theme.Theme) -> None:
        for button in self._buttons:
            button.hide()
            self._column.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for preset in presets[:_MOST_PRESETS]:
            button = _Short(preset.name)
            button.setIcon(theme.icon("plug", dress.muted))
            button.setIconSize(QSize(16, 16))
            button.setToolTip(f"{preset.name}\n{preset.address}")
            button.clicked.connect(lambda _checked=False, preset=preset: self.preset_wished.emit(preset))
            self._column.addWidget(button)
            self._buttons.append(button)


class _Line(QFrame):
    """One connection."""

    turn_wished = Signal(bool)
    record_wished = Signal(bool)
    edit_wished = Signal()
    test_wished = Signal()
    stop_test_wished = Signal()
    remove_wished = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("feed")
        self._dress = theme.LIGHT
        self._row: Row | None = None
        self._dot = QLabel()
        self._dot.setFixedWidth(_DOT_PX)
        title = _Name(name)
        self._turn = QToolButton()
        self._turn.setObjectName("turn-feed")
        self._turn.setIconSize(QSize(16, 16))
        self._turn.clicked.connect(self._wish_turn)
        self._more = QToolButton()
        self._more.setObjectName("more-of-feed")
        self._more.setIconSize(QSize(16, 16))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setToolTip(_("Edit, test, record or remove {feed}").format(feed=name))
        self._more.setAccessibleName(self._more.toolTip())
        menu = QMenu(self._more)
        menu.addAction(_("Edit…")).triggered.connect(self.edit_wished)
        menu.addAction(_("Test")).triggered.connect(self.test_wished)
        self._record = menu.addAction(_("Record what it says"))
        self._record.setCheckable(True)
        self._record.triggered.connect(self.record_wished)
        menu.addSeparator()
        menu.addAction(_("Remove…")).triggered.connect(self.remove_wished)
        self._more.setMenu(menu)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._dot)
        head.addWidget(title, 1)
        head.addWidget(self._turn)
        head.addWidget(self._more)
        head.setSpacing(4)
        self._said = _words("", "muted")
        self._facts = _words("", "muted")
        self._trouble = _words("", "warning")
        self._stop = QPushButton(_("Stop the test"))
        self._stop.setProperty("type", "link")
        self._stop.clicked.connect(self.stop_test_wished)
        body = QVBoxLayout()
        body.setContentsMargins(_DOT_PX + 4, 0, 4, 0)
        body.setSpacing(1)
        for widget in (self._said, self._facts, self._trouble):
            body.addWidget(widget)
        body.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(body)

    def show_row(self, row: Row) -> None:
        before, self._row = self._row, row
        if row == before:
            return
        said = _("{state} · not recorded").format(state=row.said) if not row.record else row.said
        self._said.setText(_("Testing…") if row.testing else said)
        self._facts.setText("\n".join(row.facts))
        self._facts.setVisible(bool(row.facts))
        self._trouble.setText(row.trouble)
        self._trouble.setVisible(bool(row.trouble))
        kind = "alarm" if row.state == "failed" else "warning"
        if self._trouble.property("type") != kind:
            self._trouble.setProperty("type", kind)
            self._trouble.style().unpolish(self._trouble)
            self._trouble.style().polish(self._trouble)
        self._stop.setVisible(row.testing)
        self._record.setChecked(row.record)
        self.setToolTip(row.told)
        if before is None or (before.state, before.on) != (row.state, row.on):
            self._show_state(row)

    def dress(self, dress: theme.Theme) -> None:
        self._dress = dress
        self._more.setIcon(theme.icon("ellipsis", dress.muted))
        if self._row is not None:
            self._show_state(self._row)

    def _show_state(self, row: Row) -> None:
        ink = {
            "receiving": self._dress.ok,
            "connecting": self._dress.accent,
            "failed": self._dress.error,
            "paused": self._dress.faint,
        }.get(row.state, self._dress.warning)
        self._dot.setPixmap(_dot(ink, self.devicePixelRatioF(), hollow=row.state in {"paused", "connecting"}))
        self._turn.setIcon(theme.icon("pause" if row.on else "play", self._dress.muted))
        said = _("Pause {feed}") if row.on else _("Connect {feed}")
        self._turn.setToolTip(said.format(feed=row.name))
        self._turn.setAccessibleName(self._turn.toolTip())

    def _wish_turn(self) -> None:
        if self._row is not None:
            self.turn_wished.emit(not self._row.on)


class _Short(QPushButton):
    """A button whose words are cut short where there is no room for all of them."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self._said = said
        self.setAccessibleName(said)
        self.setProperty("type", "preset")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's word)
        super().resizeEvent(event)
        room = self.width() - _ICON_AND_MARGINS_PX
        self.setText(self.fontMetrics().elidedText(self._said, Qt.TextElideMode.ElideRight, room))


class _Name(QLabel):
    """A name on one line, cut short where there is no room for all of it."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._name = name
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("type", "value")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's word)
        super().resizeEvent(event)
        self.setText(self.fontMetrics().elidedText(self._name, Qt.TextElideMode.ElideRight, self.width()))


def _dot(ink: str, ratio: float, *, hollow: bool) -> QPixmap:
    pixels = QPixmap(QSize(_DOT_PX, _DOT_PX) * ratio)
    pixels.setDevicePixelRatio(ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(ink), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush if hollow else QColor(ink))
    painter.drawEllipse(QRectF(1, 1, _DOT_PX - 2, _DOT_PX - 2))
    painter.end()
    return pixels


def _words(text: str, kind: str = "muted") -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("type", kind)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label
