"""A session that becomes live: what is shown beside what comes, and how often it is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import districts
import pytest
import sensed

from twin.days import Recorder
from twin.readings import Layer, Readings, Roster
from twin.session import CHANGES_S, STALENESS_S, Session

if TYPE_CHECKING:
    from pathlib import Path

    from twin.model import District

NOW = sensed.MIDNIGHT_S + 10 * 86_400.0
MEASURED = (Layer("air", "Air", "measured"),)


@pytest.fixture(scope="module")
def town() -> District:
    return districts.district()


def air(town: District, origin: tuple[Layer, ...]) -> Roster:
    """Return the air stations of the little harbour, of one origin."""
    whole = sensed.roster(town, 1, 2)
    return Roster(tuple(one for one in whole.sensors if one.layer == "air"), whole.channels[2:4], origin)


def recorded(path: Path, of: Roster) -> Path:
    t = sensed.MIDNIGHT_S + 3600.0
    with Recorder(path, of, title="Before") as recorder:
        recorder.record(Readings.of(0, 0, [t, t + 60], [10.0, 11.0]))
    return path


@pytest.mark.parametrize(("origin", "there"), [("measured", True), ("simulated", False)])
def test_that_measured_days_stay_beside_what_comes_and_made_up_ones_do_not(
    town: District, tmp_path: Path, origin: str, there: bool
) -> None:
    of = air(town, (Layer("air", "Air", origin),))  # type: ignore[arg-type]
    with Session.open(town, recorded(tmp_path / "day.twin", of)) as session:
        session.step(NOW)
        before = session.span
        session.go_live()
        session.inbox.put(air(town, MEASURED))
        session.inbox.put(Readings.of(1, 0, NOW - 1, 42.0, t_arrived=NOW))
        session.clock = session.clock.follow(NOW)
        picture = session.step(NOW)
        assert picture is not None
        assert picture.reporting["air"] == (1, 2)
        assert session.span is not None
        assert (session.span[0] == sensed.MIDNIGHT_S + 3600) is there
        assert session.span[1] == NOW - 1
        assert session.snapshot().at(NOW).same_cells(session.at(NOW))
        session.leave_live()
        assert session.span == before
        session.clock = session.clock.seek(sensed.MIDNIGHT_S + 3700)
        picture = session.step(NOW + 1)
        assert picture is not None
        assert picture.reporting["air"] == (1, 2)
        session.go_live()  # what came is there again
        assert session.span[1] == NOW - 1


def test_that_now_is_looked_at_no_more_often_than_it_shows(town: District, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session(town)
    session.go_live()
    session.inbox.put(air(town, MEASURED))
    session.clock = session.clock.follow(NOW)
    made: list[float] = []
    make = session._made
    monkeypatch.setattr(session, "_made", lambda *asked: made.append(asked[0]) or make(*asked))
    session.step(NOW)
    for tick in range(1, 300):  # ten seconds in which nothing comes
        session.step(NOW + tick / 30)
    assert len(made) <= 2 + 10 / STALENESS_S
    made.clear()
    for tick in range(300, 600):  # and ten in which something comes with every tick
        t = NOW + tick / 30
        session.inbox.put(Readings.of(0, 0, t, float(tick), t_arrived=t))
        session.step(t)
    assert 10 / STALENESS_S < len(made) <= 1 + 10 / CHANGES_S
    session.inbox.put(Readings.of(1, 0, NOW + 20, 5.0, t_arrived=NOW + 20))
    session.step(NOW + 20)
    later = [session.step(NOW + 20 + tick / 30) for tick in range(1, 10)]
    assert any(picture is not None and picture.reporting["air"] == (2, 2) for picture in [*later])
