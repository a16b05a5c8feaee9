"""Pictures taken in the window: dialog, file, clipboard, and that the view is as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import districts
import pytest
from PIL import Image
from windows import OPENING, walk

from twin import district

if TYPE_CHECKING:
    from pathlib import Path

TAKING = """
from PySide6.QtWidgets import QCheckBox, QFileDialog
from twin.measuring import said_distance
from ui.dialogs.picture import LARGEST_PX, PictureDialog, Wanted
from ui.tools.measure import Measured
import numpy as np

folder = Path(sys.argv[2])
pictures, view = window.pictures, window.view
wait(lambda: window._district is not None)
wait(lambda: not view._still.isActive())
before = view.view, view.scene.size
idle = lambda: pictures._still is None and not pictures._finishing.running


def when_shown(act):
    def look():
        dialog = app.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(20, look)
        else:
            act(dialog)
    QTimer.singleShot(20, look)


def first(dialog):
    boxes = {box.objectName(): box.isEnabled() for box in dialog.findChildren(QCheckBox)}
    print("boxes", boxes)
    dialog._choice.setCurrentIndex(dialog._choice.count() - 1)
    dialog._wide.setValue(99999)
    print("most", dialog._wide.value() == LARGEST_PX)
    dialog._wide.setValue(900)
    dialog._tall.setValue(500)
    QFileDialog.getSaveFileName = lambda *_: (str(folder / "town"), "TIFF image (*.tif *.tiff)")
    QTest.mouseClick(dialog._accept, Qt.LeftButton)


when_shown(first)
window.commands["picture"].trigger()
print("said", "town.tif" in window.notice.sentence, idle())
found = [view.look(QPointF(x, 400)) for x in (300, 500)]
points = np.array([one.at for one in found])
window.exploring.measure.measured = [Measured("distance", points, *said_distance(points))]
for name, ornaments in (("bare", ()), ("measured", ("measured",)), ("north", ("north",))):
    pictures.take(Wanted((640, 400), frozenset(ornaments), folder / f"{name}.png"))
    wait(idle)
window.activateWindow()
wait(window.isActiveWindow)
QTest.keyClick(window, Qt.Key_C, Qt.ControlModifier | Qt.ShiftModifier)
wait(lambda: "clipboard" in window.notice.sentence)
image = QGuiApplication.clipboard().image()
print("copied", (image.width(), image.height()) == view.size_px)


def stopping(dialog):
    dialog._choice.setCurrentIndex(3)
    QTest.mouseClick(dialog._copy, Qt.LeftButton)
    wait(lambda: dialog._bar.value() > 0)
    QTest.mouseClick(dialog._cancel, Qt.LeftButton)
    print("stopped", idle(), dialog._accept.isEnabled())
    QTest.mouseClick(dialog._cancel, Qt.LeftButton)


when_shown(stopping)
window.commands["picture"].trigger()
wait(lambda: not view._still.isActive())
print("as before", (view.view, view.scene.size) == before, view._canvas.updatesEnabled())


def failing(dialog):
    QFileDialog.getSaveFileName = lambda *_: (str(folder / "none" / "a.png"), "")
    dialog._choice.setCurrentIndex(0)
    QTest.mouseClick(dialog._accept, Qt.LeftButton)
    wait(lambda: dialog.said.text() != "")
    print("failed", "cannot be written" in dialog.said.text(), dialog.isVisible())
    dialog.reject()


when_shown(failing)
window.commands["picture"].trigger()
pictures.take(Wanted((4000, 3000), frozenset(), None))
window.close()
print("closed", idle())
"""


@pytest.fixture(scope="module")
def told(display: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Path]:
    folder = tmp_path_factory.mktemp("pictures")
    district.save(folder / "harbour.twin", districts.district())
    lines = walk(OPENING + TAKING, display, folder / "harbour.twin", folder)
    return {line.split()[0]: line for line in lines}, folder


def test_that_a_picture_of_any_size_and_form_is_written(told: tuple[dict[str, str], Path]) -> None:
    lines, folder = told
    assert lines["said"] == "said True True"
    assert lines["most"] == "most True"
    with Image.open(folder / "town.tif") as picture:
        assert (picture.format, picture.size) == ("TIFF", (900, 500))


def test_that_only_what_there_is_can_be_drawn_on_it(told: tuple[dict[str, str], Path]) -> None:
    assert "'picture-legend': False, 'picture-measured': False" in told[0]["boxes"]


def test_that_measurements_and_ornaments_are_drawn_where_asked_for(told: tuple[dict[str, str], Path]) -> None:
    from PIL import ImageChops

    bare, measured, north = (
        Image.open(told[1] / f"{name}.png").convert("RGB") for name in ("bare", "measured", "north")
    )
    assert ImageChops.difference(bare, measured).getbbox() is not None
    assert ImageChops.difference(bare, north).getbbox() is not None
    assert ImageChops.difference(bare, north).getbbox()[0] > 500  # type: ignore[index]


def test_that_it_is_copied_stopped_and_that_the_view_stays(told: tuple[dict[str, str], Path]) -> None:
    lines, _folder = told
    assert lines["copied"] == "copied True"
    assert lines["stopped"] == "stopped True True"
    assert lines["as"] == "as before True True"
    assert lines["failed"] == "failed True True"
    assert lines["closed"] == "closed True"
