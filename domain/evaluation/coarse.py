"""Numbers so coarse that nothing about single people can be worked out. Light: pages import it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from math import floor, log10

DIGITS = 3
"""Significant digits of shared numbers: an exact share of known many rows is a count."""

DECIMALS = 2
"""Of associations: of two yes/no columns one of many digits tells how many people have both."""

_FULL = 0.9
_STEPS = (1.0, 2.0, 5.0, 10.0)
_DECIMAL = re.compile(r"“[^”]*”|(?<![\w.])(\d[\d,]*)\.(\d+)(?=(%?))")
"""A number with decimals, as sentences write it (counts have none), or a name in quotes."""

Rounding = Callable[[float], float]


def significant(number: float) -> float:
    """``number`` with :data:`DIGITS` significant digits."""
    return float(f"{number:.{DIGITS}g}")


def hundredths(number: float) -> float:
    """``number`` with :data:`DECIMALS` decimals."""
    return round(number, DECIMALS)


def at_least(share: float) -> float:
    """The tenth at or below a share of 0 to 1, and nothing finer above nine tenths.

    The share of a real range that a twin spans, to four digits, tells where the range ends to
    whoever has the twin: ``4143 / 0.9511``.
    """
    return min(floor(round(10 * share, 9)) / 10, _FULL)


def at_least_in_words(share: float) -> str:
    """:func:`at_least`, as a sentence."""
    told = at_least(share)
    how_much = f"At least {told:.0%}" if told > 0 else "Less than 10%"
    return (
        f"{how_much}: in steps of 10 %, for with more digits the ends of what is real could be "
        "worked out."
    )


def step_over(people: int, of: int) -> float:
    """The round step of a share of ``of`` people that tells no fewer than ``people`` apart."""
    if of <= people:
        return 1.0
    power = 10.0 ** floor(log10(people / of))
    return next(step * power for step in _STEPS if step * power >= people / of - 1e-12)


def to_step(step: float) -> Rounding:
    """Rounds to multiples of ``step``."""
    return lambda number: round(round(number / step) * step, 12)


def reworded(text: str, rounding: Rounding = significant) -> str:
    """``text`` with every number that has decimals rounded, percentages as the shares they are."""
    return _DECIMAL.sub(partial(_written, rounding=rounding), text)


def _written(found: re.Match[str], rounding: Rounding) -> str:
    """The rounded number, with as many decimals as it needs and never more than it had; a name
    as it is."""
    if found[1] is None:
        return found[0]
    parts = 100 if found[3] else 1
    exact = float(f"{found[1].replace(',', '')}.{found[2]}")
    told = round(parts * rounding(exact / parts), 9)
    short = f"{told:.{len(found[2])}f}"
    if float(short) != float(f"{exact:.{len(found[2])}f}"):
        short = short.rstrip("0").rstrip(".")
    whole, point, rest = short.partition(".")
    return f"{int(whole):,}{point}{rest}" if "," in found[1] else short
