"""What is written over a picture with data: the moment, a legend for each layer, and whether it was simulated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from twin import quantity
from twin.language import _
from twin.legend import NO_DATA
from twin.type import font, font_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from twin.legend import Legend
    from twin.picture import Picture

_PAPER = ((251, 250, 248, 232), (20, 24, 35, 225))  # by day, by night
_INK = ((30, 34, 39, 255), (232, 234, 237, 255))
_MUTED = ((91, 99, 109, 255), (164, 171, 181, 255))
_LABEL = (143, 91, 16, 255)
_NARROWEST_PX = 190
_WIDEST_SHARE = 0.24  # of the picture
_TALLEST_SHARE = 0.94


def captioned(
    picture: NDArray[np.uint8], data: Picture, *, zone: str = "UTC", dark: bool = False, on_the_right: bool = False
) -> NDArray[np.uint8]:
    """Return a picture, shape (height, width, 3), with the moment and the legends of what is shown on its left.

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
    """
    from PIL import Image, ImageDraw

    height, width = picture.shape[:2]
    unit = max(0.6, min(height / 720, width / 1280))
    for _attempt in range(6):
        pen = _Pen(unit, dark, _WIDEST_SHARE * width)
        plates = [pen.of_moment(data.t, zone), *(pen.of_layer(told) for told in _legends(data))]
        tall = sum(plate.tall for plate in plates) + 8 * unit * (len(plates) + 1)
        if tall <= _TALLEST_SHARE * height:
            break
        unit *= max(0.6, 0.97 * _TALLEST_SHARE * height / tall)
    image = Image.fromarray(np.ascontiguousarray(picture))
    draw = ImageDraw.Draw(image, "RGBA")
    wide = max(plate.wide for plate in plates)
    x, y = (width - wide - 12 * unit, 70 * unit) if on_the_right else (12 * unit, 12 * unit)
    for plate in plates:
        plate.onto(draw, x, y, wide, pen)
        y += plate.tall + 8 * unit
    return np.asarray(image)


def moment_text(t: float, zone: str) -> str:
    """Return a moment as people of a zone write it: "Tue 12 Nov 2024  08:15:00 EET"."""
    try:
        local = datetime.fromtimestamp(t, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        local = datetime.fromtimestamp(min(max(t, 0.0), 4e9), UTC)
    return f"{local:%a} {local.day} {local:%b %Y}  {local:%H:%M:%S} {local.tzname() or ''}".rstrip()


def _legends(data: Picture) -> list[list[tuple[Legend, tuple[int, int] | None]]]:
    """Return the legends of each layer, its own first, with how many of its sensors report."""
    found: dict[str, list[tuple[Legend, tuple[int, int] | None]]] = {}
    for name, shown in sorted(data.shown.items(), key=lambda item: len(item[0])):
        mine = found.setdefault(shown.form.layer, [])
        if all(shown.legend != legend for legend, _reporting in mine):
            mine.append((shown.legend, data.reporting.get(name)))
    return [found[layer] for layer in sorted(found)]


def _runs(text: str, size: float) -> list[tuple[str, Any]]:
    """Return a text in pieces of one font each; Pillow's own letters have no thin space."""
    plain = text.replace(quantity.THIN_SPACE, " ")
    if plain.isascii():
        return [(plain, font(size))]
    runs: list[tuple[str, Any]] = []
    for letter in plain:
        face = font_for(letter, size)
        if runs and runs[-1][1].path == face.path:
            runs[-1] = runs[-1][0] + letter, face
        else:
            runs.append((letter, face))
    return runs


class _Plate:
    """Rows of text with a swatch or without, laid out."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, tuple[int, int, int, int], Any]] = []  # text, size, colour, swatch
        self.tall = self.wide = 0.0

    def onto(self, draw: Any, x: float, y: float, wide: float, pen: _Pen) -> None:
        """Draw it."""
        unit = pen.unit
        draw.rounded_rectangle((x, y, x + wide, y + self.tall), 6 * unit, fill=pen.paper)
        at = y + 8 * unit
        for text, size, ink, swatch in self.rows:
            step = 1.5 * size
            left = x + 11 * unit
            if swatch is not None:
                box = (left, at + step / 2 - 6 * unit, left + 16 * unit, at + step / 2 + 6 * unit)
                pen.swatch(draw, box, swatch)
                left += 24 * unit
            pen.write(draw, left, at + step / 2, text, size, ink)
            at += step


class _Pen:
    """Sizes and colours for one picture."""

    def __init__(self, unit: float, dark: bool, widest_px: float) -> None:
        self.unit, self.widest_px = unit, max(widest_px, _NARROWEST_PX * unit)
        self.paper, self.ink, self.muted = _PAPER[dark], _INK[dark], _MUTED[dark]
        self.label = (224, 163, 62, 255) if dark else _LABEL

    def of_moment(self, t: float, zone: str) -> _Plate:
        """Return the plate with the moment."""
        day, _gap, clock = moment_text(t, zone).partition("  ")
        plate = _Plate()
        plate.rows = [(clock, 24 * self.unit, self.ink, None), (day, 13 * self.unit, self.muted, None)]
        return self._measured(plate)

    def of_layer(self, legends: list[tuple[Legend, tuple[int, int] | None]]) -> _Plate:
        """Return the plate of a layer: its classes, what else is drawn, and everything that must be said of it."""
        unit, plate = self.unit, _Plate()
        small, plain = 11.5 * unit, 13 * unit
        told: list[str] = []
        for number, (legend, reporting) in enumerate(legends):
            if number == 0:
                title = f"{legend.title} ({legend.unit})" if legend.unit else legend.title
                plate.rows += [(line, plain, self.ink, None) for line in self._wrapped(title, plain)]
                if legend.origin != "measured":
                    plate.rows.append((legend.origin_label, plain, self.label, None))
            plate.rows += [(one.label, plain, self.ink, one.colour) for one in legend.classes]
            if number == 0:
                plate.rows.append((_("No data"), plain, self.ink, "hatched"))
                told += self._said(legend, reporting)
        for sentence in told:
            plate.rows += [(line, small, self.muted, None) for line in self._wrapped(sentence, small)]
        return self._measured(plate)

    @staticmethod
    def _said(legend: Legend, reporting: tuple[int, int] | None) -> list[str]:
        told = []
        if legend.standard and legend.standard != legend.title:
            told.append(legend.standard)
        if legend.averaging:
            told.append(_("Averaged: {period}").format(period=legend.averaging))
        if reporting is not None:
            told.append(_("{some} of {all} sensors reporting").format(some=reporting[0], all=reporting[1]))
        told += legend.notes
        told.append(" · ".join(word for word in (legend.owner, legend.source, legend.terms) if word))
        return told

    def write(self, draw: Any, x: float, y: float, text: str, size: float, ink: tuple[int, int, int, int]) -> None:
        """Write a line whose middle is at y."""
        for run, face in _runs(text, size):
            draw.text((x, y), run, font=face, fill=ink, anchor="lm")
            x += face.getlength(run)

    def swatch(self, draw: Any, box: tuple[float, float, float, float], colour: str) -> None:
        """Draw what a class looks like; "hatched" is no data."""
        draw.rounded_rectangle(box, 2 * self.unit, fill=NO_DATA if colour == "hatched" else colour)
        if colour == "hatched":
            left, top, right, bottom = box
            tall = bottom - top
            for start in np.arange(left, right - tall / 2, 5 * self.unit).tolist():
                end = min(start + tall, right)
                draw.line(
                    [(start, bottom), (end, bottom - (end - start))],
                    fill="#EDEBE6",
                    width=max(1, round(1.6 * self.unit)),
                )

    def _long(self, text: str, size: float) -> float:
        return float(sum(face.getlength(run) for run, face in _runs(text, size)))

    def _wrapped(self, text: str, size: float) -> list[str]:
        lines: list[str] = []
        for word in text.split():
            if lines and self._long(f"{lines[-1]} {word}", size) <= self.widest_px - 22 * self.unit:
                lines[-1] += f" {word}"
            else:
                lines.append(word)
        return lines

    def _measured(self, plate: _Plate) -> _Plate:
        unit = self.unit
        plate.tall = 16 * unit + sum(1.5 * size for _text, size, _ink, _swatch in plate.rows)
        plate.wide = 22 * unit + max(
            self._long(text, size) + (24 * unit if swatch is not None else 0) for text, size, _ink, swatch in plate.rows
        )
        return plate
