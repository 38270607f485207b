"""Keyed hashes of values and of runs of words: enough to recognise a value, not to read it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
"""64-bit hashes."""

LONGEST_RUN = 8
"""Longer texts are recognised by eight consecutive words."""

_BETWEEN_WORDS = r"[\s\"“”„«»{}\[\]();:,|<>*`=\\]+"
_AROUND_WORDS = ".!?'…-–_"
_ODD = np.uint64(0x9E3779B97F4A7C15)
"""An odd multiplier (2⁶⁴ over the golden ratio, Knuth): tells the places in a run apart."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of some texts, one after the other, as hashes."""

    keys: Keys
    text: NDArray[np.int64]
    """For each word the number of the text that it stands in."""

    def runs(self, length: int) -> tuple[Keys, NDArray[np.int64]]:
        """A key for every run of ``length`` words of one text, and the place of its first word."""
        if len(self.keys) < length:
            return np.zeros(0, np.uint64), np.zeros(0, np.int64)
        ends = len(self.keys) - length + 1
        key = np.zeros(ends, np.uint64)
        for place in range(length):
            key = key * _ODD + self.keys[place : place + ends]
        whole = np.flatnonzero(self.text[:ends] == self.text[length - 1 :])
        return key[whole], whole

    def counts(self, texts: int) -> NDArray[np.int64]:
        """How many words each of the ``texts`` has."""
        return np.bincount(self.text, minlength=texts)


@dataclass(frozen=True, slots=True)
class Hasher:
    """SipHash-2-4 under a key that is drawn anew for every check and never written anywhere."""

    key: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)

    def whole(self, texts: pa.Array | pa.ChunkedArray | NDArray[Any]) -> Keys:
        """A key for every text as it stands; missing ones as the empty text."""
        if not isinstance(texts, np.ndarray):
            texts = pc.fill_null(texts, "").to_numpy(zero_copy_only=False)
        return np.asarray(
            pd.util.hash_array(texts.astype(object), hash_key=self.key, categorize=False),
            dtype=np.uint64,
        )

    def cells(self, column: pa.Array | pa.ChunkedArray) -> Keys:
        """The same, where texts repeat: each distinct one is hashed once."""
        coded = pc.dictionary_encode(pc.fill_null(column, ""))
        chunks = coded.chunks if isinstance(coded, pa.ChunkedArray) else [coded]
        found = [self.whole(c.dictionary)[c.indices.to_numpy()] for c in chunks]
        return np.concatenate(found) if found else np.zeros(0, np.uint64)

    def words(self, texts: pa.Array) -> Words:
        """The words of the texts in lower case, without what stands between and around them."""
        plain = pc.replace_substring(pc.utf8_lower(pc.fill_null(texts, "")), "’", "'")
        spaced = pc.replace_substring_regex(plain, _BETWEEN_WORDS, " ")
        split = pc.split_pattern(spaced, " ")
        words = pc.utf8_trim(pc.list_flatten(split), _AROUND_WORDS)
        text = pc.list_parent_indices(split).to_numpy()
        there = pc.not_equal(words, "").to_numpy(zero_copy_only=False)
        keys = self.cells(words)
        return Words(keys[there], text[there])


def among(keys: Keys, known: Keys) -> NDArray[np.bool_]:
    """Which ``keys`` are in the sorted ``known``."""
    if not len(known):
        return np.zeros(len(keys), dtype=np.bool_)
    places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return np.asarray(known[places] == keys)


def distinct(column: pa.ChunkedArray | pa.Array) -> tuple[pa.Array, NDArray[np.int64]]:
    """The distinct texts of a column, empty and missing ones left out, and how many cells each."""
    counted = pc.value_counts(pc.drop_null(column))
    values, counts = counted.field("values"), counted.field("counts").to_numpy()
    there = pc.not_equal(values, "")
    return values.filter(there), counts[there.to_numpy(zero_copy_only=False)]


def runs_of_all_lengths(words: Words) -> Iterator[Keys]:
    """Keys of every run of one to :data:`LONGEST_RUN` words."""
    for length in range(1, LONGEST_RUN + 1):
        yield words.runs(length)[0]
