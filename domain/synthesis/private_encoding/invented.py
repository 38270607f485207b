"""Identifiers and texts of a private run: invented without a look at the real ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, PiiKind, SdType
from domain.synthesis.encoding.prose import draw_emails, draw_prose

_FIRST_NUMBER = 9_000_000_000
"""Invented numbers count upwards from here."""
_WORDS = np.arange(3, 13)
_PREFIX = "SYN-"
_KEYS = (PiiKind.SSN, PiiKind.PHONE, PiiKind.RECORD_NUMBER)


@dataclass(slots=True, kw_only=True)
class InventedColumn:
    """Values from a key space of their own: none was read, so none of them is real but by chance.

    No cell is missing.
    """

    spec: ColumnSpec
    salt: str
    issued: int = 0

    def invent(self, count: int, rng: np.random.Generator) -> pd.Series:
        """``count`` new values."""
        first, self.issued = self.issued, self.issued + count
        numbers = range(first, first + count)
        if self.spec.sdtype is SdType.DATETIME:
            days = rng.integers(-20_000, 15_000, count).astype("datetime64[D]")
            return pd.Series(days.astype("datetime64[ns]"))
        if self.spec.sdtype is SdType.INTEGER:
            return pd.Series([_FIRST_NUMBER + n for n in numbers], dtype="Int64")
        if self.spec.sdtype is SdType.FLOAT:
            return pd.Series([float(_FIRST_NUMBER + n) for n in numbers])
        texts = self._texts(numbers, rng)
        if self.spec.sdtype is SdType.CATEGORICAL:
            return pd.Series(pd.Categorical(texts))
        return pd.Series(texts, dtype="string[pyarrow]")

    def _texts(self, numbers: range, rng: np.random.Generator) -> list[str]:
        if self.spec.pii_kind is PiiKind.EMAIL:
            return list(draw_emails(len(numbers), rng))
        if self.spec.sdtype is SdType.TEXT and self.spec.pii_kind not in _KEYS:
            return list(draw_prose(len(numbers), _WORDS, rng))
        return [_PREFIX + _key(self.salt, number) for number in numbers]


def _key(salt: str, number: int) -> str:
    return hashlib.blake2b(f"{salt}/{number}".encode(), digest_size=6).hexdigest()
