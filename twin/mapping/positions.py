"""Positions of sensors out of a table of their own, by key or by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from twin.language import _
from twin.mapping.cells import numbers_of, texts_of
from twin.mapping.guessing import guess_positions
from twin.mapping.places import Places, headings
from twin.mapping.tables import open_table
from twin.model import TwinError

if TYPE_CHECKING:
    from pathlib import Path

    from twin.mapping.mapping import Mapping

_MOST = 1_000_000


def places_of(mapping: Mapping, table: Path | None, home: tuple[float, float] | None) -> Places:
    """Return where sensors stand: as the mapping says, and as a table of positions does.

    Raises
    ------
    TwinError
        Where the table of positions lacks what it must tell.
    """
    known = {key.strip().casefold(): place for key, place in mapping.place.known.items()}
    places = Places(home, known)
    if table is None:
        return places
    found = open_table(table)
    told = mapping.positions if mapping.positions.lon else guess_positions(found)
    for column in filter(None, (told.lon, told.lat, told.key, told.name)):
        if column not in found.columns:
            raise TwinError(_("{file} has no column {column}.").format(file=table, column=column))
    if not (told.lon and told.lat and (told.key or told.name)):
        raise TwinError(
            _(
                "{file} must tell keys or names of sensors, longitudes and latitudes; say in the mapping "
                "which they are."
            ).format(file=table)
        )
    names: dict[str, str] = {}
    ways: dict[str, float] = {}
    checked = replace(places, known={})
    wanted = [name for name in (told.lon, told.lat, told.key, told.name, told.heading) if name]
    for piece in found.pieces(wanted=wanted):
        if not len(piece):
            continue
        lonlat = np.column_stack([numbers_of(piece.columns[name]) for name in (told.lon, told.lat)])
        lonlat = checked.checked(lonlat, told.system)
        keys, titles = (texts_of(piece.columns[name]) if name else [""] * len(piece) for name in (told.key, told.name))
        heading = headings(texts_of(piece.columns[told.heading])) if told.heading else np.full(len(piece), np.nan)
        for row in np.flatnonzero(np.isfinite(lonlat).all(axis=1)).tolist():
            for word in filter(None, (keys[row].casefold(), titles[row].casefold())):
                known[word] = (float(lonlat[row, 0]), float(lonlat[row, 1]))
                names[word] = titles[row]
                ways[word] = float(heading[row])
        if len(known) > _MOST:
            raise TwinError(_("{file} has too many rows for a table of positions.").format(file=table))
    return Places(home, known, names, ways, swapped=checked.swapped)
