"""Sensors in the window: their layers on the left, what one of them said on the right, pinned curves."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from twin.language import _
from twin.layers.air import POLLUTANTS
from twin.quantity import metres
from twin.standards import air
from ui.charts.chart import Band
from ui.charts.panel import Curve, SensorPanel, Told
from ui.charts.series import read
from ui.flights import nearing
from ui.job import Job
from ui.panels.readings import ReadingsPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from PySide6.QtWidgets import QWidget

    from twin.layers import Verdict
    from twin.legend import Legend
    from twin.model import TwinError
    from twin.readings import Channel, History, Sensor, Span
    from twin.session import Session
    from ui import theme
    from ui.replay import Replay
    from ui.view import CityView

_MOST_CURVES = 6
_JUDGED_MS = 150
_AROUND_M = 25.0  # of a sensor that is flown to, so much is seen to every side


class Sensing(QObject):
    """Which sensor is looked at, and which curves are pinned."""

    told = Signal(str)
    """A sentence for the window's notice."""

    picked = Signal()
    """A sensor is looked at, and nothing else is to be."""

    data = Signal(bool)
    """Whether there are sensors."""

    def __init__(self, window: QWidget, view: CityView, replay: Replay) -> None:
        super().__init__(window)
        self._view, self._replay = view, replay
        self._session: Session | None = None
        self._sensor: int | None = None
        self._pinned: tuple[Curve, ...] = ()
        self.layers = ReadingsPanel()
        self.panel = SensorPanel()
        self._curves: Job[Told] = Job(self)
        self._curves.delivered.connect(self._take)
        self._curves.failed.connect(self._tell)
        self._judge: Callable[[float], tuple[Verdict, ...]] | None = None
        self._judged_t: float | None = None
        self._verdicts: Job[tuple[Verdict, ...]] = Job(self)
        self._verdicts.delivered.connect(self.panel.show_verdicts)
        self._verdicts.failed.connect(self._tell)
        self._soon = QTimer(self, interval=_JUDGED_MS, singleShot=True)
        self._soon.timeout.connect(self._judge_now)
        replay.came.connect(self._show_session)
        replay.following.grew.connect(self._changed)
        replay.overviews.changed.connect(self._read_on)
        replay.moved.connect(self.panel.show_moment)
        replay.moved.connect(self._judge_soon)
        view.sensed.connect(self.look_at)
        self.layers.show_wished.connect(self.show_layer)
        self.layers.choice_wished.connect(self.choose)
        self.panel.close_wished.connect(self.close_panel)
        self.panel.seek_wished.connect(replay.seek)
        self.panel.pin_wished.connect(self.pin)
        self.panel.unpin_wished.connect(self.unpin)

    def dress(self, dress: theme.Theme) -> None:
        """Take the colours and icons of a theme."""
        self.panel.dress(dress)

    def close(self) -> None:
        """End what still works."""
        self._soon.stop()
        self._verdicts.close()
        self._curves.close()

    def look_at(self, sensor: int) -> None:
        """Tell of a sensor, by its row in the roster."""
        if self._session is None:
            return
        self._sensor = sensor
        self.picked.emit()
        self._read(sensor)

    def visit(self, sensor: int) -> None:
        """Tell of a sensor, and fly to where it stands."""
        session = self._session
        if session is None:
            return
        self.look_at(sensor)
        lonlat = session.roster.lonlat[sensor]
        if np.isfinite(lonlat).all():
            x, y = session.district.frame.xy_from_lonlat(lonlat[None])[0]
            west, south, east, north = session.district.boundary_xy.bounds
            if not (west <= x <= east and south <= y <= north):
                self.told.emit(_("This sensor stands outside of the district that is shown."))
                return
            ground_m = float(self._view.scene.relief.at(np.array([[x, y]]))[0])
            around = np.array([_AROUND_M, _AROUND_M, 0.0])
            middle = np.array([x, y, ground_m])
            self._view.fly(nearing(self._view.view, middle - around, middle + around, self._view.scene.relief))

    def _read(self, sensor: int) -> None:
        session = self._session
        if session is None:
            return
        roster, (start, end) = session.roster, self._replay.shown_span
        span = start, max(min(end, time.time()), start) if self._replay.following.on else end
        one = roster.sensors[sensor]
        slots = np.flatnonzero(roster.slot_sensor == sensor)[:_MOST_CURVES].tolist()
        channels = [roster.channels[roster.slot_channel[slot]] for slot in slots]
        legends = {key: session.legend(key) for key in {channel.layer for channel in channels} & {*session.layers}}
        bands = [_bands(channel, legends.get(channel.layer)) for channel in channels]
        history = session.snapshot()
        layer = next((layer for layer in roster.layers if layer.key == one.layer), None)
        origin = {"modelled": _("Modelled"), "simulated": _("Simulated")}.get(layer.origin if layer else "", "")
        facts = tuple(_facts(one))
        if layer is not None:
            facts += tuple(
                (label, value)
                for label, value in (
                    (_("Averaging"), layer.averaging),
                    (_("Source"), layer.source),
                    (_("Owner"), layer.owner),
                    (_("Terms"), layer.terms),
                )
                if value
            )
        title = layer.title if layer is not None else one.layer
        name = one.name or one.key
        self._curves.begin(
            lambda _report, _stop: Told(
                sensor, name, title, origin, _read_all(history, sensor, name, slots, bands, span), facts
            )
        )

    def close_panel(self) -> None:
        """Look at no sensor; pinned curves stay."""
        self._sensor = self._judge = None
        self._curves.stop()
        self.panel.show_told(None)

    def pin(self, curve: Curve) -> None:
        """Keep a curve in sight."""
        same = [(one.sensor, one.series.channel.key) for one in self._pinned]
        if (curve.sensor, curve.series.channel.key) not in same:
            self._pinned = (*self._pinned, curve)
            self.panel.show_pinned(self._pinned)

    def unpin(self, curve: Curve) -> None:
        """Take a curve off."""
        self._pinned = tuple(one for one in self._pinned if one is not curve)
        self.panel.show_pinned(self._pinned)

    def show_layer(self, layer: str, shown: bool) -> None:
        """Show or hide a layer of data."""
        if self._session is not None:
            self._session.show(layer, shown)
            self._changed()

    @property
    def hidden(self) -> tuple[str, ...] | None:
        """The layers of data that are not shown; None where there are none at all."""
        session = self._session
        return None if session is None else tuple(key for key in session.layers if not session.is_shown(key))

    def hide(self, layers: Collection[str]) -> None:
        """Show every layer of data but these."""
        session = self._session
        if session is None:
            return
        turned = [key for key in session.layers if session.is_shown(key) == (key in layers)]
        for key in turned:
            session.show(key, key not in layers)
        if turned:
            self._changed()

    def choose(self, layer: str, choice: str, option: str) -> None:
        """Choose about a layer of data: a quantity, a standard, colours."""
        if self._session is not None:
            self._session.choose(layer, **{choice: option})
            self._changed()

    def _changed(self) -> None:
        self._replay.redraw()
        self.layers.show_session(self._session)
        if self._sensor is not None:
            self.look_at(self._sensor)

    def _read_on(self) -> None:
        """Have the curve of a live sensor go on as its strip does."""
        if self._sensor is not None and self._replay.following.on and not self._curves.running:
            self._read(self._sensor)

    def _show_session(self, session: Session | None) -> None:
        self._session, self._sensor, self._judge, self._pinned = session, None, None, ()
        self._verdicts.stop()
        self._curves.stop()
        self.panel.show_zone(self._replay.zone.key)
        self.panel.show_pinned(())
        self.panel.show_told(None)
        self.layers.show_session(session)
        self.data.emit(session is not None)

    def _take(self, told: Told) -> None:
        if told.sensor == self._sensor and self._session is not None:
            self.panel.show_told(told)
            self._judge, self._judged_t = self._session.judge(told.sensor), None
            self._judge_now()

    def _judge_soon(self, _t: float = 0.0) -> None:
        """Ask the standards again, a few times a second at most."""
        if self._judge is not None and not self._soon.isActive():
            self._soon.start()

    def _judge_now(self) -> None:
        judge, t = self._judge, self._replay.clock.t
        if judge is None or t == self._judged_t:
            return
        if self._verdicts.running:
            self._soon.start()
            return
        self._judged_t = t
        self._verdicts.begin(lambda _report, _stop: judge(t))

    def _tell(self, trouble: TwinError) -> None:
        self.told.emit(str(trouble))


def _read_all(
    history: History, sensor: int, name: str, slots: list[int], bands: list[tuple[tuple[Band, ...], str]], span: Span
) -> tuple[Curve, ...]:
    return tuple(Curve(sensor, name, read(history, slot, span), *mine) for slot, mine in zip(slots, bands, strict=True))


def _bands(channel: Channel, legend: Legend | None) -> tuple[tuple[Band, ...], str]:
    """Return the classes that a standard has for a channel, as bands behind its curve; and whose they are."""
    if legend is None or legend.ramp or not legend.standard:
        return (), ""
    standard = next((one for one in air.STANDARDS.values() if one.title == legend.standard), None)
    if standard is not None:
        pollutant = next((key for key, words in POLLUTANTS.items() if channel.key in words), None)
        found = air.limits(standard.key, pollutant, unit=channel.unit) if pollutant is not None else None
        if found is None:
            return (), ""
        ends = [*(bound for bound in found.bounds if math.isfinite(bound)), math.inf]
        grades = [
            grade
            for grade, bound in zip(standard.grades, (*found.bounds, math.inf), strict=False)
            if not math.isnan(bound)
        ]
        bands = tuple(
            Band(grade.title, grade.safe, low, high)
            for grade, low, high in zip(grades, [-math.inf, *ends], ends, strict=False)
        )
        return bands, _("{standard}, means over {average}").format(standard=standard.title, average=found.average)
    if legend.unit != channel.unit or legend.title != channel.title:
        return (), ""
    most = [one.least for one in legend.classes[1:]] + [math.inf]
    classes = zip(legend.classes, most, strict=True)
    return tuple(Band(one.label, one.colour, one.least, high) for one, high in classes), legend.standard


def _facts(sensor: Sensor) -> list[tuple[str, str]]:
    """Return what is known of a sensor itself, as label and value."""
    found = [(_("Sensor"), sensor.key)]
    if math.isfinite(sensor.lon) and math.isfinite(sensor.lat):
        found.append((_("Place"), f"{sensor.lat:.5f}, {sensor.lon:.5f}"))
    else:
        found.append((_("Place"), _("moving")))
    if math.isfinite(sensor.height_m):
        found.append((_("Height above ground"), metres(sensor.height_m)))
    if math.isfinite(sensor.heading_deg):
        found.append((_("Direction"), f"{sensor.heading_deg:.0f}°"))
    if sensor.osm:
        found.append((_("On the map"), sensor.osm))
    return [*found, *((key, value) for key, value in sensor.detail.items())]
