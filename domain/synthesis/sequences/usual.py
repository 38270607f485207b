"""What is usual at a time of one series: a slow course, and the rhythm of day and week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

MOST_STRETCHES = 20
_STRETCH = 150
"""Events of a stretch whose mean is a point of the slow course, at least."""
_OFTEN = 30
"""Events at every phase of a rhythm, at least."""
_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Usual:
    """The usual scores of some columns: interpolated between ``knots``, and a table of phases.

    Times are whole numbers of steps of a clock, or the numbers of the rows.
    """

    times: Floats
    """Middles of the stretches."""
    course: Floats
    """Shape ``(stretches, columns)``."""
    rhythm: Floats
    """Shape ``(phases, columns)``."""

    @classmethod
    def fit(cls, scores: Floats, times: Whole, periods: tuple[int, ...]) -> Usual:
        """Learn from ``scores`` of shape ``(events, columns)``. ``periods``: lengths in steps that
        a rhythm may have; the longest is taken whose phases have all come often enough."""
        stretches = int(np.clip(len(scores) // _STRETCH, 1, MOST_STRETCHES))
        period = max((p for p in periods if len(scores) >= _OFTEN * p), default=1)
        stretch = np.minimum(np.arange(len(scores)) * stretches // len(scores), stretches - 1)
        phase = times % period
        usual = cls(
            times=_means(times.astype(np.float64)[:, np.newaxis], stretch, stretches)[:, 0],
            course=_means(scores, stretch, stretches),
            rhythm=np.zeros((period, scores.shape[1])),
        )
        for _ in range(_ROUNDS):
            rhythm = _means(scores - usual._course(times), phase, period)
            course = _means(scores - rhythm[phase], stretch, stretches)
            usual = cls(times=usual.times, course=course, rhythm=rhythm)
        return usual

    def at(self, times: Whole) -> Floats:
        """The usual scores at each time, of shape ``(times, columns)``; before the first stretch
        and after the last the course goes on as it was."""
        return self._course(times) + self.rhythm[times % len(self.rhythm)]

    def _course(self, times: Whole) -> Floats:
        return np.stack([np.interp(times, self.times, own) for own in self.course.T], axis=1)

    def state(self) -> Mapping[str, Any]:
        return asdict(self)


def _means(values: Floats, part: Whole, parts: int) -> Floats:
    """Means of the columns of ``values`` in each part; 0 where there is none."""
    count = np.maximum(np.bincount(part, minlength=parts), 1)
    sums = [np.bincount(part, own, minlength=parts) for own in values.T]
    return np.stack(sums, axis=1) / count[:, np.newaxis]
