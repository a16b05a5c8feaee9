"""The view: a district in three dimensions, turned by mouse and keyboard. It alone knows pyvistaqt."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pyvistaqt import QtInteractor

from twin import camera
from twin.scene import Scene
from twin.sight import WALLS
from ui import steering, walking
from ui.deeds import deeds_of
from ui.flights import Flight, nearing
from ui.hands import Hands
from ui.job import Job
from ui.outline import outline
from ui.overlay import Overlay
from ui.pace import Pace
from ui.tool import Pointed, Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import (
        QCloseEvent,
        QFocusEvent,
        QImage,
        QKeyEvent,
        QMouseEvent,
        QPainter,
        QResizeEvent,
        QWheelEvent,
    )

    from twin.camera import Vector, View
    from twin.model import City
    from twin.prepared import Prepared, Shades
    from twin.still import Still

STILL_MS = 200
"""How long after the last move the picture is drawn with all there is."""

HOVER_MS = 60
"""How often one is told what the cursor is over, while it moves."""

_FIT_PITCH_DEG = -30.0

_CLOSE_M = 1.2  # to a wall, in the air
_OUTLINE_PX = 2.0
_LONGEST_STEP_S = 0.1  # a stall is not caught up with by a leap


class CityView(QWidget):
    """A city to look at, edge to edge.

    `ui.hands` says what mouse and keys do. It draws when something changed and at no other time, once for however
    many changes; while the camera moves, in as many pixels as keep it fluent (`ui.pace`).

    Attributes
    ----------
    scene : Scene
        What is drawn.
    overlay : Overlay
        A sheet of glass over it, for drawings in lines and words.
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
        # Its own timer would draw whether anything changed or not; its lights and samples cost and add nothing.
        self._canvas = cast("Any", QtInteractor(self, auto_update=False, multi_samples=0, lighting="none"))
        self._canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # hands speak to this widget
        self._canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._canvas.setAcceptDrops(False)  # pyvista would read any file that is dropped
        self._canvas.frameSwapped.connect(self._shown)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self.overlay = Overlay(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 180)
        self.scene = Scene(self._canvas)
        self._shades: Job[Shades] = Job(self)
        self._shades.delivered.connect(self._take_shades)
        self._due: Callable[[], Shades] | None = None
        self.scene.reckon = self._reckon
        self.calm = _wants_no_motion()
        self._city: City | None = None
        self._hands = Hands(self)
        self.deeds = deeds_of(self)
        self._tool: Tool | None = None
        self._selected: tuple[str, int] | None = None
        self._on_foot = False
        self._hovering: QPointF | None = None
        self._outlined: tuple[str, int] | None = None
        self._rings: list[NDArray[np.float64]] = []
        self._flight: tuple[Flight, float] | None = None
        self._ticked_s = 0.0
        self._flying = self._pace = Pace()
        # Who watches a day go by would rather see it sharp at some frames a second than coarse at twenty.
        self._watching = Pace(0.8, slow_s=0.15, least=0.7)
        self._moving = False
        self._asked_s: float | None = None
        self._shown_s = 0.0
        self._still = QTimer(self, interval=STILL_MS, singleShot=True)
        self._still.timeout.connect(self._rest)
        self._clock = QTimer(self, interval=15)
        self._clock.timeout.connect(self._tick)
        self._glance = QTimer(self, interval=HOVER_MS, singleShot=True)
        self._glance.timeout.connect(self._tell_pointed)

    # what is shown

    def place(self, city: City, look: str = "model", prepared: Prepared | None = None) -> None:
        """Show a city from its best side, in place of what was shown; `prepared` on another thread it takes no time."""
        self.land()
        self.lend(None)
        self._selected = None
        self._hands.let_go()
        self._still.stop()
        self._shades.stop()
        self._moving = False
        self._foot(on=False)
        self.scene.move(False)
        self._resolve()  # before the first paint the canvas does not know its shape, on which the best side depends
        self._city = city
        self.scene.place(city, look=look, prepared=prepared)
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
        self._selected = (kind, feature) if feature is not None else None
        self.scene.select(kind, feature)
        self.draw()

    def draw(self) -> None:
        """Draw soon, once, with whatever else changes until then."""
        # The canvas draws in its paint event. Scene.render would draw at once, and the paint event once more.
        if self._asked_s is None:
            self._asked_s = time.perf_counter()
        self._canvas.update()

    @property
    def has_city(self) -> bool:
        """Whether there is anything to look at."""
        return self._city is not None

    def image(self) -> QImage:
        """Return the picture as it was drawn last."""
        drawn: QImage = self._canvas.grabFramebuffer()
        return drawn

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the view in the screen's own pixels."""
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    @property
    def dark(self) -> bool:
        """Whether it is night in the picture."""
        return self.scene.dark

    def draw_still(self, size: tuple[int, int]) -> Still:
        """Begin a picture for keeping, of any size in pixels, of what is shown and from where one looks now."""
        self.land()
        self._rest()
        if self._shades.running and self._due is not None:
            self._shades.stop()
            self._take_shades(self._due())
        self._point_out(None)
        self._canvas.setUpdatesEnabled(False)  # a window whose size changes would be drawn after every piece
        self._canvas.makeCurrent()
        return self.scene.draw_still(size)

    def draw_piece(self, still: Still) -> None:
        """Draw the next piece of it; the picture on the screen stays."""
        self._canvas.makeCurrent()
        still.draw()
        self._canvas.doneCurrent()

    def end_still(self) -> None:
        """Go on with the picture on the screen, whether the other was finished or given up."""
        self._canvas.setUpdatesEnabled(True)
        self.draw()

    # where things are in the picture

    def pixel(self, position: QPointF) -> tuple[float, float]:
        """Return the picture's pixel of a place in the view."""
        width, height = self.scene.size
        return position.x() * width / max(self.width(), 1), position.y() * height / max(self.height(), 1)

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where in the view local metres, shape (n, 3), are seen: shape (n, 2), NaN for what is behind one."""
        return self.view.pixels(points, (max(self.width(), 1), max(self.height(), 1)))

    def look(self, position: QPointF) -> Pointed | None:
        """Return what is seen at a place in the view; None for the sky."""
        seen = self.scene.look(*self.pixel(position)) if self._city is not None else None
        if seen is None:
            return None
        return Pointed(position, seen.at, seen.kind, seen.feature if seen.feature >= 0 else None)

    def point(self, position: QPointF) -> Vector:
        """Return what is seen at a place in the view; in the sky, a point as far off as the middle of the view."""
        found = self.look(position)
        if found is not None:
            return found.at
        view = self.view
        ray = view.rays(np.array([self.pixel(position)]), self.scene.size)[0]
        away = np.array(view.position) + ray * min(math.dist(view.position, view.focal_point), 800.0)
        return float(away[0]), float(away[1]), float(away[2])

    # camera

    @property
    def view(self) -> View:
        """Where one looks from now."""
        return self.scene.view

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
        self._hurry(self._flying)
        self.scene.fly(view, settle=False)
        self.draw()
        self._tell()

    def stir(self) -> None:
        """Draw what goes on in the city: where a processor draws it, fast for now, and with all there is at the end."""
        if self.scene.software and not (self._moving and self._pace is self._flying):
            self._hurry(self._watching)
        self.draw()

    def _hurry(self, pace: Pace) -> None:
        if not self._moving or pace is not self._pace:
            self._moving, self._pace = True, pace
            self._pace.begin()
        self._point_out(None)
        self.scene.move(True)
        if self.scene.software:
            self._resolve(self._pace.share)
        self._still.start()

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
        self._point_out(None)
        if tool is None:
            self.unsetCursor()
        else:
            self.setCursor(tool.cursor)
        self.lent.emit(tool)

    def hover(self, position: QPointF) -> None:
        """Tell soon what is there, unless the camera moves."""
        self._hovering = position
        if self._city is not None and not self._moving and not self._glance.isActive():
            self._glance.start()

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
        self._hovering = None
        self._tell_pointed()
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
        """Keep the glass over the picture."""
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())
        self.overlay.raise_()
        self.moved.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Give the graphics memory back."""
        for timer in (self._clock, self._still, self._glance):
            timer.stop()
        self._shades.close()
        self.scene.close()
        self._canvas.close()
        super().closeEvent(event)

    # inside

    def _wall(self, start: View, end: View) -> float | None:
        """How far one gets on the straight way from eye to eye before a wall, in metres; None for all the way."""
        way = np.subtract(end.position, start.position)
        length = float(np.linalg.norm(way))
        if length < 1e-6 or min(start.position[2], end.position[2]) > self.scene.tallest_m + _CLOSE_M:
            return None
        x, y, z = (float(v) for v in way / length)
        met = self.scene.meet(start.position, (x, y, z), WALLS)
        return max(met.distance_m - _CLOSE_M, 0.0) if met is not None and met.distance_m < length + _CLOSE_M else None

    def _reckon(self, due: Callable[[], Shades]) -> None:
        self._due = due
        self._shades.begin(lambda _report, _stop: due())

    def _take_shades(self, shades: Shades) -> None:
        self._due = None
        self.scene.take_shades(shades)
        self.draw()

    def _rest(self) -> None:
        if self._flight is not None or self._hands.holds_keys:
            self._still.start()
            return
        self._moving = False
        self.scene.move(False)
        self._resolve()
        self.scene.settle()
        self.draw()
        if self._hovering is not None and not self._hands.busy:
            self.hover(self._hovering)

    def _resolve(self, share: float = 1.0) -> None:
        """Draw in the screen's own pixels, or in a share of them along either side, and larger ones."""
        ratio = self.devicePixelRatioF()
        size = (max(round(self.width() * ratio * share), 1), max(round(self.height() * ratio * share), 1))
        if size != self.scene.size:
            self._canvas.render_window.SetSize(*size)
        self.scene.pixel_ratio = ratio * share  # names and dots are as large on every screen, and while it moves

    def _shown(self) -> None:
        """Learn from how long a frame took, from when it was asked for or could be begun."""
        now_s = time.perf_counter()
        if self._asked_s is not None and self._moving:
            self._pace.drew(now_s - max(self._asked_s, self._shown_s))
        self._shown_s, self._asked_s = now_s, None

    def _tell(self) -> None:
        self.turned.emit(steering.aim(self.view)[0])
        self.overlay.update()
        self.moved.emit()

    def _tell_pointed(self) -> None:
        """Tell what the cursor is over, and outline it."""
        if self._moving or self._city is None:
            return
        found = self.look(self._hovering) if self._hovering is not None else None
        self._point_out(found if self._tool is None else None)
        if self._tool is not None:
            self._tool.hover(found)
        self.pointed.emit(found)

    def _point_out(self, found: Pointed | None) -> None:
        """Outline what the cursor is over: in the picture, or over it where drawing the picture again is dear."""
        what = (found.kind, found.row) if found is not None and found.row is not None else None
        if what == self._outlined:
            return
        self._outlined = what
        if not self.scene.software:
            self.scene.point_out(*(what or ("", None)))
            self.draw()
            return
        self._rings = []
        if what is not None and what != self._selected:
            size = (max(self.width(), 1), max(self.height(), 1))
            self._rings = outline(self.view, size, self.scene.faces(*what))
        if self._rings:
            self.overlay.add(self._draw_rings)
            self.overlay.update()
        else:
            self.overlay.remove(self._draw_rings)

    def _draw_rings(self, painter: QPainter) -> None:
        path = QPainterPath()
        for ring in self._rings:
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in ring.tolist()]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor.fromRgbF(*self.scene.accent), _OUTLINE_PX))
        painter.drawPath(path)

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
