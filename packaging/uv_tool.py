"""A uv that runs: the machine's own, or one that pip puts beside the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (0, 8)
"""Dependency groups and the options used here are in every uv from this one on."""

_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def find_uv(folder: Path) -> str | None:
    """Return the command of a uv, installed under `folder` where the machine has none, or None."""
    own = folder / "uv"
    inside = [own / "bin" / "uv", own / "Scripts" / "uv.exe", own / "bin" / "uv.exe"]
    for candidate in [shutil.which("uv"), *map(str, inside)]:
        if candidate and _runs(candidate):
            return candidate
    print("Installing uv for this project ...", flush=True)
    for attempt in (_into_environment, _into_folder, _into_environment_after_apt):
        shutil.rmtree(str(own), ignore_errors=True)
        if attempt(own):
            for candidate in map(str, inside):
                if _runs(candidate):
                    return candidate
    return None


def uv_environment() -> dict[str, str]:
    """Return the environment for uv: this system's certificates, where it has any.

    uv brings its own, which do not know a company's proxy; a minimal container has none.
    """
    environment = dict(os.environ)
    environment.pop("VIRTUAL_ENV", None)  # somebody's active environment is not ours
    if os.name != "posix" or sys.platform == "darwin" or (_CERTIFICATES.is_file() and _CERTIFICATES.stat().st_size):
        environment.setdefault("UV_SYSTEM_CERTS", "1")
        environment.setdefault("UV_NATIVE_TLS", "1")  # its name before uv 0.10
    return environment


def _runs(uv: str) -> bool:
    try:
        answer = subprocess.run(
            [uv, "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True
        ).stdout
        numbers = answer.split()[1].split(".")
        return (int(numbers[0]), int(numbers[1])) >= OLDEST
    except (OSError, subprocess.SubprocessError, IndexError, ValueError):
        return False


def _into_environment(own: Path) -> bool:
    """Try the plain way: an environment of its own. Debian takes `venv` apart, so it may fail."""
    bin_folder = "Scripts" if os.name == "nt" else "bin"
    python = str(own / bin_folder / "python")
    return _succeeds([sys.executable, "-m", "venv", str(own)]) and _succeeds([python, "-m", "pip", *_INSTALL])


def _into_folder(own: Path) -> bool:
    """Try a pip that may not touch its own environment (PEP 668): a target folder is allowed."""
    return _succeeds([sys.executable, "-m", "pip", *_INSTALL, "--target", str(own)])


def _into_environment_after_apt(own: Path) -> bool:
    from system_libraries import apt_install

    return apt_install(["python3-venv", "ca-certificates"]) and _into_environment(own)


_INSTALL = ["install", "--quiet", "--disable-pip-version-check", "uv>={}.{}".format(*OLDEST)]


def _succeeds(command: list[str]) -> bool:
    """Tell whether a command works; the next way is tried quietly where it does not."""
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0
