"""The unit of privacy as sentences say it, after “one”, “each” or “a”."""

from __future__ import annotations

from domain.privacy.budget import ROW


def unit_noun(unit: str) -> str:
    """“row”, or a person with the column that tells people apart: a column's name alone reads as
    if one of its values were protected."""
    return ROW if unit == ROW else f"person (column “{unit}”)"
