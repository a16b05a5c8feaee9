"""How the child reads what servers send; it never imports osmnx for that."""

from __future__ import annotations

import json
import tempfile
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.osm import child

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def read(content: bytes) -> child.Document | str:
    """Return what an answer says about itself, or the code of its fault."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "answer.json"
        path.write_bytes(content)
        try:
            return child._check_document(path)
        except child.Failed as failed:
            return failed.fault.code


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=3), st.none() | st.lists(JSON, max_size=4), st.none() | JSON)
def test_that_answers_are_read_as_a_full_parser_reads_them(rest: Any, elements: Any, remark: Any) -> None:
    document = dict(rest)
    document |= {} if elements is None else {"elements": elements}
    document |= {} if remark is None else {"remark": remark}
    found = read(json.dumps(document).encode())
    if not isinstance(document.get("elements"), list):
        assert found == "no_elements"
    else:
        assert isinstance(found, child.Document)
        assert found.elements == len(document["elements"])
        if document.get("remark", "") == "":
            assert found.remark == ""
        elif not isinstance(remark, str) or remark.isalnum():
            assert found.remark != ""


@given(st.integers(0, 200))
def test_that_an_answer_cut_anywhere_is_not_taken_for_a_whole_one(at: int) -> None:
    whole = json.dumps({"version": 0.6, "elements": [{"type": "node", "id": k, "lat": 1.5} for k in range(5)]}).encode()
    assert read(whole[: min(at, len(whole) - 1)]) == "cut"


@given(st.binary(max_size=60))
def test_that_no_bytes_make_it_stumble(content: bytes) -> None:
    assert read(content) in {"cut", "web_page", "no_elements"}


def test_that_a_thousand_brackets_are_a_fault_and_no_crash() -> None:
    assert read(b'{"elements":' * 200_000) == "cut"


@given(st.text())
def test_that_foreign_words_cannot_steer_a_terminal(text: str) -> None:
    plain = child._plain(text)
    assert len(plain) <= child.DETAIL_LENGTH_MAX
    assert plain == "" or plain.isprintable()


@given(st.text(max_size=30))
def test_that_any_wait_that_a_server_names_is_understood_or_ignored(header: str) -> None:
    seconds = child._retry_after_s(header)
    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(("header", "seconds"), [("34", 34.0), (" 0 ", 0.0), ("", None), ("soon", None), ("-5", None)])
def test_that_waits_are_read(header: str, seconds: float | None) -> None:
    assert child._retry_after_s(header) == seconds


def test_that_a_wait_until_a_date_is_read() -> None:
    assert child._retry_after_s(formatdate(time.time() + 60, usegmt=True)) == pytest.approx(60, abs=5)
    assert child._retry_after_s(formatdate(time.time() - 60, usegmt=True)) == 0.0


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (
            b"<html><head><title>OSM3S</title></head><body><p>Old.</p><p><strong>Error</strong>: no room. </p>",
            "Error: no room.",
        ),
        (b"<h1>Not &amp; Found</h1><style>p {}</style><p>more</p>", "Not & Found"),
        (b"plain words", "plain words"),
        (b"<html></html>", ""),
    ],
)
def test_that_the_telling_line_of_an_error_page_is_found(page: bytes, message: str) -> None:
    assert child._message_in(page) == message
