"""What one can do with time, by its names and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from twin.clock import Clock
from twin.language import _

if TYPE_CHECKING:
    from ui.commands import Commands
    from ui.replay import Replay


def add_commands(commands: Commands, replay: Replay) -> None:
    """Name what one can do, as on an editing desk where there is such a key."""
    group = _("Time")
    play = commands.add("play", _("Play or pause"), replay.play, group=group, keys="Space", icon="play")
    # A button that has the keyboard is pressed with the same key: `Replay.key` hears of it where nobody else wants it.
    play.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
    for name, said, keys, act in (
        ("faster", _("Play, or faster"), "L", replay.shuttle),
        ("hold", _("Pause"), "K", lambda: replay.change(Clock.pause)),
        ("backwards", _("Play backwards, or faster"), "J", lambda: replay.shuttle(backwards=True)),
        ("slower", _("Slower"), "Shift+J", lambda: replay.change(Clock.slower)),
        ("step-back", _("One step back in time"), ",", lambda: replay.step(-1)),
        ("step-on", _("One step on in time"), ".", lambda: replay.step(1)),
        ("next-mark", _("Next event"), ";", replay.next_mark),
        ("time", _("Go to a time…"), "Ctrl+T", replay.timeline.transport.focus_time),
        ("sun", _("The sun follows the clock, or not"), "U", lambda: replay.follow_sun(not replay.sun_follows)),
    ):
        commands.add(name, said, act, group=group, keys=keys, icon="clock")
    replay.following.add_commands(commands)
