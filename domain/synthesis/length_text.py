"""Lengths of histories as a person writes them: ``50``, ``10-60``, ``x2``, and two dates.

Reading is by syntax alone (see :mod:`domain.synthesis.length_checks` for the dates).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.synthesis.bad_condition import BadCondition
from domain.synthesis.conditions import Lengths

MOST_EVENTS = 10_000_000
"""Events of one history that may be asked for."""
MOST_TIMES = 1_000.0
_NUMBER = re.compile(r"\d{1,12}")
_RANGE = re.compile(r"(\d{1,12})\s*(?:-|–|\.\.)\s*(\d{1,12})")
_FACTOR = r"(\d{1,12}(?:\.\d{1,12})?)"
_TIMES = re.compile(rf"[x×]\s*{_FACTOR}|{_FACTOR}\s*[x×]", re.IGNORECASE)


def parse_lengths(
    events: Sequence[str], since: Sequence[str], until: Sequence[str]
) -> Lengths | None:
    """What the lines say, dates as typed; raises :class:`BadCondition` naming the field."""
    count = _only("events", events)
    begins, ends = _only("since", since), _only("until", until)
    if not (count or begins or ends):
        return None
    return replace(_counted(count), since=begins or None, until=ends or None)


def _only(field: str, lines: Sequence[str]) -> str:
    said = [line.strip() for line in lines if line.strip()]
    if len(said) > 1:
        raise BadCondition(field, f"“{field}” says two things; say one.")
    return said[0] if said else ""


def _counted(text: str) -> Lengths:
    if not text:
        return Lengths()
    if _NUMBER.fullmatch(text):
        return _between(text, text)
    if span := _RANGE.fullmatch(text):
        return _between(span[1], span[2])
    if times := _TIMES.fullmatch(text):
        return Lengths(times=_factor(times[1] or times[2]))
    raise BadCondition(
        "events",
        "The number of events cannot be read; write 50 for exactly so many in every history, "
        "10-60 for a range, or x2 for twice as many as learned.",
    )


def _between(fewest: str, most: str) -> Lengths:
    low, high = int(fewest), int(most)
    if not 1 <= low <= high <= MOST_EVENTS:
        raise BadCondition(
            "events",
            f"A history takes 1 to {MOST_EVENTS:,} events, the smaller number of a range first.",
        )
    return Lengths(fewest=low, most=high)


def _factor(text: str) -> float:
    times = float(text)
    if not 0 < times <= MOST_TIMES:
        raise BadCondition(
            "events", f"Histories can be up to {MOST_TIMES:,.0f} times as long; write it like x2."
        )
    return times
