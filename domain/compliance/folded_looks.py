"""Looks of a private run for reading: those that are alike stand in one line."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from domain.privacy.published import rounded_up

_COSTS = ("rho", "delta")


def folded_looks(looks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each different look once, in the order of the first of its kind, with ``times`` and with
    ρ and δ of all of them together, rounded up."""
    alike: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for look in looks:
        alike.setdefault(tuple(look.values()), []).append(look)
    return [{**some[0], "times": len(some), **_together(some)} for some in alike.values()]


def _together(looks: list[Mapping[str, Any]]) -> dict[str, float]:
    return {cost: rounded_up(math.fsum(look[cost] for look in looks)) for cost in _COSTS}
