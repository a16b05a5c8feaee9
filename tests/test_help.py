"""The window about the program itself: what it is made of, this computer, and the one question about newer versions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path  # noqa: TC003

import districts
import pytest
from test_updates import releases, telling
from windows import OPENING, ROOT, environment, walk

from twin import district, parts

SERVERS = ("TWIN_OVERPASS_URL", "TWIN_NOMINATIM_URL")

ABOUT = """
QTimer.singleShot(0, lambda: look())


def look():
    about = window.help._about
    print("Version" in " ".join(words(about)), "ODbL" in " ".join(words(about)))
    press_in(about, "about-1")
    page = about.licences
    print(len(page.shown()))
    page.word.setText("lesser general public")
    print(*page.shown())
    print(page.text.textCursor().selectedText().lower())
    page.word.clear()
    QTest.keyClicks(page.word, "noto sans")
    print(*page.shown(), sep=",")
    page.word.setText("no such thing")
    print(len(page.shown()))
    press_in(about, "about-2")
    wait(about.computer.copy.isEnabled)
    QTest.mouseClick(about.computer.copy, Qt.LeftButton)
    print(QGuiApplication.clipboard().text().count("\\n"), "Graphics" in QGuiApplication.clipboard().text())
    about.accept()


def press_in(dialog, name):
    QTest.mouseClick(dialog.findChild(QWidget, name), Qt.LeftButton)


window.commands["about"].trigger()
window.close()
"""

QUESTION = """
import json
from dataclasses import replace

window.help.begin()
address = sys.argv[2]


def settle():
    for _turn in range(20):
        app.processEvents()
        time.sleep(0.01)
    wait(lambda: not window.help._looks.running)
    app.processEvents()


def start(address, **memory):
    window.notice.hide()
    os.environ["TWIN_UPDATE_URL"] = address
    window.memory = replace(window.memory, **{"welcomed": True, "updates": "", "updates_looked": 0.0} | memory)
    window.help._begin_quietly()
    settle()
    print(window.notice.sentence if window.notice.isVisible() else "-", window.memory.updates or "-", sep="|")


settle()
print("newer" in window.notice.sentence)
start(address)
take("Yes")
settle()
print(window.notice.sentence, window.memory.updates, sep="|")
start(address)
take("No")
print(window.memory.updates)
start(address, updates="no")
start(address, updates="yes", updates_looked=time.time() - 1000.0)
start(address, updates="yes")
start(address, welcomed=False)
start("")
start("http://127.0.0.1:1/x", updates="yes")
window.commands["updates"].trigger()
settle()
print(window.notice.sentence)
window.close()
"""

START = """
import os, sys, time
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QSplashScreen
from ui import memory, sign
from ui.__main__ import main

app = QApplication(["twin"])
end = time.monotonic() + 60
memory.remember(memory.Memory(start_s=float(sys.argv[2])))


def look():
    assert time.monotonic() < end, "waited in vain"
    if any(one.windowTitle().endswith("– District Twin") for one in app.topLevelWidgets() if one.isVisible()):
        clock.stop()
        print(*{f"sign {one.isVisible()}" for one in app.topLevelWidgets() if isinstance(one, QSplashScreen)})
        print(memory.recall().start_s > 0.1, sign.is_wanted(2.5))
        app.closeAllWindows()


clock = QTimer(interval=20)
clock.timeout.connect(look)
clock.start()
sys.exit(main([sys.argv[1]]))
"""

if sys.platform.startswith("linux"):

    @pytest.fixture(scope="module")
    def harbour(tmp_path_factory: pytest.TempPathFactory) -> Path:
        path = tmp_path_factory.mktemp("harbour") / "harbour.twin"
        district.save(path, districts.district())
        return path

    def test_that_the_dialog_tells_all_parts_and_this_computer(harbour: Path, display: str) -> None:
        told = walk(OPENING + ABOUT, display, harbour, **dict.fromkeys(SERVERS, "http://127.0.0.1:1/api"))
        everything = {part.name for part in parts.installed()}
        assert told[0] == "True True"
        assert told[1] == str(len(everything))
        assert {"pyside6-essentials", "shiboken6"} <= set(told[2].split()) <= everything
        assert told[3] == "lesser general public"
        assert told[4] == "Noto Sans SC"
        assert told[5] == "0"
        lines, graphics = told[6].split()
        assert int(lines) > 20
        assert graphics == "True"

    def test_that_it_is_asked_once_and_looked_for_where_somebody_agrees(harbour: Path, display: str) -> None:
        with releases(telling(version="999.0", page="https://example.org/999")) as (address, requests):
            told = walk(f"import os\n{OPENING}{QUESTION}", display, harbour, address, TWIN_UPDATE_URL=address)
        news = "Version 999.0 of District Twin is there; this is"
        assert told[0] == "False"  # a first start: nothing
        assert told[1].startswith("Look once a day whether there is a newer version? 127.0.0.1 learns nothing")
        assert told[2].startswith(news)
        assert told[2].endswith("|yes")
        assert told[3].startswith("Look once a day")
        assert told[4] == "no"
        assert told[5] == "-|no"
        assert told[6] == "-|yes"  # looked already today
        assert told[7].startswith(news)
        assert told[8] == "-|-"
        assert told[9] == "-|-"  # no address, no question
        assert told[10] == "-|yes"  # no network, no word
        assert "refused" in told[11]  # but whoever asks hears why
        assert len(requests) == 2

    @pytest.mark.parametrize(("last_s", "sign"), [("0", "sign False"), ("1.2", "")])
    def test_that_a_sign_is_put_up_where_the_window_takes_long_and_goes_when_it_comes(
        harbour: Path, display: str, tmp_path: Path, last_s: str, sign: str
    ) -> None:
        done = subprocess.run(
            [sys.executable, "-c", START, str(harbour), last_s],
            env=environment(DISPLAY=display, XDG_DATA_HOME=str(tmp_path)), cwd=ROOT, capture_output=True, text=True,
            check=False, timeout=110,
        )  # fmt: skip
        assert done.stderr == ""
        assert done.stdout.splitlines() == [sign, "True True"]
