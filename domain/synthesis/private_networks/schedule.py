"""How many steps of DP-SGD, and how many units each: fixed before the first is taken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from domain.synthesis.settings import SettingValue

_SHARE, _FEWEST, _MOST = 0.1, 200, 2_000
"""A step expects a tenth of the units, or as few or many as these."""
_STEPS, _SHORTEST, _LONGEST = 250, 100, 1_500
"""For ten thousand units at ε = 1; the root of what both come to, within these. Noise grows with
the steps: where it weighs much, fewer of them learn more."""
_USUAL = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Follows from ε, from the number of units as far as that is told, and from settings."""

    sample_rate: float
    steps: int

    @classmethod
    def of(cls, units: int, epsilon: float, settings: Mapping[str, SettingValue]) -> Schedule:
        """For about so many ``units``; settings of 0 leave it to them."""
        batch = int(settings["private_batch_size"]) or min(max(_SHARE * units, _FEWEST), _MOST)
        steps = min(max(_STEPS * math.sqrt(epsilon * units / _USUAL), _SHORTEST), _LONGEST)
        return cls(
            sample_rate=min(batch / units, 1.0),
            steps=int(settings["private_steps"]) or round(steps),
        )
