"""A slip in a code book is told before it costs noise."""

from __future__ import annotations

import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.kernel import BadInput
from domain.privacy.code_book_text import typed_code_book
from domain.synthesis.code_book_checks import check_code_book

KINDS = {"age": SdType.INTEGER, "sex": SdType.CATEGORICAL, "born": SdType.DATETIME}
METADATA = Metadata(
    tables={
        "people": TableMetadata(
            columns=tuple(ColumnSpec(name=name, sdtype=kind) for name, kind in KINDS.items())
        )
    }
)


def check(lines: str) -> None:
    check_code_book(typed_code_book("A law", "Ada", lines), METADATA)


def test_words_for_words_and_bounds_for_numbers_pass():
    check("sex: Female, Male\nage: 0..120")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("gender: Female, Male", "names a column “gender”"),
        ("age: young, old", "lists words for the column “age”"),
        ("born: early, late", "lists words for the column “born”"),
        ("sex: 0..1", "gives bounds for the column “sex”"),
    ],
)
def test_a_slip_names_its_column(lines, words):
    with pytest.raises(BadInput, match=words):
        check(lines)
