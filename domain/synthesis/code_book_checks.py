"""A code book held against the confirmed columns: a slip in it would cost noise without a word."""

from __future__ import annotations

from domain.datasets.entities import ColumnSpec, Metadata, SdType
from domain.kernel import BadInput
from domain.privacy.code_book import CodeBook

_WORDS = (SdType.CATEGORICAL, SdType.BOOLEAN)
_NUMBERS = (SdType.INTEGER, SdType.FLOAT, SdType.DATETIME)


def check_code_book(book: CodeBook, metadata: Metadata) -> None:
    """Refuse columns that are not there, words for numbers and bounds for words. Reads no row."""
    specs = {spec.name: spec for table in metadata.tables.values() for spec in table.columns}
    for name in (*book.values, *book.bounds):
        if name not in specs:
            raise BadInput(
                f"The code book names a column “{name}”, which this dataset does not have; write "
                "it as in the file, or leave it out."
            )
        _check_kind(book, specs[name])


def _check_kind(book: CodeBook, spec: ColumnSpec) -> None:
    if spec.name in book.values and spec.sdtype in _NUMBERS:
        raise BadInput(
            f"The code book lists words for the column “{spec.name}”, which holds "
            f"{spec.sdtype} values; give its lowest and highest, or confirm it as categorical."
        )
    if spec.name in book.bounds and spec.sdtype in _WORDS:
        raise BadInput(
            f"The code book gives bounds for the column “{spec.name}”, which holds "
            f"{spec.sdtype} values; list its words instead."
        )
