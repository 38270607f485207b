"""What is told of one column: its distances, its test and its missing cells."""

from __future__ import annotations

import pandas as pd

from domain.evaluation.column_test import (
    CHI2_SOURCE,
    KS_SOURCE,
    MARGIN,
    MIN_ROWS,
    SIGNIFICANCE,
    TV_SOURCE,
    ColumnTest,
    JudgedColumn,
)
from domain.evaluation.comparison import MISSING, Comparison
from domain.evaluation.distances import JS_SOURCE, WASSERSTEIN_SOURCE
from domain.evaluation.false_discovery import SOURCE as BH_SOURCE
from domain.evaluation.report import Score

FEW_ROWS = 100
"""Below this the tests see large differences only, and the sentence says so."""

_LIMIT = f"the limit is that of real rows and this product's margin of {MARGIN:.0%}"


def column_scores(comparison: Comparison, column: JudgedColumn) -> tuple[Score, ...]:
    """Every score of one column."""
    return (
        _distance_score(comparison, column),
        _p_score(comparison, column),
        _q_score(comparison, column),
        *([_wasserstein_score(comparison, column)] if column.numeric else []),
        _js_score(comparison, column),
        _missing_score(comparison, column.name),
    )


def _distance_score(comparison: Comparison, column: JudgedColumn) -> Score:
    kind, source = ("ks", KS_SOURCE) if column.numeric else ("tv", TV_SOURCE)
    return comparison.score(
        f"similarity.{kind}",
        column.test.distance,
        f"{_distance_sentence(column)} {_distance_advice(column)}",
        scope=f"column:{column.name}",
        baseline=column.baseline.distance if column.baseline else None,
        threshold=column.limit,
        source=f"{source}; {_LIMIT}",
    )


def _distance_sentence(column: JudgedColumn) -> str:
    what = (
        "the largest gap between the two cumulative distributions"
        if column.numeric
        else "the share of rows that would have to change category"
    )
    real = column.baseline
    chance = f"; among real rows it is {real.distance:.1%}" if real else ""
    return f"For “{column.name}”, {what} is {column.test.distance:.1%}{chance}."


def _distance_advice(column: JudgedColumn) -> str:
    if column.differs:
        return (
            "That is beyond chance and large enough to matter: look at its chart, then train "
            "longer or use another synthesizer."
        )
    if column.test.distance <= MARGIN:
        return "That is too little to matter."
    if column.baseline and column.test.distance <= column.baseline.distance:
        return "Other real rows are as far away: that is chance."
    if column.test.distance <= column.limit:
        return "That is hardly further than other real rows are."
    return "On so few values that may be chance."


def _p_score(comparison: Comparison, column: JudgedColumn) -> Score:
    test, real = column.test, column.baseline
    return comparison.score(
        "similarity.ks_p" if column.numeric else "similarity.chi2_p",
        test.p if test.tells else None,
        _p_sentence(column.name, test, comparison.against),
        scope=f"column:{column.name}",
        baseline=real.p if real and real.tells else None,
        threshold=SIGNIFICANCE,
        source=KS_SOURCE if column.numeric else CHI2_SOURCE,
    )


def _p_sentence(name: str, test: ColumnTest, against: str) -> str:
    if not test.tells:
        return (
            f"Not tested: “{name}” has fewer than {MIN_ROWS} values on one side, and a test of so "
            "few passes nearly anything."
        )
    if test.passed and min(test.values) < FEW_ROWS:
        return (
            f"The test sees no difference between “{name}” and the {against}; on so few values it "
            "sees large differences only."
        )
    if test.passed:
        return f"The test sees no difference between “{name}” and the {against}."
    return (
        f"The test tells synthetic “{name}” from the {against}. With many rows tiny differences "
        "are seen too: judge by the distance whether it matters for your use."
    )


def _q_score(comparison: Comparison, column: JudgedColumn) -> Score:
    return comparison.score(
        "similarity.ks_q" if column.numeric else "similarity.chi2_q",
        column.q,
        _q_sentence(column),
        scope=f"column:{column.name}",
        baseline=column.real_q,
        threshold=SIGNIFICANCE,
        source=f"{KS_SOURCE if column.numeric else CHI2_SOURCE}, adjusted: {BH_SOURCE}",
    )


def _q_sentence(column: JudgedColumn) -> str:
    name = f"“{column.name}”"
    if column.q is None:
        return f"Not tested: {name} has fewer than {MIN_ROWS} values on one side."
    if column.differs:
        return f"Tested among all columns, {name} differs, and by enough to matter."
    if column.q <= SIGNIFICANCE and column.test.distance > MARGIN:
        return f"Tested among all columns, {name} differs, but hardly more than other real rows do."
    if column.q <= SIGNIFICANCE:
        return f"Tested among all columns, {name} differs, but by too little to matter."
    return f"Tested among all columns, the difference of {name} is no more than chance."


def _wasserstein_score(comparison: Comparison, column: JudgedColumn) -> Score:
    value, real = column.test.wasserstein, column.baseline
    return comparison.score(
        "similarity.wasserstein",
        value,
        _wasserstein_sentence(column.name, value, real.wasserstein if real else None),
        scope=f"column:{column.name}",
        baseline=real.wasserstein if real else None,
        source=WASSERSTEIN_SOURCE,
    )


def _wasserstein_sentence(name: str, value: float | None, real: float | None) -> str:
    if value is None:
        return (
            f"Not measured: “{name}” has no values on one side, or a single one among real rows, "
            "so distances have no scale."
        )
    chance = f"; among real rows it is {real:.3f}" if real is not None else ""
    return (
        f"To match, values of “{name}” have to move by {value:.3f} standard deviations on "
        f"average{chance}. Its mean is off by no more than that."
    )


def _js_score(comparison: Comparison, column: JudgedColumn) -> Score:
    value, real = column.test.js, column.baseline
    chance = f" ({real.js:.3f} among real rows)" if real and real.js is not None else ""
    sentence = (
        f"The distributions of “{column.name}” are {value:.3f} apart{chance}, where 0 is the same "
        "and 1 shares nothing. It weighs rare values more than the other distances."
        if value is not None
        else f"Not measured: “{column.name}” has no values on one side."
    )
    return comparison.score(
        "similarity.js",
        value,
        sentence,
        scope=f"column:{column.name}",
        baseline=real.js if real else None,
        source=JS_SOURCE,
    )


def _missing_score(comparison: Comparison, name: str) -> Score:
    real, synthetic = (
        missing_rate(frame[name]) for frame in (comparison.reference, comparison.synthetic)
    )
    difference = synthetic - real
    return comparison.score(
        "similarity.missing_difference",
        difference,
        f"“{name}” is missing in {synthetic:.1%} of synthetic and {real:.1%} of real rows.",
        scope=f"column:{name}",
        baseline=missing_rate(comparison.train[name]) - real if comparison.has_holdout else None,
        source="Difference of the shares of missing cells",
    )


def missing_rate(column: pd.Series) -> float:
    """The share of missing cells, 0 for a column without rows."""
    if len(column) == 0:
        return 0.0
    missing = column.isna() if column.dtype.kind == "f" else column == MISSING
    return float(missing.mean())
