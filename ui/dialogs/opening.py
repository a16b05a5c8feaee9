"""Open a district: one line for a place, coordinates or a file, and what was open lately."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from twin import district
from twin.language import _
from twin.model import TwinError
from ui import asked, theme
from ui.job import Job
from ui.opened import said_of_age

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.settings import Settings
    from ui.asked import Asked
    from ui.memory import Recent

WIDTH_PX = 600
_HEIGHT_PX = 500
_PAUSE_MS = 120
_RADIUS_MOST_M = 5_000


class OpenDialog(QDialog):
    """Asks what to open. Emits the wishes to open it, and to forget what was open once."""

    wished = Signal(object)
    """An `Asked`."""

    forget_wished = Signal(str)
    settings_wished = Signal()

    def __init__(self, parent: QWidget, settings: Settings, recent: Sequence[Recent], dress: theme.Theme) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Open district"))
        self.setFixedWidth(WIDTH_PX)
        self._settings = settings
        self._dress = dress
        self._asked: Asked | None = None
        self._at_once = False  # whether somebody waits for the outline to be read, to open what is in it
        self._outlines: Job[Asked] = Job(self)
        self._outlines.delivered.connect(self._take_outline)
        self._outlines.failed.connect(lambda trouble: self._show(str(trouble), "warning"))
        title = QLabel(_("Open district"))
        title.setProperty("type", "subject")
        self.line = QLineEdit()
        self.line.setObjectName("where")
        self.line.setPlaceholderText(_("Place, address, coordinates or file"))
        self.line.textChanged.connect(self._wait)
        self.line.returnPressed.connect(self._take)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setMinimumHeight(36)
        self.said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._round = QCheckBox(_("Around places too, instead of their outline"))
        self._round.toggled.connect(self._understand)
        self._radius = QSpinBox()
        self._radius.setRange(50, _RADIUS_MOST_M)
        self._radius.setSingleStep(50)
        self._radius.setValue(int(asked.RADIUS_M))
        self._radius.setFixedWidth(104)
        self._radius.lineEdit().setTextMargins(8, 0, 0, 0)  # a style sheet's padding does not reach into it
        self._radius.setSuffix("\u202fm")
        self._radius.setAccessibleName(_("Radius"))
        self._radius.valueChanged.connect(self._understand)
        around = QHBoxLayout()
        around.setSpacing(8)
        radius = QLabel(_("Radius"))
        radius.setProperty("type", "term")
        radius.setBuddy(self._radius)
        around.addWidget(radius)
        around.addWidget(self._radius)
        around.addSpacing(8)
        around.addWidget(self._round)
        around.addStretch(1)
        self._open = QPushButton(_("Open"))
        self._open.setProperty("type", "accent")
        self._open.setDefault(True)
        self._open.clicked.connect(self._take)
        file_ = QPushButton("\u2002" + _("Choose file…"))  # style sheets leave no room after the icon
        file_.setProperty("type", "main")
        file_.setIcon(theme.icon("folder-open", dress.text))
        file_.clicked.connect(self._choose)
        servers = QPushButton(_("Servers…"))
        servers.setProperty("type", "link")
        servers.clicked.connect(self.settings_wished)
        cancel = QPushButton(_("Cancel"))
        cancel.setProperty("type", "main")
        cancel.clicked.connect(self.reject)
        for button in (file_, servers, cancel):
            button.setAutoDefault(False)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(file_)
        foot.addWidget(servers)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self._open)
        heading = QLabel(_("Lately"))
        heading.setProperty("type", "heading")
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        sheet = QWidget()
        down = QVBoxLayout(sheet)
        down.setContentsMargins(0, 0, 0, 0)
        down.addLayout(self._rows)
        down.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(sheet)
        scroll.setMinimumHeight(56)
        scroll.setMaximumHeight(224)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(self.line)
        column.addWidget(self.said)
        column.addLayout(around)
        column.addSpacing(4)
        column.addWidget(heading)
        column.addWidget(scroll)
        column.addLayout(foot)
        self._pause = QTimer(self, interval=_PAUSE_MS, singleShot=True)
        self._pause.timeout.connect(self._understand)
        self._show_recent(recent)
        self._understand()
        most = self.screen().availableGeometry().height() - 40  # of it the system draws a frame around this
        self.resize(WIDTH_PX, min(_HEIGHT_PX, most))
        self.line.setFocus()

    def use(self, settings: Settings) -> None:
        """Ask other servers from now on."""
        self._settings = settings
        self._understand()

    def _show_recent(self, recent: Sequence[Recent]) -> None:
        shipped = str(district.sample())
        for one in recent:
            if one.path != shipped:
                self._rows.addWidget(self._row(one.name, said_of_age(one.data_time, one.retrieved)[0], Path(one.path)))
        self._rows.addWidget(self._row(_("Helsinki, the sample"), _("Shipped with the program"), district.sample()))

    def _row(self, name: str, age: str, path: Path) -> QWidget:
        there = path.is_file()
        row = QPushButton()
        row.setProperty("type", "row")
        row.setAutoDefault(False)
        row.setEnabled(there)
        row.setToolTip(str(path))
        row.setAccessibleName(_("Open {name}").format(name=name))
        row.clicked.connect(lambda: self._give(asked.Asked(file=path)))
        icon, said, old = QLabel(), QLabel(name), QLabel(age if there else _("The file is gone"))
        icon.setPixmap(theme.picture("file-box", self._dress.muted, 16, self.devicePixelRatioF()))
        said.setTextFormat(Qt.TextFormat.PlainText)
        said.setProperty("type", "value" if there else "term")
        old.setProperty("type", "muted")
        inside = QHBoxLayout(row)
        inside.setContentsMargins(10, 0, 10, 0)
        inside.setSpacing(10)
        inside.addWidget(icon)
        inside.addWidget(said, 1)
        inside.addWidget(old)
        for label in (icon, said, old):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        whole = QWidget()
        line = QHBoxLayout(whole)
        line.setContentsMargins(0, 0, 6, 0)
        line.setSpacing(4)
        line.addWidget(row, 1)
        if path != district.sample():
            forget = QToolButton()
            forget.setIcon(theme.icon("x", self._dress.muted))
            forget.setIconSize(QSize(14, 14))
            said_ = _("Take {name} off the list").format(name=name)
            forget.setToolTip(said_)
            forget.setAccessibleName(said_)
            forget.clicked.connect(whole.hide)
            forget.clicked.connect(lambda: self.forget_wished.emit(str(path)))
            line.addWidget(forget)
        return whole

    def _wait(self) -> None:
        self._open.setEnabled(False)
        self._pause.start()

    def _understand(self) -> None:
        """Say what the line asks for, or what is wrong with it, before anybody is bothered with it."""
        self._pause.stop()
        self._outlines.stop()
        text = self.line.text()
        self._asked, self._at_once = None, False
        try:
            if text.strip():
                found = asked.understand(text, radius_m=self._radius.value(), outline=not self._round.isChecked())
                said, tone = asked.check(found, self._settings), "term"
                if found.outline is None:
                    self._asked = found
                else:
                    self._outlines.begin(lambda _report, _stop: asked.settled(found))
            else:
                said, tone = _("“Kallio, Helsinki”, “60.1699, 24.9384”, “13.37,52.51,13.41,52.53” or a file."), "term"
        except TwinError as trouble:
            said, tone = str(trouble), "warning"
        self._show(said, tone)

    def _take_outline(self, found: Asked) -> None:
        """Say what the outline in a file asks for."""
        try:
            said = asked.check(found, self._settings)
        except TwinError as trouble:
            self._show(str(trouble), "warning")
            return
        self._asked = found
        self._show(said, "term")
        if self._at_once:
            self._give(found)

    def _show(self, said: str, tone: str) -> None:
        self.said.setText(said)
        self.said.setProperty("type", tone)
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        self._open.setEnabled(self._asked is not None)

    def _take(self) -> None:
        self._understand()
        if self._asked is not None:
            self._give(self._asked)
        else:
            self._at_once = self._outlines.running

    def done(self, result: int) -> None:
        """Read no outline any more."""
        self._outlines.close()
        super().done(result)

    def _give(self, what: Asked) -> None:
        self.accept()
        self.wished.emit(what)

    def _choose(self) -> None:
        kinds = "*.twin *.osm *.osm.gz *.osm.bz2 *.pbf *.gpkg *.json *.geojson"
        names = _("Districts and map data ({kinds})").format(kinds=kinds) + ";;" + _("All files (*)")
        name, _filter = QFileDialog.getOpenFileName(self, _("Open district"), "", names)
        if name:
            self.line.setText(name)
            self._take()
