"""Rows of a table as readings: who measured what and when, and for each row that is not taken its line and why."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.language import _
from twin.mapping import seen, times
from twin.mapping.cells import blanks, joined, number_of, numbers_of, spelled, texts_of
from twin.mapping.channels import converted
from twin.mapping.mapping import DISTRICT_ZONE
from twin.mapping.places import Places, headings
from twin.mapping.seen import Seen
from twin.mapping.tables import Words
from twin.model import TwinError
from twin.readings import NO_READINGS, Quality, Readings, Reason, Rejected, Rejects, Roster, Sensor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from twin.mapping.mapping import Mapping, Measured
    from twin.mapping.tables import Column, Piece

FUTURE_TOLERANCE_S = 300.0
_EARLIEST_S, _LATEST_S = -2_208_988_800.0, 4_102_444_800.0  # the years 1900 to 2100
_SENSORS_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Reject:
    """Readings of one piece that are not taken, for one reason: rows of the piece, shape (n,)."""

    file: str
    piece: Piece
    rows: NDArray[np.int64]
    reason: Reason
    detail: str
    t: NDArray[np.float64]
    channel: str = ""


@dataclass
class Count:
    """How much there was."""

    rows: int = 0
    readings: int = 0
    empty: int = 0  # cells without a value, and with what stands for none


class Intake:
    """Takes a table piece by piece. Sensors keep the numbers in which they came; channels are the mapping's.

    Parameters
    ----------
    mapping
        What the columns mean.
    zone
        The district's time zone.
    places
        Where sensors stand that do not tell it themselves, and the check of those that do.
    now
        UTC epoch seconds: what is measured later is not taken.
    on_reject
        Told of all that is not taken.
    remembered
        Of how many readings a repetition is noticed, eight bytes each.
    """

    def __init__(
        self,
        mapping: Mapping,
        *,
        zone: str,
        places: Places,
        now: float,
        on_reject: Callable[[Reject], None] = lambda _reject: None,
        remembered: int = seen.MOST,
    ) -> None:
        mapping.check()
        self.mapping = mapping
        self.places = places
        self.count = Count()
        self.rejects = Rejects()
        self._zone = times.zone_named(zone if mapping.time.zone == DISTRICT_ZONE else mapping.time.zone)
        self.now = now
        self._measured_only = all(layer.origin == "measured" for layer in mapping.layers)
        self._on_reject = on_reject
        self._sensors: dict[str, int] = {}
        self._told: list[Sensor] = []
        self._lost: set[int] = set()  # sensors whose place is none
        self._measured = np.zeros((0, len(mapping.measured)), bool)
        self._seen = Seen(remembered)
        self._second = Seen(remembered)
        self._file = ""
        self._dated: tuple[Piece, Words, NDArray[np.float64], NDArray[np.bool_], times.Placed] | None = None
        self._blank_numbers, self._blank_words = blanks(mapping.missing)
        self._channels = [measured.channel for measured in mapping.measured]
        keys = list(dict.fromkeys(channel.key for channel in self._channels))
        if len(keys) < len(self._channels) and not mapping.long.value:
            raise TwinError(_("Two columns are mapped to the same channel."))
        self._channel_row = np.array([keys.index(channel.key) for channel in self._channels], np.int64)
        self._channels = [next(c for c in self._channels if c.key == key) for key in keys]

    @property
    def roster(self) -> Roster:
        """Who measured what, so far: a sensor has the channels of which it told a value, or all where it told none.

        It is of the layer of the first of these; layers of which nothing was told are left out.
        """
        channels = self._channels
        told = self._measured[:, : len(channels)]
        sensors = []
        for sensor, row in zip(self._told, told.tolist(), strict=True):
            mine = [channel for channel, is_told in zip(channels, row, strict=True) if is_told] or channels
            sensors.append(replace(sensor, layer=mine[0].layer, channels=tuple(channel.key for channel in mine)))
        some = told.any(axis=0) if told.any() else np.ones(len(channels), bool)
        layers = dict.fromkeys(channel.layer for channel, there in zip(channels, some.tolist(), strict=True) if there)
        return Roster(tuple(sensors), tuple(channels), tuple(self.mapping.layer_of(key) for key in layers))

    def take(self, piece: Piece, path: Path) -> Readings:
        """Return the readings in a piece of a table; their sensors and channels are rows of the roster."""
        self._file = path.name
        for line, text in piece.broken:
            self._refuse_line(piece, line, text)
        self.count.rows += len(piece) + len(piece.broken)
        if not len(piece):
            return NO_READINGS
        sensor = self._sensors_of(piece, path)
        found = [
            self._readings(piece, rows, sensor[rows], channel, measured, values)
            for rows, channel, measured, values in self._values(piece)
        ]
        return Readings.joined([readings for readings in found if len(readings)])

    # what is not taken

    def _refuse_line(self, piece: Piece, line: int, text: str) -> None:
        where = _("line {line}").format(line=line)
        self.rejects += Rejects.of(
            Reason.UNREADABLE, [Rejected(Reason.UNREADABLE, value=text[:80], where=f"{self._file}, {where}")]
        )
        broken = replace(piece, columns={}, line=np.array([line]), raw=lambda _row: text, broken=())
        detail = _("It has more or fewer fields than the first line.")
        self._on_reject(Reject(self._file, broken, np.array([0]), Reason.UNREADABLE, detail, np.array([np.nan])))

    def _refuse(
        self,
        piece: Piece,
        rows: NDArray[np.int64],
        reason: Reason,
        *,
        detail: str = "",
        sensor: NDArray[np.int64] | None = None,
        channel: str = "",
        t: NDArray[np.float64] | None = None,
        value: NDArray[np.float64] | None = None,
        words: list[str] | None = None,
    ) -> None:
        if not len(rows):
            return
        t = np.full(len(rows), np.nan) if t is None else t
        examples = []
        for number, row in enumerate(rows[: Rejects.EXAMPLES].tolist()):
            shown = words[number] if words else f"{value[number]:g}" if value is not None else ""
            at = int(sensor[number]) if sensor is not None else -1
            where = _("line {line}").format(line=int(piece.line[row]))
            key = self._told[at].key if at >= 0 else ""
            examples.append(Rejected(reason, key, channel, float(t[number]), shown[:80], f"{self._file}, {where}"))
        self.rejects += Rejects.of(reason, examples, len(rows))
        self._on_reject(Reject(self._file, piece, rows, reason, detail, t, channel))

    # who

    def _sensors_of(self, piece: Piece, path: Path) -> NDArray[np.int64]:
        """Return the number of the sensor of each row, -1 where none is named."""
        told = self.mapping.sensor
        if told.columns:
            keys = joined([piece.columns[name] for name in told.columns])
        else:
            name = path.name.partition(".")[0] if told.one == "file" else told.one
            keys = Words(np.zeros(len(piece), np.int64), (name,))
        codes, first = np.unique(keys.code, return_index=True)
        number = np.full(len(keys.words) + 1, -1, np.int64)
        new: dict[str, int] = {}
        for code, row in zip(codes.tolist(), first.tolist(), strict=True):
            key = keys.words[code].strip()
            if key and key not in self._sensors:
                new.setdefault(key, row)
        if len(self._sensors) + len(new) > _SENSORS_MAX:  # before any of them has a number
            raise TwinError(
                _("There are more than {most} sensors: is {column} really what names them?").format(
                    most=_SENSORS_MAX, column=", ".join(told.columns)
                )
            )
        if new:
            self._sensors |= {key: len(self._told) + place for place, key in enumerate(new)}
            self._meet(piece, list(new.items()))
        for code in codes.tolist():
            number[code] = self._sensors.get(keys.words[code].strip(), -1)
        sensor: NDArray[np.int64] = number[keys.code]
        nameless = np.flatnonzero(sensor < 0)
        self._refuse(piece, nameless, Reason.UNKNOWN_SENSOR, detail=_("The line names no sensor."))
        if self._lost:
            lost = np.flatnonzero(np.isin(sensor, list(self._lost)))
            detail = _("The place of the sensor is none on earth.")
            self._refuse(piece, lost, Reason.IMPOSSIBLE_PLACE, detail=detail, sensor=sensor[lost])
            sensor[lost] = -1
        return sensor

    def _meet(self, piece: Piece, new: list[tuple[str, int]]) -> None:
        """Add sensors that are met for the first time, as the first row of each tells them."""
        told, place = self.mapping.sensor, self.mapping.place
        rows = np.array([row for _key, row in new], np.int64)
        keys = [key for key, _row in new]

        def texts(name: str) -> list[str]:
            return texts_of(piece.columns[name][rows]) if name in piece.columns else [""] * len(rows)

        names = [" · ".join(filter(None, cells)) for cells in zip(*map(texts, told.name), strict=True)] or keys
        details = [dict(zip(told.details, cells, strict=True)) for cells in zip(*map(texts, told.details), strict=True)]
        lonlat = np.full((len(rows), 2), np.nan)
        if place.lon and place.lat and not place.moving:
            lonlat = np.column_stack([numbers_of(piece.columns[name][rows]) for name in (place.lon, place.lat)])
        layer = self._channels[0].layer
        found = self.places.of(keys, names, lonlat, place.system)
        heading = headings(texts(place.heading)) if place.heading else found.heading_deg
        for number, key in enumerate(keys):
            if found.impossible[number]:
                self._lost.add(len(self._told))
            self._told.append(
                Sensor(
                    key,
                    layer,
                    (),
                    (found.names[number] or names[number] or key)[:200],
                    lon=float(found.lonlat[number, 0]),
                    lat=float(found.lonlat[number, 1]),
                    heading_deg=float(heading[number]),
                    detail=details[number] if details else {},
                )
            )
        self._measured = np.vstack([self._measured, np.zeros((len(new), self._measured.shape[1]), bool)])

    # what

    def _values(self, piece: Piece) -> list[tuple[NDArray[np.int64], int, Measured, Column]]:
        """Return for each channel its rows, its number, its entry in the mapping, and its values."""
        long, every = self.mapping.long, np.arange(len(piece))
        if not long.value:
            return [
                (every, int(self._channel_row[number]), measured, piece.columns[measured.column])
                for number, measured in enumerate(self.mapping.measured)
            ]
        words = piece.columns[long.channel]
        words = words if isinstance(words, Words) else spelled(words)
        by_word = {measured.column.strip().casefold(): number for number, measured in enumerate(self.mapping.measured)}
        which = np.array([by_word.get(word.strip().casefold(), -1) for word in words.words], np.int64)[words.code]
        unknown = np.flatnonzero(which < 0)
        self._refuse(piece, unknown, Reason.UNKNOWN_CHANNEL, detail=_("The mapping does not name what is measured."))
        values, found = piece.columns[long.value], []
        for number, measured in enumerate(self.mapping.measured):
            rows = np.flatnonzero(which == number)
            if not len(rows):
                continue
            units = piece.columns.get(long.unit)
            if isinstance(units, Words):
                for code in np.unique(units.code[rows]).tolist():
                    mine = rows[units.code[rows] == code]
                    unit = replace(measured, unit=units.words[code].strip() or measured.unit)
                    found.append((mine, int(self._channel_row[number]), unit, values[mine]))
            else:
                found.append((rows, int(self._channel_row[number]), measured, values[rows]))
        return found

    def _readings(
        self,
        piece: Piece,
        rows: NDArray[np.int64],
        sensor: NDArray[np.int64],
        channel: int,
        measured: Measured,
        column: Column,
    ) -> Readings:
        """Return the readings of one channel in some rows; faults are looked for in the order of `twin.history`."""
        key = self._channels[channel].key
        value, blank, odd = self._numbers(column, measured)
        self.count.empty += int(np.count_nonzero(blank))
        good = (sensor >= 0) & ~blank
        late, begins = self._times(piece, rows, sensor, channel, good)

        def refuse(reason: Reason, fault: NDArray[np.bool_], **about: Any) -> None:
            nonlocal good
            bad = np.flatnonzero(good & fault)
            good &= ~fault
            if len(bad):
                self._refuse(
                    piece,
                    rows[bad],
                    reason,
                    sensor=sensor[bad],
                    channel=key,
                    t=late[bad],
                    value=value[bad],
                    words=texts_of(column[bad[: Rejects.EXAMPLES]]) if isinstance(column, Words) else None,
                    **about,
                )

        refuse(Reason.NOT_A_NUMBER, odd | ~np.isfinite(value))
        with np.errstate(invalid="ignore"):
            refuse(Reason.IMPOSSIBLE_TIME, ~((begins >= _EARLIEST_S) & (late <= _LATEST_S)))
            refuse(Reason.IN_THE_FUTURE, late > (self.now if self._measured_only else math.inf) + FUTURE_TOLERANCE_S)
        try:
            value = converted(
                value * measured.factor,
                self._channels[channel],
                measured.unit,
                interval_s=self.mapping.time.interval_s,
                conditions=self.mapping.conditions,
            )
        except TwinError as error:
            if not self.mapping.long.unit:  # the mapping's own unit is none
                raise
            refuse(Reason.UNREADABLE, good, detail=str(error))
        limits = self._channels[channel]
        with np.errstate(invalid="ignore"):
            refuse(Reason.OUT_OF_RANGE, (value < limits.least) | (value > limits.most))
        quality, refused = self._quality(piece, rows)
        refuse(Reason.UNREADABLE, refused, detail=_("Its quality flag says that it is not to be used."))
        lonlat = self._lonlat(piece, rows)
        if lonlat is not None:
            refuse(Reason.IMPOSSIBLE_PLACE, ~np.isfinite(lonlat).all(axis=1))
        kept = np.flatnonzero(good)
        place = [lonlat[kept, 0], lonlat[kept, 1]] if lonlat is not None else []
        again = self._seen.add(
            [sensor[kept], np.full(len(kept), channel), begins[kept], late[kept], value[kept], *place]
        )
        if again.any():
            bad = np.zeros(len(rows), bool)
            bad[kept[again]] = True
            refuse(Reason.DUPLICATE, bad)
            kept = kept[~again]
        self._measured[np.unique(sensor[kept]), channel] = True
        self.count.readings += len(kept)
        more: dict[str, Any] = {} if lonlat is None else {"lon": lonlat[kept, 0], "lat": lonlat[kept, 1]}
        return Readings.of(
            sensor[kept], channel, late[kept], value[kept], t_start=begins[kept], quality=quality[kept], **more
        )

    def _numbers(
        self, column: Column, measured: Measured
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
        """Return values, where there is none, and where there is something that is no number."""
        numbers, words = blanks(measured.missing)
        numbers, words = np.append(self._blank_numbers, numbers), self._blank_words | words
        if not isinstance(column, Words):
            return column, np.isnan(column) | np.isin(column, numbers), np.zeros(len(column), bool)
        value = np.array([number_of(word, self.mapping.form.decimal) for word in column.words], np.float64)
        blank = np.array([word.strip().casefold() in words for word in column.words], bool) | np.isin(value, numbers)
        odd = np.isnan(value) & ~blank
        return value[column.code], blank[column.code], odd[column.code]

    def _quality(self, piece: Piece, rows: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
        told = self.mapping.quality
        if not told.column:
            return np.zeros(len(rows), np.uint8), np.zeros(len(rows), bool)
        flags = piece.columns[told.column]
        flags = flags if isinstance(flags, Words) else spelled(flags)
        quality = np.zeros(len(flags.words), np.uint8)
        for code, word in enumerate(flags.words):
            if word.strip() in told.doubtful:
                quality[code] = Quality.DOUBTFUL
            elif word.strip() in told.estimated:
                quality[code] = Quality.ESTIMATED
        refused = np.array([word.strip() in told.rejected for word in flags.words], bool)
        of_row = flags.code[rows]
        return quality[of_row], refused[of_row]

    def _lonlat(self, piece: Piece, rows: NDArray[np.int64]) -> NDArray[np.float64] | None:
        """Return where each reading was taken, shape (n, 2), NaN for no place; None where sensors stand still."""
        place = self.mapping.place
        if not place.moving:
            return None
        lonlat = np.column_stack([numbers_of(piece.columns[name][rows]) for name in (place.lon, place.lat)])
        return self.places.checked(lonlat, place.system)

    # when

    def _times(
        self,
        piece: Piece,
        rows: NDArray[np.int64],
        sensor: NDArray[np.int64],
        channel: int,
        good: NDArray[np.bool_],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return when each row ends and begins, UTC epoch seconds, NaN for no time."""
        told = self.mapping.time
        if self._dated is None or self._dated[0] is not piece:
            texts = joined([piece.columns[name] for name in told.columns])
            seconds, aware = times.parsed(texts.words, told.format)
            self._dated = (piece, texts, seconds, aware, times.placed(seconds, self._zone))
        _piece, texts, seconds, aware, placed = self._dated
        utc = np.where(aware, seconds, placed.first_s)[texts.code[rows]]
        again = (placed.twice & ~aware)[texts.code[rows]] & good
        if again.any():  # of an hour that the clock strikes twice, what comes again is of the second
            mine = np.flatnonzero(again)
            key = [sensor[mine], np.full(len(mine), channel), utc[mine]]
            utc[mine] = np.where(self._second.add(key), placed.second_s[texts.code[rows[mine]]], utc[mine])
        begins = utc if told.stamp == "start" else utc - told.interval_s
        return begins + told.interval_s, begins
