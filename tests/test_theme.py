"""Colours that can be read, and a style sheet without holes."""

from __future__ import annotations

import dataclasses
import re

import pytest

from ui import theme

THEMES = pytest.mark.parametrize("dress", theme.THEMES.values(), ids=theme.THEMES)


def luminance(colour: str) -> float:
    """Return the relative luminance of "#rrggbb", WCAG 2.2."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@THEMES
def test_that_words_can_be_read_on_every_ground(dress: theme.Theme) -> None:
    for ground in (dress.window, dress.panel, dress.raised):
        for ink in (dress.text, dress.muted, dress.accent, dress.ok, dress.warning, dress.error):
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    assert contrast(dress.on_accent, dress.accent) >= 4.5


@THEMES
def test_that_the_style_sheet_names_colours_of_its_theme_only(dress: theme.Theme) -> None:
    sheet = theme.style_sheet(dress)
    assert "$" not in sheet
    used = set(re.findall(r"#[0-9A-Fa-f]{6}\b", sheet))
    assert used <= set(dataclasses.astuple(dress))
    assert {dress.window, dress.panel, dress.text, dress.accent} <= used


def test_that_faint_is_never_the_colour_of_words() -> None:
    for line in theme.style_sheet(theme.LIGHT).splitlines():
        assert not re.search(rf"(?<![-\w])color: {theme.LIGHT.faint}", line)


def test_that_every_icon_takes_the_colour_that_it_is_given() -> None:
    icons = sorted((theme.ASSETS / "icons").glob("*.svg"))
    assert icons
    for path in icons:
        drawing = path.read_text(encoding="utf-8")
        assert 'stroke="currentColor"' in drawing, path.name
        assert 'stroke-width="2"' in drawing, path.name
