"""Which Python of 3.12 or newer a machine has, found by running every candidate.

Names prove nothing: a version manager's shim called `python3.12` may be dead, and a Python built
without sqlite3 or lzma starts well and fails later.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NEWEST = (3, 14)
OLDEST = (3, 12)
"""The versions that every locked package has wheels for."""

_PROBE = """
import sys, sysconfig
import bz2, ctypes, lzma, multiprocessing, sqlite3, ssl, zlib
good = sys.implementation.name == "cpython" and sys.maxsize > 2**32 and not sysconfig.get_config_var("Py_GIL_DISABLED")
good = good and sys.version_info.releaselevel == "final"
print("twin", good, sys.version_info[0], sys.version_info[1], getattr(sys, "_base_executable", sys.executable))
"""


def pythons() -> Iterator[str]:
    """Yield the Pythons of this machine that run and are new enough, the best first."""
    tried = set()
    for candidate in _candidates():
        if candidate not in tried:
            tried.add(candidate)
            found = at_least(candidate)
            if found:
                yield found


def at_least(candidate: str) -> str | None:
    """Return the interpreter behind a command, or None where it is dead, too old or lacks a part."""
    command = ["py", candidate] if candidate.startswith("-") else [candidate]
    try:
        answer = subprocess.run(
            [*command, "-I", "-c", _PROBE],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=True,
            text=True,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    words = answer.strip().split(None, 4)
    if len(words) != 5 or words[:2] != ["twin", "True"]:
        return None
    return words[4] if OLDEST <= (int(words[2]), int(words[3])) <= NEWEST else None


def _candidates() -> Iterator[str]:
    names = [f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    for name in [*names, "python3", "python"]:
        yield from _everywhere_on_path(name)
    if os.name == "nt" and shutil.which("py"):
        yield from (f"-3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    yield sys.executable
    for home in _homes():
        for pattern in _MANAGED:
            for found in sorted(home.glob(pattern), key=_version, reverse=True):
                yield str(found)
    for variable, pattern in _MANAGERS.items():
        if os.environ.get(variable):
            for found in sorted(Path(os.environ[variable]).glob(pattern), key=_version, reverse=True):
                yield str(found)
    for name in names:
        for folder in ("/usr/local/bin", "/opt/homebrew/bin", "/opt/local/bin", "/usr/bin"):
            yield str(Path(folder, name))


_MANAGED = (
    ".pyenv/versions/*/bin/python",
    ".asdf/installs/python/*/bin/python",
    ".local/share/mise/installs/python/*/bin/python",
    ".local/share/uv/python/cpython-*/bin/python3",
    "AppData/Roaming/uv/python/cpython-*/python.exe",
    ".pyenv/pyenv-win/versions/*/python.exe",
    "AppData/Local/Programs/Python/Python3*/python.exe",
)
"""Where version managers keep Pythons, under a home folder."""

_MANAGERS = {
    "PYENV_ROOT": "versions/*/bin/python",
    "ASDF_DATA_DIR": "installs/python/*/bin/python",
    "MISE_DATA_DIR": "installs/python/*/bin/python",
    "UV_PYTHON_INSTALL_DIR": "cpython-*/bin/python3",
}
"""Where they keep them when told to, by the environment variable that tells them."""


def _everywhere_on_path(name: str) -> Iterator[str]:
    """Yield each command of that name on PATH: behind a dead shim a live one may wait."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        found = shutil.which(name, path=folder) if folder else None
        if found:
            yield found


def _homes() -> Iterator[Path]:
    """Yield the home folder, and the one that the system has on record where HOME says otherwise."""
    yield Path("~").expanduser()
    if os.name == "posix":
        import pwd

        try:
            yield Path(pwd.getpwuid(os.getuid()).pw_dir)
        except KeyError:
            return  # a container's user that nobody entered


def _version(path: Path) -> list[int]:
    """Return the numbers in a path, so that 3.13 sorts after 3.9."""
    digits = "".join(letter if letter.isdigit() else " " for letter in str(path))
    return [int(number) for number in digits.split()]
