"""Tables of readings as recorded days of a district: read in pieces, split at its midnights, kept in its file."""

from __future__ import annotations

import csv
import dataclasses
import math
import tempfile
import time
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from twin import days, file
from twin.language import _
from twin.mapping import Intake, Mapping, Reject, guess, open_table, places_of
from twin.mapping.times import days_of, zone_named
from twin.model import Report, TwinError, silent
from twin.projection import xy_from_lonlat
from twin.readings import DTYPES, Readings, Rejects

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Sequence

    from twin.readings import Roster

_FIRST_DAY = date(1970, 1, 1)
_ROW = np.dtype([(name, DTYPES[name]) for name in DTYPES if name != "t_arrived"])
_FAR_M = 100_000.0


@dataclass(frozen=True)
class Imported:
    """What came of an import: what was taken and what not."""

    days: tuple[str, ...]  # the titles of the days that were added
    rows: int
    readings: int
    empty: int  # cells without a value
    outside: int  # readings of days that were not asked for
    rejects: Rejects
    roster: Roster
    swapped: int  # places whose longitude and latitude were in each other's place, put right
    unplaced: int  # sensors that nobody tells where they are
    far_m: float  # from the district to the sensor nearest to it
    reasons: tuple[str, ...] = ()  # why the mapping was guessed as it was

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        return {
            "days": list(self.days),
            "rows": self.rows,
            "readings": self.readings,
            "empty": self.empty,
            "outside": self.outside,
            "sensors": len(self.roster.sensors),
            "channels": [channel.key for channel in self.roster.channels],
            "rejected": {reason.value: count for reason, count in self.rejects.counts.items()},
            "rejects": [
                {"reason": e.reason.value, "where": e.where, "sensor": e.sensor, "channel": e.channel, "value": e.value}
                for e in self.rejects.examples
            ],
            "swapped": self.swapped,
            "unplaced": self.unplaced,
            "nearest_m": None if math.isinf(self.far_m) else round(self.far_m),
        }

    def remarks(self) -> list[str]:
        """Return sentences about what somebody should know."""
        told = []
        if self.swapped:
            told.append(
                _("Longitude and latitude were in each other's place in {count} positions, and were put right.").format(
                    count=self.swapped
                )
            )
        if self.unplaced:
            told.append(
                _("Of {count} sensors nobody tells where they are: give a table of positions.").format(
                    count=self.unplaced
                )
            )
        if _FAR_M < self.far_m < math.inf:
            told.append(
                _("The sensor nearest to the district is {distance_km:,.0f} km away.").format(
                    distance_km=self.far_m / 1000
                )
            )
        return told


def import_tables(
    district: str | os.PathLike[str],
    tables: Sequence[Path],
    target: str | os.PathLike[str],
    *,
    mapping: Mapping | None = None,
    positions: Path | None = None,
    since: date | None = None,
    until: date | None = None,
    rejects: Path | None = None,
    replace: bool = False,
    report: Report = silent,
) -> Imported:
    """Write a copy of a district's file with the readings of tables as days in it.

    Parameters
    ----------
    district, target
        A `.twin` file and the one to write, which may be the same.
    mapping
        What the columns mean; guessed from the first table without one.
    positions
        A table of where sensors stand.
    since, until
        The first and the last day to take, as the district counts them.
    rejects
        A CSV file to write with all that was not taken.
    replace
        Put the days in the place of those that have the same sensors' readings of the same time.

    Raises
    ------
    DaysThere
        Where there are such days, and they are not to be replaced.
    TwinError
        Where a table cannot be read, does not fit the mapping, or holds no reading at all.
    """
    told = file.read_info(district)
    west, south, east, north = told["bounds"]
    home = days.Home(str(told["name"]), (west + east) / 2, (south + north) / 2, str(told["zone"]))
    reasons: tuple[str, ...] = ()
    if mapping is None:
        mapping, reasons = (guessed := guess(tables[0])).mapping, guessed.reasons
    places = places_of(mapping, positions, (home.lon, home.lat))
    with tempfile.TemporaryDirectory(prefix="twin-import-") as folder, _Listing(rejects) as listing:
        spool = _Spool(Path(folder), home.zone, since, until)

        def refuse(reject: Reject) -> None:
            listing.write(reject)
            spool.refuse(reject)

        intake = Intake(mapping, zone=home.zone, places=places, now=time.time(), on_reject=refuse)
        for path in tables:
            table = open_table(path, mapping.form)
            mapping.check(table.columns)
            numbers = {column: mapping.blanks(column) for column in mapping.value_columns()}
            for piece in table.pieces(numbers, wanted=mapping.columns(), report=report):
                spool.keep(intake.take(piece, path))
        if not spool.readings:
            raise TwinError(_nothing(intake, spool))
        roster, count = intake.roster, intake.count
        title = mapping.title or ", ".join(layer.title for layer in roster.layers)
        filed = list(spool.titles(title))
        alone = Path(folder) / "days.twin"
        days.file_days(alone, roster, spool.days(title, intake.rejects), home=home, report=report)
        days.copy_days(alone, target, onto=district, replace=replace, report=report)
    return Imported(
        tuple(filed), count.rows, spool.readings, count.empty, spool.outside, intake.rejects, roster,
        places.swapped, places.unplaced, _nearest_m(roster, home), reasons,
    )  # fmt: skip


def _nothing(intake: Intake, spool: _Spool) -> str:
    if spool.outside:
        return _("Nothing was measured on the days that were asked for.")
    if intake.rejects.examples:
        first = intake.rejects.examples[0]
        return _("None of {count} lines could be taken. The first: {where}: {reason} {value}").format(
            count=intake.count.rows, where=first.where, reason=first.reason.sentence, value=first.value
        )
    return _("There is not one value in the table.")


def _nearest_m(roster: Roster, home: days.Home) -> float:
    lonlat = roster.lonlat[np.isfinite(roster.lonlat).all(axis=1)]
    if not len(lonlat):
        return math.inf
    xy = xy_from_lonlat(lonlat, home.lon, home.lat)
    return float(np.hypot(*xy.T).min())


class _Spool:
    """Readings by day, on disk: a table in the order of its sensors has every day in each piece."""

    def __init__(self, folder: Path, zone: str, since: date | None, until: date | None) -> None:
        self._folder, self._zone = folder, zone_named(zone)
        self._since = -math.inf if since is None else (since - _FIRST_DAY).days
        self._until = math.inf if until is None else (until - _FIRST_DAY).days
        self._days: dict[int, int] = {}
        self._refused: dict[int | None, dict[Any, int]] = {}
        self.readings = self.outside = 0

    def keep(self, readings: Readings) -> None:
        """Put readings away; one belongs to the day in which it begins."""
        if not len(readings):
            return
        day = days_of(readings.t_start, self._zone)
        wanted = (day >= self._since) & (day <= self._until)
        self.outside += int(np.count_nonzero(~wanted))
        order = np.flatnonzero(wanted)
        if not len(order):
            return
        order = order[np.argsort(day[order], kind="stable")]
        rows = np.empty(len(order), _ROW)
        for name in _ROW.names or ():
            rows[name] = getattr(readings, name)[order]
        found, first = np.unique(day[order], return_index=True)
        for number, part in zip(found.tolist(), np.split(rows, first[1:]), strict=True):
            with (self._folder / f"{number}").open("ab") as stream:
                part.tofile(stream)
            self._days[number] = self._days.get(number, 0) + len(part)
        self.readings += len(order)

    def refuse(self, reject: Reject) -> None:
        """Count what is not taken with its day, where that is known."""
        known = np.isfinite(reject.t)
        found, counts = np.unique(days_of(reject.t[known], self._zone), return_counts=True)
        sums: dict[int | None, int] = dict(zip(found.tolist(), counts.tolist(), strict=True))
        sums[None] = int(np.count_nonzero(~known))
        for day, count in sums.items():
            if count:
                told = self._refused.setdefault(day, {})
                told[reject.reason] = told.get(reject.reason, 0) + count

    def titles(self, title: str) -> Iterator[str]:
        """Yield what the days are called."""
        for number in sorted(self._days):
            day = (_FIRST_DAY + timedelta(days=number)).isoformat()
            yield _("{what}, {day}").format(what=title, day=day)

    def days(self, title: str, rejects: Rejects) -> Iterator[days.Filed]:
        """Yield the days in their order. What was refused on none of them stands with the first."""
        first = min(self._days)
        refused: dict[int, dict[Any, int]] = {}
        for number, counts in self._refused.items():
            mine = refused.setdefault(number if number in self._days else first, {})
            for reason, count in counts.items():
                mine[reason] = mine.get(reason, 0) + count
        at = np.array([example.t for example in rejects.examples], np.float64)
        days_at = np.full(len(at), first)
        known = np.isfinite(at)
        days_at[known] = days_of(at[known], self._zone)
        days_at[~np.isin(days_at, list(self._days))] = first
        for number, called in zip(sorted(self._days), self.titles(title), strict=True):
            rows = np.fromfile(self._folder / f"{number}", _ROW)
            columns = {name: rows[name] for name in _ROW.names or ()}
            examples = tuple(rejects.examples[row] for row in np.flatnonzero(days_at == number).tolist())
            yield days.Filed(
                called,
                Readings.of(**columns),
                Rejects(refused.get(number, {}), examples),
            )


class _Listing:
    """A CSV file with all that is not taken; none where nobody wants it. One that is not whole is taken away."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def __enter__(self) -> Self:
        if self._path is not None:
            try:
                self._stream = self._path.open("w", newline="", encoding="utf-8-sig")  # Excel wants the mark
            except OSError as error:
                raise TwinError(
                    _("{file} cannot be written: {reason}.").format(file=self._path, reason=error.strerror)
                ) from error
            self._writer = csv.writer(self._stream)
            self._writer.writerow(("file", "line", "reason", "channel", "why", "text"))
        return self

    def write(self, reject: Reject) -> None:
        """Add what was refused."""
        if self._path is None:
            return
        why = reject.detail or reject.reason.sentence
        lines = reject.piece.line
        self._writer.writerows(
            (reject.file, int(lines[row]), reject.reason.value, reject.channel, why, reject.piece.raw(row))
            for row in reject.rows.tolist()
        )

    def __exit__(self, kind: object, *_about: object) -> None:
        if self._path is not None:
            self._stream.close()
            if kind is not None:
                self._path.unlink(missing_ok=True)


def with_terms(mapping: Mapping, *, source: str = "", owner: str = "", terms: str = "") -> Mapping:
    """Return a mapping whose layers say whose the data is, where they do not yet."""
    keys = dict.fromkeys(measured.channel.layer for measured in mapping.measured)
    layers = [mapping.layer_of(key) for key in keys]
    said = [
        dataclasses.replace(
            layer, source=source or layer.source, owner=owner or layer.owner, terms=terms or layer.terms
        )
        for layer in layers
    ]
    return dataclasses.replace(mapping, layers=tuple(said))
