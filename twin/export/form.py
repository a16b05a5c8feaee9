"""What a form to export to is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twin.model import Report


def nothing_needed() -> None:
    """Be ready: what is written needs no more than the program itself."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form: what it is called, how its files end, and who writes it.

    `write` takes the `.twin` file, the file to write and whom to report to, and returns how many rows it wrote.
    `ready` says in a `TwinError` what is missing before anything is begun.
    """

    key: str
    suffix: str
    write: Callable[[Path, Path, Report], int]
    ready: Callable[[], None] = nothing_needed
