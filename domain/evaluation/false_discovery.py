"""Many columns, many tests: p-values adjusted so that chance does not accuse a column."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import stats

SOURCE = "Benjamini & Hochberg 1995 (SciPy false_discovery_control)"


def adjusted(p_values: Mapping[str, float]) -> dict[str, float]:
    """Each p-value as it stands among all: of the columns at or below 0.05, about one in twenty
    is there by chance, however many columns there are."""
    if not p_values:
        return {}
    q = stats.false_discovery_control(np.clip(list(p_values.values()), 0.0, 1.0))
    return {name: float(value) for name, value in zip(p_values, q, strict=True)}
