"""Figures of privacy as they are published: never smaller than they are."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

DIGITS = 4
"""Significant digits of a published figure."""
_SMALL = 1e-3
"""Below it, figures are written with a power of ten: all δ alike, ``1e-4`` as ``1e-5``."""


def rounded_up(value: float, digits: int = DIGITS) -> float:
    """``value`` in so many significant digits, never below it: 1.00003 becomes 1.001.

    A promise that was rounded down would claim more privacy than was proved.
    """
    return _rounded(value, digits, ROUND_CEILING)


def rounded_down(value: float, digits: int = DIGITS) -> float:
    """``value`` in so many significant digits, never above it."""
    return _rounded(value, digits, ROUND_FLOOR)


def _rounded(value: float, digits: int, direction: str) -> float:
    way = Context(prec=digits, rounding=direction)
    return float(way.create_decimal(Decimal(repr(float(value)))))


def written(value: float) -> str:
    """A figure in at most :data:`DIGITS` digits, rounded up: ``1``, ``0.7312``, ``1e-5``."""
    return _words(rounded_up(value))


def written_down(value: float) -> str:
    """The same, rounded down: of noise, more of which is more privacy."""
    return _words(rounded_down(value))


def _words(value: float) -> str:
    small = 0 < abs(value) < _SMALL
    digits, power = f"{value:.{DIGITS - 1}e}".split("e")
    text = f"{float(digits):g}e{power}" if small else f"{value:.{DIGITS}g}"
    return text.replace("e-0", "e-").replace("e+0", "e+")
