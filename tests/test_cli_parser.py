"""Arguments as people type them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.cli import parser
from twin.model import TwinError

BOX = ["-0.13", "51.50", "-0.12", "51.51"]


@pytest.mark.parametrize(
    "words",
    [
        ["--bbox", "-0.13,51.50,-0.12,51.51"],
        ["--bbox=-0.13,51.50,-0.12,51.51"],
        ["--bbox", *BOX],
        ["--bbox", "-0.13,", "51.50,", "-0.12,", "51.51"],
        ["--bbox=-0.13,", "51.50,", "-0.12,", "51.51"],
    ],
)
def test_that_western_longitudes_are_no_options(words: list[str]) -> None:
    assert parser.join_numbers([*words, "-o", "x.twin"]) == ["--bbox=-0.13,51.50,-0.12,51.51", "-o", "x.twin"]


@pytest.mark.parametrize("between", [";", "; ", " ", ", "])
def test_that_a_western_box_in_one_word_reaches_its_reader(between: str) -> None:
    joined = parser.join_numbers(["--bbox", between.join(BOX), "-o", "x.twin"])
    assert parser.box(joined[0].removeprefix("--bbox=")) == (-0.13, 51.5, -0.12, 51.51)
    assert joined[1:] == ["-o", "x.twin"]


def test_that_the_minus_of_a_web_page_is_a_minus() -> None:
    assert parser.point("\N{MINUS SIGN}33.8, 151.2") == (-33.8, 151.2)


def test_that_southern_latitudes_are_no_options() -> None:
    joined = parser.join_numbers(["--point", "-33.8,151.2", "--radius", "300", "-o", "x.twin"])
    assert joined == ["--point=-33.8,151.2", "--radius", "300", "-o", "x.twin"]


def test_that_a_negative_length_reaches_its_own_sentence() -> None:
    assert parser.join_numbers(["--radius", "-300"]) == ["--radius=-300"]


def test_that_a_place_after_a_point_is_not_swallowed() -> None:
    assert parser.join_numbers(["--point", "60.1", "24.9", "42"]) == ["--point=60.1,24.9", "42"]


def test_that_words_after_a_double_dash_stay_as_they_are() -> None:
    assert parser.join_numbers(["--", "--bbox", "-1,2,3,4"]) == ["--", "--bbox", "-1,2,3,4"]


@given(
    st.tuples(*[st.floats(-180, 180, allow_nan=False)] * 4),
    st.sampled_from([",", ", ", " ", ";"]),
    st.booleans(),
)
def test_that_any_box_survives_however_it_is_typed(numbers: tuple[float, ...], between: str, in_one_word: bool) -> None:
    typed = between.join(map(repr, numbers))
    words = ["--bbox", typed] if in_one_word else [f"--bbox={typed}"]
    assert [word for word in parser.join_numbers(words) if not word.startswith("--bbox=")] in ([], words)
    value = typed if in_one_word else parser.join_numbers(words)[0].removeprefix("--bbox=")
    assert parser.box(value) == numbers


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,nan,4", "1,2,inf,4"])
def test_that_a_broken_box_is_refused_with_the_option_named(text: str) -> None:
    with pytest.raises(TwinError, match="--bbox"):
        parser.box(text)


@pytest.mark.parametrize(("text", "metres"), [("500", 500), ("500m", 500), ("1.5km", 1500), (" 2 km ", 2000)])
def test_that_lengths_take_units(text: str, metres: float) -> None:
    assert parser.length("--radius")(text) == metres


@pytest.mark.parametrize("text", ["0", "-300", "nan", "inf", "1e3", "far", "1.2.3", "9" * 400])
def test_that_no_length_is_refused(text: str) -> None:
    with pytest.raises(TwinError, match="--radius"):
        parser.length("--radius")(text)


@pytest.mark.parametrize(
    ("text", "pixels"), [("1280x720", (1280, 720)), ("16X16384", (16, 16384)), ("64×32", (64, 32))]
)
def test_that_sizes_are_read(text: str, pixels: tuple[int, int]) -> None:
    assert parser.size(text) == pixels


@pytest.mark.parametrize("text", ["1280", "x", "15x100", "100x16385", "-5x5", "1280x720x3", "9999999x1"])
def test_that_a_size_out_of_reason_is_refused(text: str) -> None:
    with pytest.raises(TwinError, match="--size"):
        parser.size(text)


def test_that_an_output_with_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match=r"must end in \.png"):
        parser.output("-o", ".png")(str(tmp_path / "picture.jpg"))


def test_that_an_output_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="does not exist"):
        parser.output("-o", ".png")(str(tmp_path / "nowhere" / "picture.png"))


def test_that_a_folder_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "picture.png").mkdir()
    with pytest.raises(TwinError, match="is a folder"):
        parser.output("-o", ".png")(str(tmp_path / "picture.png"))


def test_that_looking_whether_a_folder_can_be_written_leaves_nothing(tmp_path: Path) -> None:
    assert parser.output("-o", ".png")(str(tmp_path / "picture.png")) == tmp_path / "picture.png"
    assert list(tmp_path.iterdir()) == []
