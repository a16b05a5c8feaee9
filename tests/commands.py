"""The program as scripts call it, and a small district for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from osmfiles import town

from twin import cli

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

ROOT = Path(__file__).resolve().parent.parent


def fetched(folder: Path) -> Path:
    """Return a small district that the program wrote to a folder."""
    path = folder / "town.twin"
    assert cli.main(["fetch", "--osm", str(town().save(folder / "town.osm")), "-o", str(path), "-q"]) == 0
    return path


def twin_in_child(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program as its own process."""
    return subprocess.run(
        [sys.executable, "-m", "ui", *words],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        check=False,
        timeout=100,
    )


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one sentence with which words are refused."""
    assert cli.main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    assert err.count("\n") == 1, err
    return err.strip()


def failing(fault: BaseException) -> Callable[..., int]:
    """Return a command that fails so."""

    def run(_arguments: object) -> int:
        raise fault

    return run
