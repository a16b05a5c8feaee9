"""The fields of one kind of feed in a form: lines, choices, secrets that are not shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QWidget

from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twin.sources import Field

_LABEL_PX = 150


class KindFields(QWidget):
    """What one kind of feed needs beside its address."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._lines: dict[str, QLineEdit | QComboBox] = {}
        self._secret: set[str] = set()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(10)
        self._grid.setColumnMinimumWidth(0, _LABEL_PX)
        self._grid.setColumnStretch(1, 1)

    def show_fields(self, fields: Sequence[Field], *, with_user: bool) -> None:
        """Show these fields in place of others; what was written into one of the same name stays."""
        before = {key: self.text(key) for key in self._lines}
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        self._lines = {}
        self._secret = {entry.key for entry in fields if entry.secret}
        if with_user:
            self._add("user", _("User"), QLineEdit())
        for entry in fields:
            if entry.options:
                box = QComboBox()
                for word, title in entry.options.items():
                    box.addItem(title, word)
                box.setCurrentIndex(max(box.findData(entry.default), 0))
                box.currentIndexChanged.connect(self.changed)
                self._add(entry.key, entry.title, box, entry.hint)
                continue
            line = QLineEdit()
            line.setPlaceholderText(entry.default or entry.hint)
            if entry.secret:
                line.setEchoMode(QLineEdit.EchoMode.Password)
            self._add(entry.key, entry.title, line, entry.hint if entry.default else "")
        for key, value in before.items():
            self._write(key, value)
        self.setVisible(bool(self._lines))

    def show_values(self, values: Mapping[str, str], kept: Mapping[str, bool]) -> None:
        """Fill fields in; of a secret that is kept, say that it is."""
        for key, value in values.items():
            self._write(key, value)
        for key, there in kept.items():
            line = self._lines.get(key)
            if isinstance(line, QLineEdit) and there:
                line.setPlaceholderText(_("Kept; write another one to change it"))

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

    def _add(self, key: str, title: str, widget: QLineEdit | QComboBox, hint: str = "") -> None:
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

    def _write(self, key: str, value: str) -> None:
        widget = self._lines.get(key)
        if isinstance(widget, QComboBox):
            widget.setCurrentIndex(max(widget.findData(value), 0))
        elif widget is not None:
            widget.setText(value)
