"""What is open: a district's file, what it says about itself, and its city; read without a widget."""

from __future__ import annotations

import glob
import itertools
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from twin import district, file
from twin.cli.streams import age, day
from twin.language import _
from twin.model import CREDIT, TwinError, silent
from twin.osm.area import Area
from twin.sources import kinds
from twin.table import Table
from ui.archived import district_of, home_of
from ui.asked import settled
from ui.memory import library

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from twin.importing import Imported
    from twin.mapping import Mapping as Meaning
    from twin.model import City, District, Report, Source, Viewpoint
    from twin.prepared import Prepared
    from twin.settings import Settings
    from ui.asked import Asked

_UNTOUCHED_S = 120.0
"""A recording that was not written for so long is taken for one that was cut off."""

_SAME_OUTLINE = 1e-3
"""Outlines are one where they differ by less than this share of their area."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A district that is shown: enough to draw it and to name it. Its tables come later."""

    path: Path  # what was read
    info: Mapping[str, Any]  # of `twin.file.read_info`
    city: City
    home: Path | None = None  # where saving writes, if that is not `path`
    views: tuple[Viewpoint, ...] = ()  # kept in `path`
    changed: bool = False  # `path` is a draft, and its home lacks what is in it
    imported: Imported | None = None  # what came of the import that made it
    prepared: Prepared | None = None  # until it is shown
    archive: str = ""  # where its recorded day is, if not in `path`

    @property
    def name(self) -> str:
        """The district's name."""
        return str(self.info["name"])

    @property
    def target(self) -> Path | None:
        """The file that saving writes; None where somebody must choose one: the sample belongs to the program."""
        target = self.home or self.path
        return None if target == district.sample() or target.parent == drafts() else target


def read(path: Path, report: Report = silent) -> Opened:
    """Return what is in a `.twin` file."""
    info = file.read_info(path)
    return Opened(path, info, district.open_city(path, report=report), views=file.read_views(path))


def tables(path: Path, report: Report = silent) -> District:
    """Return the tables of a `.twin` file.

    The kinds of live feeds are found on the way: whoever asks for them afterwards does not wait for their imports.
    """
    kinds()
    return district.open_district(path, report=report)


def get(
    asked: Asked,
    settings: Settings,
    report: Report,
    stop: threading.Event,
    *,
    keep_partial: bool = False,
    near: Path | None = None,
) -> Opened:
    """Return what was asked for; what is downloaded or made of raw data is kept in the library first.

    A day of an archive comes with its district: the one in `near`, where it belongs there, or another.

    Raises
    ------
    TwinError
        Where it cannot be had: one sentence.
    """
    asked = settled(asked)
    if asked.archive:
        path = district_of(home_of(asked.archive), near)
        return replace(read(path, report), archive=asked.archive)
    if asked.file is not None:
        return read(asked.file, report)
    if asked.raw is not None:
        found = district.from_file(asked.raw, report=report)
    else:
        where = asked.area if asked.area is not None else asked.place
        found = district.fetch(
            where, settings=settings, radius_m=asked.radius_m, keep_partial=keep_partial, report=report, stop=stop
        )
    path, older = _shelf(found)
    if older is not None:
        found = _with_additions(found, file.read_district(older))
    city = district.save(path, found, days_of=older, report=report)
    return Opened(path, file.read_info(path), city, views=found.views)


def refresh(opened: Opened, settings: Settings, report: Report, stop: threading.Event) -> Opened:
    """Return a district with the map as it is today; overlays of one's own stay.

    One of the library is replaced in its file. Any other is as it was until somebody saves.
    """
    import shapely

    name = opened.name
    area = Area(name, shapely.geometry.shape(opened.info["boundary"]), _("outline of {name}").format(name=name))
    fresh = district.fetch(area, settings=settings, name=name, refresh=True, report=report, stop=stop)
    fresh = _with_additions(fresh, file.read_district(opened.path))
    target = opened.target
    if target is not None and target.parent == library() and not opened.changed:
        city = district.save(target, fresh, days_of=opened.path, report=report)
        return Opened(target, file.read_info(target), city, views=fresh.views)
    if target is None:
        path, _older = _shelf(fresh)
        city = district.save(path, fresh, days_of=opened.path, report=report)
        return Opened(path, file.read_info(path), city, views=fresh.views)
    return _draft(fresh, opened, report)


def lay_over(opened: Opened, path: Path, source: Source, report: Report) -> Opened:
    """Return a district with a file of one's own laid over it, not saved yet."""
    from twin import overlay

    below = file.read_district(opened.path)
    both = overlay.add(below, path, name=source.title, source=source, report=report)
    return _draft(both, opened, report)


def take_in(
    opened: Opened,
    tables: Sequence[Path],
    meaning: Meaning,
    report: Report,
    *,
    positions: Path | None = None,
    replacing: bool = False,
) -> Opened:
    """Return a district with tables of readings in it as recorded days, not saved yet."""
    from twin import importing

    path = _new_draft(opened.name)
    found = importing.import_tables(
        opened.path, tables, path, mapping=meaning, positions=positions, replace=replacing, report=report
    )
    return replace(
        opened, path=path, info=file.read_info(path), home=opened.home or opened.path, changed=True, imported=found
    )


def save(opened: Opened, found: District | None, target: Path, report: Report) -> Opened:
    """Write a district to a file, which takes the place of an older one only when it is whole.

    Parameters
    ----------
    found
        The district as it is now; None for as it was read.
    """
    found = found or file.read_district(opened.path)
    district.write(target, found, opened.city, days_of=opened.path, report=report)
    return replace(opened, path=target, home=None, changed=False, info=file.read_info(target))


def new_recording(name: str) -> Path:
    """Return where a recording of a district may grow, beside the library."""
    folder = library().parent / "recordings"
    _make(folder)
    for number in itertools.count(1):
        word = f"{_slug(name)} {time.strftime('%Y-%m-%d %H%M%S')}" + (f" {number}" if number > 1 else "")
        if not any(folder.glob(f"{glob.escape(word)}.*")):
            return folder / f"{word}.recording.twin"
    raise AssertionError  # counting never ends


def cut_off(name: str) -> tuple[Path, ...]:
    """Return the recordings of a district that nobody has finished and nobody writes, the newest first."""
    folder = library().parent / "recordings"
    found = []
    for path in folder.glob(f"{glob.escape(_slug(name))} ????-??-?? *.recording.twin"):
        with suppress(OSError):
            log = path.with_name(f"{path.name}-wal")
            written_s = max(one.stat().st_mtime for one in (path, log) if one.exists())
            if time.time() - written_s > _UNTOUCHED_S:
                found.append((written_s, path))
    return tuple(path for _written_s, path in sorted(found, reverse=True))


def with_recording(found: Opened, of: District, recorded: Path) -> Path:
    """Return a district's file with what was recorded alone in it; it takes the recording's place.

    Raises
    ------
    TwinError
        Where it cannot be written; the recording stays, and the sentence says where.
    """
    from twin import days

    target = recorded.with_name(recorded.name.replace(".recording.", "."))
    try:
        days.finish(recorded)  # which it is not where it was cut off
        district.write(target, of, found.city, days_of=recorded)
    except TwinError as error:
        raise TwinError(
            _("{problem} What was recorded is safe in {file}.").format(problem=error, file=recorded)
        ) from error
    with suppress(OSError):
        recorded.unlink()
    return target


def drafts() -> Path:
    """Return the folder of what is open and not saved; what a crash leaves there can be opened again."""
    return library().parent / "drafts"


def discard(opened: Opened) -> None:
    """Take the draft of a district away, if it has one."""
    if opened.path.parent == drafts():
        with suppress(OSError):
            opened.path.unlink()


def _draft(found: District, of: Opened, report: Report) -> Opened:
    path = _new_draft(found.name)
    city = district.save(path, found, days_of=of.path, report=report)
    return Opened(path, file.read_info(path), city, home=of.home or of.path, views=found.views, changed=True)


def _new_draft(name: str) -> Path:
    folder = drafts()
    _make(folder)
    return folder / f"{_slug(name)} {time.strftime('%Y-%m-%d %H%M%S')} {secrets.token_hex(2)}.twin"


def _shelf(found: District) -> tuple[Path, Path | None]:
    """Return where in the library a district belongs, and the older one of the same outline that is there."""
    import shapely

    folder = library()
    _make(folder)
    outline = shapely.transform(found.boundary_xy, found.frame.lonlat_from_xy)
    for number in itertools.count(1):
        path = folder / (_slug(found.name) + (f" {number}" if number > 1 else "") + ".twin")
        if not path.exists():
            return path, None
        try:
            there = shapely.geometry.shape(file.read_info(path)["boundary"])
        except TwinError:
            continue
        if there.symmetric_difference(outline).area < _SAME_OUTLINE * outline.area:
            return path, path
    raise AssertionError  # counting never ends


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TwinError(
            _("The folder {path} cannot be made: {detail}.").format(path=folder, detail=error.strerror or error)
        ) from None


def _slug(name: str) -> str:
    """Return a name that every file system takes."""
    plain = re.sub(r"[^\w\- ,.]+", " ", name, flags=re.UNICODE)
    return " ".join(plain.split())[:60].strip(" .,") or "district"


def _with_additions(fresh: District, older: District) -> District:
    """Return a district with what somebody had added to an older one of the same place."""
    import shapely

    own = [source for source in older.sources if source.credit != CREDIT]
    overlays = older.tables["overlays"]
    if fresh.frame != older.frame and len(overlays):
        moved = shapely.transform(
            shapely.transform(overlays.geometry, older.frame.lonlat_from_xy), fresh.frame.xy_from_lonlat
        )
        overlays = Table(overlays.columns, moved)
    return replace(
        fresh,
        tables={**fresh.tables, "overlays": overlays},
        sources=(*fresh.sources, *own),
        images=older.images if fresh.frame == older.frame else (),
        views=older.views if fresh.frame == older.frame else (),
    )


def age_of_data(info: Mapping[str, Any], *, now: float | None = None) -> tuple[str, str]:
    """Return how old a district's map data is, in words, and the days behind them; now is UTC epoch seconds."""
    sources = [source for source in info["sources"] if source["credit"] == CREDIT] or info["sources"]
    made = min((source["data_time"] for source in sources if source["data_time"] is not None), default=None)
    taken = min((source["retrieved"] for source in sources if source["retrieved"] is not None), default=None)
    said, days = said_of_age(made, taken, now=now)
    told = "\n".join(filter(None, (f"{source['title']}: {source['detail']}" for source in info["sources"])))
    return said, "\n".join(filter(None, (days, told)))


def said_of_age(made: float | None, taken: float | None, *, now: float | None = None) -> tuple[str, str]:
    """Return how old data is and the days behind the words, from when it was made and when it was taken."""
    now = time.time() if now is None else now
    if made is not None and taken is not None:
        said = _("Map data of {day}, fetched {age} ago").format(day=day(made), age=age(now - taken))
        return said, _("{age} old, fetched on {day}").format(age=age(now - made), day=day(taken))
    if made is not None:
        return _("Map data of {day}, {age} old").format(day=day(made), age=age(now - made)), ""
    if taken is not None:
        return _("Fetched {age} ago").format(age=age(now - taken)), _("On {day}").format(day=day(taken))
    return _("Age of the map data unknown"), ""
