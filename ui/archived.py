"""A day of an archive in the window: which of the districts on this computer it belongs to."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from twin import district, file
from twin.language import _
from twin.model import TwinError
from ui.memory import library, recall

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twin.days import Home

_LOOKED_AT = 200  # files of districts


def home_of(address: str) -> Home | None:
    """Ask an archive which district a day belongs to.

    Raises
    ------
    TwinError
        Where there is no such archive or day.
    """
    from twin.archive import Server, address_of, archived, meant

    where = address_of(address)
    with Server(where) as server:
        return meant(archived(server), where.day, where).day.home


def district_of(home: Home | None, near: Path | None) -> Path:
    """Return the file of the district that a day belongs to: that which is open, else one on this computer.

    Raises
    ------
    TwinError
        Where there is none.
    """
    recent = (Path(one.path) for one in recall().recent)
    kept = sorted(library().glob("*.twin"), key=lambda path: path.stat().st_mtime, reverse=True)
    candidates = list(dict.fromkeys(chain([near] if near else [], recent, kept, [district.sample()])))[:_LOOKED_AT]
    if home is None:
        if near is not None:
            return near
        raise TwinError(_("This day does not say which district it belongs to: open the district first."))
    found = _around(home, candidates)
    if found is None:
        raise TwinError(
            _("The day belongs to {name}, and no district there is on this computer: open it first.").format(
                name=home.name
            )
        )
    return found


def _around(home: Home, candidates: Iterable[Path]) -> Path | None:
    import shapely

    for path in candidates:
        with suppress(TwinError, OSError):  # moved away or damaged since
            boundary = shapely.geometry.shape(file.read_info(path)["boundary"])
            if boundary.intersects(shapely.Point(home.lon, home.lat)):
                return path
    return None
