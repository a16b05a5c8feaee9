"""What somebody else's payloads mean: a mapping of ours, of a file, or written here beside a first message."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from twin.language import _

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence

    from twin.model import Report
    from twin.sources import Glimpse
    from ui.job import Job

_MESSAGE_PX, _WRITTEN_PX = 128, 168
_WRITTEN, _FROM_FILE = "\n", "\t"  # which no mapping is

_BEGINNING = """\
# Paths into the message; topic.1 is a level of the topic, arrived the time of arrival.
records = ""

[time]
columns = ["timestamp"]

[sensor]
columns = ["topic.2"]

[place]
lon = "longitude"
lat = "latitude"

[[measured]]
column = "value"
channel = "pm25"
"""


class Meaning(QWidget):
    """Asks for a mapping. Its message is fetched on another thread when it is asked for."""

    changed = Signal()
    resized = Signal()
    """It has more to show, or less."""

    failed = Signal(object)
    """The `TwinError` for which there is no message to show."""

    def __init__(
        self,
        mappings: Sequence[tuple[str, str]],
        fetch: Callable[[], Callable[[threading.Event], Glimpse] | None],
        messages: Job[Glimpse],
    ) -> None:
        """Offer mappings; `fetch` returns what gets a first message, or None where nothing can."""
        super().__init__()
        self._fetch = fetch
        self._messages = messages
        self._messages.delivered.connect(self._show_message)
        self._messages.failed.connect(self._fail)
        self._messages.stopped.connect(self._name_look)
        self.box = QComboBox()
        self.box.setObjectName("mapping")
        self.box.addItem(_("As this program writes them"), "")
        for mapping, title in mappings:
            self.box.addItem(title, mapping)
        self.box.addItem(_("Write it here"), _WRITTEN)
        self.box.addItem(_("From a file…"), _FROM_FILE)
        self.box.activated.connect(self._choose)
        self._message, self._written = QPlainTextEdit(), QPlainTextEdit(_BEGINNING)
        for text, name, said, height_px in (
            (self._message, "first-message", _("First message"), _MESSAGE_PX),
            (self._written, "written-mapping", _("Mapping"), _WRITTEN_PX),
        ):
            text.setObjectName(name)
            text.setProperty("type", "code")
            text.setAccessibleName(said)
            text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            text.setTabChangesFocus(True)
            text.setFixedHeight(height_px)
            text.hide()
        self._message.setReadOnly(True)
        self._written.textChanged.connect(self.changed)
        self._look = QPushButton()
        self._look.setObjectName("look")
        self._look.setProperty("type", "link")
        self._look.setAutoDefault(False)
        self._look.clicked.connect(self._turn_look)
        self._name_look()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.box)
        column.addWidget(self._written)
        column.addWidget(self._look, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._message)

    @property
    def mapping(self) -> str:
        """The mapping as a connection has it: a name, a path, or its text; empty for this program's own way."""
        told = str(self.box.currentData() or "")
        written = self._written.toPlainText().strip()
        return (f"{written}\n" if written else "") if told == _WRITTEN else told

    def show_mapping(self, mapping: str, *, own: bool) -> None:
        """Show a mapping; `own`: payloads may also be as this program writes them, and need none."""
        self.box.setItemText(0, _("As this program writes them") if own else _("Choose one"))
        if "\n" in mapping:
            self._written.setPlainText(mapping)
            mapping = _WRITTEN
        at = self.box.findData(mapping)
        if at < 0:
            at = 1
            self.box.insertItem(at, _("As in {mapping}").format(mapping=Path(mapping).name), mapping)
        self.box.setCurrentIndex(at)
        self._written.setVisible(mapping == _WRITTEN)

    def stop(self) -> None:
        """Wait for no message any more."""
        self._messages.stop()

    def _choose(self) -> None:
        if self.box.currentData() == _FROM_FILE:
            names = _("Mappings ({kinds})").format(kinds="*.toml *.json")
            name, _filter = QFileDialog.getOpenFileName(self, _("Mapping"), "", names)
            self.box.setCurrentIndex(0)
            if name:
                self.box.insertItem(1, _("As in {mapping}").format(mapping=Path(name).name), name)
                self.box.setCurrentIndex(1)
        self._written.setVisible(self.box.currentData() == _WRITTEN)
        self.changed.emit()
        self.resized.emit()

    def _turn_look(self) -> None:
        if self._messages.running:
            self._messages.stop()
            return
        get = self._fetch()
        if get is None:
            return

        def work(_report: Report, stop: threading.Event) -> Glimpse:
            return get(stop)

        self._messages.begin(work)
        self._name_look()

    def _show_message(self, found: Glimpse) -> None:
        self._message.setPlainText(f"{found.place}\n{found.text}")
        self._message.show()
        self._name_look()
        self.resized.emit()

    def _fail(self, trouble: object) -> None:
        self._name_look()
        self.failed.emit(trouble)

    def _name_look(self) -> None:
        self._look.setText(_("Stop waiting for a message") if self._messages.running else _("Show a first message"))
