"""What others reached on Adult: figures that were given to us, not measured here.

Adult, 10,000 rows to learn from, δ = 1e-5, two cores, the same judge for all (SDMetrics quality;
AUC of gradient boosting trained on the twin less that on real rows; AUC of telling twin from
real). dpmm and the experiment on ``mbi`` took bounds, bins and categories as public.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One line of the field."""

    name: str
    epsilon: float
    fit_seconds: float
    quality: float
    gap: float
    detection: float


_LINES = (
    ("dpmm MST", 1.0, 142, 0.937, -0.122, 0.952),
    ("dpmm AIM, 30 rounds", 1.0, 33, 0.893, -0.034, 0.984),
    ("dpmm MST", 3.0, 158, 0.945, -0.097, 0.949),
    ("dpmm AIM, 30 rounds", 3.0, 38, 0.946, -0.035, 0.957),
    ("MOSTLY AI engine with DP-SGD", 3.0, 494, 0.821, -0.069, 0.978),
    ("smartnoise DPCTGAN", 1.6, 368, 0.473, -0.521, 1.000),
    ("60 lines on mbi", 1.0, 16, 0.939, -0.035, 0.822),
    ("60 lines on mbi", 3.0, 20, 0.982, -0.021, 0.789),
)

ON_ADULT = tuple(
    Given(name=name, epsilon=e, fit_seconds=s, quality=q, gap=g, detection=d)
    for name, e, s, q, g, d in _LINES
)
