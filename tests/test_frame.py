"""How the real window shares its room out on small screens: side bar, inspector, dialogs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import districts
from windows import OPENING, walk

from twin import district

if TYPE_CHECKING:
    from pathlib import Path

ROOM = """
from PySide6.QtWidgets import QToolButton

window.resize(700, 450)
wait(lambda: window.width() == 700)
side, view = window.sidebar, window.view


def narrow(wanted):
    wait(lambda: side.narrowed == wanted and side.isVisible())
    app.processEvents()
    return view.width() >= 0.5 * window.width() - 1


print("alone", narrow(False))
window.picking.pick("buildings", 1)
print("beside the inspector", narrow(True))
window.picking.unpick()
print("alone again", narrow(False))
window.commands["sidebar"].trigger()
window.resize(1200, 700)
wait(lambda: window.width() == 1200)
print("chosen", narrow(True))
window.commands["sidebar"].trigger()
print("chosen no more", narrow(False))
window.picking.pick("buildings", 1)
print("with room for all", narrow(False))
window.resize(700, 450)
print("and without", narrow(True))
side.narrow_wished.emit(False)
print("but wanted", narrow(False), window.frame.folded)
bar = window.topbar
shown = [one for one in bar.findChildren(QToolButton) + bar.findChildren(QPushButton) if one.isVisible()]
boxes = [one.rect().translated(one.mapTo(bar, QPoint())) for one in shown]
print("in the bar", all(bar.rect().contains(box) for box in boxes))
palette = window.exploring.palette
palette.open()
QTest.keyClicks(palette, "hide")
print("list", palette._list.geometry().bottom() <= window.height(), palette._list._model.rowCount() > 5)
palette._leave()


def place(widget):
    return widget.rect().translated(widget.mapTo(window, QPoint()))


window.exploring.measure.begin()
wait(window.exploring.measure.card.isVisible)
app.processEvents()
card = place(window.exploring.measure.card)
print("card", [place(one).intersects(card) for one in (window.credit, window.frame.tools)])
window.exploring.colour_by("height")
wait(lambda: window.exploring.colouring is not None and not window.view.shading)
app.processEvents()
print("legend", place(window.sidebar).contains(place(window.exploring.colour._choice)))
window.close()
"""

DIALOGS = """
from ui.dialogs.opening import OpenDialog
from ui.dialogs.preferences import PreferencesDialog
from twin.settings import Settings

room = window.screen().availableGeometry().height()
for dialog in (PreferencesDialog(window, window.memory, Settings()), OpenDialog(window, Settings(), (), window._theme)):
    dialog.show()
    wait(lambda: dialog.isVisible())
    app.processEvents()
    buttons = [one for one in dialog.findChildren(QPushButton) if one.isDefault()]
    print(dialog.height() <= room, [dialog.rect().contains(one.geometry()) for one in buttons])
    dialog.reject()
window.close()
"""

if sys.platform == "linux":  # where a display can be had without a screen

    def test_that_the_side_bar_makes_room_for_the_view_unless_somebody_wants_it(tmp_path: Path, display: str) -> None:
        path = tmp_path / "harbour.twin"
        district.save(path, districts.district())
        assert walk(OPENING + ROOM, display, path) == [
            "alone True",
            "beside the inspector True",
            "alone again True",
            "chosen True",
            "chosen no more True",
            "with room for all True",
            "and without True",
            "but wanted False False",
            "in the bar True",
            "list True True",
            "card [False, False]",
            "legend True",
        ]

    def test_that_dialogs_fit_on_a_low_screen(display: str) -> None:
        assert walk(DIALOGS, display, QT_SCALE_FACTOR="1.7") == ["True [True]", "True [True]"]
