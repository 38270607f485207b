"""The time that fitting a log may take, shared out among its parts."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

_LEAST_SECONDS = 0.1
_CHECKING = 0.2
"""Of the time allowed, what is kept for checking what is drawn."""
_BESIDE = 0.1
_FEWEST_CHECKED = 1_024


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """Seconds from the beginning of a fit; 0: no limit."""

    seconds: float
    began: float
    """By the monotonic clock."""

    @classmethod
    def from_now(cls, seconds: float) -> TimeLimit:
        """The limit of a fit that begins now."""
        return cls(seconds, time.monotonic())

    @property
    def left(self) -> float:
        """Seconds, below 0 once it is over."""
        return self.began + self.seconds - time.monotonic() if self.seconds else math.inf

    @property
    def over(self) -> bool:
        """Whether nothing more should begin."""
        return self.left <= 0

    def for_beside(self) -> float:
        """Seconds for tables beside the events; 0: no limit."""
        return max(_BESIDE * self.left, _LEAST_SECONDS) if self.seconds else 0.0

    def for_entities(self, entities: int, events: int) -> float:
        """Seconds for their network, which many events leave less time; 0: no limit."""
        if not self.seconds:
            return 0.0
        share = min(max(entities / (entities + events / 4), 0.1), 0.5)
        return max(share * self.left, _LEAST_SECONDS)

    def for_events(self) -> float:
        """Seconds for their network, so that some are left for checking; 0: no limit."""
        if not self.seconds:
            return 0.0
        return max(self.left - _CHECKING * self.seconds, _LEAST_SECONDS)

    def checked(self, most: int, seconds_an_event: float) -> int:
        """Events that can be drawn to check them, ``most`` at most."""
        if not self.seconds:
            return most
        return int(min(max(self.left / seconds_an_event, _FEWEST_CHECKED), most))
