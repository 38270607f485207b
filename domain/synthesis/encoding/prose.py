"""Invented e-mail addresses and texts, for columns whose values share no mask."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.encoding.codec import stratified

_WORDS = [
    "lorem",
    "ipsum",
    "dolor",
    "sit",
    "amet",
    "consectetur",
    "adipiscing",
    "elit",
    "sed",
    "do",
    "eiusmod",
    "tempor",
    "incididunt",
    "ut",
    "labore",
    "et",
    "dolore",
    "magna",
    "aliqua",
    "enim",
    "ad",
    "minim",
    "veniam",
    "quis",
    "nostrud",
    "exercitation",
    "ullamco",
    "laboris",
]
_SYLLABLES = [
    "ba",
    "be",
    "da",
    "do",
    "fa",
    "ga",
    "ka",
    "ki",
    "la",
    "le",
    "li",
    "lo",
    "ma",
    "mi",
    "mo",
    "na",
    "ne",
    "no",
    "pa",
    "ra",
    "re",
    "ri",
    "ro",
    "sa",
    "se",
    "ta",
    "to",
    "va",
]
_DOMAINS = ("example.com", "example.org", "example.net")
"""Reserved for documentation by RFC 2606: no mail can reach anybody."""


def word_counts(texts: NDArray[np.object_]) -> NDArray[np.int64]:
    """How many words the texts have: 20 quantiles, which hold no text."""
    counts = np.array([len(text.split()) for text in texts], dtype=np.int64)
    levels = (np.arange(20) + 0.5) / 20
    return np.quantile(counts, levels, method="nearest").astype(np.int64)


def draw_prose(
    count: int, counts: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.object_]:
    """``count`` meaningless texts with about as many words as were learned."""
    if not count:
        return np.zeros(0, dtype=object)
    lengths = np.maximum(counts[(stratified(count, rng) * len(counts)).astype(int)], 1)
    words = np.array(_WORDS)[rng.integers(0, len(_WORDS), int(lengths.sum()))]
    pieces = np.split(words, np.cumsum(lengths)[:-1])
    return np.array([" ".join(piece).capitalize() for piece in pieces], dtype=object)


def draw_emails(count: int, rng: np.random.Generator) -> NDArray[np.object_]:
    """``count`` addresses of invented people at domains that exist for examples only."""
    syllables = np.array(_SYLLABLES)[rng.integers(0, len(_SYLLABLES), (count, 5))]
    numbers = rng.integers(1, 1000, count)
    domains = rng.integers(0, len(_DOMAINS), count)
    return np.array(
        [
            f"{''.join(s[:2])}.{''.join(s[2:])}{n}@{_DOMAINS[d]}"
            for s, n, d in zip(syllables, numbers, domains, strict=True)
        ],
        dtype=object,
    )
