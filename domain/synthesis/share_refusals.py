"""What is said where shares cannot be had, before a fit and after it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from domain.kernel import BadInput


def too_much(named: float, factors: Sequence[float]) -> BadInput:
    """The refusal of shares that come to ``named`` (above 1) by these ``factors``, if any."""
    if len(factors) != 1:
        return BadInput(
            f"The shares asked for come to {named:.0%} of the rows; "
            "ask for smaller factors or shares, 100 % at most."
        )
    return BadInput(
        "The rows to amplify would be more than all rows; the largest factor that is "
        f"possible is about {_rounded_down(factors[0] / named)}."
    )


def overlapping() -> BadInput:
    """The refusal of amplified conditions that hold of the same row."""
    return BadInput(
        "The conditions to amplify overlap; amplify values of one column that exclude one another."
    )


def of_events(column: str) -> BadInput:
    """The refusal of exact shares of a column of events."""
    return BadInput(
        f"The shares of “{column}” come of events that follow one another and cannot be set "
        "exactly; amplify it, or stratify a column that stays the same over a history."
    )


def _rounded_down(factor: float) -> str:
    """To three digits, so that the factor said is one that works."""
    unit = 10.0 ** (math.floor(math.log10(factor)) - 2)
    return f"{math.floor(factor / unit + 1e-6) * unit:g}"
