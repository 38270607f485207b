"""The whole evaluation: real, held-out and synthetic tables in, one report out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.datasets.entities import Metadata, Tables
from domain.evaluation.alike import AlikeRows, alike_rows
from domain.evaluation.event_owners import EventOwners
from domain.evaluation.headline import headline
from domain.evaluation.patience import all_patiently
from domain.evaluation.pictures import AssociationMatrix, ColumnOverlay, LogPictures
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.sides import Sides
from domain.evaluation.similarity import Finding
from domain.evaluation.spec import USUAL, EvaluationSpec, Part
from domain.evaluation.steps import Step, attack_steps, likeness_steps, log_steps
from domain.evaluation.temporal import log_rows
from domain.evaluation.white_box import HeldModel, white_box_scores
from domain.kernel import BadInput, OnProgress
from domain.synthesis.conditions import PLAIN, SampleSpec

__all__ = ["evaluate", "headline"]


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
        _require(train, name, "training")
        _require(synthetic, name, "synthetic")
    real = alike_rows(spec, train, holdout, synthetic, metadata, seed=seed)
    sides = Sides.of(
        real, synthetic, metadata, asked, conditioned=bool(spec), seed=seed, unseen=unseen
    )
    steps = list(_steps(sides, metadata, asked, real.too_few))
    steps += _log_steps(real, synthetic, metadata, asked, seed)
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
        logs=tuple(f for f in found if isinstance(f, LogPictures)),
        notes=(*real.notes, *sides.notes),
        shifts=real.shifts,
        backing=sides.backing,
    )


def _steps(sides: Sides, metadata: Metadata, asked: EvaluationSpec, too_few: str) -> Iterator[Step]:
    of_target = metadata.table_with(asked.target) if asked.target else None
    for name in metadata.tables:
        people = sides.people[name]
        yield from likeness_steps(sides.alike[name], people, asked, name == of_target, too_few)
        yield from attack_steps(people, asked.parts)


def _log_steps(
    real: AlikeRows, synthetic: Tables, metadata: Metadata, asked: EvaluationSpec, seed: int
) -> Iterator[Step]:
    owners = EventOwners.of(metadata)
    train, holdout, twin = map(owners.told, (real.all_train, real.all_holdout, synthetic))
    for name, table in metadata.tables.items():
        rows = log_rows(
            train,
            holdout,
            twin,
            name,
            owners.table(name, table),
            asked,
            seed=seed,
            alone=metadata.only_table is not None,
        )
        yield from log_steps(rows, asked.parts)


def _require(tables: Tables, name: str, side: str) -> None:
    if name not in tables:
        raise BadInput(f"The {side} tables lack “{name}”; evaluate datasets with the same tables.")


def _measured(steps: Sequence[Step], on_progress: OnProgress) -> Iterator[Finding]:
    """What all steps find, in their order; the note is that of the first unfinished one."""

    def beat(done: int, at: int) -> None:
        note = steps[at].note if at < len(steps) else "measured"
        on_progress(done, len(steps), note)

    if steps:
        beat(0, 0)
    for found in all_patiently([step.measure for step in steps], beat):
        yield from found
