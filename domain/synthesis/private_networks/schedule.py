"""How many steps of DP-SGD, and how many units each: fixed before the first is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.synthesis.settings import SettingValue

_BATCH, _LARGEST_RATE = 1_000, 0.2
_STEPS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Follows from the number of units alone, as far as that is told, and from settings."""

    sample_rate: float
    steps: int

    @classmethod
    def of(cls, units: int, settings: Mapping[str, SettingValue]) -> Schedule:
        """For about so many ``units``; settings of 0 leave it to them."""
        batch = int(settings["private_batch_size"]) or min(_BATCH, _LARGEST_RATE * units)
        return cls(
            sample_rate=min(max(batch / units, 1e-6), 1.0),
            steps=int(settings["private_steps"]) or _STEPS,
        )
