"""Which columns give synthetic rows away, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from domain.evaluation.boundaries import bounds_of, stands_for_rare
from domain.evaluation.column_scores import missing_rate
from domain.evaluation.column_test import (
    MARGIN,
    SIGNIFICANCE,
    ColumnTest,
    categorical_test,
    numeric_test,
)
from domain.evaluation.comparison import Comparison
from domain.evaluation.report import Score
from domain.evaluation.two_sample import Judged
from domain.evaluation.two_way import two_way_distances

LEAST = 0.01
"""The loss of AUC worth a person's time."""

MOST = 5
"""How many columns are named, the most telling first."""

_STRAYING = 0.005
"""A larger share of values outside what is real, beyond that of other real rows, is a cause."""

_UNHEARD_OF = 0.1
"""The same for values that no training row has."""

_SOURCE = (
    "Permutation importance (Breiman 2001): AUC lost on held-out folds when the column is "
    f"shuffled; 95 % interval over folds; the limit of {LEAST} is this product's"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveAway:
    """How much a classifier loses when it can no longer go by one column."""

    column: str
    loss: float
    """Of AUC, on average over folds."""
    interval: tuple[float, float]


def give_aways(judged: Judged) -> tuple[GiveAway, ...]:
    """The columns whose loss is beyond chance and worth telling, the most telling first."""
    found = [
        GiveAway(column=name, loss=float(np.mean(losses)), interval=_interval(losses))
        for name, losses in judged.losses.items()
    ]
    telling = [f for f in found if f.loss >= LEAST and f.interval[0] > 0.0]
    return tuple(sorted(telling, key=lambda f: (-f.loss, f.column))[:MOST])


def beyond_real(found: Sequence[GiveAway], real: Judged | None) -> tuple[GiveAway, ...]:
    """Those that tell more of synthetic rows than of real ones."""
    losses = real.losses if real else {}
    return tuple(f for f in found if f.interval[0] > np.mean(losses.get(f.column, (0.0,))))


def _interval(losses: Sequence[float]) -> tuple[float, float]:
    """Student's 95 % interval of the mean over folds."""
    mean, folds = float(np.mean(losses)), len(losses)
    error = float(np.std(losses, ddof=1) / np.sqrt(folds))
    margin = float(stats.t.ppf(0.975, folds - 1)) * error
    return mean - margin, mean + margin


def give_away_scores(
    comparison: Comparison, found: Sequence[GiveAway], real: Judged | None
) -> tuple[Score, ...]:
    """A score a column, each with what to do about it."""
    losses: Mapping[str, Sequence[float]] = real.losses if real else {}
    return tuple(
        comparison.score(
            "detection.give_away",
            one.loss,
            f"Without “{one.column}” the classifier loses {one.loss:.3f} of its AUC. "
            f"{advice(comparison, one.column)}",
            scope=f"column:{one.column}",
            interval=one.interval,
            baseline=float(np.mean(losses[one.column])) if one.column in losses else None,
            threshold=LEAST,
            source=_SOURCE,
        )
        for one in found
    )


def advice(comparison: Comparison, name: str) -> str:
    """What is wrong with the column, and what to do: the first that its own figures show."""
    causes = (_straying, _missing, _off_alone, _unheard_of, _off_in_pair)
    found = (cause(comparison, name) for cause in causes)
    return next(filter(None, found), "Train longer, or drop the column if nobody needs it.")


def _straying(comparison: Comparison, name: str) -> str:
    """Values outside what is real, where they are most of what is wrong with the column."""
    ours = bounds_of(comparison, name, comparison.synthetic)
    real = bounds_of(comparison, name, comparison.holdout)
    if ours is None:
        return ""
    strays = 1 - ours.adherence
    beyond_chance = strays - (1 - real.adherence if real else 0.0)
    if beyond_chance <= max(_STRAYING, _distances(comparison, name)[0].distance / 2):
        return ""
    if name in comparison.numeric:
        return f"{strays:.1%} of its values lie outside the real range: state its limits as a rule."
    if ours.stand_in:
        return stands_for_rare(ours.stand_in)
    return f"{strays:.1%} of its values are invented categories: replace or drop them."


def _missing(comparison: Comparison, name: str) -> str:
    ours, real = (missing_rate(f[name]) for f in (comparison.synthetic, comparison.reference))
    if abs(ours - real) <= MARGIN:
        return ""
    return (
        f"It is missing in {ours:.1%} of synthetic and {real:.1%} of real rows: train longer, or "
        "fill its gaps on both sides before you compare."
    )


def _off_alone(comparison: Comparison, name: str) -> str:
    test, chance = _distances(comparison, name)
    if test.p > SIGNIFICANCE or test.distance <= chance + MARGIN:
        return ""
    return (
        f"Its own distribution is off by {test.distance:.1%} ({chance:.1%} by chance): look at its "
        "chart, then train longer or use another synthesizer."
    )


def _distances(comparison: Comparison, name: str) -> tuple[ColumnTest, float]:
    """The column's test, and the distance that real rows have from each other."""
    measure = numeric_test if name in comparison.numeric else categorical_test
    reference = comparison.reference[name].to_numpy()
    test = measure(reference, comparison.synthetic[name].to_numpy())
    if not comparison.has_holdout:
        return test, 0.0
    return test, measure(reference, comparison.train[name].to_numpy()).distance


def _unheard_of(comparison: Comparison, name: str) -> str:
    """Numbers whose digits are off: real ones heap on round or repeated values."""
    if name not in comparison.numeric or not comparison.has_holdout:
        return ""
    known = comparison.train[name].dropna().unique()
    ours, real = (
        float(frame[name].dropna().isin(known).mean())
        for frame in (comparison.synthetic, comparison.holdout)
    )
    if not real - ours > _UNHEARD_OF:
        return ""
    return (
        f"Only {ours:.1%} of its values also occur in training rows, of held-out ones {real:.1%}: "
        "its digits are off. Check its type and decimals, or state the formula that gives it."
    )


def _off_in_pair(comparison: Comparison, name: str) -> str:
    pairs = [(name, other) for other in comparison.columns if other != name]
    if not pairs:
        return ""
    frames = [comparison.reference, comparison.synthetic]
    frames += [comparison.train] if comparison.has_holdout else []
    ours, *real = two_way_distances(frames, comparison, pairs)
    excess = ours - (real[0] if real else 0.0)
    worst = int(excess.argmax())
    other, figures = pairs[worst][1], f"{ours[worst]:.1%}, {(ours - excess)[worst]:.1%} by chance"
    if excess[worst] <= MARGIN:
        return (
            "Alone and in pairs it is within what is too little to matter, furthest off together "
            f"with “{other}” ({figures}): train longer, or drop it if nobody needs it."
        )
    return (
        f"Alone it looks real; together with “{other}” it is off ({figures}). If the two belong "
        "together, state a formula or a combination as a constraint; else train longer."
    )


def named(found: Sequence[GiveAway]) -> str:
    """The columns in words: “a”, “b” and “c”."""
    return " and ".join(filter(None, _joined([f"“{f.column}”" for f in found])))


def _joined(names: Sequence[str]) -> Iterator[str]:
    yield ", ".join(names[:-1])
    yield from names[-1:]
