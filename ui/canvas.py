"""The widget that VTK draws into: when, in how many pixels, and how long it took. It alone knows pyvistaqt."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from pyvistaqt import QtInteractor

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent
    from PySide6.QtWidgets import QWidget


class Canvas(QtInteractor):
    """A picture of its own pixels, drawn when something asks for it and at no other time."""

    took = Signal(float)
    """Seconds that a frame took, from when it was asked for or could be begun."""

    def __init__(self, parent: QWidget) -> None:
        self._resizing = False
        # Its own timer would draw whether anything changed or not; its lights and samples cost and add nothing.
        super().__init__(parent, auto_update=False, multi_samples=0, lighting="none")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)  # hands speak to the view
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAcceptDrops(False)  # pyvista would read any file that is dropped
        self._asked_s: float | None = None
        self._shown_s = 0.0
        self.frameSwapped.connect(self._shown)

    def draw(self) -> None:
        """Draw soon, once, with whatever else changes until then."""
        # It draws in its paint event. Scene.render would draw at once, and the paint event once more.
        if self._asked_s is None:
            self._asked_s = time.perf_counter()
        self.update()

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in the screen's own pixels."""
        return self._pixels(1.0)

    def resolve(self, share: float = 1.0) -> float:
        """Draw in the screen's own pixels, or in a share of them along either side, and larger ones.

        Returns how many of them make one of the screen's own measure.
        """
        size = self._pixels(share)
        window: Any = self.render_window
        if size != tuple(window.GetSize()):
            window.SetSize(*size)
        return float(self.devicePixelRatioF() * share)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's word)
        """Take another size, and draw when everything around has its place.

        Qt would draw on the spot, once for each size on the way, and once more in the paint event.
        """
        self._resizing = True
        super().resizeEvent(event)
        self._resizing = False
        self.update()

    def paintGL(self) -> None:  # noqa: N802
        """Draw, unless that was for a size that may not be the last."""
        if not self._resizing:
            super().paintGL()  # type: ignore[no-untyped-call]

    def _pixels(self, share: float) -> tuple[int, int]:
        sharp = self.devicePixelRatioF() * share
        return max(round(self.width() * sharp), 1), max(round(self.height() * sharp), 1)

    def _shown(self) -> None:
        now_s = time.perf_counter()
        if self._asked_s is not None:
            self.took.emit(now_s - max(self._asked_s, self._shown_s))
        self._shown_s, self._asked_s = now_s, None
