"""Lay a file of one's own over the district: what it is called, whose it is, and on what terms."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from twin.language import _
from twin.model import Source
from ui.dialogs.form import Form

if TYPE_CHECKING:
    from pathlib import Path

TEXT_MAX = 200


class OverlayDialog(Form):
    """Asks where a file's data is from: a district never holds data whose terms nobody told. Emits its `Source`."""

    wished = Signal(object)

    def __init__(self, parent: QWidget, path: Path) -> None:
        super().__init__(parent, _("Lay {file} over the district").format(file=path.name), _("Lay over"))
        self._path = path
        self._name, self._whose, self._terms = QLineEdit(path.stem), QLineEdit(), QLineEdit()
        self._whose.setPlaceholderText(_("The city's survey office, or yourself"))
        self._terms.setPlaceholderText(_("CC BY 4.0, or “internal use only”"))
        for name, line in (("name", self._name), ("whose", self._whose), ("terms", self._terms)):
            line.setObjectName(f"overlay-{name}")
            line.setMaxLength(TEXT_MAX)
            line.textChanged.connect(self._check)
        self.field(_("Name"), self._name)
        self.field(_("Whom it is from"), self._whose, _("Every picture of the district will name it."))
        self.field(_("Terms of use"), self._terms)
        self._check()
        self._whose.setFocus()

    def take(self) -> None:
        """Tell whose it is."""
        name, whose, terms = (" ".join(line.text().split()) for line in (self._name, self._whose, self._terms))
        self.accept()
        self.wished.emit(Source(name, terms, whose, retrieved=time.time(), detail=self._path.name))

    def _check(self) -> None:
        lacks = [line for line in (self._name, self._whose, self._terms) if not line.text().strip()]
        self.complain(_("Fill in all three: others will want to know.") if lacks else "")
