"""Raw values as a table: one row a reading, however many, made as they are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from twin.language import _
from twin.quantity import THIN_SPACE
from twin.readings import Quality
from ui.timeline.wording import local, said_time

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ui.charts.series import Series

Index = QModelIndex | QPersistentModelIndex


class Values(QAbstractTableModel):
    """The readings of a series: until when, the value, how good, how late."""

    def __init__(self, series: Series, zone: ZoneInfo) -> None:
        super().__init__()
        self._series, self._zone = series, zone

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008  (Qt's own signature)
        """One a reading."""
        return 0 if parent.isValid() else len(self._series.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Time, value, quality, lateness."""
        return 0 if parent.isValid() else 4

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        """Return what a column tells."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return (_("Time"), self._series.channel.unit or _("Value"), _("Quality"), _("Late"))[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        rows, row, column = self._series.rows, index.row(), index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{local(float(rows.t_end[row]), self._zone):%Y-%m-%d %H:%M:%S %z}"
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if column == 0:
            return said_time(float(rows.t_end[row]), self._zone)
        if column == 1:
            return f"{rows.value[row]:g}"
        if column == 2:
            return {Quality.GOOD: "", Quality.DOUBTFUL: _("doubtful"), Quality.ESTIMATED: _("estimated")}.get(
                Quality(int(rows.quality[row])), ""
            )
        late_s = float(rows.t_arrived[row] - rows.t_end[row])
        return f"{late_s:.0f}{THIN_SPACE}s" if late_s >= 1 else ""
