"""A code book that is uploaded as JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.kernel import BadInput
from domain.privacy.code_book import CodeBook


def read(**columns: Any) -> CodeBook:
    said = {"source": "UCI code book", "person": "A. Lovelace", "columns": columns}
    return CodeBook.of_text(json.dumps(said).encode())


def test_words_numbers_and_bounds_are_read():
    book = read(sex={"values": ["Female", "Male", "Male"]}, grade={"values": [1, 2]}, age=AGE)
    assert book.values == {"sex": ("Female", "Male"), "grade": ("1", "2")}
    assert book.bounds == {"age": (17.0, 90.0)}
    assert CodeBook.from_document(book.to_document()) == book


AGE = {"low": 17, "high": 90}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"values": "Female"}, "“sex” takes a list"),
        ({"values": {"Female": 1}}, "“sex” takes a list"),
        ({"values": 3}, "“sex” takes a list"),
        ({"values": []}, "“sex” has an empty list"),
        ({"values": [["Female"], "Male"]}, "“sex” .* nothing nested"),
        ({"values": [{"name": "Female"}]}, "“sex” .* nothing nested"),
        ({"values": ["Female", None]}, "“sex” .* nothing nested"),
        ({"low": 90, "high": 17}, "“sex” has low 90 above high 17"),
        ({"low": 17}, "“sex” takes a number under “high”"),
        ({"low": "old", "high": 90}, "“sex” takes a number under “low”"),
        ({"low": 0, "high": float("inf")}, "“sex” takes a finite number under “high”"),
        ({"low": float("nan"), "high": 1}, "“sex” takes a finite number under “low”"),
        ({"values": ["1"], "low": 0, "high": 1}, "“sex” takes either"),
        ({}, "“sex” takes either"),
        (["Female", "Male"], "“sex” takes either"),
    ],
)
def test_a_column_that_cannot_be_read_is_named_with_the_reason(said, words):
    with pytest.raises(BadInput, match=words):
        read(age=AGE, sex=said)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b'{"source": "S",\n "person" "A"}', "line 2"),
        (b"\xff\xfe\xfa", "UTF-8"),
        (b"[]", "under “columns”"),
        (b'{"source": "S", "person": "A"}', "under “columns”"),
        (b'{"source": "", "person": "A", "columns": {}}', "“source”"),
        (b'{"source": "S", "person": 3, "columns": {}}', "“person”"),
    ],
)
def test_what_is_wrong_with_the_whole_is_said(text, words):
    with pytest.raises(BadInput, match=words):
        CodeBook.of_text(text)
