"""Take a picture: how large, what is drawn on it, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from twin.language import _
from twin.paper import PICTURES
from twin.still import LARGEST_PX
from ui.dialogs.form import Form

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

LEAST_PX = 64
_SIZES = ((1920, 1080), (2560, 1440), (3840, 2160), (7680, 4320), (LARGEST_PX, 9216))
_OWN = (0, 0)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture that somebody wants: its size in pixels, what is drawn on it, and its file, or the clipboard."""

    size: tuple[int, int]
    ornaments: frozenset[str]  # of `twin.sheet.ORNAMENTS`, and "measured"
    path: Path | None


class PictureDialog(Form):
    """Asks for a picture, and shows how far it is. Emits a `Wanted`; `show_share` and `end` tell what came of it."""

    wished = Signal(object)
    stop_wished = Signal()

    def __init__(
        self, parent: QWidget, name: str, size: tuple[int, int], possible: frozenset[str], last: Wanted | None = None
    ) -> None:
        super().__init__(parent, _("Take a picture"), _("Save…"))
        self._name = name
        self._folder = last.path.parent if last is not None and last.path is not None else Path.home()
        self._choice = QComboBox()
        self._choice.setObjectName("picture-size")
        for wide, tall in (size, *_SIZES):
            said = _("{wide} × {tall} pixels").format(wide=wide, tall=tall)
            self._choice.addItem(_("As the view: {size}").format(size=said) if (wide, tall) == size else said)
            self._choice.setItemData(self._choice.count() - 1, (wide, tall))
        self._choice.addItem(_("Another size…"), _OWN)
        self._wide, self._tall = _pixels(size[0]), _pixels(size[1])
        self._wide.setAccessibleName(_("Width in pixels"))
        self._tall.setAccessibleName(_("Height in pixels"))
        self._own = QWidget()
        line = QHBoxLayout(self._own)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(self._wide)
        line.addWidget(QLabel("×"))
        line.addWidget(self._tall)
        line.addStretch(1)
        sizes = QWidget()
        column = QVBoxLayout(sizes)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._choice)
        column.addWidget(self._own)
        self.field(_("Size"), sizes)
        drawn = QWidget()
        column = QVBoxLayout(drawn)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._boxes = {
            "scale": QCheckBox(_("Scale bar")),
            "north": QCheckBox(_("North arrow")),
            "legend": QCheckBox(_("Legend of the colours")),
            "measured": QCheckBox(_("What was measured")),
        }
        for ornament, box in self._boxes.items():
            box.setObjectName(f"picture-{ornament}")
            box.setEnabled(ornament in possible)
            box.setChecked(ornament in possible and (last is None or ornament in last.ornaments))
            column.addWidget(box)
        self.field(_("Drawn on it"), drawn, _("The credits always are: the map's terms ask for it."))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self.add_above_buttons(self._bar)
        self._copy = QPushButton(_("Copy"))
        self._copy.setObjectName("copy")
        self._copy.setProperty("type", "main")
        self._copy.setAutoDefault(False)
        self._copy.clicked.connect(lambda: self._wish(None))
        self.add_button(self._copy)
        self._choice.currentIndexChanged.connect(self._show_size)
        if last is not None:
            self._recall(last.size, size)
        self._show_size()
        self.end()

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height that were chosen."""
        chosen = self._choice.currentData()
        return (self._wide.value(), self._tall.value()) if tuple(chosen) == _OWN else (int(chosen[0]), int(chosen[1]))

    def take(self) -> None:
        """Ask for the file's name, and wish for the picture."""
        kinds = ";;".join((_("PNG image (*.png)"), _("JPEG image (*.jpg *.jpeg)"), _("TIFF image (*.tif *.tiff)")))
        start = str(self._folder / f"{self._name}.png")
        chosen, kind = QFileDialog.getSaveFileName(self, _("Save the picture"), start, kinds)
        if chosen:
            path = Path(chosen)
            if path.suffix.lower() not in PICTURES:
                ending = next((one for one in (".jpg", ".tif") if f"*{one}" in kind), ".png")
                path = path.with_name(path.name + ending)
            self._wish(path)

    def show_share(self, share: float) -> None:
        """Show how much of the picture is drawn, from 0 to 1."""
        self._bar.setValue(round(1000 * share))

    def end(self, sentence: str = "") -> None:
        """Let another picture be wished for, and say what was wrong with the last."""
        self._work(on=False)
        self.said.setText(sentence)

    def reject(self) -> None:
        """Stop what is drawn; where nothing is, leave."""
        if self._copy.isEnabled():
            super().reject()
        else:
            self.stop_wished.emit()
            self.end()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's word)
        """Stop what is drawn, and leave."""
        self.stop_wished.emit()
        super().closeEvent(event)

    def _wish(self, path: Path | None) -> None:
        ornaments = frozenset(name for name, box in self._boxes.items() if box.isChecked() and box.isEnabled())
        self._work(on=True)
        self.wished.emit(Wanted(self.size_px, ornaments, path))

    def _work(self, *, on: bool) -> None:
        self.show_share(0.0)
        keep = self._bar.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(keep)
        self._bar.setVisible(on)
        for widget in (self._accept, self._copy, self._choice, self._own):
            widget.setEnabled(not on)
        self._cancel.setText(_("Stop") if on else _("Close"))

    def _recall(self, size: tuple[int, int], view: tuple[int, int]) -> None:
        """Choose the size of the picture before: a view that has changed is no size of one's own."""
        for index in range(self._choice.count()):
            if tuple(self._choice.itemData(index)) == size and size != view:
                self._choice.setCurrentIndex(index)

    def _show_size(self) -> None:
        own = tuple(self._choice.currentData()) == _OWN
        self._own.setVisible(own)
        self.adjustSize()


def _pixels(value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(LEAST_PX, LARGEST_PX)
    box.setValue(value)
    box.setSuffix("\u202f" + _("px"))
    box.setMinimumWidth(110)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    return box
