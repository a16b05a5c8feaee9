"""The first rows of a table under what each column means, which one may choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QTableWidget, QTableWidgetItem

from twin.language import _
from twin.mapping.channels import known, units_of

if TYPE_CHECKING:
    from twin.mapping import Mapping, Table
    from twin.mapping.tables import Piece

PREVIEW_ROWS = 5
_COLUMN_PX = 132


class Columns(QTableWidget):
    """Columns with their meanings and units, as a mapping guesses them and somebody corrects them."""

    changed = Signal()

    def __init__(self, table: Table, head: Piece, guessed: Mapping) -> None:
        self._names, self._guessed = tuple(table.columns), guessed
        rows = min(PREVIEW_ROWS, len(head))
        super().__init__(rows + 2, len(self._names))
        self.setObjectName("import-preview")
        self.setHorizontalHeaderLabels(list(self._names))
        self.setVerticalHeaderLabels([_("Meaning"), _("Unit"), *map(str, head.line[:rows].tolist())])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.horizontalHeader().setDefaultSectionSize(_COLUMN_PX)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(26)
        self._roles: list[QComboBox] = []
        self._units: list[QComboBox] = []
        for number, name in enumerate(self._names):
            self._add(number, name)
            column = head.columns[name]
            for row in range(rows):
                told = column.text(row) if hasattr(column, "text") else f"{column[row]:g}"
                item = QTableWidgetItem(told[:80])
                item.setToolTip(told[:400])
                self.setItem(row + 2, number, item)
        for row in (0, 1):
            self.setRowHeight(row, 36)
        self.setFixedHeight(36 * 2 + 26 * rows + 52)

    @property
    def roles(self) -> tuple[str, ...]:
        """What each column means, by the key of its role or of its channel; empty for nothing."""
        return tuple(str(box.currentData()) for box in self._roles)

    def unit(self, number: int) -> str:
        """Return the unit of one column."""
        return self._units[number].currentText()

    def said(self, role: str) -> str:
        """Return what people call a role."""
        return roles()[role]

    def _add(self, number: int, name: str) -> None:
        role, unit = QComboBox(), QComboBox()
        role.setObjectName(f"role-{name}")
        role.setAccessibleName(_("What {column} means").format(column=name))
        unit.setAccessibleName(_("The unit of {column}").format(column=name))
        for key, title in roles().items():
            role.addItem(title, key)
        role.setCurrentIndex(max(0, role.findData(role_of(self._guessed, name))))
        role.currentIndexChanged.connect(lambda _index: self._turn(number))
        unit.currentIndexChanged.connect(self.changed)
        self.setCellWidget(0, number, role)
        self.setCellWidget(1, number, unit)
        self._roles.append(role)
        self._units.append(unit)
        self._offer_units(number)

    def _offer_units(self, number: int) -> None:
        role, unit = self._roles[number].currentData(), self._units[number]
        unit.blockSignals(True)
        unit.clear()
        channel = known().get(role)
        measured = next((m for m in self._guessed.measured if m.column == self._names[number]), None)
        if channel is not None:
            told = measured.unit if measured is not None and measured.unit else channel.unit
            for word in dict.fromkeys((told, *units_of(channel))):
                unit.addItem(word)
        else:
            unit.addItem("–")
        unit.setEnabled(channel is not None)
        unit.blockSignals(False)

    def _turn(self, number: int) -> None:
        self._offer_units(number)
        self.changed.emit()


def roles() -> dict[str, str]:
    """Return what a column can mean."""
    return {
        "": "–",
        "time": _("Time"),
        "sensor": _("Sensor"),
        "name": _("Name"),
        "lon": _("Longitude"),
        "lat": _("Latitude"),
        "heading": _("Heading"),
        "parameter": _("What is measured"),
        "value": _("Value"),
        "unit": _("Unit"),
        "quality": _("Quality"),
    } | {key: channel.title for key, channel in known().items()}


def role_of(told: Mapping, column: str) -> str:
    """Return what a column means in a mapping."""
    measured = next((m for m in told.measured if m.column == column), None)
    if measured is not None and not told.long.value:
        return measured.channel.key
    places = {told.place.lon: "lon", told.place.lat: "lat", told.place.heading: "heading"}
    if column == told.quality.column:
        return "quality"
    long = {told.long.channel: "parameter", told.long.value: "value", told.long.unit: "unit"}
    if column in told.time.columns:
        return "time"
    if column in told.sensor.columns:
        return "sensor"
    return (places | long).get(column) or ("name" if column in told.sensor.name else "")
