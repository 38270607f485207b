"""What a sample spec asks of one table's rows, in codes: groups of rows and their shares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from domain.kernel import BadInput
from domain.synthesis.conditions import (
    Amplification,
    Condition,
    Operator,
    SampleSpec,
    Stratification,
)
from domain.synthesis.encoding.allowed import Allowed
from domain.synthesis.encoding.table import TableEncoder
from domain.synthesis.share_refusals import overlapping, too_much


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """Rows that may hold the same: the allowed part of every column that conditions name."""

    allowed: Mapping[str, Allowed]
    """By home column (see ``TableEncoder.home``), in the order in which they are drawn."""
    factor: float | None = None
    """By how much its share is multiplied; ``None``: it takes what the others leave."""
    share: float | None = None
    """The share it shall have, instead of a factor."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WantedRows:
    """The rows of a sample, as groups that exclude one another; without shares there is one."""

    groups: tuple[Group, ...]
    asked: tuple[str, ...] = ()
    """The columns that conditions and shares name, in a person's words."""
    keep_shares: bool = False
    """Every group keeps its learned share, exactly."""

    @classmethod
    def of(cls, spec: SampleSpec, encoder: TableEncoder) -> WantedRows:
        """Read the conditions of ``spec``; raises :class:`BadInput` for what a column cannot do."""
        asked = tuple(c.column for c in spec.where)
        if spec.stratify is not None:
            found = cls._stratified(spec.stratify, spec.where, encoder)
            return replace(found, asked=(*asked, spec.stratify.column))
        apart = [a.condition for a in spec.amplify]
        _refuse_overlap(apart, encoder)
        groups = [_amplified(a, spec.where, encoder) for a in spec.amplify]
        groups.append(Group(allowed=_allowed(spec.where, apart, encoder, _columns(apart))))
        return cls(groups=tuple(groups), asked=(*asked, *_columns(apart)))

    @classmethod
    def _stratified(
        cls, wanted: Stratification, where: Sequence[Condition], encoder: TableEncoder
    ) -> WantedRows:
        def is_value(*values: str) -> Condition:
            return Condition(column=wanted.column, test=Operator.IS, values=values)

        if not wanted.shares:
            return cls._by_code(wanted.column, where, encoder)
        first = (wanted.column,)
        groups = [
            Group(allowed=_allowed([*where, is_value(v)], [], encoder, first), share=share)
            for v, share in wanted.shares.items()
        ]
        rest = [is_value(*wanted.shares)]
        groups.append(Group(allowed=_allowed(where, rest, encoder, first)))
        return cls(groups=tuple(groups))

    @classmethod
    def _by_code(cls, column: str, where: Sequence[Condition], encoder: TableEncoder) -> WantedRows:
        """A group for every code of the column."""
        home = encoder.home(column)
        allowed = _allowed(where, [], encoder, (column,))
        whole = allowed[home]
        groups = []
        for code in np.flatnonzero(whole.weights):
            weights = np.zeros(len(whole.weights))
            weights[code] = whole.weights[code]
            one = Allowed(weights=weights, tail=whole.tail, numbers=whole.numbers)
            groups.append(Group(allowed={**allowed, home: one}))
        return cls(groups=tuple(groups), keep_shares=True)

    @property
    def columns(self) -> tuple[str, ...]:
        """The home columns that conditions name, in the order in which they are drawn."""
        return tuple(self.groups[0].allowed)

    def shares(self, learned: NDArray[np.float64]) -> NDArray[np.float64]:
        """The groups' shares of the rows to draw, given their ``learned`` ones (which sum to 1).

        Raises :class:`BadInput` where they cannot be.
        """
        if self.keep_shares or len(self.groups) == 1:
            return learned
        wanted = np.array(
            [
                group.share if group.share is not None else (group.factor or 0.0) * mass
                for group, mass in zip(self.groups, learned, strict=True)
            ]
        )
        named = wanted[:-1].sum()
        if named > 1 + 1e-9:
            factors = [group.factor for group in self.groups if group.factor is not None]
            raise too_much(float(named), factors)
        wanted[-1] = max(1 - named, 0.0)
        _refuse_unlearned(wanted, learned)
        return wanted / wanted.sum()


def _amplified(wanted: Amplification, where: Sequence[Condition], encoder: TableEncoder) -> Group:
    allowed = _allowed([*where, wanted.condition], [], encoder, (wanted.condition.column,))
    return Group(allowed=allowed, factor=wanted.factor)


def _allowed(
    all_of: Sequence[Condition],
    none_of: Sequence[Condition],
    encoder: TableEncoder,
    first: Iterable[str],
) -> dict[str, Allowed]:
    """The allowed part of every home column that is named, those of the columns ``first`` first."""
    order = [encoder.home(c) for c in (*first, *(c.column for c in all_of))]
    homes = dict.fromkeys(order)
    return {
        home: encoder.allowed(home, _about(home, all_of, encoder), _about(home, none_of, encoder))
        for home in homes
    }


def _about(home: str, conditions: Sequence[Condition], encoder: TableEncoder) -> list[Condition]:
    return [c for c in conditions if encoder.home(c.column) == home]


def _columns(conditions: Sequence[Condition]) -> tuple[str, ...]:
    return tuple(c.column for c in conditions)


def _refuse_overlap(apart: Sequence[Condition], encoder: TableEncoder) -> None:
    """Amplified conditions must be on one column and never hold of the same row."""
    homes = {encoder.home(c.column) for c in apart}
    together = (encoder.allowed(h, [a, b], []) for h in homes for a, b in combinations(apart, 2))
    if len(homes) > 1 or any(both.weights.any() for both in together):
        raise overlapping()


def _refuse_unlearned(wanted: NDArray[np.float64], learned: NDArray[np.float64]) -> None:
    unlearned = (wanted > 0) & (learned <= 0)
    if unlearned[:-1].any():
        raise BadInput(
            "No row that was learned fulfils one of the conditions that shall have a share; "
            "leave it out."
        )
    if unlearned[-1] and wanted[-1] > 1e-9:
        raise BadInput(
            f"The shares come to {wanted[:-1].sum():.0%} and no other value is left to take the "
            "rest; make them 100 %."
        )
