"""A whole private table as codes, each column paid for; and back, identifiers invented."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SdType
from domain.privacy.code_book import CodeBook
from domain.privacy.private_table import PrivateTable
from domain.privacy.touches import PublicDeclaration
from domain.synthesis.encoding.table import is_surrogate
from domain.synthesis.private_encoding.categories import CategoryColumn
from domain.synthesis.private_encoding.column import Beside, PrivateColumn
from domain.synthesis.private_encoding.invented import InventedColumn
from domain.synthesis.private_encoding.numbers import NumberColumn, counted_at_once
from domain.synthesis.private_encoding.scale import Scale

_READERS: Mapping[str, Callable[[Mapping[str, Any]], PrivateColumn]] = {
    "number": NumberColumn.from_state,
    "category": CategoryColumn.from_state,
}
_FOUND = 2.0
"""How much of ρ a column takes whose words have to be found, for one where they are known."""
_SOUGHT = 1.5
"""The same for a column of numbers that has to be asked twice where they lie."""
FEW_CODES = 4
"""A target of so many codes at most is counted together with pairs of other columns."""
_NO_BOOK = CodeBook(source="none", person="nobody")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What finding out about the columns may cost, and what needs no asking."""

    rho: float
    """For all columns together."""
    delta: float
    """For the words of all columns without a code book."""
    bins: int
    total: int
    """Rows, as far as that is told."""
    book: CodeBook | None
    target: str = ""
    """The column that others are told beside, where it has few codes."""
    within: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """What numbers cannot leave by what their column means."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PrivateEncoder:
    """The modelled columns by name; all others are invented."""

    names: tuple[str, ...]
    """All columns, in order."""
    columns: Mapping[str, PrivateColumn]
    target: str = ""
    """The column that others were counted beside, if any."""

    @classmethod
    def fit(
        cls, table: PrivateTable, specs: Sequence[ColumnSpec], asking: Asking, invented: set[str]
    ) -> PrivateEncoder:
        """Ask what the columns hold; those ``invented`` and identifiers are not looked at."""
        asked = modelled(specs, invented)
        open_words = [s for s in asked if needs_discovery(s, asking.book)]
        _declare(table, asked, asking.book or _NO_BOOK)
        delta = asking.delta / max(len(open_words), 1)
        needs = {s.name: _need(s, asking.book) for s in asked}
        rho = {name: asking.rho * need / sum(needs.values()) for name, need in needs.items()}
        columns: dict[str, PrivateColumn] = {}
        beside: Beside | None = None
        for spec in sorted(asked, key=lambda s: s.name != asking.target):
            column = _column(table, spec, asking, rho[spec.name], delta, beside)
            columns[spec.name] = column
            if spec.name == asking.target and column.size <= FEW_CODES:
                beside = Beside(name=spec.name, size=column.size, encode=column.encode)
        return cls(
            names=tuple(s.name for s in specs),
            columns={s.name: columns[s.name] for s in asked},
            target=beside.name if beside else "",
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Codes of each modelled column."""
        return tuple(c.size for c in self.columns.values())

    def encode(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The codes of the modelled columns, row by row."""
        return pd.DataFrame({name: c.encode(frame[name]) for name, c in self.columns.items()})

    def decode(
        self,
        codes: NDArray[np.int64],
        invented: Mapping[str, InventedColumn],
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """Typed rows, with all columns in order."""
        place = {name: i for i, name in enumerate(self.columns)}
        beside = codes[:, place[self.target]] if self.target else None
        made = {
            name: self.columns[name].decode(codes[:, place[name]], rng, beside)
            if name in place
            else invented[name].invent(len(codes), rng)
            for name in self.names
        }
        return pd.DataFrame(made, index=pd.RangeIndex(len(codes)))

    def state(self) -> Mapping[str, Any]:
        # A list of pairs, since column names may hold anything, also what marks arrays.
        return {
            "names": list(self.names),
            "target": self.target,
            "columns": [[name, column.state()] for name, column in self.columns.items()],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> PrivateEncoder:
        columns = {name: _READERS[column["kind"]](column) for name, column in state["columns"]}
        return cls(names=tuple(state["names"]), columns=columns, target=state.get("target", ""))


def modelled(specs: Sequence[ColumnSpec], invented: set[str]) -> list[ColumnSpec]:
    """The columns that are learned."""
    return [s for s in specs if not is_surrogate(s) and s.name not in invented]


def needs_discovery(spec: ColumnSpec, book: CodeBook | None) -> bool:
    """Whether the words of a column have to be found in the rows."""
    known = book is not None and spec.name in book.values
    return spec.sdtype is SdType.CATEGORICAL and not known


def _need(spec: ColumnSpec, book: CodeBook | None) -> float:
    """How much of ρ a column takes, for one that is only counted."""
    if needs_discovery(spec, book):
        return _FOUND
    if spec.sdtype in (SdType.CATEGORICAL, SdType.BOOLEAN):
        return 1.0
    bounds = (book or _NO_BOOK).bounds.get(spec.name)
    return 1.0 if counted_at_once(Scale.of(spec), bounds) else _SOUGHT


def _declare(table: PrivateTable, specs: Sequence[ColumnSpec], book: CodeBook) -> None:
    said = PublicDeclaration(source=book.source, person=book.person)
    for spec in specs:
        if spec.name in book.values:
            table.touches.declare(f"categories of “{spec.name}”", said)
        if spec.name in book.bounds:
            table.touches.declare(f"bounds of “{spec.name}”", said)


def _column(
    table: PrivateTable,
    spec: ColumnSpec,
    asking: Asking,
    rho: float,
    delta: float,
    beside: Beside | None,
) -> PrivateColumn:
    book = asking.book or _NO_BOOK
    if spec.sdtype is SdType.BOOLEAN:
        return CategoryColumn.flagged(table, spec, rho)
    if spec.sdtype is not SdType.CATEGORICAL:
        bounds = None if spec.sdtype is SdType.DATETIME else book.bounds.get(spec.name)
        within = asking.within.get(spec.name)
        return NumberColumn.fit(table, spec, bounds, rho, asking.bins, beside, within)
    if spec.name in book.values:
        return CategoryColumn.declared(table, spec, book.values[spec.name], rho)
    return CategoryColumn.discovered(table, spec, asking.total, rho, delta)
