"""Sentences about windows and events, where there are too few histories to speak of them."""

from __future__ import annotations

import re

_QUOTED = re.compile("(“[^”]*”)")
_WORDS = (
    ("the next row of a history", "the next event"),
    ("gaps between events of a history", "gaps between events"),
    ("what whole histories come to", "what whole windows of the series come to"),
    ("Bring more histories: each of them teaches an attribute only once.", "Bring more of them."),
    ("Bring more histories to be sure.", "Bring a longer series to be sure."),
    ("Train longer or on more histories", "Train longer or on a longer series"),
    ("the mean of their history", "the mean of their window"),
    ("histories", "windows"),
    ("history", "series"),
    ("rows", "events"),
)
"""The longer first: each is replaced in the sentence that those before it leave."""


def told_of_windows(sentence: str) -> str:
    """``sentence`` about histories, told of the windows of one long series; what is quoted (a
    column, a formula) stays."""
    return "".join(p if _QUOTED.fullmatch(p) else _told(p) for p in _QUOTED.split(sentence))


def _told(words: str) -> str:
    for of_histories, of_windows in _WORDS:
        words = words.replace(of_histories, of_windows)
    return words
