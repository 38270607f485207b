"""Shares of belief in per cent: one rounding for sentences, tables, charts and forms."""

from __future__ import annotations

from decimal import Decimal

from domain.privacy.published import rounded_down, rounded_up

_DIGITS = 3
_NEAR_CERTAINTY = 0.999
_LACKING = 2
"""Digits of what is lacking from certainty."""


def at_most(share: float) -> str:
    """``73.2 %``: rounded up to three digits; above 99.9 % by what is lacking: ``99.967 %``."""
    if share < _NEAR_CERTAINTY:
        return _per_cent(rounded_up(share, _DIGITS))
    return _per_cent(float(1 - Decimal(repr(rounded_down(1 - share, _LACKING)))))


def at_least(share: float) -> str:
    """``26.8 %``: rounded down to three digits."""
    return _per_cent(rounded_down(share, _DIGITS))


def _per_cent(share: float) -> str:
    return f"{float(100 * Decimal(repr(share))):.12g}\u00a0%"
