"""A table as an engine learns it, and back: what constraints fix is not left to chance.

A computed column is left out and computed from its parts; the upper column of an order is
learned as its distance from the lower one; columns of a fixed combination are one category.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import pandas as pd

from domain.datasets.constraints import Combination, Constraint, Formula, Order, Unique
from domain.datasets.entities import ColumnSpec, TableMetadata
from domain.synthesis.computing import Computed
from domain.synthesis.distances import Distance
from domain.synthesis.folding import Folded
from domain.synthesis.inventing import Invented


class Step(Protocol):
    """One way to reshape a table."""

    @property
    def makes(self) -> tuple[str, ...]:
        """Columns that :meth:`restored` brings back."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Other columns that it reads, which must be restored before."""
        ...

    def specs(self, specs: Sequence[ColumnSpec]) -> list[ColumnSpec]:
        """The columns that the engine sees, given those of the table."""
        ...

    def shaped(self, frame: pd.DataFrame, original: pd.DataFrame) -> pd.DataFrame:
        """The frame as the engine sees it; ``original`` holds the columns as they were."""
        ...

    def restored(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with the columns of :attr:`makes` as in the table."""
        ...

    def state(self) -> Mapping[str, Any]:
        """JSON values."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reshaping:
    """The steps of one table, in the order in which they are undone."""

    table: TableMetadata
    """As confirmed, with its constraints."""
    steps: tuple[Step, ...] = ()

    @classmethod
    def fit(
        cls, frame: pd.DataFrame, table: TableMetadata, rare_threshold: int
    ) -> tuple[Reshaping, tuple[str, ...]]:
        """Decide on the steps from the real rows; returns notes that quote no data.

        Raises :class:`BadInput` for a combination that is nowhere frequent enough.
        """
        steps: list[Step] = []
        notes: list[str] = []
        free = tuple(rule for rule in table.constraints if not _moves_a_key(rule, table))
        for rule in free:
            if isinstance(rule, Combination):
                folded, said = Folded.fit(rule, frame, table, rare_threshold)
                steps.append(folded)
                notes += said
            if isinstance(rule, Formula):
                steps.append(Computed.fit(rule, frame, table))
            if isinstance(rule, Unique):
                invented = Invented.fit(rule, frame, table)
                steps += [invented] if invented is not None else []
        for high, lows in _bounded_below(free).items():
            known = [low for low in lows if _can_follow(low, high, steps)]
            distance = Distance.fit(known, high, frame, table) if known else None
            steps += [distance] if distance is not None else []
        return cls(table=table, steps=_in_order(steps)), tuple(notes)

    @property
    def inner(self) -> TableMetadata:
        """The table as the engine sees it, without constraints.

        Invented columns that must not repeat say so, since the engine can see to that.
        """
        alone = {c.columns[0] for c in self.table.constraints if _is_alone(c)}
        specs = [replace(s, unique=s.unique or s.name in alone) for s in self.table.columns]
        for step in self.steps:
            specs = step.specs(specs)
        return TableMetadata(
            columns=tuple(specs),
            primary_key=self.table.primary_key,
            sequence=self.table.sequence,
        )

    @property
    def reshaped(self) -> frozenset[str]:
        """Columns that the engine does not see as they are."""
        return frozenset(name for step in self.steps for name in step.makes)

    @property
    def folds(self) -> tuple[Folded, ...]:
        return tuple(step for step in self.steps if isinstance(step, Folded))

    @property
    def invented(self) -> frozenset[str]:
        """Columns whose values the engine invents, so that none repeats."""
        return frozenset(s.column for s in self.steps if isinstance(s, Invented))

    def shaped(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A typed frame of the table as the engine sees it."""
        found = frame
        for step in self.steps:
            found = step.shaped(found, frame)
        return found[[spec.name for spec in self.inner.columns]] if self.steps else found

    def restored(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The engine's frame with the table's columns, types and order."""
        if not self.steps:
            return frame
        frame = frame.reset_index(drop=True)
        for step in self.steps:
            frame = step.restored(frame)
        return frame[[spec.name for spec in self.table.columns]]

    def state(self) -> list[Mapping[str, Any]]:
        return [step.state() for step in self.steps]

    @classmethod
    def from_state(cls, table: TableMetadata, state: Iterable[Mapping[str, Any]]) -> Reshaping:
        return cls(table=table, steps=tuple(_READERS[s["kind"]](s, table) for s in state))


def _is_alone(rule: object) -> bool:
    return isinstance(rule, Unique) and len(rule.columns) == 1


def _moves_a_key(rule: Constraint, table: TableMetadata) -> bool:
    """Whether keeping the rule by reshaping would take the entity or time of events away."""
    if table.sequence is None:
        return False
    moved: tuple[str, ...] = rule.columns
    if isinstance(rule, Formula):
        moved = (rule.column,)
    if isinstance(rule, Order):
        moved = (rule.high,)
    return bool({table.sequence.entity, table.sequence.time} & set(moved))


def _bounded_below(rules: Iterable[Constraint]) -> dict[str, list[str]]:
    """The upper columns of orders, each with its lower ones."""
    found: dict[str, list[str]] = {}
    for rule in rules:
        if isinstance(rule, Order) and rule.low not in found.get(rule.high, ()):
            found.setdefault(rule.high, []).append(rule.low)
    return found


def _can_follow(low: str, high: str, steps: Sequence[Step]) -> bool:
    """Whether the upper column is not reshaped yet, nor the lower one computed from it."""
    if any(high in step.makes for step in steps):
        return False
    needed, waiting = {low}, [low]
    while waiting:
        name = waiting.pop()
        more = {need for step in steps if name in step.makes for need in step.needs} - needed
        needed |= more
        waiting += more
    return high not in needed


def _in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Every step after those that make what it needs."""
    waiting, ordered = list(steps), list[Step]()
    while waiting:
        unmade = {name for step in waiting for name in step.makes}
        ready = [step for step in waiting if not unmade & set(step.needs)]
        assert ready  # circles are refused before, and never added
        ordered += ready
        waiting = [step for step in waiting if step not in ready]
    return tuple(ordered)


_READERS: Mapping[str, Callable[[Mapping[str, Any], TableMetadata], Step]] = {
    "computed": Computed.from_state,
    "distance": Distance.from_state,
    "gap": Distance.from_state,  # as older artifacts call it
    "folded": Folded.from_state,
    "invented": Invented.from_state,
}
