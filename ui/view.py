"""The view: a district in three dimensions, turned by mouse and keyboard. It alone knows pyvistaqt."""

from __future__ import annotations

import math
import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pyvistaqt import QtInteractor

from twin import camera
from twin.camera import View, between
from twin.scene import Scene
from ui import steering

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent

    from twin.camera import Vector
    from twin.model import City

STILL_MS = 200
"""How long after the last move the picture is drawn with all there is."""

FLIGHT_S = 0.8

_FIT_PITCH_DEG = -30.0

_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "basic render", "gdi generic")
_SOFTWARE_PIXELS = 230_400
"""How many pixels a processor draws while the camera moves; they are stretched over the view."""

_TURN_DEG_PER_PX = 0.3
_CLICK_PX = 4  # a hand that clicks trembles by less
_WHEEL_NOTCH = 120
_ZOOM_A_NOTCH = 0.84
_LONGEST_STEP_S = 0.1  # a stall is not caught up with by a leap
_FIRST_STEP_S = 0.07  # what a short touch of a key moves
_REACH_A_SECOND = 0.8
_TURN_DEG_A_SECOND = 60.0
_ZOOM_A_SECOND = 3.0

_STRIDES = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, 1.0),
    Qt.Key.Key_Down: (0.0, -1.0),
}
_ZOOMS = {
    Qt.Key.Key_Plus: -1.0,
    Qt.Key.Key_Equal: -1.0,
    Qt.Key.Key_Minus: 1.0,
    Qt.Key.Key_PageUp: 1.0,
    Qt.Key.Key_PageDown: -1.0,
}
_FLIGHTS = {Qt.Key.Key_Home: "hero", Qt.Key.Key_T: "top"}


class CityView(QWidget):
    """A city to look at, edge to edge.

    Left drag turns about the point under the cursor, right or middle drag (or Shift) pulls the ground, the wheel
    zooms to the cursor. Arrows stride, with Shift they turn; plus and minus zoom; Home, T, F and N are the best view,
    the top view, all of it and north up. A click picks.

    It draws when something changed and at no other time, once for however many changes.
    """

    picked = Signal(str, int)
    """Kind and row of what was clicked."""

    unpicked = Signal()
    """Bare ground or sky was clicked."""

    turned = Signal(float)
    """The compass heading that one looks along now, in degrees."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Its own timer would draw whether anything changed or not; its lights and samples cost and add nothing.
        self._canvas = cast("Any", QtInteractor(self, auto_update=False, multi_samples=0, lighting="none"))
        self._canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # hands speak to this widget
        self._canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas.setAcceptDrops(False)  # pyvista would read any file that is dropped
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 180)
        self.scene = Scene(self._canvas)
        self._city: City | None = None
        self._pressed: tuple[Qt.MouseButton, QPointF] | None = None
        self._dragging = False
        self._pivot: Vector = (0.0, 0.0, 0.0)
        self._grabbed: View | None = None
        self._last = QPointF()
        self._held: set[int] = set()
        self._turning = False
        self._flight: tuple[View, View, float] | None = None
        self._ticked_s = 0.0
        self._still = QTimer(self, interval=STILL_MS, singleShot=True)
        self._still.timeout.connect(self._rest)
        self._clock = QTimer(self, interval=15)
        self._clock.timeout.connect(self._tick)

    # what is shown

    def place(self, city: City, look: str = "model") -> None:
        """Show a city from its best side, in place of what was shown."""
        self._land()
        self._held.clear()
        self._still.stop()
        self.scene.move(False)
        self._resolve()  # before the first paint the canvas does not know its shape, on which the best side depends
        self._city = city
        self.scene.place(city, look=look)
        self.draw()
        self._tell()

    def dress(self, look: str) -> None:
        """Show the city in another of `twin.looks.LOOKS`."""
        self.scene.dress(look)
        self.draw()

    def show_kind(self, kind: str, on: bool) -> None:
        """Show or hide one kind of thing."""
        self.scene.show_kind(kind, on)
        self.draw()

    def select(self, kind: str, feature: int | None) -> None:
        """Light one feature up, by kind and row, in place of any other; None: nothing."""
        self.scene.select(kind, feature)
        self.draw()

    def draw(self) -> None:
        """Draw soon, once, with whatever else changes until then."""
        # The canvas draws in its paint event. Scene.render would draw at once, and the paint event once more.
        self._canvas.update()

    # camera

    @property
    def view(self) -> View:
        """Where one looks from now."""
        return self.scene.view

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
        self._land()
        if not animated:
            self._go(view)
            return
        self._flight = (self.scene.view, view, time.monotonic())
        self._run()

    def fit(self) -> None:
        """Fly to where all of the city is seen, along the heading one has."""
        if self._city is not None:
            heading, pitch = steering.aim(self.view)
            aspect = self.width() / max(self.height(), 1)
            self.fly(camera.fitting(self._city.bounds_xy, heading, min(pitch, _FIT_PITCH_DEG), aspect=aspect))

    def top(self) -> None:
        """Fly to where the city is a map."""
        self.fly("top")

    def north(self) -> None:
        """Turn about what is in the middle until north is up."""
        if self._city is not None:
            self.fly(steering.northwards(self.view, self._point(QPointF(self.rect().center()))))

    # hands

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's word)
        """Take hold of the point under the cursor."""
        if self._pressed is not None or self._city is None:
            return
        self._land()
        self._pressed = (event.button(), event.position())
        self._last = event.position()
        self._dragging = False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Turn about that point, or pull it along."""
        if self._pressed is None:
            return
        button, start = self._pressed
        if not self._dragging:
            if (event.position() - start).manhattanLength() < _CLICK_PX:
                return
            self._dragging = True
            self._pivot = self._point(start)
            pulls = button != Qt.MouseButton.LeftButton or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self._grabbed = self.view if pulls else None
        by = event.position() - self._last
        self._last = event.position()
        if self._grabbed is not None:
            pixels = self._pixel(start), self._pixel(event.position())
            self._go(steering.drag(self._grabbed, self._pivot, *pixels, self.scene.size))
        else:
            turn, tilt = by.x() * _TURN_DEG_PER_PX, by.y() * _TURN_DEG_PER_PX
            self._go(steering.orbit(self.view, self._pivot, turn, -tilt))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go; where nothing was moved, pick."""
        if self._pressed is None or event.button() != self._pressed[0]:
            return
        button, start = self._pressed
        self._pressed = self._grabbed = None
        if not self._dragging and button == Qt.MouseButton.LeftButton:
            found = self.scene.pick(*self._pixel(start))
            if found is None:
                self.unpicked.emit()
            else:
                self.picked.emit(*found)
        self._dragging = False

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom to the point under the cursor."""
        notches = event.angleDelta().y() / _WHEEL_NOTCH
        if self._city is not None and notches:
            self._land()
            self._go(steering.approach(self.view, self._point(event.position()), _ZOOM_A_NOTCH**notches))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Stride, turn and zoom for as long as a key is held; fly at the touch of another."""
        key = Qt.Key(event.key())
        modifiers = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
        if self._city is None or modifiers:
            super().keyPressEvent(event)
        elif key in _STRIDES or key in _ZOOMS:
            self._turning = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if not event.isAutoRepeat() and key not in self._held:
                self._land()
                self._held.add(key)
                self._push(_FIRST_STEP_S)
                self._run()
        elif key in _FLIGHTS:
            self.fly(_FLIGHTS[key])
        elif key == Qt.Key.Key_N:
            self.north()
        elif key == Qt.Key.Key_F:
            self.fit()
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Stop what the key did."""
        if event.isAutoRepeat() or event.key() not in self._held:
            super().keyReleaseEvent(event)
        else:
            self._held.discard(event.key())

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Let go of every key: its release will be told to somebody else."""
        self._held.clear()
        super().focusOutEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Give the graphics memory back."""
        self._clock.stop()
        self._still.stop()
        self.scene.close()
        self._canvas.close()
        super().closeEvent(event)

    # inside

    def _pixel(self, position: QPointF) -> tuple[float, float]:
        """Return the picture's pixel of a place in the widget."""
        width, height = self.scene.size
        return position.x() * width / max(self.width(), 1), position.y() * height / max(self.height(), 1)

    def _point(self, position: QPointF) -> Vector:
        """Return what is seen at a place in the widget; in the sky, a point as far off as the middle of the view."""
        pixel = self._pixel(position)
        found = self.scene.point(*pixel)
        if found is None:
            view = self.view
            ray = view.rays(np.array([pixel]), self.scene.size)[0]
            away = np.array(view.position) + ray * min(math.dist(view.position, view.focal_point), 800.0)
            return float(away[0]), float(away[1]), float(away[2])
        return found

    def _go(self, view: View) -> None:
        """Look from there, fast for now and with all there is once nothing has moved for a while."""
        self.scene.move(True)
        if self._software:
            self._resolve(_SOFTWARE_PIXELS)
        self.scene.fly(view, settle=False)
        self._still.start()
        self.draw()
        self._tell()

    def _rest(self) -> None:
        self.scene.move(False)
        self._resolve()
        self.scene.settle()
        self.draw()

    def _resolve(self, pixels: float = math.inf) -> None:
        """Draw in the screen's own pixels, or in fewer and larger ones."""
        ratio = self.devicePixelRatioF()
        width, height = max(self.width() * ratio, 1), max(self.height() * ratio, 1)
        share = min(math.sqrt(pixels / (width * height)), 1.0)
        size = (max(round(width * share), 1), max(round(height * share), 1))
        if size != self.scene.size:
            self._canvas.render_window.SetSize(*size)

    @cached_property
    def _software(self) -> bool:
        """Whether a processor draws, and not a graphics card."""
        renderer = str(self._canvas.render_window.ReportCapabilities()).lower()
        return any(name in renderer for name in _SOFTWARE)

    def _tell(self) -> None:
        self.turned.emit(steering.aim(self.view)[0])

    def _run(self) -> None:
        if not self._clock.isActive():
            self._ticked_s = time.monotonic()
            self._clock.start()

    def _land(self) -> None:
        self._flight = None

    def _tick(self) -> None:
        """Take the next step of a flight, or of what keys are held for."""
        now_s = time.monotonic()
        step_s = min(now_s - self._ticked_s, _LONGEST_STEP_S)
        self._ticked_s = now_s
        if self._flight is not None:
            start, end, since_s = self._flight
            share = min((now_s - since_s) / FLIGHT_S, 1.0)
            self._go(end if share >= 1 else between(start, end, share))
            if share >= 1:
                self._land()
        elif self._held:
            self._push(step_s)
        if self._flight is None and not self._held:
            self._clock.stop()

    def _push(self, step_s: float) -> None:
        """Move as the held keys say, for so many seconds."""
        view = self.view
        reach_m = max(math.dist(view.position, view.focal_point), 20.0)
        for key in self._held:
            if key in _ZOOMS:
                view = steering.approach(view, view.focal_point, _ZOOM_A_SECOND ** (_ZOOMS[Qt.Key(key)] * step_s))
            else:
                across, ahead = _STRIDES[Qt.Key(key)]
                if self._turning:
                    turn = _TURN_DEG_A_SECOND * step_s
                    view = steering.orbit(view, view.focal_point, across * turn, -ahead * turn)
                else:
                    by = _REACH_A_SECOND * step_s
                    view = steering.stride(view, across * by, ahead * by, reach_m)
        self._go(view)
