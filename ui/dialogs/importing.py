"""Import readings: the first rows of a table, what each column means, and how many of the rows can be read so."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from twin import mapping
from twin.importing import with_terms
from twin.language import _, _n
from twin.mapping.channels import known
from twin.mapping.mapping import DISTRICT_ZONE, Measured, QualityColumn
from twin.model import TwinError
from ui.dialogs.columns import Columns
from ui.dialogs.form import Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.mapping import Guess, Mapping, Table
    from twin.mapping.tables import Piece

WIDTH_PX = 860
_INTERVALS_S = (0, 60, 300, 600, 900, 1800, 3600, 86_400)


class ImportDialog(Form):
    """Asks what the columns of a table mean, prefilled with a guess.

    Emits the `Mapping`, and the path of a table of positions or None.
    """

    wished = Signal(object, object)

    def __init__(
        self, parent: QWidget, paths: Sequence[Path], table: Table, head: Piece, guess: Guess, zone: str
    ) -> None:
        more = len(paths) - 1
        name = paths[0].name if not more else _("{file} and {count} more").format(file=paths[0].name, count=more)
        super().__init__(parent, _("Import readings from {file}").format(file=name), _("Import"))
        self.setFixedWidth(WIDTH_PX)
        self._path, self._table, self._head, self._zone = paths[0], table, head, zone
        self._mapping = guess.mapping
        self._columns = Columns(table, head, guess.mapping)
        self._columns.changed.connect(self._check)
        self.across(self._columns)
        self._format, self._place = QLineEdit(self._mapping.time.format), QComboBox()
        self._zones, self._interval, self._stamp = QComboBox(), QComboBox(), QComboBox()
        self._whose, self._terms = QLineEdit(), QLineEdit()
        self._positions: Path | None = None
        self._places = mapping.Places()
        self._positions_button = QPushButton(_("Choose a table…"))
        self._positions_button.setProperty("type", "main")
        self._positions_button.clicked.connect(self._choose_positions)
        self._flag_lines = {name: QLineEdit() for name in ("doubtful", "estimated", "rejected")}
        self._fill_fields()
        self._check()
        for reason in guess.reasons[:1]:
            self._columns.setToolTip(reason)

    @property
    def mapping(self) -> Mapping:
        """What the columns mean, as it is chosen now."""
        return self._mapping

    # what is shown

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
        self.field(_("Positions"), self._positions_button, _("Where the sensors stand, if this table does not say."))
        self.field(_("Flags of quality"), self._fill_flags())
        self.field(_("Whom it is from"), self._whose)
        self.field(_("Terms of use"), self._terms)

    def _fill_flags(self) -> QWidget:
        """Return a line for each meaning of a flag."""
        line = QWidget()
        across = QHBoxLayout(line)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        said = {"doubtful": _("Doubtful: 2, 3"), "estimated": _("Estimated: E"), "rejected": _("Not to be used: 9")}
        for name, field in self._flag_lines.items():
            field.setObjectName(f"import-{name}")
            field.setPlaceholderText(said[name])
            field.setAccessibleName(said[name].partition(":")[0])
            field.setText(", ".join(getattr(self._mapping.quality, name)))
            field.textChanged.connect(self._check)
            across.addWidget(field)
        return line

    # what is meant

    def _meant(self) -> Mapping:
        """Return the mapping that is chosen: what nobody touched is as it was guessed."""
        before, columns = self._mapping, self._table.columns
        roles: dict[str, list[str]] = {}
        for name, role in zip(columns, self._columns.roles, strict=True):
            roles.setdefault(role, []).append(name)

        def one(role: str) -> str:
            return roles.get(role, [""])[0]

        def all_of(role: str, usual: tuple[str, ...]) -> tuple[str, ...]:
            found = roles.get(role, [])
            return usual if sorted(usual) == sorted(found) else tuple(found)

        measured = []
        for number, name in enumerate(columns):
            channel = known().get(self._columns.roles[number])
            if channel is None:
                continue
            old = next((m for m in before.measured if m.column == name and m.channel.key == channel.key), None)
            unit = self._columns.unit(number)
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
            quality=self._flags(one("quality")),
            measured=before.measured if one("value") else tuple(measured),
        )
        return with_terms(meant, owner=self._whose.text().strip(), terms=self._terms.text().strip())

    def _flags(self, column: str) -> QualityColumn:
        """Return what the flags in a column mean; nothing without a column."""
        for line in self._flag_lines.values():
            line.setEnabled(bool(column))
        if not column:
            return QualityColumn()
        told = {
            name: tuple(word.strip() for word in line.text().split(",") if word.strip())
            for name, line in self._flag_lines.items()
        }
        return QualityColumn(column, **told)

    def _choose_positions(self) -> None:
        """Ask for a table of where the sensors stand; leaving the question takes one away again."""
        names = _("Tables ({kinds})").format(kinds="*.csv *.csv.gz *.tsv *.txt *.parquet") + ";;" + _("All files (*)")
        found, _filter = QFileDialog.getOpenFileName(self, _("Positions of the sensors"), str(self._path.parent), names)
        self.place(Path(found) if found else None)

    def place(self, positions: Path | None) -> None:
        """Take the places of sensors from a table; None: from none."""
        try:
            self._places = mapping.places_of(self._mapping, positions, None)
        except TwinError as trouble:
            self.complain(str(trouble))
            return
        self._positions = positions
        self._positions_button.setText(positions.name if positions is not None else _("Choose a table…"))
        self._check()

    def _check(self) -> None:
        """Say how many of the rows can be read, and of the others the first and why."""
        roles = self._columns.roles
        twice = [role for role in roles if role not in {"", "time", "sensor", "name"} and roles.count(role) > 1]
        if twice:
            said = self._columns.said(twice[0])
            self.complain(_("Two columns cannot both mean {meaning}.").format(meaning=said))
            return
        try:
            meant = self._meant()
            meant.check(self._table.columns)
            intake = mapping.Intake(meant, zone=self._zone, places=replace(self._places), now=time.time())
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
        self.wished.emit(self._mapping, self._positions)


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


def _span(seconds: int) -> str:
    if seconds % 3600 == 0:
        return _n("{count} hour", "{count} hours", seconds // 3600).format(count=seconds // 3600)
    if seconds % 60 == 0:
        return _n("{count} minute", "{count} minutes", seconds // 60).format(count=seconds // 60)
    return _("{count} s").format(count=seconds)
