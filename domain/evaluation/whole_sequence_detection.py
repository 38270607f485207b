"""Can a classifier tell whole synthetic histories from real ones by what they come to?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.evaluation.comparison import Comparison
from domain.evaluation.event_log import EventLog, LogColumns, clock_windows, windowed
from domain.evaluation.figures import Figure, unmeasured
from domain.evaluation.history_features import whole_features
from domain.evaluation.log_sides import LogSides
from domain.evaluation.ranking import auc_interval
from domain.evaluation.seasonal_profile import is_regular, typical_gap
from domain.evaluation.two_sample import FOLDS, judged_by_boosting
from domain.evaluation.two_sample import sides as two_sides

LIMIT = 0.70
MIN_HISTORIES = 20
"""Histories needed on each side for an answer worth reading."""
_DAY = 86_400
_NAME = "temporal.detection_auc"
_SOURCE = (
    f"Classifier two-sample test (Lopez-Paz & Oquab 2017), {FOLDS}-fold, gradient boosting on "
    f"summaries of whole histories; interval: Hanley & McNeil 1982; limit: {LIMIT} (this "
    "product's target)"
)


def detection_figure(sides: LogSides) -> Figure:
    """Cross-validated AUC of telling synthetic from real histories; one half is a coin."""
    real, other, twin = (_summaries(log, sides.columns) for log in _units(sides))
    n = min(len(real), len(twin))
    if n < MIN_HISTORIES:
        reason = f"telling histories apart needs {MIN_HISTORIES} on each side"
        return unmeasured(_NAME, reason, _SOURCE)
    value = _auc(real, twin, sides.seed)
    return Figure(
        name=_NAME,
        value=value,
        interval=auc_interval(value, n, n),
        baseline=_auc(real, other, sides.seed) if len(other) >= MIN_HISTORIES else None,
        limit=LIMIT,
        source=_SOURCE,
    )


def _units(sides: LogSides) -> tuple[EventLog, EventLog, EventLog]:
    """Held-out histories (else those trained on), other real ones, and the twin's.

    One series is cut into windows that share no event, in two random halves. (Of every second
    window, each would mislead the judge about its neighbours.)
    """
    if not sides.windows:
        if len(sides.holdout):
            return sides.holdout, sides.train, sides.whole_twin
        return sides.train, sides.holdout, sides.whole_twin
    real, twin = (_cut(log, sides.train) for log in (sides.train, sides.whole_twin))
    order = np.random.default_rng([sides.seed, 11]).permutation(real.histories)
    half = real.histories // 2
    return real.of(order[:half]), real.of(order[half:]), twin


def _cut(log: EventLog, train: EventLog) -> EventLog:
    """Windows as long as suits the real series. Those of a regular clock begin when others do, at
    midnight where whole days fit: else the hours that they begin at would give them away."""
    length = int(np.clip(len(train) // (4 * MIN_HISTORIES), 4, 64))
    if log.times is None or not is_regular(train):
        return windowed(log, length, length)
    gap = typical_gap(train)[0]
    day = _DAY / gap
    if day == int(day) and day <= 2 * length:
        length = max(round(length / day), 1) * int(day)
    return clock_windows(log, length, gap)


def _summaries(log: EventLog, columns: LogColumns) -> pd.DataFrame:
    return pd.DataFrame(whole_features(log, columns)) if log.histories else pd.DataFrame()


def _auc(real: pd.DataFrame, other: pd.DataFrame, seed: int) -> float:
    compared = Comparison(
        numeric=tuple(real.columns),
        categorical=(),
        train=real,
        holdout=real,
        synthetic=other,
        seed=seed,
    )
    return judged_by_boosting(compared, two_sides(compared, real, other), []).auc
