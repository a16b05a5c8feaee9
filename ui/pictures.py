"""Taking pictures of the view: drawn piece by piece between what else the window does, finished off its thread."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from twin.captions import captioned
from twin.language import _
from twin.paper import credit_px, write_picture
from twin.sheet import adorned, scale_px
from ui.dialogs.picture import PictureDialog, Wanted
from ui.job import Job

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from twin.camera import View
    from twin.model import TwinError
    from twin.still import Still
    from ui.exploring import Exploring
    from ui.view import CityView

    type Picture = NDArray[np.uint8]


class Pictures(QObject):
    """One picture at a time, of what the view shows."""

    told = Signal(str)
    """A sentence for the window's notice: where a picture is now."""

    def __init__(self, window: QWidget, view: CityView, exploring: Exploring) -> None:
        super().__init__(window)
        self._window, self._view, self._exploring = window, view, exploring
        self.zone = "UTC"
        """The IANA zone in whose time a moment is written on a picture."""
        self._dialog: PictureDialog | None = None
        self._still: Still | None = None
        self._wanted: Wanted | None = None
        self._last: Wanted | None = None
        self._next = QTimer(self, interval=0, singleShot=True)
        self._next.timeout.connect(self._draw)
        self._finishing: Job[Picture] = Job(self)
        self._finishing.delivered.connect(self._deliver)
        self._finishing.failed.connect(self._fail)

    def ask(self, name: str) -> None:
        """Ask what picture is wanted, and take it; its file is called after the district."""
        view, measured = self._view, self._exploring.measure.measured
        possible = {"scale", "north"} | ({"legend"} if self._exploring.colouring else set())
        size = view.size_px
        self._dialog = PictureDialog(
            self._window, _plain(name), size, frozenset(possible | ({"measured"} if measured else set())), self._last
        )
        self._dialog.wished.connect(self.take)
        self._dialog.stop_wished.connect(self.stop)
        self._dialog.exec()
        self.stop()
        self._dialog.deleteLater()
        self._dialog = None

    def copy(self) -> None:
        """Put the view as it is on the clipboard, with scale, north, legend and measurements where there are any."""
        if self._still is None and not self._finishing.running:
            self.take(Wanted(self._view.size_px, frozenset({"scale", "north", "legend", "measured"}), None))

    def take(self, wanted: Wanted) -> None:
        """Begin a picture; the dialog shows how far it is."""
        self._wanted = self._last = wanted
        self._still = self._view.draw_still(wanted.size)
        self._next.start()

    def stop(self) -> None:
        """Give up what is being drawn."""
        self._next.stop()
        if self._still is not None:
            self._still = None
            self._view.end_still()
        self._finishing.stop()

    def close(self) -> None:
        """Give up what is being drawn, and wait until nothing runs any more."""
        self.stop()
        self._finishing.close()

    def _draw(self) -> None:
        still, wanted = self._still, self._wanted
        if still is None or wanted is None:
            return
        self._view.draw_piece(still)
        if self._dialog is not None:
            self._dialog.show_share(0.95 * still.share)
        if not still.done:
            self._next.start()
            return
        self._still = None
        self._view.end_still()
        finish = self._finisher(still.picture, self._view.view, wanted)
        self._finishing.begin(lambda _report, _stop: finish())

    def _finisher(self, picture: Picture, view: View, wanted: Wanted) -> Callable[[], Picture]:
        """Return what makes the picture ready: everything it needs is asked of the view now."""
        scene, measure, colouring = self._view.scene, self._exploring.measure, self._exploring.colouring
        data, zone = scene.picture, self.zone
        dark, ground_m, ornaments = self._view.dark, scene.ground_ahead_m, wanted.ornaments - {"measured"}
        paint = measure.painter(view) if "measured" in wanted.ornaments and measure.measured else None

        def finish() -> Picture:
            made = picture
            if paint is not None:
                made = painted(made, paint)
            made = scene.credited(made)
            made = adorned(made, view, ornaments, colouring=colouring, dark=dark, ground_m=ground_m)
            if data is not None and data.shown:  # what is simulated or estimated says so on every picture
                aside = colouring is not None and "legend" in ornaments
                height, width = made.shape[:2]
                made = captioned(
                    made,
                    data,
                    zone=zone,
                    dark=dark,
                    on_the_right=aside,
                    credit_px=credit_px(width, height, scene.credits),
                    foot_px=scale_px(width, height) if "scale" in ornaments else 0.0,
                )
            if wanted.path is not None:
                write_picture(wanted.path, made)
            return made

        return finish

    def _deliver(self, picture: Picture) -> None:
        wanted = self._wanted
        if self._dialog is not None:
            self._dialog.accept()
        if wanted is not None and wanted.path is not None:
            self.told.emit(_("The picture is in {path}.").format(path=wanted.path))
            return
        QGuiApplication.clipboard().setImage(image_of(picture).copy())
        self.told.emit(_("The picture is on the clipboard."))

    def _fail(self, trouble: TwinError) -> None:
        if self._dialog is not None:
            self._dialog.end(str(trouble))
        else:
            self.told.emit(str(trouble))


def painted(picture: Picture, paint: Callable[[QPainter, tuple[float, float]], None]) -> Picture:
    """Return a picture with something painted over it, in a scale at which a screen's lines and words fit it."""
    height, width = picture.shape[:2]
    unit = max(1.0, min(height / 720, width / 960))
    image = image_of(picture).copy()
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(unit, unit)
    paint(painter, (width / unit, height / unit))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : 3 * width].reshape(height, width, 3).copy()


def image_of(picture: Picture) -> QImage:
    """Return a picture as Qt has them, of the same memory."""
    height, width = picture.shape[:2]
    rows = np.ascontiguousarray(picture)
    return QImage(rows.data, width, height, 3 * width, QImage.Format.Format_RGB888)


def _plain(name: str) -> str:
    """Return a name that any disk takes."""
    return " ".join(re.sub(r"[^\w\s.,()-]", " ", name).split())[:60].strip(" .,") or "district"
