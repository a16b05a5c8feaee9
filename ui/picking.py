"""What is picked: lit up in the view and told about beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from ui import facts

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtWidgets import QWidget

    from twin.model import City, District
    from ui.panels.inspector import InspectorPanel
    from ui.view import CityView


class Picking(QObject):
    """One feature at a time, by mesh kind and row."""

    picked = Signal()
    """Something is picked in place of whatever was looked at."""

    def __init__(self, window: QWidget, view: CityView, inspector: InspectorPanel) -> None:
        super().__init__(window)
        self._view, self._inspector = view, inspector
        self._city: City | None = None
        self._district: District | None = None
        self._why_no_facts = ""
        self._what: tuple[str, int] | None = None
        view.picked.connect(self.pick)
        view.unpicked.connect(self.unpick)
        inspector.close_wished.connect(self.unpick)

    def show_city(self, city: City, why_no_facts: str) -> None:
        """Begin anew with another city, about which only a sentence can be told yet."""
        self._city, self._district = city, None
        self._why_no_facts = why_no_facts

    def show_district(self, district: District) -> None:
        """Take its tables, which tell about everything."""
        self._district = district
        self._again()

    def show_trouble(self, sentence: str) -> None:
        """Say why nothing can be told."""
        self._why_no_facts = sentence
        self._again()

    def pick(self, kind: str, row: int) -> None:
        """Tell about a feature, and mark it in the view."""
        if self._city is None:
            return
        table = self._city.meshes[kind].table
        if not table:
            self.unpick()
            return
        self._what = (kind, row)
        self.picked.emit()
        self._view.select(kind, row)
        if self._district is None:
            self._inspector.show_sentence(self._why_no_facts)
        else:
            self._inspector.show_facts(facts.facts_of(self._district, table, row))

    def unpick(self) -> None:
        """Let go of what was picked."""
        if self._what is not None:
            self._view.select(self._what[0], None)
        self._what = None
        self._inspector.hide()

    def leave(self, kinds: Collection[str]) -> None:
        """Let go of what was picked if it is one of these kinds."""
        if self._what is not None and self._what[0] in kinds:
            self.unpick()

    def _again(self) -> None:
        if self._what is not None:
            self.pick(*self._what)
