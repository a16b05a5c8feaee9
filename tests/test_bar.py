"""Progress on stderr: a line that moves on a terminal, a few plain ones elsewhere."""

from __future__ import annotations

import io

import pytest

from twin import bar
from twin.model import Cancelled, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_that_a_log_gets_a_line_at_most_every_few_seconds() -> None:
    now_s, lines = 0.0, []
    report = bar.plain_lines(lines.append, lambda: now_s)
    for step in range(100):
        now_s = step / 10
        report(Progress("Reading" if now_s < 5 else "Writing", step, 100, "rows"))
    assert lines == ["Reading (30 of 100 rows)", "Writing (60 of 100 rows)", "Writing (90 of 100 rows)"]


def test_that_quick_work_writes_nothing_to_a_log() -> None:
    stream = io.StringIO()
    with bar.shown(stream=stream) as report:
        report(Progress("Reading"))
    assert stream.getvalue() == ""


def test_that_a_log_does_not_repeat_itself() -> None:
    now_s, lines = 0.0, []
    report = bar.plain_lines(lines.append, lambda: now_s)
    for now_s in (10.0, 20.0, 30.0):  # noqa: B007  (read by the clock)
        report(Progress("Waiting"))
    assert lines == ["Waiting"]


def test_that_quiet_is_quiet_on_a_terminal_too() -> None:
    stream = Terminal()
    with bar.shown(stream=stream, quiet=True) as report:
        report(Progress("Reading"))
    assert stream.getvalue() == ""


def test_that_a_terminal_sees_what_is_done_and_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    stream = Terminal()
    with bar.shown(stream=stream) as report:
        report(Progress("Asking [bold]somebody", 1.5e6, None, "B"))
        report(Progress("Writing", 3, 12, "tables"))
    shown = stream.getvalue()
    assert "3 of 12 tables" in shown
    assert "[bold]" in shown or "Writing" in shown  # markup in a name stays what it is
    assert shown.endswith("\x1b[2K")  # the line is gone at the end


def test_that_a_terminal_without_work_is_left_alone() -> None:
    stream = Terminal()
    with bar.shown(stream=stream):
        pass
    assert stream.getvalue() == ""


def test_that_stopping_removes_the_line_and_goes_on_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()

    def stopped_work() -> None:
        with bar.shown(stream=stream) as report:
            report(Progress("Reading"))
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        stopped_work()
    assert stream.getvalue().endswith("\x1b[2K")


def test_that_a_terminal_which_knows_no_movement_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(bar, "QUIET_S", 0.0)
    stream = Terminal()
    with bar.shown(stream=stream) as report:
        report(Progress("Reading"))
    assert stream.getvalue() == "Reading\n"


@pytest.mark.parametrize(
    ("progress", "words"),
    [
        (Progress("x"), ""),
        (Progress("x", 3), "3"),
        (Progress("x", 1234, None, "features"), "1,234 features"),
        (Progress("x", 4_100_000, None, "B"), "4.1 MB"),
        (Progress("x", 4.1, None, "MB"), "4.1 MB"),
        (Progress("x", 1_000_000, 2_500_000, "B"), "1.0 of 2.5 MB"),
        (Progress("x", 3, 12, "tables"), "3 of 12 tables"),
    ],
)
def test_that_counts_are_told_in_words(progress: Progress, words: str) -> None:
    assert bar.count(progress) == words
