"""What one can do in the view at the touch of a key: one list for the keyboard, the menus and the card of the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twin.language import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.view import CityView


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that can be done: its name for code, its words, its keys as Qt writes them, and how to do it."""

    name: str
    said: str
    keys: tuple[str, ...]
    act: Callable[[], object]
    icon: str = ""


def deeds_of(view: CityView) -> tuple[Deed, ...]:
    """Return what can be done to a view."""
    return (
        Deed("hero", _("Best view"), ("H",), lambda: view.fly("hero"), "sparkles"),
        Deed("fit", _("Whole district"), ("Home", "0"), view.fit, "maximize"),
        Deed("top", _("View from above"), ("T",), lambda: view.fly("top"), "map"),
        Deed("north", _("North up"), ("N",), view.north, "compass"),
        Deed("visit", _("Fly to what is selected"), ("F",), view.visit_selected, "crosshair"),
        Deed("walk", _("Walk, or fly again"), ("G",), lambda: view.walk(not view.on_foot), "footprints"),
        Deed("nearer", _("Zoom in"), (), lambda: view.zoom(0.6), "plus"),
        Deed("farther", _("Zoom out"), (), lambda: view.zoom(1 / 0.6), "minus"),
    )


def held_keys() -> tuple[tuple[str, str], ...]:
    """Return the keys and buttons that do something for as long as they are held, each with what it does."""
    return (
        (_("Arrows, W A S D"), _("Move; walk")),
        (_("Shift + arrows, Q E"), _("Turn and tilt")),
        (_("+ −, Page up, Page down"), _("Zoom")),
        (_("Left drag"), _("Turn about the point under the cursor")),
        (_("Right drag, Shift + drag"), _("Pull the ground")),
        (_("Wheel"), _("Zoom to the cursor")),
        (_("Double click"), _("Fly there")),
        (_("1 to 9"), _("Fly to a kept view")),
        (_("Ctrl + 1 to 9"), _("Keep this view under the key")),
    )
