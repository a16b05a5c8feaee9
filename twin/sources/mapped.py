"""Anybody's documents and tables, read by a mapping, as the batches of a feed.

The same mapping and the same intake read a table into a recorded day (`twin.importing`). What is new here: a server
repeats itself, so that rows which were there before are left out before anybody judges them; and sensors keep the
numbers and the channels that they were told with.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.mapping import Intake, from_toml, mapping_of, open_table, piece_of, places_of
from twin.mapping.channels import known_layers
from twin.mapping.seen import Seen
from twin.mapping.tables import Piece, Words
from twin.model import TwinError
from twin.readings import NO_READINGS, Readings, Rejects, Roster, Sensor
from twin.sources.source import Batch, Trouble

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from twin.mapping import Document
    from twin.mapping import Mapping as Meaning
    from twin.sources.source import Connection, Where

USUAL = "readings"
_REMEMBERED = 2_000_000  # readings, and rows, of which a repetition is noticed: 16 MB each


def meaning_of(connection: Connection) -> Meaning:
    """Return the mapping of a connection: its text, the name of one that comes with the program, or a file.

    Without one, rows are readings as the mapping of that name has them, which comes with the program. Layers
    say whose the data is as the options "owner" and "terms" of the connection do.

    Raises
    ------
    TwinError
        Where there is none.
    """
    told = connection.mapping.strip() or USUAL
    meaning = from_toml(told) if "\n" in told or "=" in told else mapping_of(told)
    meaning.check()
    said = {layer.key: layer for layer in meaning.layers}
    owner, terms = connection.option("owner"), connection.option("terms")
    layers = []
    for key in dict.fromkeys(measured.channel.layer for measured in meaning.measured):
        layer = said.get(key) or known_layers().get(key) or meaning.layer_of(key)
        layer = replace(layer, owner=owner or layer.owner, terms=terms or layer.terms)
        link = layer.link or connection.address.partition("?")[0]
        layers.append(replace(layer, source=layer.source or connection.name, link=link))
    return replace(meaning, layers=tuple(layers))


class Mapped:
    """Readings of one feed by a mapping, with its growing roster."""

    def __init__(self, meaning: Meaning, where: Where) -> None:
        self.meaning = meaning
        self.roster = Roster()
        places = places_of(meaning, None, where.home)
        self._intake = Intake(meaning, zone=where.zone, places=places, now=time.time(), remembered=_REMEMBERED)
        self._rows_seen = Seen(_REMEMBERED)
        self._row: dict[tuple[int, int], int] = {}  # of a sensor's channel in the intake: its sensor in the roster
        self._found: list[Readings] = []

    @property
    def swapped(self) -> int:
        """How many places had longitude and latitude in each other's place, and were put right."""
        return self._intake.places.swapped

    def take(self, documents: Iterable[Document], name: str) -> None:
        """Take what documents tell. `name` is where they came from, for sentences about what is not taken.

        Raises
        ------
        Trouble
            Where they do not fit the mapping at all.
        """
        try:
            self._take(piece_of(documents, self.meaning), name)
        except TwinError as error:
            raise _unfit(error) from error

    def take_text(self, text: bytes, name: str, *, before: int = 0) -> None:
        """Take a table in CSV with its head, `before` lines further down in a longer one. Raises as `take` does."""
        with tempfile.TemporaryDirectory(prefix="twin-feed-") as folder:
            path = Path(folder) / "table.csv"
            path.write_bytes(text)
            try:
                table = open_table(path, self.meaning.form)
                self.meaning.check(table.columns)
                numbers = {column: self.meaning.blanks(column) for column in self.meaning.value_columns()}
                for piece in table.pieces(numbers, wanted=self.meaning.columns()):
                    self._take(_moved_down(piece, before) if before else piece, name)
            except TwinError as error:
                raise _unfit(TwinError(str(error).replace(str(path), name))) from error

    def batch(self) -> Batch:
        """Return all that is new since the last time."""
        found, self._found = self._found, []
        rejects, self._intake.rejects = self._intake.rejects, Rejects()
        return Batch(Readings.joined(found) if found else NO_READINGS, rejects)

    def _take(self, piece: Piece, name: str) -> None:
        before = self._rows_seen.copy()
        piece = self._fresh(piece)
        self._intake.now = now = time.time()
        try:
            readings = self._intake.take(piece, Path(name))
        except TwinError:
            self._rows_seen = before  # none of them was taken, and they may come again
            raise
        if len(readings):
            sensor, channel = self._enrolled(readings)
            self._found.append(replace(readings, sensor=sensor, channel=channel, t_arrived=np.full(len(readings), now)))

    def _fresh(self, piece: Piece) -> Piece:
        """Return the rows that were not there before, letter for letter."""
        if not len(piece):
            return piece
        kept = np.flatnonzero(~self._rows_seen.add([_digits(piece.columns[name]) for name in sorted(piece.columns)]))
        columns = {name: column[kept] for name, column in piece.columns.items()}
        return Piece(columns, piece.line[kept], lambda row: piece.raw(int(kept[row])), piece.broken)

    def _enrolled(self, readings: Readings) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return sensors and channels of readings as rows of the roster, which grows where they are new."""
        told = self._intake.roster
        pairs, which = np.unique(np.column_stack([readings.sensor, readings.channel]), axis=0, return_inverse=True)
        new: dict[int, list[int]] = {}
        for sensor, channel in pairs.tolist():
            if (sensor, channel) not in self._row:
                new.setdefault(sensor, []).append(channel)
        met = {sensor for sensor, _channel in self._row}
        grown: list[Sensor] = []
        for sensor, channels in new.items():
            keys = tuple(told.channels[channel].key for channel in channels)
            one = told.sensors[sensor]
            if sensor in met:  # it keeps the channels that it has, since slots keep their numbers
                one = replace(one, key=f"{one.key} ({', '.join(keys)})")
            self._row |= {(sensor, channel): len(self.roster.sensors) + len(grown) for channel in channels}
            grown.append(replace(one, layer=told.channels[channels[0]].layer, channels=keys))
        if grown:
            needed = [
                told.channels[channel]
                for channel in sorted({channel for channels in new.values() for channel in channels})
            ]
            layers = [self.meaning.layer_of(key) for key in dict.fromkeys(channel.layer for channel in needed)]
            self.roster = self.roster.grown(sensors=grown, channels=needed, layers=layers)
        rows = self.roster.channel_rows
        sensor_of = np.array([self._row[sensor, channel] for sensor, channel in pairs.tolist()], np.int32)
        channel_of = np.array([rows[told.channels[channel].key] for channel in pairs[:, 1].tolist()], np.int32)
        return sensor_of[which.ravel()], channel_of[which.ravel()]


def _digits(column: Words | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return numbers that are the same where a column's cells are: of texts, 52 bits of a hash."""
    if not isinstance(column, Words):
        return np.nan_to_num(column, nan=-1.7e308)
    digits: NDArray[np.float64] = np.array([hash(word) & ((1 << 52) - 1) for word in column.words], np.float64)
    of_row: NDArray[np.float64] = digits[column.code]
    return of_row


def _moved_down(piece: Piece, lines: int) -> Piece:
    broken = tuple((line + lines, text) for line, text in piece.broken)
    return Piece(piece.columns, piece.line + lines, piece.raw, broken)


def _unfit(error: TwinError) -> Trouble:
    return error if isinstance(error, Trouble) else Trouble(str(error))
