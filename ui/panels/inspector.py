"""The right panel: what is picked, and why it looks as it does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin.language import _
from ui import theme

if TYPE_CHECKING:
    from ui.facts import Facts, Value

WIDTH_PX = 312
_LONG_WORD = re.compile(r"\S{18}(?=\S)")
_BREAK = "\u200b"


class InspectorPanel(QFrame):
    """The facts about one feature. Emits wishes to copy them, or to be rid of them."""

    close_wished = Signal()
    copy_wished = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("inspector")
        self.setFixedWidth(WIDTH_PX)
        self._facts: Facts | None = None
        self._kind = _words("", "muted")
        self._copy, self._close = QToolButton(), QToolButton()
        for button, said in ((self._copy, _("Copy all of it")), (self._close, _("Close (Esc)"))):
            button.setIconSize(QSize(16, 16))
            button.setToolTip(said)
            button.setAccessibleName(said)
        self._copy.clicked.connect(self._wish_copy)
        self._close.clicked.connect(self.close_wished)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 8, 0)
        head.setSpacing(0)
        head.addWidget(self._kind, 1)
        head.addWidget(self._copy)
        head.addWidget(self._close)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        self.dress(theme.LIGHT)
        self.hide()

    def show_facts(self, facts: Facts) -> None:
        """Show these facts."""
        self._facts = facts
        self._copy.setEnabled(True)
        self._kind.setText(facts.kind)
        sheet, column = _sheet()
        column.addWidget(_words(facts.title, "subject"))
        if facts.address and facts.address != facts.title:
            column.addSpacing(4)
            column.addWidget(_words(facts.address, "term"))
        if facts.values:
            column.addSpacing(16)
            for value in facts.values:
                _add_value(column, value)
        if facts.repairs:
            _add_heading(column, _("Mended"))
            for sentence in facts.repairs:
                column.addWidget(_words(sentence, "warning"))
                column.addSpacing(4)
        _add_heading(column, _("On the map"))
        column.addWidget(_source(facts))
        if facts.tags:
            column.addSpacing(8)
            column.addLayout(_tags(facts))
        column.addStretch(1)
        self._scroll.setWidget(sheet)
        self.show()

    def show_sentence(self, sentence: str) -> None:
        """Say why there are no facts yet, or none at all."""
        self._facts = None
        self._copy.setEnabled(False)
        self._kind.setText("")
        sheet, column = _sheet()
        column.addWidget(_words(sentence, "term"))
        column.addStretch(1)
        self._scroll.setWidget(sheet)
        self.show()

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._copy.setIcon(theme.icon("copy", dress.muted))
        self._close.setIcon(theme.icon("x", dress.muted))

    def _wish_copy(self) -> None:
        if self._facts is not None:
            self.copy_wished.emit(self._facts.text)


def _words(text: str, kind: str) -> QLabel:
    """Return words that can be selected; what the map says is never taken for markup."""
    label = QLabel(_LONG_WORD.sub(lambda word: word.group() + _BREAK, text))
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("type", kind)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    return label


def _sheet() -> tuple[QWidget, QVBoxLayout]:
    sheet = QWidget()
    column = QVBoxLayout(sheet)
    column.setContentsMargins(16, 0, 16, 16)
    column.setSpacing(0)
    return sheet, column


def _add_heading(column: QVBoxLayout, text: str) -> None:
    column.addSpacing(12)
    rule = QFrame()
    rule.setProperty("type", "rule")
    column.addWidget(rule)
    column.addSpacing(12)
    column.addWidget(_words(text, "heading"))
    column.addSpacing(8)


def _add_value(column: QVBoxLayout, value: Value) -> None:
    line = QHBoxLayout()
    line.setSpacing(12)
    told = _words(value.text, "value")
    told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    line.addWidget(_words(value.label, "term"), 1)
    line.addWidget(told, 1)
    column.addLayout(line)
    if value.why:
        column.addSpacing(4)
        column.addWidget(_words(value.why, "muted"))
    column.addSpacing(12)


def _source(facts: Facts) -> QWidget:
    if not facts.link:
        return _words(facts.osm, "tag")
    button = QPushButton(facts.osm)
    button.setProperty("type", "link")
    button.setObjectName("source")
    button.setToolTip(_("Show it on openstreetmap.org"))
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    button.clicked.connect(lambda: _browse(facts.link))
    return button


def _browse(link: str) -> None:
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    QDesktopServices.openUrl(QUrl(link))


def _tags(facts: Facts) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 9)
    grid.setColumnStretch(1, 11)
    for row, (key, value) in enumerate(facts.tags):
        grid.addWidget(_words(key, "key"), row, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(_words(value, "tag"), row, 1, Qt.AlignmentFlag.AlignTop)
    return grid
