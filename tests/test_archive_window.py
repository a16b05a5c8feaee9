"""A day of an archive in the window: with its district, answered by the server, and told where it cannot be had."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import districts
from clickhouses import ClickHouse
from recorded import harbour_with_a_day

from twin import district
from twin.archive import Server, address_of, push
from twin.days import Recording

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "linux":  # where a display can be had without a screen
    from windows import OPENING, walk

    SCRIPT = """
from ui.asked import check, understand
from twin.settings import Settings
assert window.replay.session is None or window.replay.session.span is None
asked = understand(sys.argv[2])
print(check(asked, Settings()).rpartition(" at ")[0])
window.open(asked)
wait(lambda: window.replay.session is not None and window.replay.session.span is not None)
wait(lambda: window.replay.strips is not None)
wait(lambda: window.view.scene.picture is not None)
replay = window.replay
print(type(replay.session.recordings[0]).__name__, window.windowTitle())
print([strip.layer.title for strip in replay.strips.strips], [mark.title for mark in replay.session.marks])
replay.seek(replay.session.span[0] + 3600)
wait(lambda: not replay.pending)
reporting = window.view.scene.picture.reporting["traffic"]
print(reporting[0] == reporting[1] > 0)
window.open(understand(sys.argv[2].replace("Tuesday", "Someday")))
wait(window.notice.isVisible)
print(window.notice.sentence.partition(" it has")[0].rpartition(" has ")[2])
print(replay.session is not None)
window.close()
"""

    def test_that_a_day_of_an_archive_is_shown_on_its_district(display: str, tmp_path: Path) -> None:
        harbour = tmp_path / "harbour.twin"
        district.save(harbour, districts.district())
        with ClickHouse() as archive:
            recorded = harbour_with_a_day(tmp_path / "recorded.twin", hours=3)
            with Server(address_of(archive.url), archive.password, create=True) as server, Recording(recorded) as day:
                push(day, server)
            told = walk(
                OPENING + SCRIPT, display, harbour, f"{archive.url}#Tuesday", TWIN_SECRET_PASSWORD=archive.password
            )
        assert told == [
            "Opens a recorded day from the archive",
            "ArchiveRecording Little Harbour – District Twin",
            "['Traffic', 'Air', '5G'] ['Fair']",
            "True",
            "no day Someday;",
            "True",
        ]
