"""What is written over a picture with data: the moment, a legend for each layer, and at its foot whose data it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from twin import quantity
from twin.language import _
from twin.legend import NO_DATA
from twin.type import font, font_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from PIL.Image import Image

    from twin.legend import Legend
    from twin.picture import Picture

    Colour = tuple[int, int, int, int]

_PAPER = ((251, 250, 248, 236), (20, 24, 35, 230))  # by day, by night
_INK = ((30, 34, 39, 255), (232, 234, 237, 255))
_MUTED = ((84, 92, 102, 255), (164, 171, 181, 255))
_LABEL = ((143, 91, 16, 255), (224, 163, 62, 255))
_HATCH = ((NO_DATA, "#EDEBE6"), ("#2F2E2D", "#6B6A67"))  # of no data, which does not shine at night
_DOT = (None, "#FFF4D6")  # what moves is light in the dark
_WIDEST_SHARE = 0.17  # of the picture, unless that is too narrow for words
_NARROWEST_PX = 150
_FOOT_SHARE = 0.09  # of the picture's height: notes beyond it are left to the window, sources and terms never
_LEAST_UNIT = 0.84  # letters of ten pixels
_LINE = 1.38
_FINER = 4  # swatches are drawn so many times as large, and made smaller: Pillow's own edges are jagged


def captioned(
    picture: NDArray[np.uint8],
    data: Picture,
    *,
    zone: str = "UTC",
    dark: bool = False,
    on_the_right: bool = False,
    credit_px: tuple[float, float] = (0.0, 0.0),
    foot_px: float = 0.0,
) -> NDArray[np.uint8]:
    """Return a picture, shape (height, width, 3), with the moment, the legends and the sources of what is shown.

    Parameters
    ----------
    picture
        As `Scene.still` returns it, credit and all.
    data
        What it shows.
    zone
        The IANA zone in whose time the moment is written.
    dark
        Whether the picture is of a night.
    on_the_right
        Where the left is taken by something else; the upper corner stays free for a north arrow.
    credit_px
        Width and height of what the lower right corner holds.
    foot_px
        How much of the lower left corner is taken.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    groups = _legends(data)
    unit = min(height / 720, width / 1280)
    foot = _foot(groups, _Pen(max(unit, _LEAST_UNIT), dark), width, height, credit_px)
    floor = height - max(foot.tall + 20 * unit, 12 * unit) - foot_px
    if foot.lifted:
        floor -= credit_px[1]
    top = 70 * unit if on_the_right else 12 * unit
    room = floor - top
    for pen, columns in _sizes(unit, dark):
        widest = max(_WIDEST_SHARE * width, _NARROWEST_PX * pen.unit)
        plates = [_of_moment(data.t, zone, pen), *(_of_layer(told, pen, widest, columns) for told in groups)]
        gap = 6 * pen.unit
        if sum(plate.tall for plate in plates) + gap * (len(plates) - 1) <= room:
            break
    image = Image.fromarray(np.ascontiguousarray(picture))
    wide = max((plate.wide for plate in plates), default=0.0)
    x, y = (width - wide - 12 * unit if on_the_right else 12 * unit), top
    for plate in plates:
        plate.onto(image, x, y, wide, pen)
        y += plate.tall + gap
    if foot.rows:
        foot.onto(image, 12 * unit, floor + 8 * unit, foot.wide, _Pen(max(unit, _LEAST_UNIT), dark))
    return np.asarray(image)


def moment_text(t: float, zone: str) -> str:
    """Return a moment as people of a zone write it: "Tue 12 Nov 2024  08:15:00 EET"."""
    try:
        local = datetime.fromtimestamp(t, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        local = datetime.fromtimestamp(min(max(t, 0.0), 4e9), UTC)
    return f"{local:%a} {local.day} {local:%b %Y}  {local:%H:%M:%S} {local.tzname() or ''}".rstrip()


Group = list[tuple["Legend", str, tuple[int, int] | None]]
"""The legends of one layer with the manner of what they are of, and how many of its sensors report."""


def _legends(data: Picture) -> list[Group]:
    """Return the legends of each layer, its own first."""
    found: dict[str, Group] = {}
    for name, shown in sorted(data.shown.items(), key=lambda item: len(item[0])):
        mine = found.setdefault(shown.form.layer, [])
        if all(shown.legend != legend for legend, _manner, _reporting in mine):
            mine.append((shown.legend, shown.form.manner, data.reporting.get(name)))
    return [found[layer] for layer in sorted(found)]


def _sizes(unit: float, dark: bool) -> Iterable[tuple[_Pen, int]]:
    """Yield what to try until all fits: one column of classes, two, and then ever smaller letters."""
    readable = max(unit, _LEAST_UNIT)
    yield _Pen(readable, dark), 1
    yield _Pen(readable, dark), 2
    for _attempt in range(10):
        readable *= 0.85
        yield _Pen(readable, dark), 2


@dataclass
class _Row:
    """A line of a plate: words, one behind the other, each with a swatch or without."""

    size: float
    words: list[tuple[str, Colour, str]]  # text, ink, swatch: a colour, "hatched", or a dot's "o" and colour; or ""
    weight: str = "Medium"
    apart: float = 0.0  # from the beginning of one word to that of the next


@dataclass
class _Plate:
    """Lines on a ground of their own."""

    rows: list[_Row] = field(default_factory=list)
    tall: float = 0.0
    wide: float = 0.0
    lifted: bool = False  # a foot above the credits, not beside them

    def measured(self, pen: _Pen) -> _Plate:
        """Return the plate with its size."""
        self.tall = 12 * pen.unit + sum(_LINE * row.size for row in self.rows) if self.rows else 0.0
        self.wide = 20 * pen.unit + max((pen.length_of(row) for row in self.rows), default=0.0)
        return self

    def onto(self, image: Image, x: float, y: float, wide: float, pen: _Pen) -> None:
        """Draw it."""
        from PIL import ImageDraw

        draw = ImageDraw.Draw(image, "RGBA")
        draw.rounded_rectangle((x, y, x + wide, y + self.tall), 5 * pen.unit, fill=pen.paper)
        at = y + 6 * pen.unit
        for row in self.rows:
            step = _LINE * row.size
            pen.write(image, draw, x + 10 * pen.unit, at + step / 2, row)
            at += step


class _Pen:
    """Sizes and colours for one picture."""

    def __init__(self, unit: float, dark: bool) -> None:
        self.unit = unit
        self.paper, self.ink, self.muted, self.label = (both[dark] for both in (_PAPER, _INK, _MUTED, _LABEL))
        self.dot = _DOT[dark]

    def write(self, image: Image, draw: Any, x: float, y: float, row: _Row) -> None:
        """Write a line whose middle is at y."""
        for text, ink, swatch in row.words:
            left = x
            if swatch:
                self._swatch(image, left, y, swatch)
                left += 20 * self.unit
            for run, face in _runs(text, row.size, row.weight):
                draw.text((left, y), run, font=face, fill=ink, anchor="lm")
                left += face.getlength(run)
            x = x + row.apart if row.apart else left + 12 * self.unit

    def length_of(self, row: _Row) -> float:
        """Return how long a line is."""
        x = end = 0.0
        for text, _ink, swatch in row.words:
            end = x + (20 * self.unit if swatch else 0) + self.length(text, row.size, row.weight)
            x = x + row.apart if row.apart else end + 12 * self.unit
        return end

    def _swatch(self, image: Image, x: float, y: float, told: str) -> None:
        from PIL import Image as Images
        from PIL import ImageDraw

        fine = _FINER * self.unit
        wide, tall = 13 * fine, 9 * fine
        pixels = round(wide), round(tall)
        ground, stripe = _HATCH[self.dot is not None]
        tile, mask = Images.new("RGB", pixels, ground), Images.new("L", pixels)
        ink, cut = ImageDraw.Draw(tile), ImageDraw.Draw(mask)
        if told.startswith("o"):
            box = (wide / 2 - tall / 2, 0, wide / 2 + tall / 2, tall - 1)
            ink.ellipse(box, fill=self.dot or told[1:], outline=self.muted[:3], width=round(fine))
            cut.ellipse(box, fill=255)
        else:
            cut.rounded_rectangle((0, 0, wide - 1, tall - 1), 2 * fine, fill=255)
        if told == "hatched":
            for start in np.arange(-tall, wide, 4.5 * fine).tolist():
                ink.line([(start, tall), (start + tall, 0)], fill=stripe, width=round(1.4 * fine))
        elif not told.startswith("o"):
            tile.paste(told, (0, 0, *tile.size))
        size = round(13 * self.unit), round(9 * self.unit)
        tile, mask = (one.resize(size, Images.Resampling.LANCZOS) for one in (tile, mask))
        image.paste(tile, (round(x), round(y - 4.5 * self.unit)), mask)

    def length(self, text: str, size: float, weight: str = "Medium") -> float:
        """Return how long a text is."""
        return float(sum(face.getlength(run) for run, face in _runs(text, size, weight)))

    def wrapped(
        self, text: str, size: float, widest: float, lead_px: float = 0.0, *, weight: str = "Medium"
    ) -> list[str]:
        """Return a text in lines, broken between words; the first has something of a length before it."""
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".lstrip()
            room = widest - (lead_px if len(lines) == 1 else 0.0)
            if self.length(longer, size, weight) <= room or not (lines[-1] or (lead_px and len(lines) == 1)):
                lines[-1] = longer
            else:
                lines.append(word)
        return lines if lines[0] or lead_px else []


def _runs(text: str, size: float, weight: str) -> list[tuple[str, Any]]:
    """Return a text in pieces of one font each; Pillow's own letters have no thin space."""
    plain = text.replace(quantity.THIN_SPACE, " ")
    if plain.isascii():
        return [(plain, font(size, weight))]
    runs: list[tuple[str, Any]] = []
    for letter in plain:
        face = font_for(letter, size, weight)
        if runs and runs[-1][1].path == face.path:
            runs[-1] = runs[-1][0] + letter, face
        else:
            runs.append((letter, face))
    return runs


def _of_moment(t: float, zone: str, pen: _Pen) -> _Plate:
    day, _gap, clock = moment_text(t, zone).partition("  ")
    rows = [
        _Row(20 * pen.unit, [(clock, pen.ink, "")], "SemiBold"),
        _Row(11.5 * pen.unit, [(day, pen.muted, "")]),
    ]
    return _Plate(rows).measured(pen)


def _of_layer(group: Group, pen: _Pen, widest: float, columns: int) -> _Plate:
    """Return the plate of a layer: what its colours mean, what else is drawn, and how it came about."""
    unit = pen.unit
    small, plain = 10.5 * unit, 11.5 * unit
    legend, _manner, reporting = group[0]
    inner = widest - 20 * unit
    title = f"{legend.title} ({legend.unit})" if legend.unit else legend.title
    rows = [
        _Row(plain, [(line, pen.ink, "")], "SemiBold") for line in pen.wrapped(title, plain, inner, weight="SemiBold")
    ]
    about = [legend.averaging]
    if reporting is not None:
        about.insert(0, _("{some} of {all} sensors").format(some=reporting[0], all=reporting[1]))
    label = "" if legend.origin == "measured" else legend.origin_label
    lead_px = pen.length(label, small) + 12 * unit if label else 0.0
    for number, line in enumerate(pen.wrapped(" · ".join(word for word in about if word), small, inner, lead_px)):
        said = [(line, pen.muted, "")] if line else []
        rows.append(_Row(small, [(label, pen.label, ""), *said] if label and not number else said))
    words = [(one.label, pen.ink, one.colour) for one in legend.classes]
    more = [(_("No data"), pen.ink, "hatched")]
    for other, manner, _reporting in group[1:]:
        more += [(one.label, pen.ink, f"o{one.colour}" if manner == "dots" else one.colour) for one in other.classes]
    if columns == 1:
        rows += [_Row(plain, [word]) for word in words]
        row = _Row(plain, more)
        rows += [row] if pen.length_of(row) <= inner else [_Row(plain, [word]) for word in more]
    else:
        words += more
        deep = -(-len(words) // 2)
        apart = 32 * unit + max(pen.length(text, plain) for text, _ink, _swatch in words[:deep])
        rows += [_Row(plain, words[row::deep], apart=apart) for row in range(deep)]
    return _Plate(rows).measured(pen)


def _foot(groups: list[Group], pen: _Pen, width: int, height: int, credit_px: tuple[float, float]) -> _Plate:
    """Return whose data is shown and on what terms, and what else must be known of it, as few lines as it takes."""
    size, margin = 9.5 * pen.unit, 12 * pen.unit
    beside = width - credit_px[0] - 2 * margin
    lifted = beside < 0.45 * width
    inner = (width - 2 * margin if lifted else beside) - 20 * pen.unit
    legends = [group[0][0] for group in groups]
    sources = [word for legend in legends for word in (legend.source, legend.owner)]
    whose = " · ".join(dict.fromkeys(word for word in (*sources, *(legend.terms for legend in legends)) if word))
    notes = [
        f"{legend.standard}: {legend.caveat}" if legend.standard != legend.title else legend.caveat
        for legend in legends
        if legend.caveat
    ]
    notes += dict.fromkeys(note for legend in legends for note in legend.notes)
    lines = pen.wrapped(whose, size, inner)
    most = int((_FOOT_SHARE * height - 12 * pen.unit) / (_LINE * size))
    while notes:
        told = pen.wrapped(" ".join(notes), size, inner)
        if len(lines) + len(told) <= most:
            lines += told
            break
        notes.pop()
    return _Plate([_Row(size, [(line, pen.muted, "")], "Regular") for line in lines], lifted=lifted).measured(pen)
