"""A code book that is typed line by line."""

from __future__ import annotations

import pytest

from domain.kernel import BadInput
from domain.privacy.code_book import CodeBook
from domain.privacy.code_book_text import code_book_lines, typed_code_book

LINES = r'''
sex: Female, Male
age: 17..90
 "odd, name: x" : "a, b", plain,  "say ""hi"""
balance: -1.5e3 .. .5
'''


def read(lines: str) -> CodeBook:
    return typed_code_book("Code book of 2024", "A. Lovelace", lines)


def test_categories_and_bounds_are_read_with_their_source():
    book = read(LINES)
    assert (book.source, book.person) == ("Code book of 2024", "A. Lovelace")
    assert book.values == {
        "sex": ("Female", "Male"),
        "odd, name: x": ("a, b", "plain", 'say "hi"'),
    }
    assert book.bounds == {"age": (17.0, 90.0), "balance": (-1500.0, 0.5)}


def test_what_is_written_back_reads_the_same():
    book = read(LINES)
    assert read(code_book_lines(book)) == book


def test_a_range_in_quotes_is_a_category():
    assert read('band: "1..2"').values == {"band": ("1..2",)}
    assert read(code_book_lines(read('band: "1..2"'))).values == {"band": ("1..2",)}


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("sex Female, Male", "Line 1"),
        ("\nsex:", "Line 2"),
        (": Female", "Line 1"),
        ("age: 90..17", "lower bound"),
        ("age: 1..2\nage: 3..4", "second time"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_by_its_number(lines, words):
    with pytest.raises(BadInput, match=words):
        read(lines)


@pytest.mark.parametrize(("source", "person", "words"), [("", "A", "where"), ("S", " ", "who")])
def test_a_code_book_without_source_or_person_is_refused(source, person, words):
    with pytest.raises(BadInput, match=words):
        typed_code_book(source, person, "sex: Female, Male")
