"""What the window remembers from one start to the next: its layout, its dress, and what was open lately.

A JSON file among the user's data, never a secret in it. One that is missing, damaged or of another version is as
good as none: nothing in it can keep the window from starting.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import platformdirs

from twin.settings import APP

if TYPE_CHECKING:
    from pathlib import Path

BYTES_MAX = 1_000_000
RECENT_MAX = 12


@dataclass(frozen=True, slots=True)
class Recent:
    """A district that was open: where it lies, what it is called, and how old its data is."""

    path: str
    name: str
    data_time: float | None = None  # UTC epoch seconds, as in `twin.model.Source`
    retrieved: float | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """All that is remembered. A change makes another one."""

    geometry: str = ""  # of the window, as Qt packs it, in hexadecimal
    theme: str = ""  # "light" or "dark"; empty: as the system is
    look: str = "model"
    narrow: bool = False  # the side bar shows icons alone
    folded: tuple[str, ...] = ()  # panels, by title
    language: str = ""  # empty: as the system speaks
    still: bool = False  # no motion but the data's
    welcomed: bool = False
    start_s: float = 0.0  # how long the window took to come; 0 where it never came
    updates: str = ""  # "yes" or "no": whether to look for newer versions; empty: not asked yet
    updates_looked: float = 0.0  # UTC epoch seconds
    recent: tuple[Recent, ...] = field(default=())  # newest first

    def opened(self, recent: Recent) -> Memory:
        """Return the memory after a district was opened."""
        others = [one for one in self.recent if one.path != recent.path]
        return replace(self, recent=(recent, *others)[:RECENT_MAX])

    def forgotten(self, path: str) -> Memory:
        """Return the memory without a district."""
        return replace(self, recent=tuple(one for one in self.recent if one.path != path))


def place() -> Path:
    """Return the file that remembers."""
    return platformdirs.user_data_path(APP, appauthor=False) / "window.json"


def library() -> Path:
    """Return the folder in which downloaded districts are kept."""
    return platformdirs.user_data_path(APP, appauthor=False) / "districts"


def mappings() -> Path:
    """Return the folder of what the columns of imported tables meant."""
    return platformdirs.user_data_path(APP, appauthor=False) / "mappings"


def recall(path: Path | None = None) -> Memory:
    """Return what is remembered; what cannot be read or makes no sense is as if it had never been."""
    try:
        with (path or place()).open("rb") as file:
            kept = json.loads(file.read(BYTES_MAX))
    except (OSError, ValueError, RecursionError):
        return Memory()
    if not isinstance(kept, dict):
        return Memory()
    sound: dict[str, Any] = {}
    blank = Memory()
    for entry in fields(Memory):
        value, usual = kept.get(entry.name), getattr(blank, entry.name)
        if isinstance(usual, tuple):
            if isinstance(value, list):
                made = [_recent(one) if entry.name == "recent" else one for one in value]
                wanted = Recent if entry.name == "recent" else str
                sound[entry.name] = tuple(one for one in made if isinstance(one, wanted))[:RECENT_MAX]
        elif type(value) is type(usual):
            sound[entry.name] = value
    return Memory(**sound)


def remember(memory: Memory, path: Path | None = None) -> None:
    """Keep it for the next start; where the disk does not let it, the next start is merely a plain one."""
    path = path or place()
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(asdict(memory), indent=1), encoding="utf-8")
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def _recent(kept: Any) -> Recent | None:
    if not isinstance(kept, dict) or not isinstance(kept.get("path"), str) or not isinstance(kept.get("name"), str):
        return None
    times = {
        name: float(kept[name])
        for name in ("data_time", "retrieved")
        if isinstance(kept.get(name), int | float) and not isinstance(kept[name], bool)
    }
    return Recent(kept["path"], kept["name"], **times)
