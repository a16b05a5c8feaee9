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
    return [
        {
            "name": view.name[:LONGEST_NAME],
            "position": list(view.position),
            "focal_point": list(view.focal_point),
            "up": list(view.up),
            "angle_deg": view.angle_deg,
            "key": view.key,
            "picture": base64.b64encode(view.picture).decode() if len(view.picture) <= _LARGEST_PICTURE_BYTES else "",
        }
        for view in views[:MOST_VIEWS]
    ]


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
    )


def _vector(value: Any) -> tuple[float, float, float]:
    x, y, z = (manifest.number(number) for number in value)
    if not max(abs(x), abs(y), abs(z)) <= _REACH_M:
        raise ValueError(value)
    return x, y, z
