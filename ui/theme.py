"""How the window is dressed: colours, type, icons, and the one style sheet that is made of them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

ASSETS = Path(__file__).resolve().parent.parent / "assets"
FAMILY = "Inter"
ICON_PX = 16
_SCALES = (1, 2, 3)
_STROKE = 'stroke-width="2"'
_THIN_STROKE = 'stroke-width="1.75"'


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of one of the window's two dresses, as "#rrggbb"."""

    name: str
    window: str
    panel: str
    raised: str
    text: str
    muted: str
    faint: str  # decoration only, never words
    line: str
    accent: str  # for action and focus
    on_accent: str
    ok: str
    warning: str
    error: str
    recording: str


LIGHT = Theme(
    name="light",
    window="#F4F3F0",
    panel="#FBFAF8",
    raised="#FFFFFF",
    text="#1E2227",
    muted="#5B636D",
    faint="#8E959E",
    line="#E2DFD9",
    accent="#1A5FD0",
    on_accent="#FFFFFF",
    ok="#18754C",
    warning="#8F5B10",
    error="#B93226",
    recording="#D13438",
)
DARK = Theme(
    name="dark",
    window="#14161A",
    panel="#1B1E24",
    raised="#232730",
    text="#E8EAED",
    muted="#A4ABB5",
    faint="#6C7480",
    line="#2E333D",
    accent="#5B9BFF",
    on_accent="#14161A",
    ok="#3FB984",
    warning="#E0A33E",
    error="#F0685C",
    recording="#FF5C61",
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def of(name: str) -> Theme:
    """Return the theme of a name; without one, the one that the system is in."""
    if name in THEMES:
        return THEMES[name]
    return DARK if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT


def wear(app: QApplication, theme: Theme) -> None:
    """Dress every window of a program in a theme."""
    if not app.styleSheet():  # the first theme: each of these has every widget look at itself again
        _load_fonts()
        app.setStyle("fusion")  # the native styles of the three systems do not all obey a style sheet
        font = QFont(FAMILY)
        font.setFamilies([FAMILY, "Noto Sans SC", "Noto Sans CJK SC", "Noto Sans"])
        font.setPixelSize(13)
        font.setFeature(QFont.Tag("tnum"), 1)  # numbers that change must not make their neighbours dance
        app.setFont(font)
    app.setPalette(_palette(theme))
    app.setStyleSheet(style_sheet(theme))


def icon(name: str, colour: str, size_px: int = ICON_PX) -> QIcon:
    """Return an icon of the set in one colour, sharp on every screen."""
    found = QIcon()
    for scale in _SCALES:
        found.addPixmap(_pixmap(name, colour, size_px, scale))
    return found


def picture(name: str, colour: str, size_px: int, ratio: float) -> QPixmap:
    """Return an icon of the set as pixels for a screen that has `ratio` of them to each of Qt's."""
    return _pixmap(name, colour, size_px, ratio)


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, size_px: int, ratio: float) -> QPixmap:
    drawing = (ASSETS / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    drawing = drawing.replace("currentColor", colour).replace(_STROKE, _THIN_STROKE)
    pixels = QPixmap(QSize(size_px, size_px) * ratio)
    pixels.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixels)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, pixels.width(), pixels.height()))
    painter.end()
    pixels.setDevicePixelRatio(ratio)
    return pixels


@lru_cache(maxsize=16)
def _file(name: str, colour: str) -> str:
    """Return the path of an icon in one colour: a style sheet takes pictures from files alone."""
    drawing = (ASSETS / "icons" / f"{name}.svg").read_text(encoding="utf-8").replace("currentColor", colour)
    path = _drawn() / f"{name}-{colour.removeprefix('#')}.svg"
    path.write_text(drawing, encoding="utf-8")
    return path.as_posix()


@lru_cache(maxsize=1)
def _drawn() -> Path:
    """Return a folder that goes when the program ends."""
    folder = tempfile.mkdtemp(prefix="district-twin-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _load_fonts() -> None:
    if FAMILY not in QFontDatabase.families():
        for path in sorted((ASSETS / "fonts").glob("*.ttf")):
            QFontDatabase.addApplicationFont(str(path))


def _palette(theme: Theme) -> QPalette:
    """Return the colours that Qt draws with where no style sheet reaches: menus, dialogs, tool tips."""
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in {
        role.Window: theme.window,
        role.Base: theme.raised,
        role.AlternateBase: theme.panel,
        role.Button: theme.raised,
        role.WindowText: theme.text,
        role.Text: theme.text,
        role.ButtonText: theme.text,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.accent,
        role.Accent: theme.accent,
        role.Mid: theme.line,
    }.items():
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(theme.faint))
    return palette


def style_sheet(theme: Theme) -> str:
    """Return the style sheet of a theme.

    Widgets are named by what they are (`#topbar`, `#notice`) and words by their property `type`: title, heading,
    muted, value.
    """
    sheet = _SHEET.replace("$check$", _file("check", theme.on_accent)).replace(
        "$down$", _file("chevron-down", theme.muted)
    )
    for token in Theme.__dataclass_fields__:
        sheet = sheet.replace(f"${token}$", str(getattr(theme, token)))
    return sheet


_SHEET = """
* { outline: none; font-family: "Inter"; font-size: 13px; }
QMainWindow, #stage, QDialog { background: $window$; color: $text$; }
QToolTip { background: $raised$; color: $text$; border: 1px solid $line$; padding: 4px 8px; }

#topbar { background: $panel$; border-bottom: 1px solid $line$; }
#sidebar { background: $panel$; border-right: 1px solid $line$; }
#inspector, #sensor { background: $panel$; border-left: 1px solid $line$; }

QLabel { background: transparent; color: $text$; }
QLabel[type="title"] { font-size: 15px; font-weight: 600; }
QLabel[type="subject"] { font-size: 20px; font-weight: 600; }
QLabel[type="heading"] { font-size: 12px; font-weight: 600; color: $muted$; }
QLabel[type="small"] { font-size: 11px; color: $muted$; }
QLabel[type="muted"] { font-size: 12px; color: $muted$; }
QLabel[type="term"] { color: $muted$; }
QLabel[type="value"] { font-weight: 500; }
QLabel[type="key"] { font-size: 12px; color: $muted$; }
QLabel[type="tag"] { font-size: 12px; }
QLabel[type="warning"] { font-size: 12px; color: $warning$; }
QLabel[type="alarm"] { font-size: 12px; color: $error$; }
QLabel[type="ok"] { font-size: 12px; color: $ok$; }
QLabel[type="error"] { color: $error$; font-weight: 500; }
QFrame[type="rule"] { background: $line$; border: none; max-height: 1px; min-height: 1px; }

QPushButton, QToolButton {
    background: transparent; color: $text$; border: 1px solid transparent; border-radius: 6px;
    min-height: 28px; padding: 0 10px;
}
QToolButton { min-width: 28px; padding: 0; }
QToolButton::menu-indicator { image: none; width: 0; }
QToolButton:checked { background: $window$; border-color: $line$; color: $accent$; }
QToolButton[type="main"] { background: $raised$; border: 1px solid $line$; font-weight: 500; padding: 0 10px; }
QToolButton[type="main"]:focus { border-color: $accent$; }
QPushButton:hover, QToolButton:hover { background: $window$; border-color: $line$; }
QPushButton:pressed, QToolButton:pressed { background: $line$; }
QPushButton:focus, QToolButton:focus { border: 1px solid $accent$; }
QPushButton[type="main"] { background: $raised$; border: 1px solid $line$; font-weight: 500; }
QPushButton[type="main"]:hover { background: $window$; }
QPushButton[type="main"]:focus { border-color: $accent$; }
QPushButton[type="main"]:disabled, QToolButton[type="main"]:disabled { color: $muted$; background: transparent; }
QPushButton[type="accent"] { background: $accent$; color: $on_accent$; font-weight: 500; padding: 0 16px; }
QPushButton[type="accent"]:hover { border-color: $text$; }
QPushButton[type="accent"]:focus { border: 2px solid $text$; }
QPushButton[type="accent"]:disabled { background: $line$; color: $muted$; }
QSlider::groove:horizontal { height: 3px; background: $line$; border-radius: 1px; }
QSlider::sub-page:horizontal { background: $accent$; border-radius: 1px; }
QSlider::handle:horizontal {
    background: $raised$; border: 2px solid $accent$; width: 12px; height: 12px; margin: -7px 0; border-radius: 8px;
}
QPushButton[type="row"] { text-align: left; min-height: 36px; padding: 0; }
QPushButton[type="row"]:disabled { background: transparent; }
QPushButton[type="link"] { color: $accent$; font-weight: 500; }
#source { font-size: 12px; padding: 0 4px; margin-left: -5px; }

#looks { background: $window$; border: 1px solid $line$; border-radius: 8px; }
#looks QPushButton { min-height: 26px; color: $muted$; padding: 0 12px; border-radius: 6px; }
#looks QPushButton:hover { color: $text$; background: transparent; border-color: transparent; }
#looks QPushButton:checked { background: $raised$; color: $text$; border: 1px solid $line$; font-weight: 500; }
#looks QPushButton:focus { border-color: $accent$; }

#layers QPushButton { text-align: left; padding: 0 8px; min-height: 36px; }
#layers QPushButton[shown="false"] QLabel { color: $muted$; }

QPushButton[type="section"] {
    font-size: 12px; font-weight: 600; color: $muted$; text-align: left; padding: 0 8px 0 6px; min-height: 28px;
}
#corner { background: transparent; }
QFrame[floats="true"] { background: $raised$; border: 1px solid $line$; border-radius: 8px; }
#flythere { padding: 0; border-radius: 6px; min-height: 0; }
#viewname { background: transparent; color: $text$; border: 1px solid transparent; border-radius: 4px; padding: 4px; }
#viewname:hover { border-color: $line$; }
#viewname:focus { background: $raised$; border-color: $accent$; }
#coordinates {
    background: $panel$; border-radius: 4px; border: none; font-size: 11px; color: $muted$;
    min-height: 20px; padding: 0 6px; text-align: left;
}
#coordinates:hover { color: $text$; }
#keycard { background: $raised$; border: 1px solid $line$; border-radius: 8px; }
QLabel[type="keycap"] { font-size: 12px; font-weight: 500; color: $muted$; }
#credit { background: $panel$; border-radius: 4px; }
QMenu { background: $raised$; border: 1px solid $line$; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 4px; min-height: 18px; }
QMenu::item:selected { background: $window$; color: $text$; }
QMenu::item:disabled { color: $muted$; }
QMenu::separator { height: 1px; background: $line$; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QPushButton[type="row"] { text-align: left; min-height: 30px; padding: 0; border-radius: 6px; }
QPushButton[type="row"] QLabel { background: transparent; }
#choice { text-align: left; padding: 0 10px; }
#choice::menu-indicator { image: none; width: 0; }
#palette {
    background: $window$; color: $text$; border: 1px solid $line$; border-radius: 8px; min-height: 32px;
    padding: 0 10px 0 4px; selection-background-color: $accent$; selection-color: $on_accent$;
}
#palette:hover { border-color: $faint$; }
#palette:focus { border-color: $accent$; background: $raised$; }
QLabel[type="keycap"] {
    background: $raised$; border: 1px solid $line$; border-radius: 4px; color: $muted$;
    font-size: 11px; padding: 1px 6px;
}
#lines { background: transparent; border: none; outline: none; }
#skeleton { background: $window$; }

QLabel[type="chip"], QLabel[type="chip-warning"] {
    font-size: 11px; font-weight: 500; border-radius: 4px; padding: 1px 6px; border: 1px solid $line$; color: $muted$;
}
QLabel[type="chip-warning"] { color: $warning$; border-color: $warning$; }
QPushButton[type="preset"] { text-align: left; padding: 0 8px; min-height: 32px; }
QPushButton[type="chosen"] {
    background: $raised$; border: 1px solid $line$; font-weight: 500; text-align: left; padding: 0 8px;
    min-height: 26px; image: url($down$); image-position: right center;
}
QPushButton[type="chosen"]:hover { background: $window$; }
QPushButton[type="chosen"]:focus { border-color: $accent$; }
#values { background: $raised$; border: 1px solid $line$; border-radius: 6px; color: $text$; font-size: 12px; }
#values QHeaderView::section { background: $raised$; color: $muted$; border: none; font-size: 11px; padding: 4px; }
#values::item:selected { background: $window$; color: $text$; }
#paper { background: $raised$; border: 1px solid $line$; border-radius: 6px; color: $text$; padding: 4px; }
QSplitter::handle { background: transparent; width: 8px; }
#timeline { background: $panel$; border-top: 1px solid $line$; }
#play { background: $accent$; border-radius: 15px; min-width: 30px; min-height: 30px; }
#play:hover { background: $accent$; border-color: $text$; }
#play:focus { border: 2px solid $text$; }
QPushButton[type="lamp"] { padding: 0 10px 0 8px; font-weight: 500; border: 1px solid $line$; border-radius: 15px; }
QPushButton[type="lamp"]:hover { background: $window$; }
QPushButton[type="lamp"]:focus { border-color: $accent$; }
#live[live="true"] { color: $ok$; border-color: $ok$; }
#live[live="false"] { color: $accent$; }
#record[recording="true"] { color: $recording$; border-color: $recording$; }
#day { padding: 0 8px; font-weight: 500; }
#day:disabled { color: $text$; background: transparent; }
#time {
    background: transparent; border-color: transparent; font-size: 15px; font-weight: 600; padding: 0 6px;
    min-height: 28px;
}
#time:hover { border-color: $line$; }
#time:focus { background: $raised$; border-color: $accent$; }
#time[wrong="true"] { border-color: $error$; color: $error$; }
#calendar { background: $raised$; border: 1px solid $line$; border-radius: 8px; }
QPushButton[type="day"] { padding: 0; min-height: 0; border-radius: 16px; font-weight: 500; }
QPushButton[type="day"][other="true"] { color: $muted$; font-weight: 400; }
QPushButton[type="day"]:disabled { color: $muted$; font-weight: 300; background: transparent; }
QPushButton[type="day"][chosen="true"] { background: $accent$; color: $on_accent$; }

QLineEdit, QSpinBox, QComboBox {
    background: $raised$; color: $text$; border: 1px solid $line$; border-radius: 6px; min-height: 30px;
    padding: 0 8px; selection-background-color: $accent$; selection-color: $on_accent$;
}
QLineEdit:focus, QSpinBox:focus, QComboBox:focus { border: 1px solid $accent$; }
QPlainTextEdit[type="code"] {
    background: $raised$; color: $text$; border: 1px solid $line$; border-radius: 6px; padding: 4px;
    font-family: "DejaVu Sans Mono", "Menlo", "Consolas", monospace; font-size: 12px;
    selection-background-color: $accent$; selection-color: $on_accent$;
}
QPlainTextEdit[type="code"]:focus { border: 1px solid $accent$; }
QLineEdit#where { min-height: 40px; font-size: 15px; padding: 0 12px; }
QComboBox::drop-down { border: none; width: 28px; }
QComboBox::down-arrow { image: url($down$); width: 16px; height: 16px; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; }
QComboBox QAbstractItemView {
    background: $raised$; color: $text$; border: 1px solid $line$; padding: 4px;
    selection-background-color: $window$; selection-color: $text$;
}
QCheckBox { color: $text$; spacing: 8px; min-height: 28px; }
QCheckBox::indicator { width: 16px; height: 16px; border: 1px solid $faint$; border-radius: 4px; background: $raised$; }
QCheckBox::indicator:checked { background: $accent$; border-color: $accent$; image: url($check$); }
QCheckBox::indicator:disabled { background: $window$; border-color: $line$; }
QCheckBox:disabled { color: $muted$; }
QCheckBox:focus { color: $accent$; }

QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical { background: $line$; border-radius: 3px; min-height: 32px; margin: 2px; }
QScrollBar::handle:vertical:hover { background: $faint$; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: transparent; height: 0;
}
QProgressBar { background: $line$; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }
QProgressBar::chunk { background: $accent$; border-radius: 2px; }
"""
