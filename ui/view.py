"""The view: a district in three dimensions, turned by mouse and keyboard."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence

from twin import camera
from twin.sight import WALLS
from ui import steering, walking
from ui.cityscape import Cityscape
from ui.deeds import deeds_of
from ui.flights import Flight, nearing
from ui.hands import Hands
from ui.hovering import Hovering

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import (
        QCloseEvent,
        QFocusEvent,
        QKeyEvent,
        QMouseEvent,
        QResizeEvent,
        QWheelEvent,
    )
    from PySide6.QtWidgets import QWidget

    from twin.camera import Vector, View
    from twin.model import City
    from twin.prepared import Prepared
    from twin.still import Still
    from ui.tool import Tool

_FIT_PITCH_DEG = -30.0

_CLOSE_M = 1.2  # to a wall, in the air
_LONGEST_STEP_S = 0.1  # a stall is not caught up with by a leap


class CityView(Cityscape):
    """A city to look at, edge to edge, and to go about in.

    `ui.hands` says what mouse and keys do.

    Attributes
    ----------
    deeds : tuple of Deed
        What can be done at the touch of a key.
    calm : bool
        Whether to leave out flights, and be where they end.
    """

    picked = Signal(str, int)
    """Kind and row of what was clicked."""

    sensed = Signal(int)
    """The roster's row of the sensor that was clicked."""

    unpicked = Signal()
    """Bare ground or sky was clicked."""

    pointed = Signal(object)
    """The `Pointed` that the cursor is over, a few times a second while it moves and the camera does not; or None."""

    moved = Signal()
    """One looks from another place, or through a window of another size: what is drawn over the city has to follow."""

    turned = Signal(float)
    """The compass heading that one looks along now, in degrees."""

    walked = Signal(bool)
    """One goes on foot from now on, or flies again."""

    lent = Signal(object)
    """The `Tool` that has the mouse from now on, or None."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.calm = _wants_no_motion()
        self._hands = Hands(self)
        self.deeds = deeds_of(self)
        self._tool: Tool | None = None
        self._on_foot = False
        self._hovering = Hovering(self)
        self._hovering.pointed.connect(self.pointed)
        self.rested.connect(self._glance_again)
        self._flight: tuple[Flight, float] | None = None
        self._ticked_s = 0.0
        self._clock = QTimer(self, interval=15)
        self._clock.timeout.connect(self._tick)

    # what is shown

    def place(self, city: City, look: str = "model", prepared: Prepared | None = None) -> None:
        """Show a city from its best side, in place of what was shown; `prepared` on another thread it takes no time."""
        self.land()
        self.lend(None)
        self._hands.let_go()
        self._foot(on=False)
        super().place(city, look, prepared)
        self._tell()

    def draw_still(self, size: tuple[int, int]) -> Still:
        """Begin a picture for keeping, of any size in pixels, of what is shown and from where one looks now."""
        self.land()
        self._hovering.point_out(None)
        return super().draw_still(size)

    # camera

    @property
    def on_foot(self) -> bool:
        """Whether one walks, and does not fly."""
        return self._on_foot

    def fly(self, to: str | View, animated: bool = True) -> None:
        """Go to a view, or to one named as in `twin.scene.Scene.views`; without a city, stay.

        Raises
        ------
        TwinError
            If a text names no view.
        """
        if self._city is None:
            return
        view = self.scene.views(to) if isinstance(to, str) else to
        self.land()
        self._foot(on=False)
        if not animated or self.calm:
            self.go(view, whole=True)
            return
        self._flight = Flight(self.view, view, self.scene.relief), time.monotonic()
        self.run()

    def fit(self) -> None:
        """Fly to where all of the city is seen, along the heading one has."""
        if self._city is not None:
            heading, pitch = steering.aim(self.view)
            aspect = self.width() / max(self.height(), 1)
            self.fly(camera.fitting(self._city.bounds_xy, heading, min(pitch, _FIT_PITCH_DEG), aspect=aspect))

    def visit(self, kind: str, row: int) -> None:
        """Fly to a feature, by kind and row; one that is not drawn is no error."""
        corners = self.scene.faces(kind, row).reshape(-1, 3)
        if len(corners):
            self.fly(nearing(self.view, corners.min(axis=0), corners.max(axis=0), self.scene.relief))

    def visit_selected(self) -> None:
        """Fly to what is lit up; without such, to where all of the city is seen."""
        if self._selected is not None:
            self.visit(*self._selected)
        else:
            self.fit()

    def north(self) -> None:
        """Turn about what is in the middle until north is up."""
        self.turn(0.0)

    def turn(self, heading_deg: float, animated: bool = True) -> None:
        """Turn about what is in the middle until one looks along a compass heading."""
        if self._city is None:
            return
        middle = self.view.position if self._on_foot else self.point(QPointF(self.rect().center()))
        turned = steering.facing(self.view, middle, heading_deg)
        if self._on_foot or not animated:
            self.go(turned, whole=True)
        else:
            self.fly(turned)

    def zoom(self, factor: float) -> None:
        """Bring what is in the middle to `factor` times its distance."""
        if self._city is not None and not self._on_foot:
            self.fly(steering.approach(self.view, self.point(QPointF(self.rect().center())), factor))

    def walk(self, on: bool, at: Vector | None = None) -> None:
        """Stand on the ground, at the place nearest to `at` or to the middle of the view; or rise above the roofs."""
        if self._city is None or on == self._on_foot:
            return
        if on:
            at = at or self.point(QPointF(self.rect().center()))
            near = self.scene.close_relief(at)
            self.fly(walking.standing(at, steering.aim(self.view)[0], near, self.scene.meet))
            self._foot(on=True)
        else:
            self.fly(walking.rising(self.view, self.scene.relief))

    def go(self, view: View, *, whole: bool = False) -> None:
        """Look from there, fast for now and with all there is once nothing has moved for a while.

        A wall on the straight way there stops the eye, unless the move is to be made as a `whole` or not at all:
        then the way is the caller's business.
        """
        if not whole:
            view = steering.halted(self.view, view, self._wall(self.view, view))
        self._hovering.point_out(None)
        self._hurry(self._flying)
        self.scene.fly(view, settle=False)
        self.draw()
        self._tell()

    def land(self) -> None:
        """End a flight where one is."""
        self._flight = None

    # the mouse

    @property
    def tool(self) -> Tool | None:
        """What has the mouse instead of picking."""
        return self._tool

    def lend(self, tool: Tool | None) -> None:
        """Give the mouse to a tool, in place of another one; None: clicks pick again."""
        if tool is self._tool:
            return
        before, self._tool = self._tool, tool
        if before is not None:
            before.leave()
        self._hovering.point_out(None)
        if tool is None:
            self.unsetCursor()
        else:
            self.setCursor(tool.cursor)
        self.lent.emit(tool)

    def hover(self, position: QPointF) -> None:
        """Tell soon what is there, unless the camera moves."""
        self._hovering.over(position)

    def click(self, position: QPointF) -> None:
        """Pick what is there, or let the tool have it."""
        found = self.look(position)
        sensor = self.scene.pick_sensor(*self.pixel(position)) if self._tool is None and self.has_city else None
        if self._tool is not None:
            self._tool.click(found)
        elif sensor is not None:
            self.sensed.emit(sensor)
        elif found is None or found.row is None:
            self.unpicked.emit()
        else:
            self.picked.emit(found.kind, found.row)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's word)
        """Take hold."""
        if self._city is not None:
            self._hands.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Turn, pull or hover."""
        self._hands.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go, or pick."""
        self._hands.release(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Fly to what is there, or let the tool have it."""
        found = self.look(event.position())
        if self._tool is not None:
            self._tool.finish(found)
        elif event.button() == Qt.MouseButton.LeftButton and found is not None and found.row is not None:
            self.visit(found.kind, found.row)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom."""
        if self._city is not None:
            self._hands.wheel(event)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Point at nothing any more."""
        self._hovering.leave()
        super().leaveEvent(event)

    # the keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Stride, turn and zoom for as long as a key is held; do a deed at the touch of another."""
        plain = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if self._tool is not None and self._tool.key(event):
            return
        if self._city is None or plain != Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        elif not self._hands.key_down(event):
            touched = QKeySequence(event.key()).toString()
            deed = next((deed for deed in self.deeds if touched in deed.keys), None)
            if deed is None:
                super().keyPressEvent(event)
            else:
                deed.act()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Stop what the key did."""
        if not self._hands.key_up(event):
            super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Let go of every key: its release will be told to somebody else."""
        self._hands.let_go()
        super().focusOutEvent(event)

    # Qt's words

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Tell who follows the picture, and outline nothing where it was before."""
        super().resizeEvent(event)
        self._hovering.point_out(None)
        self._glance_again()
        self.moved.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Give the graphics memory back."""
        self._clock.stop()
        self._hovering.stop()
        super().closeEvent(event)

    # inside

    @property
    def _underway(self) -> bool:
        return self._flight is not None or self._hands.holds_keys

    def _glance_again(self) -> None:
        if not self._hands.busy:
            self._hovering.again()

    def _wall(self, start: View, end: View) -> float | None:
        """How far one gets on the straight way from eye to eye before a wall, in metres; None for all the way."""
        way = np.subtract(end.position, start.position)
        length = float(np.linalg.norm(way))
        if length < 1e-6 or min(start.position[2], end.position[2]) > self.scene.tallest_m + _CLOSE_M:
            return None
        x, y, z = (float(v) for v in way / length)
        met = self.scene.meet(start.position, (x, y, z), WALLS)
        return max(met.distance_m - _CLOSE_M, 0.0) if met is not None and met.distance_m < length + _CLOSE_M else None

    def _tell(self) -> None:
        self.turned.emit(steering.aim(self.view)[0])
        self.overlay.update()
        self.moved.emit()

    def _foot(self, *, on: bool) -> None:
        if on != self._on_foot:
            self._on_foot = on
            self.walked.emit(on)

    def run(self) -> None:
        """Let the clock run for as long as there is a flight or a held key."""
        if not self._clock.isActive():
            self._ticked_s = time.monotonic()
            self._clock.start()

    def _tick(self) -> None:
        """Take the next step of a flight, or of what keys are held for."""
        now_s = time.monotonic()
        step_s = min(now_s - self._ticked_s, _LONGEST_STEP_S)
        self._ticked_s = now_s
        if self._flight is not None:
            flight, since_s = self._flight
            share = min((now_s - since_s) / flight.seconds, 1.0)
            self.go(flight.at(share), whole=True)
            if share >= 1:
                self.land()
        elif self._hands.holds_keys:
            self._hands.push(step_s)
        if self._flight is None and not self._hands.holds_keys:
            self._clock.stop()


def _wants_no_motion() -> bool:
    """Whether the system was told to reduce motion; older Qt does not know."""
    hints = QGuiApplication.styleHints()
    told: Any = hints.accessibility() if hasattr(hints, "accessibility") else None
    preference = told.motionPreference() if hasattr(told, "motionPreference") else None
    return getattr(preference, "name", "") == "ReducedMotion"
