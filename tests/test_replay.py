"""A recorded day in the window: the clock moves, the picture follows, gaps stay gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recorded import harbour_with_a_day
from windows import OPENING, walk

if TYPE_CHECKING:
    from pathlib import Path

REPLAY = """
from twin.model import TwinError
from twin.session import Session
from ui.timeline.wording import said_time
replay, bar = window.replay, window.replay.timeline
track = bar.track
wait(lambda: replay.session is not None)
wait(lambda: replay.strips is not None)
assert [strip.layer.title for strip in replay.strips.strips] == ["Traffic", "Air", "5G"]
present = replay.strips.strips[0].present
assert present[660] == 1 and present[799] == 0  # 11:00, 13:20
wait(lambda: window.view.scene.picture is not None)
assert replay.clock.state == "paused" and not replay.ticking


def at(hours):
    return track.scale.t0 + hours * 3600


def go(hours):
    replay.seek(at(hours))
    wait(lambda: not replay.pending)
    return window.view.scene.picture


whole = go(8.25).reporting["traffic"]
assert whole[0] == whole[1] > 0, whole
assert go(13.4).reporting["traffic"] == (0, whole[1])
drawn = window.view.scene.picture
replay.seek(at(13.4))
wait(lambda: not replay.pending)
assert window.view.scene.picture is drawn  # the same moment is not drawn again

go(11)
first = next(iter(window.showing.layers))
window.sensing.show_layer("air", False)
window.showing.show(first, False)
window.kept.keep(5)  # a view is kept with its moment and its layers
window.sensing.show_layer("air", True)
window.showing.show(first, True)
go(8.25)
window.kept.fly_by_key(5)
wait(lambda: not replay.pending)
assert replay.clock.t == at(11)
assert window.showing.hidden == {first} and window.sensing.hidden == ("air",)
window.sensing.show_layer("air", True)
window.showing.show(first, True)
go(8.25)
window.doors.save()
wait(lambda: not window.doors.unsaved)

replay.next_mark()
assert said_time(replay.clock.t, replay.zone) == "09:00:00"
replay.change(lambda clock: clock.at_speed(10_000))
t = replay.clock.t
window.commands["faster"].trigger()
wait(lambda: replay.clock.t > t + 1000)
window.commands["backwards"].trigger()
t = replay.clock.t
wait(lambda: replay.clock.t < t - 1000)
assert replay.timeline.transport._speed.text().startswith("−10")
window.commands["hold"].trigger()
wait(lambda: not replay.ticking)
replay.step(2)
assert replay.step_s == 60
replay.change(lambda clock: clock.looping((at(10), at(11))).play())
wait(lambda: at(10) <= replay.clock.t <= at(11) and replay.ticking)
replay.turn_loop()
replay.play()
wait(lambda: not replay.ticking)
assert replay.clock.loop is None

replay.show_span((at(10), at(11)))
wait(lambda: replay.finer is not None)
replay.seek(replay.clock.t + 3 * 3600)
assert replay.shown_span[0] <= replay.clock.t <= replay.shown_span[1]

def damaged(now):
    raise TwinError("The day is damaged there.")


told = []
replay.told.connect(told.append)
sound, replay.session.step = replay.session.step, damaged
replay.play()
wait(lambda: told and not replay.ticking and not replay.pending)
assert set(told) == {"The day is damaged there."}
assert replay.clock.state == "paused"
assert not window.view.scene.picture or not window.view.scene.picture.shown  # not what was before
replay.session.step = sound
assert go(8.25).shown

opened, closed = [], []
sound_open, sound_close = Session.open, Session.close
Session.open = lambda *about: opened.append(sound_open(*about)) or opened[-1]
Session.close = lambda session: closed.append(session) or sound_close(session)
before = replay.session
window.open(Path(sys.argv[1]))  # again: the day before is let go of
wait(lambda: replay.session is None)
wait(lambda: replay.session is not None)
assert closed == [before]
for _wish in range(3):  # answers that nobody hears any more are closed, too
    replay.show_days(window._district, Path(sys.argv[1]), sun=False)
wait(lambda: len(opened) == 4 and {*opened} - {*closed} == {replay.session})
replay.show_days(window._district, Path(sys.argv[1]), sun=False)
window.close()
assert {*opened} <= {*closed}
"""


def test_that_a_recorded_day_is_replayed(tmp_path: Path, display: str) -> None:
    walk(OPENING + REPLAY, display, harbour_with_a_day(tmp_path / "harbour.twin"))
