"""Import readings: the first rows of a table, what each column means, and how many of the rows can be read so."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twin import mapping
from twin.importing import with_terms
from twin.language import _, _n
from twin.mapping.channels import known, units_of
from twin.mapping.mapping import DISTRICT_ZONE, Measured
from twin.model import TwinError
from ui.dialogs.form import Form

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from twin.importing import Imported
    from twin.mapping import Guess, Mapping, Table
    from twin.mapping.tables import Piece

WIDTH_PX = 860
PREVIEW_ROWS = 5
_COLUMN_PX = 132
_INTERVALS_S = (0, 60, 300, 600, 900, 1800, 3600, 86_400)


class ImportDialog(Form):
    """Asks what the columns of a table mean, prefilled with a guess. Emits the `Mapping`."""

    wished = Signal(object)

    def __init__(
        self, parent: QWidget, paths: Sequence[Path], table: Table, head: Piece, guess: Guess, zone: str
    ) -> None:
        more = len(paths) - 1
        name = paths[0].name if not more else _("{file} and {count} more").format(file=paths[0].name, count=more)
        super().__init__(parent, _("Import readings from {file}").format(file=name), _("Import"))
        self.setFixedWidth(WIDTH_PX)
        self._path, self._table, self._head, self._zone = paths[0], table, head, zone
        self._mapping = guess.mapping
        self._roles: list[QComboBox] = []
        self._units: list[QComboBox] = []
        self._preview = self._fill_preview()
        self.across(self._preview)
        self._format, self._place = QLineEdit(self._mapping.time.format), QComboBox()
        self._zones, self._interval, self._stamp = QComboBox(), QComboBox(), QComboBox()
        self._whose, self._terms = QLineEdit(), QLineEdit()
        self._fill_fields()
        self._check()
        for reason in guess.reasons[:1]:
            self._preview.setToolTip(reason)

    @property
    def mapping(self) -> Mapping:
        """What the columns mean, as it is chosen now."""
        return self._mapping

    # what is shown

    def _fill_preview(self) -> QTableWidget:
        columns, rows = self._table.columns, min(PREVIEW_ROWS, len(self._head))
        table = QTableWidget(rows + 2, len(columns))
        table.setObjectName("import-preview")
        table.setHorizontalHeaderLabels(list(columns))
        table.setVerticalHeaderLabels([_("Meaning"), _("Unit"), *map(str, self._head.line[:rows].tolist())])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.horizontalHeader().setDefaultSectionSize(_COLUMN_PX)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().setDefaultSectionSize(26)
        for number, name in enumerate(columns):
            role, unit = QComboBox(), QComboBox()
            role.setObjectName(f"role-{name}")
            role.setAccessibleName(_("What {column} means").format(column=name))
            unit.setAccessibleName(_("The unit of {column}").format(column=name))
            for key, title in _roles().items():
                role.addItem(title, key)
            role.setCurrentIndex(max(0, role.findData(_role_of(self._mapping, name))))
            role.currentIndexChanged.connect(lambda _index, number=number: self._turn(number))
            unit.currentIndexChanged.connect(self._check)
            table.setCellWidget(0, number, role)
            table.setCellWidget(1, number, unit)
            self._roles.append(role)
            self._units.append(unit)
            self._offer_units(number)
            column = self._head.columns[name]
            for row in range(rows):
                told = column.text(row) if hasattr(column, "text") else f"{column[row]:g}"
                item = QTableWidgetItem(told[:80])
                item.setToolTip(told[:400])
                table.setItem(row + 2, number, item)
        for row in (0, 1):
            table.setRowHeight(row, 36)
        table.setFixedHeight(36 * 2 + 26 * rows + 52)
        return table

    def _fill_fields(self) -> None:
        told = self._mapping.time
        self._format.setObjectName("import-format")
        self._format.textChanged.connect(self._check)
        self._zones.setEditable(True)
        for title, zone in (
            (_("Of the district ({zone})").format(zone=self._zone), DISTRICT_ZONE),
            (_("UTC"), "UTC"),
            (told.zone, told.zone),
        ):
            if self._zones.findData(zone) < 0:
                self._zones.addItem(title, zone)
        self._zones.setCurrentIndex(self._zones.findData(told.zone))
        self._zones.currentTextChanged.connect(self._check)
        for seconds in dict.fromkeys((*_INTERVALS_S, int(told.interval_s))):
            title = _("Of a moment") if not seconds else _("Mean over {span}").format(span=_span(seconds))
            self._interval.addItem(title, float(seconds))
        self._interval.setCurrentIndex(self._interval.findData(told.interval_s))
        for title, stamp in ((_("Is the beginning"), "start"), (_("Is the end"), "end")):
            self._stamp.addItem(title, stamp)
        self._stamp.setCurrentIndex(self._stamp.findData(told.stamp))
        for title, system in (("WGS 84", "wgs84"), ("GCJ-02", "gcj02"), ("BD-09", "bd09")):
            self._place.addItem(title, system)
        self._place.setCurrentIndex(self._place.findData(self._mapping.place.system))
        for box in (self._interval, self._stamp, self._place):
            box.currentIndexChanged.connect(self._check)
        layer = self._mapping.layers[0] if self._mapping.layers else None
        for name, line, text in (
            ("whose", self._whose, layer.owner if layer else ""),
            ("terms", self._terms, layer.terms if layer else ""),
        ):
            line.setObjectName(f"import-{name}")
            line.setMaxLength(200)
            line.setText(text)
            line.textChanged.connect(self._check)
        self._whose.setPlaceholderText(_("The city's traffic centre, or yourself"))
        self._terms.setPlaceholderText(_("CC BY 4.0, or “internal use only”"))
        self.field(_("Time format"), self._format)
        self.field(_("Time zone"), self._zones)
        self.field(_("Values are"), self._interval)
        self.field(_("The time told"), self._stamp)
        self.field(_("Coordinates"), self._place)
        self.field(_("Whom it is from"), self._whose)
        self.field(_("Terms of use"), self._terms)

    def _offer_units(self, number: int) -> None:
        role, unit = self._roles[number].currentData(), self._units[number]
        unit.blockSignals(True)
        unit.clear()
        channel = known().get(role)
        measured = next((m for m in self._mapping.measured if m.column == self._table.columns[number]), None)
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
        self._check()

    # what is meant

    def _meant(self) -> Mapping:
        """Return the mapping that is chosen: what nobody touched is as it was guessed."""
        before, columns = self._mapping, self._table.columns
        roles: dict[str, list[str]] = {}
        for name, box in zip(columns, self._roles, strict=True):
            roles.setdefault(str(box.currentData()), []).append(name)

        def one(role: str) -> str:
            return roles.get(role, [""])[0]

        def all_of(role: str, usual: tuple[str, ...]) -> tuple[str, ...]:
            found = roles.get(role, [])
            return usual if sorted(usual) == sorted(found) else tuple(found)

        measured = []
        for number, name in enumerate(columns):
            channel = known().get(str(self._roles[number].currentData()))
            if channel is None:
                continue
            old = next((m for m in before.measured if m.column == name and m.channel.key == channel.key), None)
            unit = self._units[number].currentText()
            unit = "" if unit == channel.unit else unit
            measured.append(replace(old, unit=unit) if old is not None else Measured(name, channel, unit))
        zone = self._zones.currentText().strip()
        at = self._zones.findText(zone)
        sensors = all_of("sensor", before.sensor.columns)
        time_ = replace(
            before.time,
            columns=all_of("time", before.time.columns),
            format=self._format.text().strip() or "iso",
            zone=str(self._zones.itemData(at)) if at >= 0 else zone,
            interval_s=float(self._interval.currentData()),
            stamp=str(self._stamp.currentData()),
        )
        meant = replace(
            before,
            time=time_,
            sensor=replace(
                before.sensor,
                columns=sensors,
                one="" if sensors else before.sensor.one or "file",
                name=all_of("name", before.sensor.name),
                details=tuple(name for name in before.sensor.details if name in columns),
            ),
            place=replace(
                before.place,
                lon=one("lon"),
                lat=one("lat"),
                heading=one("heading"),
                system=str(self._place.currentData()),
            ),
            long=replace(before.long, channel=one("parameter"), value=one("value"), unit=one("unit")),
            measured=before.measured if one("value") else tuple(measured),
        )
        return with_terms(meant, owner=self._whose.text().strip(), terms=self._terms.text().strip())

    def _check(self) -> None:
        """Say how many of the rows can be read, and of the others the first and why."""
        twice = [
            str(box.currentText())
            for box in self._roles
            if box.currentData() not in {"", "time", "sensor", "name"}
            and [other.currentData() for other in self._roles].count(box.currentData()) > 1
        ]
        if twice:
            self.complain(_("Two columns cannot both mean {meaning}.").format(meaning=twice[0]))
            return
        try:
            meant = self._meant()
            meant.check(self._table.columns)
            intake = mapping.Intake(meant, zone=self._zone, places=mapping.Places(), now=time.time())
            taken = len(intake.take(self._head, self._path))
        except TwinError as trouble:
            self.complain(str(trouble))
            return
        self._mapping = meant
        if not taken:
            first = next(iter(intake.rejects.examples), None)
            why = _("{where}: {reason}").format(where=first.where, reason=first.reason.sentence) if first else ""
            self.complain(_("None of the first {count} rows can be read.").format(count=intake.count.rows) + f" {why}")
        elif not self._whose.text().strip() or not self._terms.text().strip():
            self.complain(_("Say whom the data is from and on what terms: others will want to know."))
        else:
            self.remark(_told(intake, taken))

    def take(self) -> None:
        """Tell what the columns mean."""
        self.accept()
        self.wished.emit(self._mapping)


def _told(intake: mapping.Intake, taken: int) -> str:
    sentence = _("The first {rows} rows hold {readings} readings.").format(rows=intake.count.rows, readings=taken)
    if intake.rejects.total:
        first = intake.rejects.examples[0]
        left = _n(
            "{count} is not taken; {where}: {reason}", "{count} are not taken; {where}: {reason}", intake.rejects.total
        )
        left = left.format(count=intake.rejects.total, where=first.where, reason=first.reason.sentence)
        return f"{sentence} {left}"
    return sentence


def _roles() -> dict[str, str]:
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
    } | {key: channel.title for key, channel in known().items()}


def _role_of(told: Mapping, column: str) -> str:
    """Return what a column means in a mapping."""
    measured = next((m for m in told.measured if m.column == column), None)
    if measured is not None and not told.long.value:
        return measured.channel.key
    places = {told.place.lon: "lon", told.place.lat: "lat", told.place.heading: "heading"}
    long = {told.long.channel: "parameter", told.long.value: "value", told.long.unit: "unit"}
    if column in told.time.columns:
        return "time"
    if column in told.sensor.columns:
        return "sensor"
    return (places | long).get(column) or ("name" if column in told.sensor.name else "")


def _span(seconds: int) -> str:
    if seconds % 3600 == 0:
        return _n("{count} hour", "{count} hours", seconds // 3600).format(count=seconds // 3600)
    if seconds % 60 == 0:
        return _n("{count} minute", "{count} minutes", seconds // 60).format(count=seconds // 60)
    return _("{count} s").format(count=seconds)


class RejectsDialog(QDialog):
    """What an import did not take: for each reason how often, and the first lines."""

    def __init__(self, parent: QWidget, found: Imported) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Not taken"))
        self.resize(720, 420)
        rows = sorted(found.rejects.examples, key=lambda example: -found.rejects.counts[example.reason])
        heads = [_("Why"), _("Where"), _("Sensor"), _("Channel"), _("Value")]
        table = QTableWidget(len(rows), len(heads))
        table.setHorizontalHeaderLabels(heads)
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        for row, example in enumerate(rows):
            said = f"{example.reason.sentence} ({found.rejects.counts[example.reason]})"
            for number, text in enumerate((said, example.where, example.sensor, example.channel, example.value)):
                table.setItem(row, number, QTableWidgetItem(text))
        table.resizeColumnsToContents()
        table.horizontalHeader().setStretchLastSection(True)
        close = QPushButton(_("Close"))
        close.setProperty("type", "main")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(table)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
