"""About the program: its version, whose work it is made of, and what its support wants to know of this computer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QIcon, QTextCursor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

import assets
from twin import __version__, parts
from twin.language import _, _n
from ui.job import Job

if TYPE_CHECKING:
    from twin.doctor import Finding
    from twin.model import Progress, TwinError
    from twin.parts import Part

SIZE_PX = (860, 620)
LOGO_PX = 56


class AboutDialog(QDialog):
    """Three pages: the program, the licences of everything in it, this computer."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("About District Twin"))
        self.resize(*SIZE_PX)
        self.licences, self.computer = LicencesPage(), ComputerPage()
        self._pages = QStackedWidget()
        self._group = QButtonGroup(self)
        segments = QFrame()
        segments.setObjectName("looks")
        line = QHBoxLayout(segments)
        line.setContentsMargins(2, 2, 2, 2)
        line.setSpacing(2)
        entries = (
            (_("Program"), _program_page()),
            (_("Licences"), self.licences),
            (_("This computer"), self.computer),
        )
        for number, (said, page) in enumerate(entries):
            button = QPushButton(said)
            button.setCheckable(True)
            button.setChecked(not number)
            button.setAutoDefault(False)
            button.setObjectName(f"about-{number}")
            button.clicked.connect(lambda _checked=False, number=number: self.turn_to(number))
            self._group.addButton(button, number)
            self._pages.addWidget(page)
            line.addWidget(button)
        close = QPushButton(_("Close"))
        close.setProperty("type", "main")
        close.setAutoDefault(False)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addLayout(_head())
        column.addWidget(segments, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._pages, 1)
        column.addLayout(foot)

    def turn_to(self, number: int) -> None:
        """Show a page: 0 the program, 1 the licences, 2 this computer, which is looked at then."""
        self._pages.setCurrentIndex(number)
        self._group.button(number).setChecked(True)
        self._group.button(number).setFocus()
        if number == 1:
            self.licences.fill()
            self.licences.word.setFocus()
        elif number == 2:
            self.computer.look()

    def close_down(self) -> None:
        """End what still runs."""
        self.computer.close_down()


def _head() -> QHBoxLayout:
    logo, name, version = QLabel(), QLabel("District Twin"), QLabel()
    logo.setPixmap(QIcon(str(Path(assets.__file__).with_name("district-twin.svg"))).pixmap(LOGO_PX, LOGO_PX))
    name.setProperty("type", "subject")
    version.setProperty("type", "term")
    version.setText(_("Version {version}").format(version=__version__))
    version.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    names = QVBoxLayout()
    names.setSpacing(2)
    names.addStretch(1)
    names.addWidget(name)
    names.addWidget(version)
    names.addStretch(1)
    line = QHBoxLayout()
    line.setSpacing(16)
    line.addWidget(logo)
    line.addLayout(names, 1)
    return line


def _program_page() -> QWidget:
    page = QWidget()
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    for heading, sentences in (
        ("", [_("City districts in 3D, with what their sensors measure now and what they measured.")]),
        (
            _("The program"),
            [
                _("© The District Twin developers, under the MIT licence."),
                _("It stands on the work of many others, above all of OSMnx, Shapely and GEOS, NumPy, VTK and PyVista, "
                  "Qt and PySide, osmium, PROJ and GDAL. The page Licences names them all."),
            ],
        ),
        (
            _("The map"),
            [
                _("Map data © OpenStreetMap contributors, under the Open Database License (ODbL) 1.0."),
                _("Pictures keep the credit that is drawn into them. Whoever passes a .twin file on passes on a "
                  "database made from the map: under the same licence, and with the same credit."),
            ],
        ),
        (
            _("Readings"),
            [_("Sensor data belongs to whom its layer names; what is simulated says so wherever it is shown.")],
        ),
    ):  # fmt: skip
        if heading:
            label = QLabel(heading)
            label.setProperty("type", "heading")
            label.setContentsMargins(0, 12, 0, 0)
            column.addWidget(label)
        for sentence in sentences:
            words = QLabel(sentence)
            words.setWordWrap(True)
            words.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(words)
    links = QHBoxLayout()
    links.setContentsMargins(0, 12, 0, 0)
    links.setSpacing(4)
    for said, link in (
        (_("OpenStreetMap's copyright page"), "https://www.openstreetmap.org/copyright"),
        (_("What ODbL asks"), "https://opendatacommons.org/licenses/odbl/summary/"),
    ):
        links.addWidget(_link_button(said, link))
    links.addStretch(1)
    column.addLayout(links)
    column.addStretch(1)
    return page


class LicencesPage(QWidget):
    """Every part of the program with its version and licence, and the licence's text; a word finds them."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: tuple[Part, ...] = ()
        self._words: list[str] = []  # all of each part, as it is searched
        self.word = QLineEdit()
        self.word.setPlaceholderText(_("Find a package, a licence, or a word in its text"))
        self.word.setAccessibleName(self.word.placeholderText())
        self.word.setClearButtonEnabled(True)
        self.word.textChanged.connect(self._find)
        self._said = QLabel()
        self._said.setProperty("type", "muted")
        self.table = QTableWidget(0, 3)
        self.table.setObjectName("values")
        self.table.setHorizontalHeaderLabels([_("Part"), _("Version"), _("Licence")])
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.currentCellChanged.connect(lambda row, *_others: self._show(row))
        self.text = _paper()
        self._home = _link_button(_("Its page"), "")
        self._bill = QPushButton(_("Save the bill of materials…"))
        self._bill.setProperty("type", "main")
        self._bill.setAutoDefault(False)
        self._bill.clicked.connect(self._save)
        both = QSplitter()
        both.setChildrenCollapsible(False)
        both.addWidget(self.table)
        both.addWidget(self.text)
        both.setSizes([SIZE_PX[0] // 2, SIZE_PX[0] // 2])
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        foot.addWidget(self._home)
        foot.addWidget(self._bill)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.word)
        column.addWidget(both, 1)
        column.addLayout(foot)

    def fill(self) -> None:
        """Read what the program is made of, the first time."""
        if self._parts:
            return
        self._parts = parts.parts()
        self._words = [f"{part.name} {part.version} {part.licence}\n{part.text}".casefold() for part in self._parts]
        self.table.setRowCount(len(self._parts))
        for row, part in enumerate(self._parts):
            for column, told in enumerate((part.name, part.version, part.licence)):
                item = QTableWidgetItem(told)
                item.setToolTip(told)
                self.table.setItem(row, column, item)
        for column, mode in (
            (0, QHeaderView.ResizeMode.ResizeToContents),
            (1, QHeaderView.ResizeMode.ResizeToContents),
        ):
            self.table.horizontalHeader().setSectionResizeMode(column, mode)
        self._find(self.word.text())
        self.table.selectRow(0)

    def shown(self) -> list[str]:
        """Return the names of the parts that the word left."""
        return [part.name for row, part in enumerate(self._parts) if not self.table.isRowHidden(row)]

    def _find(self, word: str) -> None:
        word = word.strip().casefold()
        for row, words in enumerate(self._words):
            self.table.setRowHidden(row, word not in words)
        found = self.shown()
        self._said.setText(_n("{number} part", "{number} parts", len(found)).format(number=len(found)))
        current = self.table.currentRow()
        if found and (current < 0 or self.table.isRowHidden(current)):
            self.table.selectRow(next(row for row in range(len(self._parts)) if not self.table.isRowHidden(row)))
        else:
            self._mark()

    def _show(self, row: int) -> None:
        if 0 <= row < len(self._parts):
            part = self._parts[row]
            self.text.setPlainText(part.text or _("It brings no text of its licence; its page tells."))
            self._home.setVisible(bool(part.link))
            self._home.setProperty("link", part.link)
            self._home.setToolTip(part.link)
            self._mark()

    def _mark(self) -> None:
        """Show the word where the text has it."""
        self.text.moveCursor(QTextCursor.MoveOperation.Start)
        if word := self.word.text().strip():
            self.text.find(word)

    def _save(self) -> None:
        import json
        from datetime import UTC, datetime

        path, _kind = QFileDialog.getSaveFileName(self, _("Save the bill of materials"), "district-twin.cdx.json")
        if not path:
            return
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        try:
            Path(path).write_text(json.dumps(parts.bill(self._parts, now), indent=1), "utf-8")
        except OSError as fault:
            self._said.setText(
                _("{path} cannot be written: {detail}.").format(path=path, detail=fault.strerror or fault)
            )
        else:
            self._said.setText(_("Saved as {file}.").format(file=path))


class ComputerPage(QWidget):
    """What `twin doctor` finds on this computer, to read and to copy."""

    def __init__(self) -> None:
        super().__init__()
        self._job: Job[list[Finding]] = Job(self)
        self._job.progressed.connect(self._show_progress)
        self._job.delivered.connect(self._show)
        self._job.failed.connect(self._fail)
        self._looked = False
        words = QLabel(_("What to send along when something does not work. It holds folders and addresses, no secret."))
        words.setProperty("type", "term")
        words.setWordWrap(True)
        self.text = _paper()
        self._said = QLabel()
        self._said.setProperty("type", "muted")
        self._again, self.copy = QPushButton(_("Look again")), QPushButton(_("Copy"))
        self._again.clicked.connect(self._begin)
        self.copy.clicked.connect(self._copy)
        self.copy.setEnabled(False)
        foot = QHBoxLayout()
        foot.addWidget(self._said, 1)
        for button in (self._again, self.copy):
            button.setProperty("type", "main")
            button.setAutoDefault(False)
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(words)
        column.addWidget(self.text, 1)
        column.addLayout(foot)

    def look(self) -> None:
        """Look at this computer, the first time."""
        if not self._looked:
            self._looked = True
            self._begin()

    def close_down(self) -> None:
        """Give up looking."""
        self._job.stop()

    def _begin(self) -> None:
        from twin import doctor

        self._again.setEnabled(False)
        self.copy.setEnabled(False)
        self._job.begin(lambda report, _stop: doctor.examine(report=report))

    def _show_progress(self, word: Progress) -> None:
        self._said.setText(word.what)

    def _show(self, found: list[Finding]) -> None:
        from twin.cli.commands.doctor import as_text

        self.text.setPlainText(as_text(found))
        self._said.setText("")
        self._again.setEnabled(True)
        self.copy.setEnabled(True)

    def _fail(self, trouble: TwinError) -> None:
        self._said.setText(str(trouble))
        self._again.setEnabled(True)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        self._said.setText(_("Copied."))


def _paper() -> QPlainTextEdit:
    """Return a field of letters of one width, to read in."""
    paper = QPlainTextEdit()
    paper.setObjectName("paper")
    paper.setReadOnly(True)
    paper.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
    fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    paper.setStyleSheet(f'font-family: "{fixed.family()}"; font-size: 12px;')
    return paper


def _link_button(said: str, link: str) -> QPushButton:
    button = QPushButton(said)
    button.setProperty("type", "link")
    button.setProperty("link", link)
    button.setAutoDefault(False)
    button.setToolTip(link)
    button.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(str(button.property("link")))))
    return button
