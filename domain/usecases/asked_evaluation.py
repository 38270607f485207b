"""What a person asked of an evaluation, checked against the columns before it is queued."""

from __future__ import annotations

from domain.datasets.entities import Metadata, SdType
from domain.evaluation.spec import EvaluationSpec, TaskKind
from domain.kernel import BadInput
from domain.usecases.start_training import check_target

_NUMBERS = (SdType.INTEGER, SdType.FLOAT)
_ORDERED = (*_NUMBERS, SdType.DATETIME)


def check_asked(asked: EvaluationSpec, metadata: Metadata) -> None:
    """Refuse columns that are not in the twin or do not suit what they are named for."""
    check_target(metadata, asked.target)
    _check_task(asked, metadata)
    _check_people(asked, metadata)


def _check_task(asked: EvaluationSpec, metadata: Metadata) -> None:
    if asked.target is None or asked.task is not TaskKind.REGRESSION:
        return
    if _sdtype(metadata, asked.target) not in _NUMBERS:
        raise BadInput(
            f"The column “{asked.target}” is no number, so it cannot be predicted by regression; "
            "ask for a classification."
        )


def _check_people(asked: EvaluationSpec, metadata: Metadata) -> None:
    if asked.entity is not None:
        _sdtype(metadata, asked.entity)
    if asked.time is not None and _sdtype(metadata, asked.time) not in _ORDERED:
        raise BadInput(
            f"The column “{asked.time}” is neither a date nor a number, so it orders no rows; "
            "name one that does."
        )


def _sdtype(metadata: Metadata, column: str) -> SdType:
    """The kind of a column of the twin; refuses those that are not there or left out of it."""
    table = metadata.tables[metadata.table_with(column)]
    spec = table.column(column)
    if spec not in table.kept:
        raise BadInput(f"The column “{column}” was left out of the twin; name one that is in it.")
    return spec.sdtype
