"""What all standards have in common, how their colours are told apart, and the command that lists them."""

from __future__ import annotations

import json
import math
from datetime import date

import numpy as np
import pytest

from twin.cli import dispatch
from twin.standards import catalogue, standard
from twin.standards.standard import SAFE_5, SAFE_6, graded

EVERY = [each for some in catalogue.catalogue().values() for each in some]

# What the eyes of people without one kind of cones make of linear red, green and blue: Machado, Oliveira and
# Fernandes (2009), severity 1.
VISION = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
GROUNDS = ("#EFEDE8", "#DEDBD5", "#FAF9F6", "#10131A", "#1A1F29", "#D5D2CC")
"""Ground, streets and walls by day and by night, and what no data looks like."""


def lab(colours: tuple[str, ...], vision: str = "usual") -> np.ndarray:
    """Return CIE L*a*b* of colours as an eye sees them."""
    rgb = np.array([[int(each[at : at + 2], 16) for at in (1, 3, 5)] for each in colours]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ VISION[vision].T, 0, 1)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    )
    xyz = seen @ to_xyz.T / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("palette", [SAFE_5, SAFE_6], ids=len)
def test_that_grades_are_told_apart_by_every_eye(palette: tuple[str, ...], vision: str) -> None:
    seen = lab(palette, vision)
    apart = np.linalg.norm(seen[:, None] - seen, axis=-1)[~np.eye(len(palette), dtype=bool)]
    assert apart.min() > 15  # a difference of 2.3 is just seen side by side


@pytest.mark.parametrize("palette", [SAFE_5, SAFE_6], ids=len)
def test_that_grades_stand_out_from_the_city_by_day_and_by_night(palette: tuple[str, ...]) -> None:
    apart = np.linalg.norm(lab(palette)[:, None] - lab(GROUNDS), axis=-1)
    assert apart.min() > 25


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.key)
def test_that_every_standard_says_what_it_is(one: standard.Standard) -> None:
    assert one.title
    assert len(one.grades) == len(one.colours) == len(one.safe)
    assert len({grade.title for grade in one.grades}) == len(one.grades)
    assert one.source or one.caveat
    for limits in one.limits:
        assert len(limits.bounds) == len(one.grades) - 1
        known = [bound for bound in limits.bounds if not math.isnan(bound)]
        assert known == sorted(known, reverse=not limits.rising)


def test_that_keys_are_unique() -> None:
    assert len({one.key for one in EVERY}) == len(EVERY)


def test_that_a_value_on_a_bound_goes_where_it_is_told() -> None:
    values = [0.0, 1.0, 1.5, 2.0, 3.0, np.nan]
    assert graded(values, [1, 2]).tolist() == [0, 0, 1, 1, 2, -1]
    assert graded(values, [1, 2], after=True).tolist() == [0, 1, 1, 2, 2, -1]
    assert graded(values, [2, 1], rising=False).tolist() == [2, 1, 1, 0, 0, -1]
    assert graded(values, [2, 1], rising=False, after=True).tolist() == [2, 2, 1, 1, 0, -1]


def test_that_a_missing_bound_parts_nothing() -> None:
    assert graded([5.0], [np.nan, 4.0, np.nan]).tolist() == [1]


def test_that_the_edition_of_a_day_is_the_one_in_force() -> None:
    old, new = (one for one in EVERY if one.family == "cn_hj633")
    assert not old.covers(date(2015, 12, 31))
    assert old.covers(date(2016, 1, 1))
    assert not old.covers(date(2026, 3, 1))
    assert standard.in_force([old, new], date(2026, 3, 1)) is new
    assert standard.in_force([old], date(2030, 1, 1)) is old


def test_that_the_command_lists_numbers_and_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch.run(["standards", "--json"]) == 0
    told = {one["key"]: one for one in json.loads(capsys.readouterr().out)["standards"]}
    assert set(told) == {one.key for one in EVERY}
    dust = next(line for line in told["us_epa_2024"]["breakpoints"] if line["pollutant"] == "pm25")
    assert dust["high"] == [9.0, 35.4, 55.4, 125.4, 225.4, 325.4]
    assert told["cn_hj633_2012"]["valid_until"] == "2026-02-28"
    assert told["hcm_freeway"]["needs"] == [["flow", "speed"], ["occupancy"]]


def test_that_the_command_says_it_to_people_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert dispatch.run(["standards"]) == 0
    told = capsys.readouterr().out
    for one in EVERY:
        assert f"[{one.key}]" in told
        assert one.source in told
    assert "pm25, pm10: NowCast of 12 hours" in told
