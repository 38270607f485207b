"""What a sample shall look like beyond its size. Knows no torch, so that pages can read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any


class Operator(StrEnum):
    """How a condition compares a cell."""

    IS = "is"
    """One of the values."""
    NOT = "is not"
    """Present, and none of the values."""
    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    MISSING = "is missing"
    PRESENT = "is present"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One test on one column.

    Values are canonical texts: numbers as Python writes them, datetimes as ISO 8601 in UTC,
    booleans as ``true`` and ``false``, categories as in the file.
    """

    column: str
    test: Operator
    values: tuple[str, ...] = ()
    """One for comparisons, one or more for ``IS`` and ``NOT``, none for the others."""


_NEAR = 0.05
"""A factor that is off by less than this share of it is called reached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amplification:
    """The share of the rows under ``condition`` is multiplied by ``factor`` (above 0)."""

    condition: Condition
    factor: float
    reached: float | None = None
    """How many times as frequent they came to be; ``None`` where nothing is drawn yet, or drawn in
    exact numbers."""

    @property
    def missed(self) -> bool:
        """Whether what was drawn is clearly not what was asked for."""
        return self.reached is not None and abs(self.reached / self.factor - 1) > _NEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratification:
    """Values of ``column`` come in exact shares.

    ``shares`` (each 0 to 1) are those of the named values, and the others share what is left as
    they did; without any, every value keeps the share it was learned with.
    """

    column: str
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lengths:
    """How long the histories of an event log shall be, instead of as long as was learned.

    Where given histories are continued, it counts the events that are added (``times`` counts
    from those given).
    """

    fewest: int | None = None
    """Events of a history at least (1 or more); ``None`` with ``most``: as learned."""
    most: int | None = None
    times: float = 1.0
    """So many times as many events as they would have (above 0)."""
    since: str | None = None
    """When the log begins, ISO 8601 in UTC; ``None``: when the learned one did."""
    until: str | None = None
    """No event is later; histories are stretched or shortened to there, at the same pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSpec:
    """Conditions on every row (all hold), shares of some rows, and columns without gaps.

    Amplification and stratification say the same thing of one column: a spec has at most one
    column between them (several amplifications of one column may stand side by side).
    """

    where: tuple[Condition, ...] = ()
    amplify: tuple[Amplification, ...] = ()
    stratify: Stratification | None = None
    impute: tuple[str, ...] = ()
    """Columns whose missing cells are filled with what the rest of the row suggests."""
    filling: bool = False
    """Whether gaps were to be filled; without any in ``impute`` no column is known to have one."""
    undecided: tuple[str, ...] = ()
    """Columns not filled in full by “all”: one of their categories may mean “missing”."""
    lengths: Lengths | None = None
    """Of the histories of an event log; ``None``: as learned."""

    def __bool__(self) -> bool:
        """Whether it asks for anything that a plain sample is not."""
        return bool(self.columns) or self.lengths is not None

    @property
    def changes_shares(self) -> bool:
        """Whether some rows are to be more or less frequent than they were learned."""
        return bool(self.amplify or (self.stratify and self.stratify.shares))

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is spoken of, once."""
        named = [
            *(c.column for c in self.where),
            *(a.condition.column for a in self.amplify),
            *([self.stratify.column] if self.stratify else []),
            *self.impute,
        ]
        return tuple(dict.fromkeys(named))

    def within(self, names: Mapping[str, str]) -> SampleSpec:
        """What it says of the columns in ``names``, under the names that those map to."""
        amplify = [a for a in self.amplify if a.condition.column in names]
        stratify = self.stratify
        if stratify is not None and stratify.column in names:
            stratify = replace(stratify, column=names[stratify.column])
        else:
            stratify = None
        return SampleSpec(
            where=tuple(_renamed(c, names) for c in self.where if c.column in names),
            amplify=tuple(replace(a, condition=_renamed(a.condition, names)) for a in amplify),
            stratify=stratify,
            impute=tuple(names[c] for c in self.impute if c in names),
            lengths=self.lengths,
        )

    def to_document(self) -> dict[str, Any]:
        """The JSON form; empty for a plain sample."""
        return asdict(self) if self != PLAIN else {}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> SampleSpec:
        """Read :meth:`to_document`'s form back."""
        if not document:
            return cls()
        stratify = document["stratify"]
        return cls(
            where=tuple(_condition(c) for c in document["where"]),
            amplify=tuple(
                Amplification(
                    condition=_condition(a["condition"]),
                    factor=a["factor"],
                    reached=a.get("reached"),
                )
                for a in document["amplify"]
            ),
            stratify=Stratification(**stratify) if stratify else None,
            impute=tuple(document["impute"]),
            filling=document.get("filling", bool(document["impute"])),
            undecided=tuple(document.get("undecided", ())),
            lengths=Lengths(**document["lengths"]) if document.get("lengths") else None,
        )


PLAIN = SampleSpec()


def _renamed(condition: Condition, names: Mapping[str, str]) -> Condition:
    return replace(condition, column=names[condition.column])


def _condition(document: Mapping[str, Any]) -> Condition:
    return Condition(
        column=document["column"],
        test=Operator(document["test"]),
        values=tuple(document["values"]),
    )
