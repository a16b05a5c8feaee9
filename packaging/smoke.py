"""Try a frozen District Twin as a user would, and compare what it tells with what the source tells.

    python3 packaging/smoke.py PROGRAM [--expect FILE] [--window]

PROGRAM is the executable to try. `--expect` is what `twin info sample --json` says from source; with `--window`
the desktop application is opened too, on an Xvfb of its own. Only the standard library is needed, so that it
runs in a root with nothing but what the package declares. It prints a line a check and exits with 1 at the
first that fails.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

PATIENCE_S = 180
ODD = "Ein Ördner mit 空格"


class SmokeError(Exception):
    """What was expected and what came instead."""


def main() -> None:
    """Run every check."""
    parser = argparse.ArgumentParser(description="Try a frozen District Twin.")
    parser.add_argument("program", type=Path)
    parser.add_argument("--expect", type=Path)
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--picture", type=Path, help="where the picture of the window goes")
    asked = parser.parse_args()
    program = asked.program.absolute()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / ODD
        folder.mkdir()
        home = Path(scratch) / "home"
        home.mkdir()
        try:
            check("starts", lambda: starts(program, home))
            check("is whole (doctor)", lambda: is_whole(program, home))
            check("tells of the sample what the source tells", lambda: tells_the_same(program, home, asked.expect))
            check(
                "draws the sample, under a path with blanks, umlauts and Chinese", lambda: draws(program, home, folder)
            )
            check("opens a copy of the sample by argument", lambda: verifies(program, home, folder))
            check("refuses what is no district with one sentence", lambda: refuses(program, home, folder))
            check("works with a home that cannot be written", lambda: works_read_only(program, folder))
            if asked.window:
                check("opens its window", lambda: opens(program, home, folder, asked.picture))
        except SmokeError as trouble:
            print(f"FAILED: {trouble}", flush=True)
            sys.exit(1)
    print("All is well.")


def check(what: str, look: Any) -> None:
    """Run a check and print what it found."""
    began = time.monotonic()
    found = look()
    print(f"ok  {time.monotonic() - began:5.1f} s  {what}: {found}", flush=True)


def run(program: Path, home: Path, *words: str, code: int = 0) -> str:
    """Return what the program says, as somebody with an empty environment hears it."""
    answer = subprocess.run(
        [str(program), *words], env=bare(home), capture_output=True, timeout=PATIENCE_S, text=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    if answer.returncode != code:
        raise SmokeError(f"`twin {' '.join(words)}` ended with {answer.returncode}: {answer.stderr.strip()[-2000:]}")
    return answer.stdout if code == 0 else answer.stderr


def bare(home: Path) -> dict[str, str]:
    """Return an environment of which no Python, no Qt and no library path comes in."""
    kept = ("SYSTEMROOT", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "NO_AT_BRIDGE": "1",
    }  # fmt: skip


def starts(program: Path, home: Path) -> str:
    """Look at the version."""
    return run(program, home, "--version").strip()


def is_whole(program: Path, home: Path) -> str:
    """Look at every library and the graphics."""
    findings = json.loads(run(program, home, "doctor", "--json"))
    rows = findings["findings"] if isinstance(findings, dict) else findings
    wrong = [row for row in rows if row["state"] == "error"]
    if wrong:
        raise SmokeError(f"doctor finds {wrong}")
    return f"{len(rows)} findings, none an error"


def tells_the_same(program: Path, home: Path, expect: Path | None) -> str:
    """Compare the sample's facts with those from source."""
    facts = json.loads(run(program, home, "info", "sample", "--json"))
    if expect is not None:
        told = json.loads(expect.read_text("utf-8"))
        for key in ("counts", "heights", "repairs", "credit", "version", "layers", "days"):
            if facts.get(key) != told.get(key):
                raise SmokeError(f"{key} is {facts.get(key)} here and {told.get(key)} from source")
    return f"{facts['counts']['buildings']} buildings"


def draws(program: Path, home: Path, folder: Path) -> str:
    """Render a picture and look whether it shows something."""
    picture = folder / "Bild 图.png"
    run(program, home, "render", "-q", "sample", "-o", str(picture), "--size", "640x400")
    shades = distinct_bytes(picture)
    if shades < 60:
        raise SmokeError(f"the picture is empty: {shades} different values in it")
    return f"{picture.stat().st_size / 1000:.0f} kB"


def distinct_bytes(picture: Path) -> int:
    """Return how many different byte values the rows of a PNG hold: a plain surface has a handful."""
    data = picture.read_bytes()
    if not data.startswith(b"\x89PNG"):
        raise SmokeError("the picture is no PNG")
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    return len(set(zlib.decompress(packed)))


def verifies(program: Path, home: Path, folder: Path) -> str:
    """Read every byte of a district that lies under an odd path."""
    copy = folder / "Stadt 城.twin"
    inside = [path for path in program.resolve().parent.rglob("sample.twin") if path.is_file()]
    inside += [path for path in program.resolve().parent.parent.rglob("sample.twin") if path.is_file()]
    if not inside:
        raise SmokeError("there is no sample beside the program")
    shutil.copy(inside[0], copy)
    run(program, home, "verify", str(copy))
    return copy.name


def refuses(program: Path, home: Path, folder: Path) -> str:
    """Hand it something else."""
    other = folder / "other.twin"
    other.write_bytes(b"this is no district")
    return run(program, home, "info", str(other), code=2).strip()


def works_read_only(program: Path, folder: Path) -> str:
    """Take the home away."""
    nowhere = folder / "home that cannot be written"
    nowhere.mkdir(mode=0o500)
    picture = folder / "b.png"
    run(program, nowhere, "render", "-q", "sample", "-o", str(picture), "--size", "320x200")
    nowhere.chmod(0o700)
    return f"{picture.stat().st_size / 1000:.0f} kB"


def opens(program: Path, home: Path, folder: Path, picture: Path | None) -> str:
    """Open the window on a file, wait until something is drawn, take a picture of it, and end it."""
    district = folder / "Stadt 城.twin"
    shot = picture or folder / "window.xwd"
    with a_display() as display:
        environment = {**bare(home), "DISPLAY": display}
        began = time.monotonic()
        window = subprocess.Popen([str(program), str(district)], env=environment, stderr=subprocess.PIPE, text=True)
        try:
            while True:
                if window.poll() is not None:
                    raise SmokeError(
                        f"the window's program ended: {(window.stderr.read() if window.stderr else '')[-2000:]}"
                    )
                if time.monotonic() - began > PATIENCE_S:
                    raise SmokeError("no picture in the window")
                subprocess.run(["xwd", "-root", "-silent", "-display", display, "-out", str(shot)], check=True)
                content = shot.read_bytes()
                if len(set(content[4096::97])) > 60 and len(zlib.compress(content, 1)) > 150_000:
                    return f"{time.monotonic() - began:.1f} s until the city is seen"
                time.sleep(0.2)
        finally:
            window.terminate()
            try:
                window.wait(20)
            except subprocess.TimeoutExpired:
                window.kill()
                raise SmokeError("the window does not end when asked to") from None


@contextlib.contextmanager
def a_display() -> Any:
    """Give an X display without a screen."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1366x768x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL) as server:
        os.close(writer)
        try:
            with os.fdopen(reader) as answer:
                number = answer.readline().strip()
            yield f":{number}"
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
