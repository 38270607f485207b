"""Words for time zones in a table's own column: abbreviations, offsets and IANA names.

Of abbreviations only those are read that mean one offset: those of RFC 5322 (North America, UTC),
of the United States' weather service, and of the IANA database where no other zone shares them.
IST, BST and their kind have several meanings and are left as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from domain.datasets import time_zones
from domain.datasets.time_zones import Moments

ABBREVIATIONS: Mapping[str, int] = {
    **dict.fromkeys(("UTC", "UT", "GMT", "Z", "ZULU", "WET"), 0),
    "AST": -4,
    "ADT": -3,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
    "HDT": -9,
    "SST": -11,
    "CHST": 10,
    "GST": 10,
    "WEST": 1,
    "CET": 1,
    "CEST": 2,
    "MEZ": 1,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "SAST": 2,
    "WAT": 1,
    "CAT": 2,
    "EAT": 3,
    "PKT": 5,
    "WIB": 7,
    "WITA": 8,
    "WIT": 9,
    "HKT": 8,
    "JST": 9,
    "KST": 9,
    "AWST": 8,
    "AEST": 10,
    "AEDT": 11,
    "NZST": 12,
    "NZDT": 13,
}
"""Hours ahead of UTC (GST: Guam, as the weather service writes it)."""

_OFFSET = re.compile(r"(?:UTC|GMT|[A-Z]{2,4})?([+-])(\d{1,2})(?::?([0-5]\d))?")
"""``+01:00``, ``UTC-3``, and the weather service's ``CST-6``, where the offset is what counts."""
_FARTHEST = 14 * 60


def is_zone_word(word: str) -> bool:
    """Whether the word says how far a clock is from UTC."""
    return fixed_offset(word) is not None or _named(word)


def fixed_offset(word: str) -> int | None:
    """Minutes ahead of UTC, where the word means the same all year; ``None`` where it does not."""
    plain = word.strip().upper()
    if plain in ABBREVIATIONS:
        return ABBREVIATIONS[plain] * 60
    found = _OFFSET.fullmatch(plain)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return None if minutes > _FARTHEST else (-minutes if found[1] == "-" else minutes)


def unknown_words(words: Iterable[str]) -> set[str]:
    """The words of which it is not known how far their clocks are from UTC."""
    return {word for word in words if not is_zone_word(word)}


def to_utc(clock: pd.Series, words: pd.Series) -> pd.Series:
    """Local times as moments; rows with an unknown word, or none, stay as they are."""
    return _moved(clock, words, -1)


def to_local(moments: pd.Series, words: pd.Series) -> pd.Series:
    """What the clock that each row names shows; the inverse of :func:`to_utc`."""
    return _moved(moments, words, 1)


def _moved(times: pd.Series, words: pd.Series, sign: int) -> pd.Series:
    moved = times.to_numpy("datetime64[ns]").copy()
    codes, different = pd.factorize(words.astype(object).to_numpy())
    for place, word in enumerate(different):
        if is_zone_word(str(word)):
            rows = codes == place
            moved[rows] = _of_one(moved[rows], str(word), sign)
    return pd.Series(moved, index=times.index)


def _of_one(times: Moments, word: str, sign: int) -> Moments:
    minutes = fixed_offset(word)
    if minutes is None:
        change = time_zones.to_local if sign > 0 else time_zones.to_utc
        return change(times, word.strip())
    return times + np.timedelta64(sign * minutes * 60, "s")


def _named(word: str) -> bool:
    return "/" in word and time_zones.is_zone(word.strip())
