"""The fields of one kind of feed in a form: lines, choices, secrets that are not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.sources import Field

_LABEL_PX = 150


class KindFields(QWidget):
    """What one kind of feed needs beside its address; what it seldom needs is folded away."""

    changed = Signal()
    resized = Signal()
    """There are more fields to see, or fewer."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, QLineEdit | QComboBox] = {}
        self._secret: set[str] = set()
        self._rare: list[tuple[QLabel, QLineEdit | QComboBox]] = []
        self._usual: dict[str, str] = {}  # what stands in a field of which nobody has said anything
        self._open = False
        self._more = QPushButton()
        self._more.setObjectName("more-options")
        self._more.setProperty("type", "link")
        self._more.setAutoDefault(False)
        self._more.clicked.connect(self._turn_more)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnMinimumWidth(0, _LABEL_PX)
        self._grid.setColumnStretch(1, 1)

    def show_fields(self, fields: Sequence[Field], *, with_user: bool) -> None:
        """Show these fields in place of others; what was written into one of the same name stays.

        A secret stays one: it is not taken over into a field that everybody may see.
        """
        secret = {entry.key for entry in fields if entry.secret}
        before = {key: self.text(key) for key in self._lines if (key in self._secret) == (key in secret)}
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                if widget is not self._more:
                    widget.deleteLater()
        self._lines, self._rare = {}, []
        self._secret = secret
        if with_user:
            self._add("user", _("User"), QLineEdit())
        often = [entry for place, entry in enumerate(fields) if place == 0 or entry.secret or entry.needed]
        seldom = [entry for entry in fields if entry not in often]
        for entry in (*often, *seldom):
            if seldom and entry is seldom[0]:
                self._grid.addWidget(self._more, self._grid.rowCount(), 1, Qt.AlignmentFlag.AlignLeft)
            if entry.options:
                box = QComboBox()
                for word, title in entry.options.items():
                    box.addItem(title, word)
                box.setCurrentIndex(max(box.findData(entry.default), 0))
                box.currentIndexChanged.connect(self.changed)
                self._add(entry.key, entry.title, box, entry.hint, rare=entry in seldom)
                continue
            line = QLineEdit()
            line.setPlaceholderText(entry.default or entry.hint)
            if entry.secret:
                line.setEchoMode(QLineEdit.EchoMode.Password)
            self._add(entry.key, entry.title, line, entry.hint if entry.default else "", rare=entry in seldom)
        for key, value in before.items():
            self._write(key, value)
        self._usual = {key: self.text(key) for key in self._lines if key not in before}
        self._show_more(shown=self._any_rare())
        self.setVisible(bool(self._lines))

    def show_values(self, values: Mapping[str, str], kept: Mapping[str, bool]) -> None:
        """Fill fields in; of a secret that is kept, say that it is."""
        for key, value in values.items():
            self._write(key, value)
        for key, there in kept.items():
            line = self._lines.get(key)
            if isinstance(line, QLineEdit) and there:
                line.setPlaceholderText(_("Unchanged where left empty"))
        if not self._open:
            self._show_more(shown=self._any_rare())

    def text(self, key: str) -> str:
        """Return what stands in a field."""
        widget = self._lines.get(key)
        if isinstance(widget, QComboBox):
            return str(widget.currentData())
        return widget.text().strip() if widget is not None else ""

    def options(self) -> dict[str, str]:
        """Return what is filled in and no secret."""
        found = {key: self.text(key) for key in self._lines if key not in self._secret and key != "user"}
        return {key: value for key, value in found.items() if value}

    def typed(self) -> dict[str, str]:
        """Return the secrets that were typed."""
        return {key: text for key in self._secret if (text := self.text(key))}

    def _any_rare(self) -> bool:
        """Whether somebody has said something in a field that is folded away."""
        rare = {id(widget) for _label, widget in self._rare}
        return any(
            id(widget) in rare and self.text(key) != self._usual.get(key, "") for key, widget in self._lines.items()
        )

    def _turn_more(self) -> None:
        self._show_more(shown=not self._open)
        self.resized.emit()

    def _show_more(self, *, shown: bool) -> None:
        self._open = shown
        self._more.setText(_("Fewer options") if shown else _("More options"))
        self._more.setVisible(bool(self._rare))
        for parts in self._rare:
            for part in parts:
                part.setVisible(shown)

    def _add(self, key: str, title: str, widget: QLineEdit | QComboBox, hint: str = "", *, rare: bool = False) -> None:
        label = QLabel(title)
        label.setProperty("type", "term")
        label.setBuddy(widget)
        widget.setObjectName(f"field-{key}")
        widget.setAccessibleName(title)
        widget.setToolTip(hint)
        if isinstance(widget, QLineEdit):
            widget.textChanged.connect(self.changed)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1)
        self._lines[key] = widget
        if rare:
            self._rare.append((label, widget))

    def _write(self, key: str, value: str) -> None:
        widget = self._lines.get(key)
        if isinstance(widget, QComboBox):
            widget.setCurrentIndex(max(widget.findData(value), 0))
        elif widget is not None:
            widget.setText(value)
