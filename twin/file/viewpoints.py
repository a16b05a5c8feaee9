"""The views that somebody kept with a district, as an entry of its file's manifest."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from twin.file import manifest
from twin.file.container import fingerprint, reading
from twin.model import Viewpoint

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

MOST_VIEWS = 100
LONGEST_NAME = 80
_LARGEST_PICTURE_BYTES = 200_000
_REACH_M = 1e7
_LATEST_S = 2.5e11  # in the year 9892: what a calendar can still say
_MOST_LAYERS = 200


def read_views(path: str | os.PathLike[str]) -> tuple[Viewpoint, ...]:
    """Return the views that are kept in a file, in their order.

    Raises
    ------
    TwinError
        Where the file is no `.twin` file, damaged, or newer than this program.
    """
    with reading(Path(path)) as (database, header):
        entries = manifest.read_manifest(database, str(path), fingerprint(header)).entries
        return from_json(entries.get("views", []))


def to_json(views: Sequence[Viewpoint]) -> list[dict[str, Any]]:
    """Return views as the manifest has them."""
    told: list[dict[str, Any]] = []
    for view in views[:MOST_VIEWS]:
        entry = {
            "name": view.name[:LONGEST_NAME],
            "position": list(view.position),
            "focal_point": list(view.focal_point),
            "up": list(view.up),
            "angle_deg": view.angle_deg,
            "key": view.key,
            "picture": base64.b64encode(view.picture).decode() if len(view.picture) <= _LARGEST_PICTURE_BYTES else "",
        }
        also = {"t": view.t, "hidden": view.hidden, "hidden_data": view.hidden_data}
        told.append(entry | {word: value for word, value in also.items() if value is not None})
    return told


def from_json(value: Any) -> tuple[Viewpoint, ...]:
    """Return the views of a manifest's entry; a `ValueError`, `TypeError` or `LookupError` where they cannot be."""
    if not isinstance(value, list) or len(value) > MOST_VIEWS:
        raise TypeError(type(value))
    return tuple(map(_viewpoint, value))


def _viewpoint(value: Any) -> Viewpoint:
    name, picture = manifest.text(value["name"]), manifest.text(value["picture"])
    angle_deg = manifest.number(value["angle_deg"])
    position, focal_point, up = (_vector(value[key]) for key in ("position", "focal_point", "up"))
    ahead = np.subtract(focal_point, position)
    sees = float(np.linalg.norm(np.cross(ahead, up))) > 1e-9 * float(np.linalg.norm(ahead)) > 0
    if not (
        sees and 1 <= angle_deg <= 150 and len(name) <= LONGEST_NAME and len(picture) <= 2 * _LARGEST_PICTURE_BYTES
    ):
        raise ValueError(name)
    return Viewpoint(
        name,
        *(position, focal_point, up, angle_deg),
        manifest.whole(value["key"], 9),
        base64.b64decode(picture, validate=True),
        _moment(value["t"]) if "t" in value else None,  # older files know neither moments nor layers
        _words(value["hidden"]) if "hidden" in value else None,
        _words(value["hidden_data"]) if "hidden_data" in value else None,
    )


def _moment(value: Any) -> float:
    t = manifest.number(value)
    if not abs(t) <= _LATEST_S:
        raise ValueError(value)
    return t


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or len(value) > _MOST_LAYERS:
        raise TypeError(type(value))
    words = tuple(map(manifest.text, value))
    if any(len(word) > LONGEST_NAME for word in words):
        raise ValueError(words)
    return words


def _vector(value: Any) -> tuple[float, float, float]:
    x, y, z = (manifest.number(number) for number in value)
    if not max(abs(x), abs(y), abs(z)) <= _REACH_M:
        raise ValueError(value)
    return x, y, z
