"""Try a frozen District Twin as a user would, and compare what it tells with what the source tells.

    python3 packaging/smoke.py .venv/bin/twin --tell FILE
    python3 packaging/smoke.py PROGRAM [--expect FILE] [--window]

PROGRAM is the executable to try. The first form writes down what the source tells of the sample, its layers, its
values at several moments, and the feeds; the second compares. With `--window` the desktop application is opened too,
on an Xvfb of its own. Only the standard library is needed, so that it runs in a root with nothing but what the
package declares. It prints a line a check and exits with 1 at the first that fails.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

from screen import PATIENCE_S, Seen, SmokeError, a_display, can_press

ODD = "Ein Ördner mit 空格"
MOMENTS = ("2026-11-10T08:15", "2026-11-10T17:40")


def main() -> None:
    """Run every check."""
    parser = argparse.ArgumentParser(description="Try a frozen District Twin.")
    parser.add_argument("program", type=Path)
    parser.add_argument("--tell", type=Path, help="write down what this program tells, and stop")
    parser.add_argument("--expect", type=Path, help="what another program told")
    parser.add_argument("--window", action="store_true")
    parser.add_argument("--picture", type=Path, help="where the picture of the window goes")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, home = Path(scratch) / ODD, Path(scratch) / "home"
        folder.mkdir()
        home.mkdir()
        trial = Trial(asked.program.absolute(), home, folder)
        if asked.tell:
            asked.tell.write_text(json.dumps(trial.told(), ensure_ascii=False), "utf-8")
            return
        try:
            for what, look in trial.checks(asked.expect):
                check(what, look)
            if asked.window:
                check("opens its window on a file, by argument", lambda: trial.opens(asked.picture))
                check("opens its window with a home that cannot be written", trial.opens_read_only)
                check("leaves word of its own death, and tells at the next start", trial.dies)
        except SmokeError as trouble:
            print(f"FAILED: {trouble}", flush=True)
            sys.exit(1)
    print("All is well.")


def check(what: str, look: Any) -> None:
    """Run a check and print what it found."""
    began = time.monotonic()
    found = look()
    print(f"ok  {time.monotonic() - began:5.1f} s  {what}: {found}", flush=True)


def bare(home: Path) -> dict[str, str]:
    """Return an environment of which no Python, no Qt and no library path comes in."""
    kept = ("SYSTEMROOT", "TEMP", "TMP", "APPDATA", "LOCALAPPDATA")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "HOME": str(home), "PATH": os.defpath, "LANG": "C.UTF-8", "NO_AT_BRIDGE": "1",
    }  # fmt: skip


class Trial:
    """A program, the home of somebody who never saw it, and a folder with an odd name."""

    def __init__(self, program: Path, home: Path, folder: Path) -> None:
        self._program, self._home, self._folder = program, home, folder
        self._district = folder / "Stadt 城.twin"

    def checks(self, expect: Path | None) -> list[tuple[str, Any]]:
        """Return what is looked at without a window, each with its question."""
        return [
            ("starts", lambda: self._run("--version").strip()),
            ("is whole (doctor)", self.is_whole),
            ("carries the licences of its parts", self.carries_papers),
            ("tells of the sample, its layers and its day what the source tells", lambda: self.tells_the_same(expect)),
            ("draws the sample, under a path with blanks, umlauts and Chinese", self.draws),
            ("replays: another moment has other values and another picture", self.replays),
            ("reads every byte of a district", self.verifies),
            ("refuses what is no district with one sentence", self.refuses),
            ("works with a home that cannot be written", self.works_read_only),
            ("works from a folder with blanks, umlauts and Chinese", self.works_elsewhere),
        ]

    def _run(self, *words: str, code: int = 0, program: Path | None = None, home: Path | None = None) -> str:
        """Return what the program says, as somebody with an empty environment hears it."""
        answer = subprocess.run(
            [str(program or self._program), *words], env=bare(home or self._home), capture_output=True,
            timeout=PATIENCE_S, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
        if answer.returncode != code:
            raise SmokeError(
                f"`twin {' '.join(words)}` ended with {answer.returncode}: {answer.stderr.strip()[-2000:]}"
            )
        return answer.stdout if code == 0 else answer.stderr

    def is_whole(self) -> str:
        """Look at every library and the graphics."""
        rows = json.loads(self._run("doctor", "--json"))["findings"]
        wrong = [row for row in rows if row["state"] == "error"]
        if wrong:
            raise SmokeError(f"doctor finds {wrong}")
        graphics = next(row["value"] for row in rows if row["name"] == "graphics")
        return f"{len(rows)} findings, none an error; {graphics}"

    def carries_papers(self) -> str:
        """Look at the bill of materials that the dialog about the program reads."""
        papers = [*self._beside("sbom.cdx.json")]
        if not papers:
            raise SmokeError("there is no bill of materials beside the program")
        found = json.loads(papers[0].read_text("utf-8"))["components"]
        without = [one["name"] for one in found if not one["licenses"][0]["license"].get("text", {}).get("content")]
        if without or len(found) < 40:
            raise SmokeError(f"{len(found)} parts, and these bring no licence: {without}")
        return f"{len(found)} parts"

    def told(self) -> dict[str, Any]:
        """Return what the program tells that must not depend on how it was installed."""
        facts = json.loads(self._run("info", "sample", "--json"))
        wanted = ("counts", "heights", "repairs", "credit", "version", "layers", "days")
        told: dict[str, Any] = {f"info: {key}": facts.get(key) for key in wanted}
        told["help"] = self._run("help")
        told["layers"] = json.loads(self._run("layers", "--json"))
        told["standards"] = self._run("standards")
        for moment in MOMENTS:
            told[f"at {moment}"] = json.loads(self._run("at", "sample", moment, "--json"))["values"]
        if "sources" in told["help"].split():
            told["sources"] = json.loads(self._run("sources", "--json"))["kinds"]
        return told

    def tells_the_same(self, expect: Path | None) -> str:
        """Compare with what the source tells."""
        told = self.told()
        if expect is not None:
            expected = json.loads(expect.read_text("utf-8"))
            for key in {**expected, **told}:
                if told.get(key) != expected.get(key):
                    here, there = str(told.get(key))[:500], str(expected.get(key))[:500]
                    raise SmokeError(f"{key} is {here} here and {there} from source")
        feeds = len(told.get("sources") or ())
        buildings = told["info: counts"]["buildings"]
        kinds = f"{buildings} buildings, {len(told['layers'])} kinds of layers, {feeds} kinds of feeds"
        return kinds if expect else f"{kinds}; nothing to compare with"

    def draws(self) -> str:
        """Render a picture and look whether it shows something."""
        picture = self._folder / "Bild 图.png"
        self._run("render", "-q", "sample", "-o", str(picture), "--size", "640x400")
        shades = len(set(rows_of(picture)))
        if shades < 60:
            raise SmokeError(f"the picture is empty: {shades} different values in it")
        return f"{picture.stat().st_size / 1000:.0f} kB"

    def replays(self) -> str:
        """Look at two moments of the recorded day."""
        values, pictures = [], []
        for number, moment in enumerate(MOMENTS):
            rows = json.loads(self._run("at", "sample", moment, "--json"))["values"]
            values.append({(row["layer"], row["sensor"], row["channel"]): row["value"] for row in rows})
            picture = self._folder / f"moment {number}.png"
            self._run("render", "-q", "sample", "-o", str(picture), "--size", "480x300", "--at", moment)
            pictures.append(rows_of(picture))
        other = sum(values[0].get(key) != value for key, value in values[1].items())
        pixels = sum(one != two for one, two in zip(*pictures, strict=True))
        if other < len(values[1]) / 2 or pixels < 1000:
            raise SmokeError(f"{other} of {len(values[1])} values and {pixels} bytes of the picture are other ones")
        return f"{other} of {len(values[1])} values, {pixels} bytes of the picture"

    def verifies(self) -> str:
        """Read every byte of a district that lies under an odd path."""
        inside = self._beside("sample.twin")
        if not inside:
            raise SmokeError("there is no sample beside the program")
        shutil.copy(inside[0], self._district)
        self._run("verify", str(self._district))
        return self._district.name

    def refuses(self) -> str:
        """Hand it something else."""
        other = self._folder / "other.twin"
        other.write_bytes(b"this is no district")
        return self._run("info", str(other), code=2).strip()

    def works_read_only(self) -> str:
        """Take the home away."""
        picture = self._folder / "b.png"
        self._run("render", "-q", "sample", "-o", str(picture), "--size", "320x200", home=self._no_home())
        return f"{picture.stat().st_size / 1000:.0f} kB"

    def works_elsewhere(self) -> str:
        """Carry the whole program to a folder with an odd name."""
        real = self._program.resolve()
        if not (real.parent / "_internal").is_dir():
            return "not a folder that can be carried: not tried"
        there = self._folder / "program"
        shutil.copytree(real.parent, there, symlinks=True)
        try:
            picture = self._folder / "c.png"
            words = ("render", "-q", str(self._district), "-o", str(picture), "--size", "320x200")
            self._run(*words, program=there / real.name)
            return f"{picture.stat().st_size / 1000:.0f} kB"
        finally:
            shutil.rmtree(there)

    def opens(self, picture: Path | None) -> str:
        """Open the window on a file, see the city, play its day, stop it, and end the program."""
        with a_display() as display:
            command = [str(self._program), str(self._district)]
            window = Seen(command, bare(self._home), display, picture or self._folder / "window.xwd")
            try:
                began_s, seen_s = window.until_window(), window.until_city()
                found = f"{began_s:.1f} s to a window, {seen_s:.1f} s to the city"
                resting = window.until_still()
                if not can_press():
                    return f"{found}; xdotool is not here, so its day was not played"
                window.press("space")
                window.until_other(resting)
                window.press("space")
                if window.until_still() == resting:
                    raise SmokeError("the day was played, and nothing has changed")
                return f"{found}; its day plays and stops"
            finally:
                window.end()

    def opens_read_only(self) -> str:
        """Open the window where nothing can be kept."""
        with a_display() as display:
            home, picture = self._no_home(), self._folder / "read-only.xwd"
            window = Seen([str(self._program)], bare(home), display, picture)
            try:
                return f"{window.until_city():.1f} s until the city is seen"
            finally:
                window.end()

    def dies(self) -> str:
        """End the program as a fault in a driver does, and start it again."""
        with a_display() as display:
            for _life in range(2):
                window = Seen([str(self._program)], bare(self._home), display, self._folder / "dies.xwd")
                window.until_city()
                log = next(self._home.rglob("twin.log"), None)
                if log is None:
                    window.process.send_signal(signal.SIGABRT)
                    window.process.wait(20)
                else:
                    window.end()
        if log is None or "Aborted" not in log.read_text("utf-8"):
            raise SmokeError("no word of it in the log")
        return f"{log.stat().st_size} bytes in {log.name}"

    def _no_home(self) -> Path:
        nowhere = self._folder / "home that cannot be written"
        nowhere.mkdir(mode=0o500, exist_ok=True)
        return nowhere

    def _beside(self, name: str) -> list[Path]:
        """Return the files of a name that lie with the program."""
        here = self._program.resolve().parent
        found = [path for path in here.rglob(name) if path.is_file()]
        return found or [path for path in here.parent.rglob(name) if path.is_file()]


def rows_of(picture: Path) -> bytes:
    """Return the rows of a PNG as they are packed: a plain surface has a handful of different bytes."""
    data = picture.read_bytes()
    if not data.startswith(b"\x89PNG"):
        raise SmokeError("the picture is no PNG")
    packed, at = b"", 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"IDAT":
            packed += data[at + 8 : at + 8 + length]
        at += 12 + length
    return zlib.decompress(packed)


if __name__ == "__main__":
    main()
