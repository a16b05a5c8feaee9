"""Mouse and keyboard on the view: what a hand holds, and what that does to the camera."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt

from ui import steering, walking

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

    from twin.camera import Vector, View
    from ui.view import CityView

_TURN_DEG_PER_PX = 0.3
_LOOK_DEG_PER_PX = 0.16
_CLICK_PX = 4  # a hand that clicks trembles by less
_WHEEL_NOTCH = 120
_ZOOM_A_NOTCH = 0.84
_FIRST_STEP_S = 0.07  # what a short touch of a key moves
_REACH_A_SECOND = 0.8
_TURN_DEG_A_SECOND = 60.0
_ZOOM_A_SECOND = 3.0

_KEY = Qt.Key
_STRIDES = {
    **dict.fromkeys((_KEY.Key_Left, _KEY.Key_A), (-1.0, 0.0)),
    **dict.fromkeys((_KEY.Key_Right, _KEY.Key_D), (1.0, 0.0)),
    **dict.fromkeys((_KEY.Key_Up, _KEY.Key_W), (0.0, 1.0)),
    **dict.fromkeys((_KEY.Key_Down, _KEY.Key_S), (0.0, -1.0)),
}
_TURNS = {_KEY.Key_Q: -1.0, _KEY.Key_E: 1.0}
_ZOOMS = {
    **dict.fromkeys((_KEY.Key_Plus, _KEY.Key_Equal, _KEY.Key_PageDown), -1.0),
    **dict.fromkeys((_KEY.Key_Minus, _KEY.Key_PageUp), 1.0),
}


class Hands:
    """What is held down over a view, and where.

    In the air a left drag turns about the point under the cursor, a right or middle drag (or one with Shift) pulls
    the ground; on foot every drag turns the head. A tool that was given the mouse hears of clicks and hovering first.
    """

    def __init__(self, view: CityView) -> None:
        self._view = view
        self._pressed: tuple[Qt.MouseButton, QPointF] | None = None
        self._dragging = False
        self._lent = False  # to the tool, for as long as this drag lasts
        self._pivot: Vector = (0.0, 0.0, 0.0)
        self._grabbed: View | None = None
        self._last = QPointF()
        self._held: set[Qt.Key] = set()
        self._shifted = False

    @property
    def busy(self) -> bool:
        """Whether a mouse button is down, or a key that moves."""
        return self._pressed is not None or bool(self._held)

    @property
    def holds_keys(self) -> bool:
        """Whether a key is down that moves for as long as it is held."""
        return bool(self._held)

    def let_go(self) -> None:
        """Let go of everything: its release will be told to somebody else, or is of no interest any more."""
        self._held.clear()
        self._pressed = self._grabbed = None
        self._dragging = self._lent = False

    # the mouse

    def press(self, event: QMouseEvent) -> None:
        """Take hold of the point under the cursor."""
        if self._pressed is not None:
            return
        self._view.land()
        self._pressed = event.button(), event.position()
        self._last = event.position()
        self._dragging = False
        tool = self._view.tool
        left = event.button() == Qt.MouseButton.LeftButton
        self._lent = tool is not None and left and tool.press(event.position())

    def move(self, event: QMouseEvent) -> None:
        """Turn about that point, or pull it along."""
        if self._pressed is None:
            self._view.hover(event.position())
            return
        button, start = self._pressed
        if self._lent and self._view.tool is not None:
            self._view.tool.drag(event.position())
            return
        if not self._dragging:
            if (event.position() - start).manhattanLength() < _CLICK_PX:
                return
            self._dragging = True
            pulls = button != Qt.MouseButton.LeftButton or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            if not self._view.on_foot:
                self._pivot = self._view.point(start)
                self._grabbed = self._view.view if pulls else None
        by = event.position() - self._last
        self._last = event.position()
        view = self._view.view
        if self._view.on_foot:
            self._view.go(walking.look_about(view, -by.x() * _LOOK_DEG_PER_PX, by.y() * _LOOK_DEG_PER_PX))
        elif self._grabbed is not None:
            pixels = self._view.pixel(start), self._view.pixel(event.position())
            self._view.go(steering.drag(self._grabbed, self._pivot, *pixels, self._view.scene.size))
        else:
            turn, tilt = by.x() * _TURN_DEG_PER_PX, by.y() * _TURN_DEG_PER_PX
            self._view.go(steering.orbit(view, self._pivot, turn, -tilt), whole=True)

    def release(self, event: QMouseEvent) -> None:
        """Let go; where nothing was moved, that was a click."""
        if self._pressed is None or event.button() != self._pressed[0]:
            return
        button, start = self._pressed
        dragged, lent = self._dragging, self._lent
        self._pressed = self._grabbed = None
        self._dragging = self._lent = False
        if lent and self._view.tool is not None:
            self._view.tool.drop(event.position())
        elif not dragged and button == Qt.MouseButton.LeftButton:
            self._view.click(start)

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom to the point under the cursor; on foot, take steps."""
        notches = event.angleDelta().y() / _WHEEL_NOTCH
        if not notches:
            return
        self._view.land()
        view = self._view.view
        if self._view.on_foot:
            self._view.go(walking.step(view, 0.0, 2.0 * notches, self._view.scene.meet), whole=True)
        else:
            towards = self._view.point(event.position())
            self._view.go(steering.approach(view, towards, _ZOOM_A_NOTCH**notches))

    # the keyboard

    def key_down(self, event: QKeyEvent) -> bool:
        """Begin what a key does for as long as it is held; tell whether it does anything."""
        key = Qt.Key(event.key())
        if key not in _STRIDES and key not in _ZOOMS and key not in _TURNS:
            return False
        self._shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not event.isAutoRepeat() and key not in self._held:
            self._view.land()
            self._held.add(key)
            self.push(_FIRST_STEP_S)
            self._view.run()
        return True

    def key_up(self, event: QKeyEvent) -> bool:
        """End what the key did; tell whether it did anything."""
        if event.isAutoRepeat() or event.key() not in self._held:
            return False
        self._held.discard(Qt.Key(event.key()))
        return True

    def push(self, seconds: float) -> None:
        """Move as the held keys say, for so long."""
        view = self._view.view
        across = sum(_STRIDES[key][0] for key in self._held if key in _STRIDES)
        ahead = sum(_STRIDES[key][1] for key in self._held if key in _STRIDES)
        turn = sum(_TURNS[key] for key in self._held if key in _TURNS) * _TURN_DEG_A_SECOND * seconds
        zoom = sum(_ZOOMS[key] for key in self._held if key in _ZOOMS) * seconds
        if self._view.on_foot:
            by = walking.PACE_M_A_SECOND * (walking.RUN if self._shifted else 1.0) * seconds
            view = walking.look_about(view, turn, 0.0)
            if across or ahead or zoom:
                view = walking.step(view, across * by, ahead * by - zoom * by, self._view.scene.meet)
            self._view.go(view, whole=True)
            return
        tilt = 0.0
        if self._shifted:
            turn += across * _TURN_DEG_A_SECOND * seconds
            tilt = -ahead * _TURN_DEG_A_SECOND * seconds
            across = ahead = 0.0
        middle = self._view.point(QPointF(self._view.rect().center())) if turn or tilt or zoom else view.focal_point
        if turn or tilt:
            view = steering.orbit(view, middle, turn, tilt)
        if zoom:
            view = steering.approach(view, middle, _ZOOM_A_SECOND**zoom)
        reach_m = max(math.dist(view.position, view.focal_point), 20.0)
        by = _REACH_A_SECOND * seconds
        self._view.go(steering.stride(view, across * by, ahead * by, reach_m))
