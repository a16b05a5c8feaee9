"""A display without a screen, and what is to be seen on it: for the smoke test and for measuring a start.

Only the standard library and X's own programs (Xvfb, xwd; xdotool for keys) are needed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import struct
import subprocess
import time
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 180


class SmokeError(Exception):
    """What was expected and what came instead."""


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


class Seen:
    """A program that has a window, and what one sees of it."""

    def __init__(self, command: list[str], environment: dict[str, str], display: str, picture: Path) -> None:
        """Start a program on a display; each look at it is kept in `picture`, as xwd writes it."""
        self._picture, self._display = picture, display
        self.began = time.monotonic()
        self._said = picture.with_suffix(".said")
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(
                command, env={**environment, "DISPLAY": display}, stdout=subprocess.DEVNULL, stderr=said
            )

    def look(self) -> bytes:
        """Return the pixels of the whole screen, four bytes each."""
        if self.process.poll() is not None:
            told = self._said.read_text("utf-8", "replace")[-2000:]
            raise SmokeError(f"the window's program ended with {self.process.returncode}: {told}")
        if time.monotonic() - self.began > PATIENCE_S:
            raise SmokeError(f"no end of waiting for the window; the last look is in {self._picture}")
        command = ["xwd", "-root", "-silent", "-display", self._display, "-out", str(self._picture)]
        if subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode:
            return self.look()  # a window went just then
        content = self._picture.read_bytes()
        header, _version, _form, _depth, width, height = struct.unpack(">6I", content[:24])
        return content[len(content) - 4 * width * height :] if header else b""

    def until_anything(self) -> float:
        """Wait until anything is drawn, and return how many seconds that took from the start."""
        while not any(self.look()[::13]):
            time.sleep(0.02)
        return time.monotonic() - self.began

    def until_window(self) -> float:
        """Wait until most of the screen is drawn, and return how many seconds that took from the start.

        What is smaller is the program's sign, or a question.
        """
        while (pixels := self.look()).count(0) > 0.6 * len(pixels):
            time.sleep(0.02)
        return time.monotonic() - self.began

    def until_city(self) -> float:
        """Wait until there is more to see than panels, and return how many seconds that took from the start."""
        while True:
            pixels = self.look()
            if len(set(pixels[::97])) > 60 and len(zlib.compress(pixels, 1)) > 150_000:
                return time.monotonic() - self.began
            time.sleep(0.05)

    def until_still(self) -> bytes:
        """Wait until nothing has moved for a second, and return what is seen."""
        while True:
            before = self.look()
            time.sleep(1.0)
            if self.look() == before:
                return before

    def until_other(self, than: bytes) -> None:
        """Wait until something else is seen."""
        while self.look() == than:
            time.sleep(0.1)

    def press(self, key: str) -> None:
        """Press a key over the window."""
        environment = {**os.environ, "DISPLAY": self._display}
        found = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "District Twin"],
            env=environment, stdout=subprocess.PIPE, check=False, text=True,
        ).stdout.split()  # fmt: skip
        if not found:
            raise SmokeError("there is no window of District Twin")
        # Without a window manager nobody else gives the keyboard to a window.
        subprocess.run(["xdotool", "windowfocus", found[-1], "key", key], env=environment, check=True)

    def end(self) -> None:
        """Ask the program to end, and see that it does."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SmokeError("the window does not end when asked to") from None


def can_press() -> bool:
    """Tell whether keys can be pressed here."""
    return shutil.which("xdotool") is not None
