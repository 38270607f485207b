"""What is measured of one table, step by step; each step stands on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from domain.evaluation.attacks import attack_scores
from domain.evaluation.comparison import Comparison
from domain.evaluation.detection import detection_scores
from domain.evaluation.leakage import leakage_scores
from domain.evaluation.quality import quality_scores
from domain.evaluation.queries import query_scores
from domain.evaluation.report import Score
from domain.evaluation.similarity import Finding, column_findings, pair_findings
from domain.evaluation.spec import EvaluationSpec, Part
from domain.evaluation.temporal import LogRows, figure_findings, learned_findings
from domain.evaluation.utility import utility_scores
from domain.evaluation.whole_entities import told_of_people


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One measurement of one table."""

    note: str
    measure: Callable[[], tuple[Finding, ...]]


def _comparable(comparison: Comparison) -> bool:
    return bool(comparison.columns and len(comparison.synthetic) and len(comparison.train))


def likeness_steps(
    comparison: Comparison,
    people: Comparison,
    asked: EvaluationSpec,
    has_target: bool,
    too_few: str,
) -> Iterator[Step]:
    """Similarity, detection (of whole ``people`` where rows are events) and utility.

    ``too_few`` says why nothing of it can be measured; it is empty where it can.
    """
    if too_few:
        yield Step(note="too few real rows", measure=partial(_skipped, comparison, too_few))
        return
    if not _comparable(comparison):
        yield Step(note="nothing to compare", measure=partial(_not_comparable, comparison))
        return
    if Part.SIMILARITY in asked.parts:
        yield Step(note="comparing columns", measure=partial(column_findings, comparison))
        yield Step(note="comparing pairs", measure=partial(pair_findings, comparison))
        yield Step(note="scoring quality", measure=partial(quality_scores, comparison))
    if Part.DETECTION in asked.parts:
        whole = people if people.entity else comparison
        yield Step(
            note="telling rows apart", measure=partial(told_of_people, detection_scores, whole)
        )
    if Part.UTILITY in asked.parts:
        if has_target or asked.target is None:
            yield _utility(comparison, asked)
        yield Step(note="asking questions", measure=partial(query_scores, comparison))


def _utility(comparison: Comparison, asked: EvaluationSpec) -> Step:
    target = asked.target
    if target is not None and target not in comparison.columns:
        return Step(note="no target", measure=partial(_no_target, comparison, target))
    return Step(
        note="training on both",
        measure=partial(utility_scores, comparison, target, asked.task),
    )


def attack_steps(comparison: Comparison, parts: frozenset[Part]) -> Iterator[Step]:
    """Attacks on people, and their distances to the twin."""
    if Part.LEAKAGE in parts and _comparable(comparison):
        yield Step(note="attacking people", measure=partial(leakage_scores, comparison))
        yield Step(
            note="measuring distances", measure=partial(told_of_people, attack_scores, comparison)
        )


def log_steps(rows: LogRows | None, parts: frozenset[Part]) -> Iterator[Step]:
    """How histories move, of a table of events in time."""
    if rows is not None and Part.TEMPORAL in parts:
        yield Step(note="following histories", measure=partial(figure_findings, rows))
        yield Step(note="telling what comes next", measure=partial(learned_findings, rows))


def _skipped(comparison: Comparison, reason: str) -> tuple[Score, ...]:
    return (comparison.score("similarity.columns_passed", None, reason),)


def _not_comparable(comparison: Comparison) -> tuple[Score, ...]:
    reason = (
        "Not measured: the table has no column that carries statistics (only identifiers, free "
        "text or surrogates)."
        if not comparison.columns
        else "Not measured: one side of the comparison has no rows."
    )
    return (comparison.score("similarity.columns_passed", None, reason),)


def _no_target(comparison: Comparison, target: str) -> tuple[Score, ...]:
    reason = (
        f"Not measured: “{target}” is an identifier, free text or not in the twin, so no model "
        "can learn to predict it. Choose another target."
    )
    return (comparison.score("utility.auc_gap", None, reason, scope=f"column:{target}"),)
