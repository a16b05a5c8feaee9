"""Eclipse SUMO's programs as child processes: found, watched, ended on stop."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from twin.language import _
from twin.model import TwinError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

POLL_S = 0.1
_STEP = re.compile(r"Step #(\d+)\.\d\d")  # whole, however the pipe cuts it
_KEPT_LINES = 40


def home() -> Path | None:
    """Return the folder of the installed package `eclipse-sumo`; None where there is none.

    The package is looked for and never imported: importing it points PROJ, for the whole process, to its own data.
    """
    found = importlib.util.find_spec("sumo")
    places = list(found.submodule_search_locations or ()) if found else []
    for place in map(Path, places):
        if _program(place, "sumo").is_file() and _program(place, "netconvert").is_file():
            return place
    return None


def require() -> Path:
    """Return the folder of the installed SUMO.

    Raises
    ------
    TwinError
        Where it is not installed.
    """
    place = home()
    if place is None:
        raise TwinError(
            _(
                "Simulating needs Eclipse SUMO, which is not installed: run `pip install {package}` with the program's "
                "own Python."
            ).format(package="eclipse-sumo")
        )
    return place


def _program(place: Path, name: str) -> Path:
    return place / "bin" / (f"{name}.exe" if os.name == "nt" else name)


def run(name: str, arguments: Sequence[str | Path], *, folder: Path, hear: Callable[[float], None]) -> None:
    """Run a program of SUMO in a folder to its end.

    Parameters
    ----------
    name
        "netconvert" or "sumo".
    hear
        Called ten times a second with the simulated seconds so far. Whatever it raises ends the program at once.

    Raises
    ------
    TwinError
        Where it fails; the sentence carries its own last words.
    """
    place = require()
    command = [str(_program(place, name)), *map(str, arguments)]
    try:
        process = subprocess.Popen(  # noqa: S603  (a program of a package, with arguments of ours)
            command,
            cwd=folder,
            env=os.environ | {"SUMO_HOME": str(place)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise TwinError(
            _("{program} of Eclipse SUMO cannot be started: {reason}.").format(program=name, reason=error.strerror)
        ) from error
    ear = _Ear(process)
    try:
        while process.poll() is None:
            hear(ear.simulated_s)
            time.sleep(POLL_S)
        ear.thread.join()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        ear.thread.join()
        if process.stdout:
            process.stdout.close()
    if process.returncode:
        raise TwinError(
            _("{program} of Eclipse SUMO failed: {words}").format(program=name, words=ear.words() or process.returncode)
        )


class _Ear:
    """Reads what a program prints, so that its pipe never fills up."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.simulated_s = 0.0
        self._lines: list[str] = []
        self._process = process
        self.thread = threading.Thread(target=self._listen, name="sumo", daemon=True)
        self.thread.start()

    def words(self) -> str:
        """Return the last complaint, in one line."""
        told = [line for line in self._lines if line.startswith("Error")] or self._lines
        return told[-1].strip()[:300] if told else ""

    def _listen(self) -> None:
        stream = self._process.stdout
        while stream and (chunk := stream.read1(4096)):  # type: ignore[attr-defined]  # a buffered reader
            text = chunk.decode("utf-8", "replace")
            if steps := _STEP.findall(text):
                self.simulated_s = float(steps[-1])
            self._lines += [line for line in re.split(r"[\r\n]+", text) if line.strip()]
            del self._lines[:-_KEPT_LINES]
