"""Set District Twin up in `.venv`: the libraries of the system, a Python, the locked packages.

Runs on whatever `python3` a machine has, 3.8 or newer, with the standard library alone, and needs
no `make`: on Windows, `py packaging/setup.py` does it all.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from pythons import at_least, pythons
from system_libraries import provide_system_libraries
from uv_tool import find_uv, uv_environment

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".stamps"
"""Where uv goes, on a machine that has none."""


class SetupError(Exception):
    """One sentence: what is missing on this machine and what to do."""


def main() -> None:
    """Do what the command line asks for, or say in one sentence what stands in the way."""
    parser = argparse.ArgumentParser(description="Set District Twin up.")
    parser.add_argument(
        "work", nargs="?", choices=["install", "archive", "bench", "lock", "wheel", "package"], default="install"
    )
    parser.add_argument("--python", help="the Python to use, instead of looking for one")
    asked = parser.parse_args()
    os.chdir(str(ROOT))
    try:
        if asked.work == "install":
            install(asked.python)
        elif asked.work == "archive":
            install_archive()
        elif asked.work == "bench":
            install_bench()
        elif asked.work == "package":
            install_freezer()
        elif asked.work == "wheel":
            compile_translations()
            run_uv(require_uv(), "build", "--wheel", "--no-build-isolation", "--python", ".venv", "--out-dir", "dist")
        else:
            lock()
    except SetupError as trouble:
        sys.exit(f"setup: {trouble}")
    except subprocess.CalledProcessError as trouble:
        sys.exit("setup: this command failed, see above: {}".format(" ".join(map(str, trouble.cmd))))


def install(python: str | None) -> None:
    """Make `.venv` hold exactly what the lock says, and the command `twin`."""
    provide_system_libraries()
    uv = require_uv()
    if python or at_least(in_venv(".venv", "python")) is None:
        chosen = python or find_python(uv)
        say(f"Python: {chosen}")
        run_uv(uv, "venv", "--quiet", "--clear", "--python", chosen, ".venv")
    say("Installing what requirements.lock names into .venv (the first time downloads about 400 MB) ...")
    # Byte code is compiled once and for all here: a first start would take seconds longer, and every
    # start where PYTHONDONTWRITEBYTECODE is set.
    run_uv(uv, "pip", "sync", "--python", ".venv", "--require-hashes", "--compile-bytecode", "requirements.lock")
    run_uv(uv, "pip", "install", "--quiet", "--python", ".venv", "--no-deps", "--no-build-isolation", "-e", ".")
    compile_translations()
    (ROOT / ".venv" / ".set-up").touch()
    say("Set up: {}".format(in_venv(".venv", "twin")))


def compile_translations() -> None:
    """Make the .mo files that the program reads of the .po files that people write."""
    if any(ROOT.glob("assets/translations/*/LC_MESSAGES/*.po")):
        run([in_venv(".venv", "pybabel"), "compile", "--domain", "twin", "--directory", "assets/translations"])


def install_bench() -> None:
    """Give the program that the benchmarks compare with an environment of its own, `.venv-bench`."""
    uv = require_uv()
    run_uv(uv, "venv", "--quiet", "--clear", "--python", in_venv(".venv", "python"), ".venv-bench")
    run_uv(uv, "pip", "install", "--python", ".venv-bench", "--compile-bytecode", "--group", "bench")
    (ROOT / ".venv-bench" / ".set-up").touch()


def install_archive() -> None:
    """Put ClickHouse's engine and its driver into `.venv`, for the tests of archives; they are left out without it."""
    say("Installing chDB, the engine that the tests of archives talk to (once, about 230 MB) ...")
    try:
        run_uv(require_uv(), "pip", "install", "--quiet", "--python", ".venv", "--group", "archive")
    except subprocess.CalledProcessError:
        say("chDB is not to be had here: the tests of archives are left out.")
        return
    (ROOT / ".venv" / ".archive").touch()


def install_freezer() -> None:
    """Put PyInstaller into `.venv`, beside what it freezes."""
    run_uv(require_uv(), "pip", "install", "--python", ".venv", "--group", "package")


def lock() -> None:
    """Write requirements.lock anew: newest versions, hashes, every system, no host."""
    uv = require_uv()
    # Settings of this machine (an index beside PyPI, a folder of wheels) have no place in the lock.
    command = ["pip", "compile", "--quiet", "--no-config", "--upgrade", "--universal", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--python-version", "3.12"]
    command += ["--custom-compile-command", "make lock", "--output-file", "requirements.lock"]
    environment = {name: value for name, value in uv_environment().items() if name not in INDEX_VARIABLES}
    run([uv, *command, "--group", "dev", "pyproject.toml"], environment)


INDEX_VARIABLES = {"UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_INDEX", "UV_FIND_LINKS"}


def require_uv() -> str:
    """Return a uv that runs."""
    uv = find_uv(TOOLS)
    if uv is None:
        raise SetupError(
            "uv is missing and pip could not install it: install uv, or the package python3-venv, and try again."
        )
    return uv


def find_python(uv: str) -> str:
    """Return a Python of 3.12 or newer: one that is here, else one that uv or apt can fetch."""
    for candidate in pythons():
        return candidate
    say("No Python of 3.12 or newer is here: asking uv for one ...")
    # What uv says about a network that is not there is six lines; the sentence below is enough.
    fetched = subprocess.run(
        [uv, "python", "install", "3.13"], env=uv_environment(), stderr=subprocess.DEVNULL, check=False
    )
    if fetched.returncode == 0:
        for candidate in pythons():
            return candidate
    raise SetupError(
        "District Twin needs Python 3.12 or newer, there is none here and uv could not fetch one: "
        "install Python 3.13 (python.org, pyenv, or your system's packages) and try again."
    )


def in_venv(folder: str, name: str) -> str:
    """Return the path of a command in a virtual environment, as this system lays it out."""
    if os.name == "nt":
        return str(Path(folder, "Scripts", name + ".exe"))
    return str(Path(folder, "bin", name))


def run_uv(uv: str, *arguments: str) -> None:
    """Run uv on this project alone: settings of a project around it do not count."""
    run([uv, *arguments, "--no-config"], uv_environment())


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command and stop where it fails."""
    subprocess.run(command, check=True, env=environment)


def say(sentence: str) -> None:
    """Tell the person who waits."""
    print(sentence, flush=True)


if __name__ == "__main__":
    main()
