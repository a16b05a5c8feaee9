"""The views that are kept with the district that is open: nine of them a key away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut

from twin.camera import View
from twin.file.viewpoints import LONGEST_NAME, MOST_VIEWS
from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from twin.model import Viewpoint
    from ui.view import CityView

KEYS = range(1, 10)
PICTURE_PX = (144, 81)


class KeptViews(QObject):
    """Keeps views, forgets them and flies to them. 1 to 9 fly, and with Ctrl keep what is seen under that key."""

    changed = Signal(object)
    """The views as they are now, after somebody changed them."""

    recalled = Signal(object)
    """The `Viewpoint` that is flown to: its moment and its layers are to be shown."""

    def __init__(self, view: CityView, window: QWidget, shown: Callable[[Viewpoint], Viewpoint]) -> None:
        super().__init__(window)
        self._shown = shown  # adds the moment and the layers to where the camera is
        self._view = view
        self._views: tuple[Viewpoint, ...] = ()
        self._last = -1
        for key in KEYS:
            for keys, act in ((f"{key}", self.fly_by_key), (f"Ctrl+{key}", self.keep)):
                shortcut = QShortcut(QKeySequence(keys), window)
                shortcut.activated.connect(lambda key=key, act=act: act(key))

    @property
    def views(self) -> tuple[Viewpoint, ...]:
        """The views in their order."""
        return self._views

    def open(self, views: tuple[Viewpoint, ...]) -> None:
        """Have these, of another district."""
        self._last = -1
        self._views = views

    def fly_by_key(self, key: int) -> None:
        """Fly to the view that has a key; without one, stay."""
        for place, view in enumerate(self._views):
            if view.key == key:
                self.fly(place)
                return

    def fly_on(self, by: int) -> None:
        """Fly to the view so many places on from the last one flown to, round and round."""
        if self._views:
            self.fly((self._last + by) % len(self._views))

    def fly(self, place: int) -> None:
        """Fly to a view by its place in the list."""
        self._last = place
        self._view.fly(View.kept(self._views[place]))
        self.recalled.emit(self._views[place])

    def keep(self, key: int = 0) -> None:
        """Keep what is seen, under a key in place of what it led to, or under the first that is free."""
        if not self._view.has_city or len(self._views) >= MOST_VIEWS:
            return
        taken = {view.key for view in self._views}
        key = key or next((free for free in KEYS if free not in taken), 0)
        old = next((view for view in self._views if key and view.key == key), None)
        names = {view.name for view in self._views}
        name = (
            old.name
            if old is not None
            else next(
                told
                for number in range(1, MOST_VIEWS + 2)
                if (told := _("View {number}").format(number=number)) not in names
            )
        )
        new = self._shown(self._view.view.keep(name, key=key, picture=_picture(self._view)))
        if old is None:
            self._change(tuple(sorted((*self._views, new), key=lambda view: view.key or len(KEYS) + 1)))
        else:
            self._change(tuple(new if view is old else view for view in self._views))

    def name(self, place: int, name: str) -> None:
        """Give a view another name; a name of nothing changes nothing."""
        name = " ".join(name.split())[:LONGEST_NAME]
        if name and name != self._views[place].name:
            self._change(tuple(replace(v, name=name) if i == place else v for i, v in enumerate(self._views)))

    def forget(self, place: int) -> None:
        """Keep a view no longer."""
        self._change(tuple(view for i, view in enumerate(self._views) if i != place))

    def _change(self, views: tuple[Viewpoint, ...]) -> None:
        self._views = views
        self.changed.emit(views)


def _picture(view: CityView) -> bytes:
    """Return a small PNG of what is seen."""
    width, height = PICTURE_PX
    whole = view.image()
    room = Qt.AspectRatioMode.KeepAspectRatioByExpanding
    small = whole.scaled(width, height, room, Qt.TransformationMode.SmoothTransformation)
    cut = small.copy((small.width() - width) // 2, (small.height() - height) // 2, width, height)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    cut.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
