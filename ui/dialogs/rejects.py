"""What an import did not take: for each reason how often, and the first lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from twin.language import _

if TYPE_CHECKING:
    from twin.importing import Imported


class RejectsDialog(QDialog):
    """A table of the first of each reason, the commonest first."""

    def __init__(self, parent: QWidget, found: Imported) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Not taken"))
        self.resize(720, 420)
        rows = sorted(found.rejects.examples, key=lambda example: -found.rejects.counts[example.reason])
        heads = [_("Why"), _("Where"), _("Sensor"), _("Channel"), _("Value")]
        table = QTableWidget(len(rows), len(heads))
        table.setHorizontalHeaderLabels(heads)
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        for row, example in enumerate(rows):
            said = f"{example.reason.sentence} ({found.rejects.counts[example.reason]})"
            for number, text in enumerate((said, example.where, example.sensor, example.channel, example.value)):
                table.setItem(row, number, QTableWidgetItem(text))
        table.resizeColumnsToContents()
        table.horizontalHeader().setStretchLastSection(True)
        close = QPushButton(_("Close"))
        close.setProperty("type", "main")
        close.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(table)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
