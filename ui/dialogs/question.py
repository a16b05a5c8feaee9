"""A question with a few answers, for what only a person can decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH_PX = 440


class Question(QDialog):
    """A sentence and its answers, the first of which is the one to recommend; `answer` is empty after Esc."""

    def __init__(self, parent: QWidget, title: str, sentence: str, answers: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent)
        self.answer = ""
        self.setWindowTitle(title)
        self.setFixedWidth(WIDTH_PX)
        head, words = QLabel(title), QLabel(sentence)
        head.setProperty("type", "title")
        words.setProperty("type", "term")
        words.setWordWrap(True)
        for label in (head, words):
            label.setTextFormat(Qt.TextFormat.PlainText)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addStretch(1)
        for number, (name, said) in reversed(list(enumerate(answers))):
            button = QPushButton(said)
            button.setObjectName(f"answer-{name}")
            button.setProperty("type", "main" if number else "accent")
            button.setAutoDefault(not number)
            button.setDefault(not number)
            button.clicked.connect(lambda _checked=False, name=name: self._give(name))
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(head)
        column.addWidget(words)
        column.addSpacing(4)
        column.addLayout(foot)

    def _give(self, name: str) -> None:
        self.answer = name
        self.accept()
