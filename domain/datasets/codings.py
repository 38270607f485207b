"""Codes of FHIR resources belong to their words: only pairs that occur may come out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import pyarrow as pa

from domain.datasets.constraints import Combination
from domain.datasets.nesting_plan import NestedColumn, NestingPlan, Path

_PARTS = frozenset({"code", "system", "display", "version"})
_OFTEN = 20
"""Rows of the most frequent pair; with fewer, protecting rare values could leave none."""


def coded_rules(name: str, text: pa.Table, plan: NestingPlan | None) -> Iterator[Combination]:
    """The rules of table ``name``: one for each coding that has several columns."""
    for table in plan.tables if plan is not None and plan.is_fhir else ():
        if table.name == name:
            codings = [c for c in table.columns if c.path and c.path[-1] in _PARTS]
            for _, parts in groupby(sorted(codings, key=_place), key=_place):
                columns = tuple(c.name for c in parts if c.name in text.column_names)
                if len(columns) > 1 and _is_often(text, columns):
                    yield Combination(columns=columns)


def _place(column: NestedColumn) -> Path:
    return tuple(map(str, column.path[:-1]))


def _is_often(text: pa.Table, columns: tuple[str, ...]) -> bool:
    whole = text.select(columns).drop_null()
    counts = whole.group_by(list(columns)).aggregate([([], "count_all")])["count_all"]
    return max(counts.to_pylist(), default=0) >= _OFTEN
