"""The command box: one line to type in, and below it whatever may be meant, from streets to actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListView, QStyle, QStyledItemDelegate, QVBoxLayout, QWidget

from twin.find import Texts
from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QAction, QKeyEvent
    from PySide6.QtWidgets import QStyleOptionViewItem

    from twin.find import Found

WIDTH_PX = 520
_WITH_KEYS_PX = 280
_ROW_PX = 44
ELSEWHERE = 0.1
"""The score of a line that leads away from what is open: it is offered, and the others are missed."""

_MOST = 9

_ICONS = {
    "building": "building-2",
    "street": "road",
    "rail": "train-track",
    "ground": "trees",
    "water": "waves",
    "tree": "tree-deciduous",
    "thing": "lamp",
    "kind": "shapes",
    "answer": "trophy",
    "place": "crosshair",
    "action": "chevron-right",
    "recent": "history",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list: what it says, and what Enter does."""

    icon: str
    title: str
    detail: str
    keys: str
    choose: Callable[[], object]
    score: float = 0.0


class Palette(QLineEdit):
    """A line that finds. Emits what was chosen; the window asks nothing of it but to be told what can be found.

    Arrows go through the list, Enter takes a line, Esc leaves.
    """

    found = Signal(object)
    """A `twin.find.Found` was chosen: go there."""

    left = Signal()
    """Done, or given up: the keyboard is free again."""

    def __init__(self, window: QWidget) -> None:
        super().__init__()
        self.setObjectName("palette")
        self.setPlaceholderText(_("Find streets, buildings, actions…"))
        self.setAccessibleName(_("Find"))
        self.setClearButtonEnabled(False)
        self._window = window
        self._search: Callable[[str], list[Found]] | None = None
        self._suggest: Callable[[], list[Found]] = list
        self._waiting = ""
        self._actions: list[QAction] = []
        self._texts = Texts([])
        self._wishes: Callable[[str], list[Line]] = lambda _text: []
        self._recent: list[Found] = []
        self._dress = theme.LIGHT
        self._keys = QLabel(_("Ctrl K"), self)
        self._keys.setProperty("type", "keycap")
        self._keys.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._magnifier = QLabel(self)
        self._magnifier.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextMargins(28, 0, 0, 0)
        self._list = _List(window)
        self._list.chosen.connect(self._choose)
        self.textEdited.connect(self._ask)
        window.installEventFilter(self)

    # what can be found

    def show_actions(self, actions: Sequence[QAction]) -> None:
        """Offer actions, by what they are called."""
        self._actions = list(actions)
        self._name_actions()

    def offer(self, wishes: Callable[[str], list[Line]]) -> None:
        """Offer lines for whatever else a text may mean."""
        self._wishes = wishes

    def show_index(
        self, search: Callable[[str], list[Found]] | None, suggest: Callable[[], list[Found]] = list, waiting: str = ""
    ) -> None:
        """Offer what a search finds; without one say why not in a sentence, or nothing where there is none."""
        self._search, self._suggest, self._waiting = search, suggest, waiting
        if search is None:
            self._recent = []
        if self._list.isVisible():
            self._ask(self.text())

    def open(self) -> None:
        """Take the keyboard."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def ask(self, text: str) -> None:
        """Take the keyboard, and find this."""
        self.setText(text)
        self.open()
        self._ask(text)

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self._dress = dress
        self._magnifier.setPixmap(theme.picture("search", dress.muted, 16, self.devicePixelRatioF()))
        self._list.dress(dress)

    # Qt's words

    def focusInEvent(self, event: object) -> None:  # noqa: N802
        """Show the list."""
        super().focusInEvent(event)  # type: ignore[arg-type]
        self._keys.hide()
        self._name_actions()
        self._ask(self.text())

    def focusOutEvent(self, event: object) -> None:  # noqa: N802
        """Hide it."""
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self._keys.setVisible(not self.text() and self.width() >= _WITH_KEYS_PX)
        self._list.hide()

    def mousePressEvent(self, event: object) -> None:  # noqa: N802
        """Show the list again, where Esc hid it."""
        super().mousePressEvent(event)  # type: ignore[arg-type]
        if not self._list.isVisible():
            self._ask(self.text())

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        """Keep the keys at the right end."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._keys.setVisible(not self.hasFocus() and not self.text() and self.width() >= _WITH_KEYS_PX)
        self._magnifier.setGeometry(12, (self.height() - 16) // 2, 16, 16)
        size = self._keys.sizeHint()
        self._keys.setGeometry(
            self.width() - size.width() - 8, (self.height() - size.height()) // 2, size.width(), size.height()
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keep the list below the line when the window changes its shape."""
        if event.type() == QEvent.Type.Resize and self._list.isVisible():
            self._list.place(self)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Go through the list, take a line, or leave."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 5, Qt.Key.Key_PageUp: -5}
        if event.key() in steps:
            self._list.step(steps[Qt.Key(event.key())])
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._choose(self._list.current())
        elif event.key() == Qt.Key.Key_Escape:
            if self.text() and self._list.isVisible():
                self.clear()
                self._ask("")
            else:
                self._leave()
        else:
            super().keyPressEvent(event)

    # inside

    def _name_actions(self) -> None:
        self._texts = Texts([action.text().rstrip("…") for action in self._actions])  # as they are called now

    def _ask(self, text: str) -> None:
        lines = self._lines(text.strip())
        self._list.show_lines(lines, self._hint(text.strip(), lines))
        self._list.place(self)

    def _lines(self, text: str) -> list[Line]:
        if not text:
            recent = [self._line(found, "recent") for found in self._recent]
            told = {line.title for line in recent}
            return [*recent, *(self._line(one) for one in self._suggest() if one.title not in told)][:_MOST]
        lines = [self._line(found) for found in (self._search(text) if self._search is not None else [])]
        lines += self._wishes(text)
        which, score = self._texts.search(text)
        for i, fit in zip(which, score, strict=True):
            action = self._actions[i]
            if action.isEnabled() and fit > 0.9:
                icon = str(action.property("icon-name") or "") or _ICONS["action"]
                keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
                lines.append(Line(icon, action.text(), _("Action"), keys, action.trigger, float(fit) + 0.1))
        lines.sort(key=lambda line: -line.score)
        return lines[:_MOST]

    def _line(self, found: Found, icon: str = "") -> Line:
        icon = _ICONS.get(icon or found.sort, "map-pin")
        return Line(icon, found.title, found.detail, "", lambda: self._go(found), found.score)

    def _hint(self, text: str, lines: Sequence[Line]) -> str:
        if self._waiting and self._search is None:
            return self._waiting
        if any(line.score > ELSEWHERE for line in lines) or (lines and not text):
            return ""
        if not text:
            return _(
                "Type a name, an address, a kind such as “school”, a time, “height > 20”, coordinates, or an action."
            )
        return _("Nothing here is called that. Try fewer letters, a kind such as “school”, or “60.17, 24.95”.")

    def _go(self, found: Found) -> None:
        self._recent = [found, *(one for one in self._recent if one.title != found.title)][:4]
        self.found.emit(found)

    def _choose(self, line: Line | None) -> None:
        if line is not None:
            self._leave()
            line.choose()

    def _leave(self) -> None:
        self._list.hide()
        self.clear()
        self.clearFocus()
        self.left.emit()


class _Lines(QAbstractListModel):
    """The lines as Qt's lists want them."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Line] = []

    def fill(self, lines: Sequence[Line]) -> None:
        self.beginResetModel()
        self.lines = list(lines)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: ARG002, N802
        return len(self.lines)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = 0) -> object:
        line = self.lines[index.row()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return f"{line.title}, {line.detail}"
        return None


class _Look(QStyledItemDelegate):
    """How a line looks: icon, title, what it is, and keys."""

    def __init__(self) -> None:
        super().__init__()
        self.colours = theme.LIGHT

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002, N802
        return QSize(WIDTH_PX - 16, _ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        model = index.model()
        if not isinstance(model, _Lines):
            return
        line, box = model.lines[index.row()], QRect(option.rect)
        dress = self.colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(dress.window))
            painter.drawRoundedRect(box.adjusted(0, 1, 0, -1), 6, 6)
        ratio = painter.device().devicePixelRatioF()
        picture = theme.picture(line.icon, dress.muted, 16, ratio)
        painter.drawPixmap(box.left() + 12, box.top() + (_ROW_PX - 16) // 2, picture)
        font = QFont(option.font)
        font.setPixelSize(12)
        right = box.right() - 12
        if line.keys:
            width = QFontMetrics(font).horizontalAdvance(line.keys) + 12
            cap = QRect(right - width, box.top() + 12, width, 20)
            painter.setPen(QColor(dress.line))
            painter.setBrush(QColor(dress.raised))
            painter.drawRoundedRect(cap, 4, 4)
            painter.setPen(QColor(dress.muted))
            painter.setFont(font)
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, line.keys)
            right -= width + 12
        text = QRect(box.left() + 40, box.top() + 5, right - box.left() - 40, 18)
        title = QFont(option.font)
        title.setPixelSize(13)
        title.setWeight(QFont.Weight.Medium)
        painter.setFont(title)
        painter.setPen(QColor(dress.text))
        elided = QFontMetrics(title).elidedText(line.title, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, elided)
        painter.setFont(font)
        painter.setPen(QColor(dress.muted))
        elided = QFontMetrics(font).elidedText(line.detail, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text.translated(0, 17), Qt.AlignmentFlag.AlignVCenter, elided)
        painter.restore()


class _List(QFrame):
    """The lines below the box, over everything else in the window; hands reach it, the keyboard stays above."""

    chosen = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("found")
        self.setProperty("floats", True)
        self._model, self._look = _Lines(), _Look()
        self._view = QListView()
        self._view.setObjectName("lines")
        self._view.setModel(self._model)
        self._view.setItemDelegate(self._look)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setMouseTracking(True)
        self._view.setFrameShape(QFrame.Shape.NoFrame)
        self._view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view.entered.connect(self._view.setCurrentIndex)
        self._view.clicked.connect(lambda index: self.chosen.emit(self._model.lines[index.row()]))
        self._hint = QLabel()
        self._hint.setProperty("type", "term")
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(12, 10, 12, 10)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(0)
        column.addWidget(self._view)
        column.addWidget(self._hint)
        self.hide()

    def show_lines(self, lines: Sequence[Line], hint: str) -> None:
        self._model.fill(lines)
        self._view.setVisible(bool(lines))
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        if lines:
            self._view.setCurrentIndex(self._model.index(0))

    def place(self, line: QWidget) -> None:
        window = self.parentWidget()
        if window is None:
            return
        width = min(max(WIDTH_PX, line.width()), window.width() - 32)
        rows = self._model.rowCount()
        hint = self._hint.heightForWidth(width - 16) if self._hint.text() else 0
        middle = line.mapTo(window, line.rect().bottomLeft())
        tall = min(rows * _ROW_PX, max(window.height() - middle.y() - 6 - hint - 18 - 8, _ROW_PX))
        self._view.setFixedHeight(tall)
        left = max(16, min(middle.x() + (line.width() - width) // 2, window.width() - width - 16))
        self.setGeometry(left, middle.y() + 6, width, tall + hint + 18)
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        rows = self._model.rowCount()
        if rows:
            row = self._view.currentIndex().row()
            to = (row + by) % rows if abs(by) == 1 else min(max(row + by, 0), rows - 1)
            self._view.setCurrentIndex(self._model.index(to))

    def current(self) -> Line | None:
        index = self._view.currentIndex()
        return self._model.lines[index.row()] if index.isValid() and self.isVisible() else None

    def dress(self, dress: theme.Theme) -> None:
        self._look.colours = dress
        palette = self._view.palette()
        palette.setColor(QPalette.ColorRole.Base, QColor(dress.raised))
        self._view.setPalette(palette)
        self._view.viewport().update()
