"""A city in a widget: what is shown of it, in how many pixels, and where in the picture things are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from twin.scene import Scene
from ui.canvas import Canvas
from ui.job import Job
from ui.overlay import Overlay
from ui.pace import Pace
from ui.tool import Pointed

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QCloseEvent, QImage, QResizeEvent

    from twin.camera import Vector, View
    from twin.model import City
    from twin.prepared import Prepared, Shades
    from twin.still import Still

STILL_MS = 200
"""How long after the last move the picture is drawn with all there is."""


class Cityscape(QWidget):
    """A city, drawn edge to edge.

    It draws when something changed and at no other time, once for however many changes; while something moves, in as
    many pixels as keep it fluent (`ui.pace`). Shadows that have to be reckoned anew come as soon as a job has them.

    Attributes
    ----------
    scene : Scene
        What is drawn.
    overlay : Overlay
        A sheet of glass over it, for drawings in lines and words.
    """

    rested = Signal()
    """Nothing moves any more, and the picture is drawn with all there is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = Canvas(self)
        self._canvas.took.connect(self._learn)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._canvas)
        self.overlay = Overlay(self)
        self.setMinimumSize(240, 180)
        self.scene = Scene(self._canvas)
        self.scene.reckon = self._reckon
        self._shades: Job[Shades] = Job(self)
        self._shades.delivered.connect(self._take_shades)
        self._due: Callable[[], Shades] | None = None
        self._soon = QTimer(self, interval=0, singleShot=True)  # what else changes until then is reckoned with it
        self._soon.timeout.connect(self._begin_shades)
        self._city: City | None = None
        self._selected: tuple[str, int] | None = None
        self._flying = self._pace = Pace()
        # Who watches a day go by would rather see it sharp at some frames a second than coarse at twenty.
        self._watching = Pace(0.8, slow_s=0.15, least=0.7)
        self._moving = False
        self._still = QTimer(self, interval=STILL_MS, singleShot=True)
        self._still.timeout.connect(self._rest)

    # what is shown

    def place(self, city: City, look: str = "model", prepared: Prepared | None = None) -> None:
        """Show a city from its best side, in place of what was shown; `prepared` on another thread it takes no time."""
        self._selected = None
        self._still.stop()
        self._soon.stop()
        self._shades.stop()
        self._due = None
        self._moving = False
        self.scene.move(False)
        self._resolve()  # before the first paint the canvas does not know its shape, on which the best side depends
        self._city = city
        self.scene.place(city, look=look, prepared=prepared)
        self.draw()

    def dress(self, look: str) -> None:
        """Show the city in another of `twin.light.LOOKS`."""
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
        self._canvas.draw()

    @property
    def moving(self) -> bool:
        """Whether the camera moves, or has just moved."""
        return self._moving

    @property
    def shading(self) -> bool:
        """Whether shadows are still on their way."""
        return self._due is not None

    @property
    def selected(self) -> tuple[str, int] | None:
        """Kind and row of what is lit up."""
        return self._selected

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
        return self._canvas.size_px

    @property
    def dark(self) -> bool:
        """Whether it is night in the picture."""
        return self.scene.dark

    # pictures for keeping

    def draw_still(self, size: tuple[int, int]) -> Still:
        """Begin a picture for keeping, of any size in pixels, of what is shown and from where one looks now."""
        self._rest()
        if self._due is not None:
            self._soon.stop()
            self._shades.stop()
            self._take_shades(self._due())
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

    @property
    def view(self) -> View:
        """Where one looks from now."""
        return self.scene.view

    # while it moves

    def stir(self, *, alone: bool = False) -> None:
        """Draw what goes on in the city: where a processor draws it, fast for now, and with all there is at the end.

        Parameters
        ----------
        alone
            Nothing follows soon, so that a coarse picture first would only flicker.
        """
        if self.scene.software and not alone and not (self._moving and self._pace is self._flying):
            self._hurry(self._watching)
        self.draw()

    def _hurry(self, pace: Pace) -> None:
        if not self._moving or pace is not self._pace:
            self._moving, self._pace = True, pace
            self._pace.begin()
        self.scene.move(True)
        if self.scene.software:
            self._resolve(self._pace.share)
        self._still.start()

    # Qt's words

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the glass over the picture."""
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())
        self.overlay.raise_()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Give the graphics memory back."""
        self._still.stop()
        self._soon.stop()
        self._shades.close()
        self.scene.close()
        self._canvas.close()
        super().closeEvent(event)

    # inside

    @property
    def _underway(self) -> bool:
        """Whether something is not at its end yet that moves the camera."""
        return False

    def _reckon(self, due: Callable[[], Shades]) -> None:
        self._due = due
        self._soon.start()

    def _begin_shades(self) -> None:
        due = self._due
        if due is not None:
            self._shades.begin(lambda _report, _stop: due())

    def _take_shades(self, shades: Shades) -> None:
        self._due = None
        self.scene.take_shades(shades)
        self.draw()

    def _rest(self) -> None:
        if self._underway:
            self._still.start()
            return
        self._moving = False
        self.scene.move(False)
        self._resolve()
        self.scene.settle()
        self.draw()
        self.rested.emit()

    def _resolve(self, share: float = 1.0) -> None:
        self.scene.pixel_ratio = self._canvas.resolve(share)  # names and dots are as large, however it is drawn

    def _learn(self, took_s: float) -> None:
        if self._moving:
            self._pace.drew(took_s)
