"""The whole evaluation: real, held-out and synthetic tables in, one report out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.evaluation.alike import alike_rows
from domain.evaluation.attacks import attack_scores
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.detection import detection_scores
from domain.evaluation.headline import headline
from domain.evaluation.leakage import leakage_scores
from domain.evaluation.patience import all_patiently
from domain.evaluation.pictures import AssociationMatrix, ColumnOverlay
from domain.evaluation.quality import quality_scores
from domain.evaluation.queries import query_scores
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.similarity import Finding, column_findings, pair_findings
from domain.evaluation.spec import USUAL, EvaluationSpec, Part
from domain.evaluation.utility import utility_scores
from domain.evaluation.white_box import HeldModel, white_box_scores
from domain.evaluation.whole_entities import compare_histories, has_histories, told_of_people
from domain.kernel import BadInput, OnProgress
from domain.synthesis.conditions import PLAIN, SampleSpec

__all__ = ["evaluate", "headline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One measurement of one table."""

    note: str
    measure: Callable[[], tuple[Finding, ...]]


def evaluate(
    train: Tables,
    holdout: Tables,
    synthetic: Tables,
    metadata: Metadata,
    *,
    seed: int,
    on_progress: OnProgress,
    asked: EvaluationSpec = USUAL,
    spec: SampleSpec = PLAIN,
    unseen: bool = True,
    model: HeldModel | None = None,
) -> EvaluationReport:
    """Measure how faithful, useful and safe ``synthetic`` is: the parts that are ``asked`` for.

    ``unseen`` says whether ``holdout`` was kept from the synthesizer; ``model`` is what made the
    twin, for the white-box attack.
    ``holdout`` holds real rows that were never trained on and may be empty: then the twin is
    compared with the training rows and no baseline is known. A twin drawn under ``spec`` is
    compared with real rows that are like it (see :mod:`domain.evaluation.alike`). The same
    tables and seed give the same report. Raises :class:`BadInput` when tables or columns are
    missing, or no table has the target.
    """
    for name in metadata.tables:
        _table(train, name, "training")
        _table(synthetic, name, "synthetic")
    real = alike_rows(spec, train, holdout, synthetic, metadata, seed=seed)
    compared = _comparisons(real.train, real.holdout, synthetic, metadata, seed, unseen)
    attacked = (
        _comparisons(real.all_train, real.all_holdout, synthetic, metadata, seed, unseen)
        if spec
        else compared
    )
    people = attacked
    if asked.entity:
        people = attacked | _histories(
            real.all_train, real.all_holdout, synthetic, metadata, asked, seed, unseen
        )
    target_table = metadata.table_with(asked.target) if asked.target else None
    steps = [
        step
        for name in metadata.tables
        for step in (
            *_likeness(compared[name], people[name], asked, name == target_table, real.too_few),
            *_attacks(people[name], asked.parts),
        )
    ]
    found = tuple(_measured(steps, on_progress))
    if Part.WHITE_BOX in asked.parts:
        found += white_box_scores(
            model,
            real.all_train,
            real.all_holdout,
            metadata,
            asked=asked,
            seed=seed,
            unseen=unseen,
            on_progress=on_progress,
        )
    return EvaluationReport(
        scores=tuple(f for f in found if isinstance(f, Score)),
        overlays=tuple(f for f in found if isinstance(f, ColumnOverlay)),
        matrices=tuple(f for f in found if isinstance(f, AssociationMatrix)),
        notes=real.notes,
        shifts=real.shifts,
    )


def _comparisons(
    train: Tables,
    holdout: Tables,
    synthetic: Tables,
    metadata: Metadata,
    seed: int,
    unseen: bool,
) -> dict[str, Comparison]:
    return {
        name: compare(
            train[name],
            holdout.get(name, pd.DataFrame()),
            synthetic[name],
            table,
            seed=seed,
            prefix="" if metadata.only_table else f"{name}/",
            unseen=unseen,
        )
        for name, table in metadata.tables.items()
    }


def _histories(
    train: Tables,
    holdout: Tables,
    synthetic: Tables,
    metadata: Metadata,
    asked: EvaluationSpec,
    seed: int,
    unseen: bool,
) -> dict[str, Comparison]:
    """The tables in which people have several rows, one row a person."""
    entity = asked.entity or ""
    for named in filter(None, (entity, asked.time)):
        metadata.table_with(named)
    return {
        name: compare_histories(
            train[name],
            holdout.get(name, pd.DataFrame()),
            synthetic[name],
            table,
            entity=entity,
            time=asked.time,
            seed=seed,
            prefix="" if metadata.only_table else f"{name}/",
            unseen=unseen,
        )
        for name, table in metadata.tables.items()
        if has_histories(train[name], entity)
    }


def _table(tables: Tables, name: str, side: str) -> pd.DataFrame:
    if name not in tables:
        raise BadInput(f"The {side} tables lack “{name}”; evaluate datasets with the same tables.")
    return tables[name]


def _measured(steps: list[Step], on_progress: OnProgress) -> Iterator[Finding]:
    """What all steps find, in their order; the note is that of the first unfinished one."""

    def beat(done: int) -> None:
        note = steps[done].note if done < len(steps) else "measured"
        on_progress(done, len(steps), note)

    if steps:
        beat(0)
    for found in all_patiently([step.measure for step in steps], beat):
        yield from found


def _comparable(comparison: Comparison) -> bool:
    return bool(comparison.columns and len(comparison.synthetic) and len(comparison.train))


def _likeness(
    comparison: Comparison,
    people: Comparison,
    asked: EvaluationSpec,
    has_target: bool,
    too_few: str,
) -> Iterator[Step]:
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


def _attacks(comparison: Comparison, parts: frozenset[Part]) -> Iterator[Step]:
    if Part.LEAKAGE in parts and _comparable(comparison):
        yield Step(note="attacking people", measure=partial(leakage_scores, comparison))
        yield Step(
            note="measuring distances", measure=partial(told_of_people, attack_scores, comparison)
        )


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
