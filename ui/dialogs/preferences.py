"""Settings: how the window looks and speaks, whom it asks, and what it keeps on disk."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from twin import settings as settings_
from twin.language import TRANSLATIONS, _
from twin.model import TwinError
from twin.settings import Settings
from ui.dialogs.form import Form

if TYPE_CHECKING:
    from pathlib import Path

    from ui.memory import Memory

_NAMES = {"en": "English", "zh_CN": "简体中文", "zh": "中文", "de": "Deutsch", "fi": "Suomi"}
_SERVERS = ("overpass_url", "nominatim_url", "contact", "update_url", "area_limit_km2")


class PreferencesDialog(Form):
    """Asks for the user's settings. Emits what they are to be once they are sound and kept."""

    wished = Signal(object, object)
    """A `Memory` and a `Settings`."""

    def __init__(self, parent: QWidget, memory: Memory, settings: Settings) -> None:
        super().__init__(parent, _("Settings"), _("Keep"))
        self._memory, self._settings = memory, settings
        self.head(_("Window"))
        self._language = _choice({"": _("As the system"), **_languages()}, memory.language)
        self.field(_("Language"), self._language, _("From the next start on."))
        self._theme = _choice({"": _("As the system"), "light": _("Light"), "dark": _("Dark")}, memory.theme)
        self.field(_("Colours"), self._theme)
        self._still = QCheckBox(_("Jump instead of flying"))
        self._still.setChecked(memory.still)
        self.field(_("Motion"), self._still)
        self.head(_("Network"))
        self._lines = {name: QLineEdit(_text(getattr(settings, name))) for name in _SERVERS}
        usual = {entry: _text(getattr(Settings, entry, "")) for entry in _SERVERS}
        for name, line in self._lines.items():
            line.setObjectName(name)
            line.setPlaceholderText(usual[name])
            line.textChanged.connect(self._check)
        self.field(_("Overpass server"), self._lines["overpass_url"], _("Gives the map. Empty: the public one."))
        self.field(_("Nominatim server"), self._lines["nominatim_url"], _("Knows where places are."))
        self._lines["contact"].setPlaceholderText(_("A mail or web address, told to the servers"))
        self.field(_("Contact"), self._lines["contact"])
        limit = self._lines["area_limit_km2"]
        limit.setFixedWidth(104)
        self.field(_("Largest area in km²"), limit, _("Larger ones are not downloaded."))
        self._lines["update_url"].setPlaceholderText(_("Nobody is asked"))
        self.field(_("Newer versions from"), self._lines["update_url"])
        self._updates = QCheckBox(_("Look once a day; nothing is downloaded"))
        self._updates.setChecked(memory.updates == "yes")
        self.field(_("Newer versions"), self._updates)
        self.head(_("Disk"))
        self._size = QLabel()
        self._clear = QPushButton(_("Clear"))
        self._clear.setProperty("type", "main")
        self._clear.setAutoDefault(False)
        self._clear.clicked.connect(self._empty)
        kept = QWidget()
        line_ = QHBoxLayout(kept)
        line_.setContentsMargins(0, 0, 0, 0)
        line_.addWidget(self._size, 1)
        line_.addWidget(self._clear)
        self.field(_("Servers' answers"), kept, str(settings.cache))
        self._show_size()

    def take(self) -> None:
        """Keep the settings, or say why they cannot be."""
        changed = {
            name: line.text()
            for name, line in self._lines.items()
            if line.text() != _text(getattr(self._settings, name))
        }
        try:
            if changed:
                settings_.keep(changed)
            fresh = Settings.load() if changed else self._settings
        except TwinError as trouble:
            self.complain(str(trouble))
            return
        memory = replace(
            self._memory,
            language=self._language.currentData(),
            theme=self._theme.currentData(),
            still=self._still.isChecked(),
            updates=_answer(self._memory.updates, self._updates.isChecked()),
        )
        self.accept()
        self.wished.emit(memory, fresh)

    def _check(self) -> None:
        """Say at once what no address can be."""
        try:
            for name, line in self._lines.items():
                if text := line.text().strip():
                    changed: dict[str, Any] = {name: _number(text) if name == "area_limit_km2" else text}
                    replace(self._settings, **changed)
        except TwinError as trouble:
            self.complain(str(trouble))
        else:
            self.complain("")

    def _show_size(self) -> None:
        size = sum(path.stat().st_size for path in _answers(self._settings.cache))
        self._size.setText(_("{size} MB").format(size=f"{size / 1e6:.1f}"))
        self._clear.setEnabled(size > 0)

    def _empty(self) -> None:
        for kind in ("overpass", "nominatim"):
            shutil.rmtree(self._settings.cache / kind, ignore_errors=True)
        self._show_size()


def _answer(before: str, wanted: bool) -> str:
    """Return what is known about looking for newer versions; who never said anything has not been asked yet."""
    return "yes" if wanted else before.replace("yes", "no")


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _number(text: str) -> float | str:
    """Return the number that a text is; what is none stays a text, for the settings to refuse."""
    try:
        return float(text)
    except ValueError:
        return text


def _answers(cache: Path) -> list[Path]:
    return [path for kind in ("overpass", "nominatim") for path in (cache / kind).glob("*") if path.is_file()]


def _languages() -> dict[str, str]:
    """Return the languages that the program speaks, each in its own name."""
    found = sorted(path.parent.parent.name for path in TRANSLATIONS.glob("*/LC_MESSAGES/twin.mo"))
    return {code: _NAMES.get(code, code) for code in ["en", *found]}


def _choice(entries: dict[str, str], chosen: str) -> QComboBox:
    box = QComboBox()
    for value, said in entries.items():
        box.addItem(said, value)
    box.setCurrentIndex(max(0, list(entries).index(chosen) if chosen in entries else 0))
    return box
