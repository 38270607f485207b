"""The look of identifiers and texts: learned as masks of letters, digits and punctuation.

A mask knows lengths, punctuation and which kind of character stands where. It never holds a
value: a letter or digit is kept only where many different values agree on it (the ``CUST-`` of
a customer number), which makes it part of the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

AGREEMENT = 20
"""Distinct values of one mask that must share a character before it counts as format."""
MAX_MASKS = 200
_LOWER, _UPPER, _DIGITS = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
_VOWELS = "aeiou"
_CONSONANTS = "bdfgklmnprstvz"
_WORD = 3
"""Runs of at least this many letters are made pronounceable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask:
    """One look: for every position the characters that may stand there, and how often it occurs."""

    alphabets: tuple[str, ...]
    share: float

    @property
    def room(self) -> float:
        """How many different texts the mask allows."""
        return float(np.prod([float(len(a)) for a in self.alphabets]))

    def longer(self) -> Mask:
        """The mask with one more digit at its end, for ten times the room."""
        start = (_DIGITS[1:],) if self.alphabets == (_DIGITS,) else self.alphabets
        return Mask(alphabets=(*start, _DIGITS), share=self.share)

    def loosened(self) -> Mask:
        """The mask with every fixed digit made free (leading zeros of running numbers)."""
        free = [_DIGITS if len(a) == 1 and a in _DIGITS else a for a in self.alphabets]
        if self.alphabets and self.alphabets[0] in _DIGITS[1:]:
            free[0] = _DIGITS[1:]  # numbers without leading zeros stay without
        return Mask(alphabets=tuple(free), share=self.share)

    def draw(self, count: int, rng: np.random.Generator) -> NDArray[np.str_]:
        """``count`` independent texts of this look."""
        if not self.alphabets:
            return np.full(count, "", dtype=np.str_)
        letters = np.empty((count, len(self.alphabets)), dtype=np.uint32)
        for place, alphabet in enumerate(self.alphabets):
            symbols = np.array([ord(c) for c in alphabet], dtype=np.uint32)
            letters[:, place] = symbols[rng.integers(0, len(symbols), count)]
        return letters.view(f"<U{len(self.alphabets)}").ravel()

    def state(self) -> Mapping[str, Any]:
        return {"alphabets": list(self.alphabets), "share": self.share}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Mask:
        return cls(alphabets=tuple(state["alphabets"]), share=state["share"])


def learn_masks(texts: NDArray[np.object_], rare_threshold: int) -> tuple[Mask, ...]:
    """Masks of distinct ``texts``, those that fewer than ``rare_threshold`` texts show left out.

    Returns nothing where the looks are too many to say anything (free text).
    """
    skeletons = pd.Series(texts, dtype=object).str.replace(r"[^\W_]", "x", regex=True)
    groups = skeletons.groupby(skeletons, sort=True).indices
    common = [(len(rows), rows) for rows in groups.values() if len(rows) >= rare_threshold]
    common = sorted(common, key=lambda group: -group[0])[:MAX_MASKS]
    covered = sum(count for count, _ in common)
    if covered < len(texts) / 2:
        return ()
    return tuple(
        Mask(alphabets=_alphabets(texts[rows]), share=count / covered) for count, rows in common
    )


def _alphabets(texts: NDArray[np.object_]) -> tuple[str, ...]:
    length = len(texts[0])
    symbols = np.array(texts, dtype=f"<U{max(length, 1)}").view("<U1").reshape(len(texts), -1)
    seen = [np.unique(symbols[:, place]) for place in range(length)]
    fixed = len(texts) >= AGREEMENT
    alphabets = [_alphabet("".join(s), fixed=fixed) for s in seen]
    if length > 1 and alphabets[0] == _DIGITS and "0" not in seen[0]:
        alphabets[0] = _DIGITS[1:]  # numbers without leading zeros
    return _pronounceable(alphabets)


def _alphabet(seen: str, *, fixed: bool) -> str:
    """The characters allowed where ``seen`` were seen: a whole class, never just the seen ones."""
    if len(seen) == 1 and (fixed or not seen.isalnum()):
        return seen
    if all(c in "0123456789abcdef" for c in seen) and not seen.isdigit() and not seen.isalpha():
        return "0123456789abcdef"
    if all(c in "0123456789ABCDEF" for c in seen) and not seen.isdigit() and not seen.isalpha():
        return "0123456789ABCDEF"
    classes = [
        (_DIGITS, any(c.isdigit() for c in seen)),
        (_UPPER, any(c.isupper() for c in seen)),
        (_LOWER, any(c.isalpha() and not c.isupper() for c in seen)),
    ]
    return "".join(symbols for symbols, present in classes if present)


def _pronounceable(alphabets: list[str]) -> tuple[str, ...]:
    """Alternate consonants and vowels in runs of letters long enough to be words."""
    result = list(alphabets)
    start = 0
    for place in range(len(alphabets) + 1):
        if place < len(alphabets) and alphabets[place] in (_LOWER, _UPPER):
            continue
        if place - start >= _WORD:
            result[start:place] = [_spoken(alphabets[i], i - start) for i in range(start, place)]
        start = place + 1
    return tuple(result)


def _spoken(alphabet: str, place: int) -> str:
    letters = _VOWELS if place % 2 else _CONSONANTS
    return letters.upper() if alphabet == _UPPER else letters
