"""A sample's spec in the words of a reshaped table, and what is left to be met by drawing more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from domain.kernel import BadInput
from domain.synthesis.computing import Computed
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Condition, Operator, SampleSpec
from domain.synthesis.folding import Folded
from domain.synthesis.reshaping import Reshaping


def translated(spec: SampleSpec, reshaping: Reshaping) -> tuple[SampleSpec, tuple[Condition, ...]]:
    """``(spec for the engine, conditions that it cannot see)``.

    Conditions on a combined column become conditions on the combination. Those on a computed
    column, or on one learned as a distance, are left over. Raises :class:`BadInput` for shares
    of such a column, and for any shares beside such a condition: they cannot be had by drawing
    more.
    """
    if not spec or not reshaping.steps:
        return spec, ()
    folds = {name: fold for fold in reshaping.folds for name in fold.makes}
    hidden = reshaping.reshaped - set(folds)
    _refuse_shares(spec, hidden, folds)
    _refuse_shares_beside(spec, hidden)
    _refuse_invented(spec, reshaping)
    where = [_seen(c, folds) for c in spec.where if c.column not in hidden]
    inner = replace(
        spec,
        where=(*where, *_without_gaps(spec, reshaping)),
        amplify=tuple(replace(a, condition=_seen(a.condition, folds)) for a in spec.amplify),
        impute=tuple(sorted(_imputed(spec, reshaping) - set(folds))),
    )
    return inner, tuple(c for c in spec.where if c.column in hidden)


def _refuse_shares(spec: SampleSpec, hidden: frozenset[str], folds: dict[str, Folded]) -> None:
    for column in (a.condition.column for a in spec.amplify):
        if column in hidden:
            raise _no_shares(column)
    if spec.stratify and spec.stratify.column in (*hidden, *folds):
        raise _no_shares(spec.stratify.column)


def _refuse_shares_beside(spec: SampleSpec, hidden: frozenset[str]) -> None:
    tied = [c.column for c in spec.where if c.column in hidden]
    if tied and (spec.amplify or spec.stratify):
        raise BadInput(
            f"Conditions on “{tied[0]}”, which is kept in step with other columns by a rule, do "
            "not go together with shares; leave out one of the two."
        )


def _refuse_invented(spec: SampleSpec, reshaping: Reshaping) -> None:
    for condition in spec.where:
        if condition.column in reshaping.invented:
            raise BadInput(
                f"Rows cannot be asked for by “{condition.column}”, whose values are invented so "
                "that none repeats; set conditions on another column."
            )


def _no_shares(column: str) -> BadInput:
    return BadInput(
        f"The shares of “{column}” cannot be set, because a constraint ties it to other columns; "
        "set those of another column, or confirm the columns without that constraint and train "
        "again."
    )


def _seen(condition: Condition, folds: dict[str, Folded]) -> Condition:
    """The condition on the combination, where its column is part of one."""
    fold = folds.get(condition.column)
    if fold is None:
        return condition
    numbers = np.flatnonzero(matching(fold.combinations, [condition]))
    if not len(numbers):
        raise BadInput(
            f"No combination that the twin may hold meets the condition on “{condition.column}”; "
            "it is too rare in the training rows."
        )
    return Condition(column=fold.name, test=Operator.IS, values=tuple(fold.labels(numbers)))


def _imputed(spec: SampleSpec, reshaping: Reshaping) -> set[str]:
    """Columns that must not have gaps, with the parts that a computed one needs."""
    wanted, waiting = set(spec.impute), list(spec.impute)
    computed = {s.formula.column: s for s in reshaping.steps if isinstance(s, Computed)}
    while waiting:
        step = computed.get(waiting.pop())
        if step is not None and not step.drawn:
            wanted.discard(step.formula.column)
            waiting += [part for part in step.needs if part not in wanted]
            wanted |= set(step.needs)
    return wanted


def _without_gaps(spec: SampleSpec, reshaping: Reshaping) -> Iterable[Condition]:
    """Combinations in which no column that shall have no gaps is missing."""
    wanted = _imputed(spec, reshaping)
    for fold in reshaping.folds:
        columns = [name for name in fold.makes if name in wanted]
        full = [Condition(column=name, test=Operator.PRESENT) for name in columns]
        if full:
            numbers = np.flatnonzero(matching(fold.combinations, full))
            yield Condition(column=fold.name, test=Operator.IS, values=tuple(fold.labels(numbers)))
