"""Curves of sensors: what they say at a moment is what the picture shows, and thinning changes nothing to see."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from oracle import ROSTER, batches
from recorded import harbour_with_a_day
from windows import OPENING, walk

from twin.history import LiveHistory
from ui.charts.series import nice_marks, read, thinned

if TYPE_CHECKING:
    from pathlib import Path

    from twin.readings import Readings


@settings(max_examples=60)
@given(made=batches(), share=st.floats(min_value=0, max_value=1))
def test_that_a_curve_says_what_the_history_says(made: list[Readings], share: float) -> None:
    history = LiveHistory(ROSTER, readings_a_block=4)
    for batch in made:
        history.add(batch)
    if history.span is None:
        return
    t0, t1 = history.span
    t = t0 + share * (t1 - t0)
    said = history.at(t).value
    for slot in range(len(ROSTER.slot_sensor)):
        series = read(history, slot, (t0, t1 + 1))
        np.testing.assert_allclose(series.at(t), said[slot])
        in_gap = any(start < t <= end for start, end in series.gaps.tolist())
        assert math.isnan(said[slot]) or not in_gap
        x, y = series.line()
        assert (np.diff(x[~np.isnan(x)]) >= 0).all()
        assert len(x) == len(y)


@given(st.integers(0, 20_000), st.integers(10, 300), st.integers(0, 5))
def test_that_a_thinned_curve_keeps_its_peaks_and_its_breaks(count: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(0, width, count))
    y = rng.normal(size=count)
    y[rng.uniform(size=count) < 0.01] = np.nan
    few_x, few_y = thinned(x, y, width)
    assert len(few_x) <= max(4 * width, 4 * (width + 1) + 8 * np.isnan(y).sum())
    for column in np.unique(np.floor(x)).tolist():
        before, after = y[np.floor(x) == column], few_y[np.floor(few_x) == column]
        if (~np.isnan(before)).any():
            assert np.nanmin(before) == np.nanmin(after)
            assert np.nanmax(before) == np.nanmax(after)
        assert np.isnan(before).any() == np.isnan(after).any()


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(2, 12))
def test_that_marks_of_an_axis_are_few_and_within(low: float, reach: float, most: int) -> None:
    marks = nice_marks(low, low + reach, most)
    assert len(marks) <= most + 1
    assert ((marks >= low - 1e-6 * abs(low)) & (marks <= (low + reach) + 1e-6 * abs(low + reach))).all()
    assert not len(nice_marks(math.nan, 1.0, 4))


SENSING = """
import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QTableView
replay, sensing = window.replay, window.sensing
panel = sensing.panel
assert not sensing.layers.isVisible()
wait(lambda: replay.session is not None)
wait(lambda: window.view.scene.picture is not None)
wait(lambda: sensing.layers.isVisible())
assert {"Traffic", "Air", "5G", "Simulated", "Owner: City", "Terms: CC BY 4.0", "No data"} <= {*words(sensing.layers)}

# the detector that stands in a street is clicked there
form = window.view.scene.picture.shown["traffic"].form
cell = int(np.flatnonzero(form.sensor >= 0)[0])
middle = form.points[form.cell == cell].mean(axis=0).astype(float)
from twin.camera import looking
window.view.fly(looking((middle[0], middle[1] - 20.0, middle[2] + 60.0), 0.0, -71.5), animated=False)
app.processEvents()
x, y = window.view.project(middle[None])[0]
QTest.mouseClick(window.view, Qt.LeftButton, pos=QPoint(round(x), round(y)))
wait(lambda: panel.isVisible())
sensor = replay.session.roster.sensors[int(form.sensor[cell])]
assert {"Traffic · Simulated", sensor.key, "Flow", "Speed"} <= {*words(panel)}
verdicts = panel.findChild(QWidget, "verdicts")
wait(lambda: verdicts.isVisible())
assert {"Share of free-flow speed", "GB/T 33171-2016 traffic performance index"} <= {*words(verdicts)}
grade = replay.session.judge(int(form.sensor[cell]))(replay.clock.t)[0].grade
assert grade in words(verdicts)

replay.seek(replay.shown_span[0] + 13.4 * 3600)
wait(lambda: not replay.pending)
wait(lambda: "Share of free-flow speed: No data" in words(verdicts))
assert "no data" in words(panel)
take_table = [one for one in panel.findChildren(QWidget) if one.toolTip() == "Values as a table" and one.isVisible()]
QTest.mouseClick(take_table[0], Qt.LeftButton)
table = panel.findChild(QTableView, "values")
assert table.model().rowCount() > 1000
pins = [one for one in panel.findChildren(QWidget) if one.toolTip() == "Pin the chart" and one.isVisible()]
QTest.mouseClick(pins[1], Qt.LeftButton)
assert [pin.toolTip() for pin in pins] == ["Pin the chart", "Take it off", *["Pin the chart"] * (len(pins) - 2)]
QTest.keyClick(window, Qt.Key_Escape)
assert panel.isVisible() and f"{sensor.key}: Speed" in words(panel) and "Flow" not in words(panel)
app.processEvents()
app.sendPostedEvents(None, QEvent.DeferredDelete)
QTest.keyClick(window, Qt.Key_Escape)  # and once more, when what was told is gone for good
assert panel.isVisible()
off = [one for one in panel.findChildren(QWidget) if one.toolTip() == "Take it off" and one.isVisible()]
QTest.mouseClick(off[0], Qt.LeftButton)
assert not panel.isVisible()

sensing.layers.show_wished.emit("traffic", False)
wait(lambda: "traffic" not in window.view.scene.picture.shown)
sensing.layers.show_wished.emit("traffic", True)
wait(lambda: "traffic" in window.view.scene.picture.shown)
sensing.layers.choice_wished.emit("traffic", "show", "flow")
wait(lambda: window.view.scene.picture.shown["traffic"].legend.unit == "veh/h")
assert "Flow (veh/h)" in " ".join(words(sensing.layers))
limits = sensing.layers.findChild(QLineEdit, "choice-thresholds")
assert limits.placeholderText() == "-110, -90, -80, -65"
limits.setText("-120, -105, -95, -85")
limits.editingFinished.emit()
wait(lambda: window.view.scene.picture.shown["coverage"].legend.classes[1].least == -120)
assert "Poor  ≥ -120" in words(sensing.layers)
window.close()
"""


def test_that_a_sensor_tells_its_day_when_it_is_clicked(tmp_path: Path, display: str) -> None:
    walk(OPENING + SENSING, display, harbour_with_a_day(tmp_path / "harbour.twin", hours=20.0))
