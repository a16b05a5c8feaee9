"""The panel of views that are kept with the district: a picture, a name and a key each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QImage, QImageReader, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QVBoxLayout

from twin.language import _
from ui import theme
from ui.kept import PICTURE_PX
from ui.panels.sidebar import Panel

if TYPE_CHECKING:
    from twin.model import Viewpoint

_SHOWN_PX = QSize(72, 40)


class _Row(QFrame):
    """One view: its picture, which flies there, its name, which can be written over, its key, and its removal."""

    fly_wished = Signal()
    name_wished = Signal(str)
    forget_wished = Signal()

    def __init__(self, view: Viewpoint, dress: theme.Theme) -> None:
        super().__init__()
        self.setObjectName("keptview")
        fly = QPushButton()
        fly.setObjectName("flythere")
        fly.setIcon(QIcon(_pixmap(view.picture, self.devicePixelRatioF(), dress)))
        fly.setIconSize(_SHOWN_PX)
        fly.setFixedSize(_SHOWN_PX + QSize(4, 4))
        fly.setAccessibleName(_("Fly to {view}").format(view=view.name))
        fly.setToolTip(_("Fly there ({key})").format(key=view.key) if view.key else _("Fly there"))
        fly.clicked.connect(self.fly_wished)
        name = QLineEdit(view.name)
        name.setObjectName("viewname")
        name.setAccessibleName(_("Name of the view"))
        name.setCursorPosition(0)
        name.editingFinished.connect(lambda: self.name_wished.emit(name.text()))
        name.returnPressed.connect(name.clearFocus)
        key = QLabel(str(view.key) if view.key else "")
        key.setProperty("type", "muted")
        forget = QToolButton()
        forget.setIcon(theme.icon("trash-2", dress.muted))
        forget.setIconSize(QSize(16, 16))
        forget.setToolTip(_("Remove {view}").format(view=view.name))
        forget.setAccessibleName(forget.toolTip())
        forget.clicked.connect(self.forget_wished)
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 2, 4, 2)
        line.setSpacing(8)
        line.addWidget(fly)
        line.addWidget(name, 1)
        line.addWidget(key)
        line.addWidget(forget)


class ViewsPanel(Panel):
    """The views, and a button that keeps the present one. Emits wishes."""

    icon = "bookmark"
    keep_wished = Signal()
    fly_wished = Signal(int)
    name_wished = Signal(int, str)
    forget_wished = Signal(int)

    def __init__(self) -> None:
        super().__init__(_("Views"))
        self._views: tuple[Viewpoint, ...] = ()
        self._dress = theme.LIGHT
        self._rows = QVBoxLayout()
        self._rows.setSpacing(2)
        self._keep = QPushButton(_("Keep this view"))
        self._keep.setObjectName("keepview")
        self._keep.setIconSize(QSize(16, 16))
        self._keep.setToolTip(_("Ctrl+1 to Ctrl+9 keep it under a key"))
        self._keep.clicked.connect(self.keep_wished)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(self._rows)
        column.addWidget(self._keep, 0, Qt.AlignmentFlag.AlignLeft)

    def show_views(self, views: tuple[Viewpoint, ...]) -> None:
        """Show views in place of others."""
        self._views = views
        while (item := self._rows.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.blockSignals(True)  # a field that goes away tells its text once more
                row.hide()
                row.deleteLater()
        for place, view in enumerate(views):
            new = _Row(view, self._dress)
            new.fly_wished.connect(lambda place=place: self.fly_wished.emit(place))
            new.name_wished.connect(lambda name, place=place: self.name_wished.emit(place, name))
            new.forget_wished.connect(lambda place=place: self.forget_wished.emit(place))
            self._rows.addWidget(new)

    def dress(self, dress: theme.Theme) -> None:
        """Take the icons of a theme."""
        self._dress = dress
        self._keep.setIcon(theme.icon("plus", dress.text))
        self.show_views(self._views)


def _pixmap(png: bytes, ratio: float, dress: theme.Theme) -> QPixmap:
    """Return the picture of a view with round corners; a plain one where the bytes are none, or of another size."""
    image = QImage()
    if png:
        buffer = QBuffer()
        buffer.setData(QByteArray(png))
        buffer.open(QIODevice.OpenModeFlag.ReadOnly)
        reader = QImageReader(buffer, QByteArray(b"png"))
        if reader.size() == QSize(*PICTURE_PX):
            image = reader.read()
    found = QPixmap(_SHOWN_PX * ratio)
    found.setDevicePixelRatio(ratio)
    found.fill(Qt.GlobalColor.transparent)
    painter = QPainter(found)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, _SHOWN_PX.width(), _SHOWN_PX.height()), 4, 4)
    painter.setClipPath(path)
    if image.isNull():
        painter.fillPath(path, QColor(dress.line))
    else:
        painter.drawImage(QRectF(0, 0, _SHOWN_PX.width(), _SHOWN_PX.height()), image)
    painter.end()
    return found
