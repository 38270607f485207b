"""What reading a file gives: its tables as text, batch by batch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePath

import pyarrow as pa

from domain.datasets.nesting_plan import NestingPlan
from domain.kernel import BadInput, TooLarge

USE_COMMAND_LINE = "use the command line (python manage.py synthesize), which has no limit"
"""Where a refusal for size points to."""

MAX_COLUMNS = 5_000
"""More columns than this is a file read with the wrong shape, not a table to model."""

_UNSAFE = re.compile(r"[^\w .()+-]+")
_SUFFIXES = re.compile(r"(\.(csv|tsv|txt|json|ndjson|jsonl|parquet|xlsx|zip|gz))+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableReading:
    """One table of a file. ``batches`` is read once, lazily, and may raise ``BadInput``."""

    name: str
    columns: tuple[str, ...]
    batches: Iterator[pa.RecordBatch]
    """Every column is ``pa.string()``; null is an empty cell."""


@dataclass(frozen=True, slots=True)
class FileReading:
    """The tables of one file, and what reading decided (for a person; quotes no cell)."""

    tables: tuple[TableReading, ...]
    notes: tuple[str, ...]
    nesting: NestingPlan | None = None
    """How the tables make one nested document again, where they came from JSON."""


def table_name(text: str) -> str:
    """A readable name that is safe as a file name, from a file, sheet or list name."""
    stem = _SUFFIXES.sub("", PurePath(text.replace("\\", "/")).name)
    return _UNSAFE.sub("_", stem).strip(" ._")[:100] or "table"


def distinct_names(names: Iterable[str]) -> list[str]:
    """Table names made safe and different from each other, in the given order."""
    taken: set[str] = set()
    found = []
    for wanted in map(table_name, names):
        name, count = wanted, 1
        while name.casefold() in taken:
            count += 1
            name = f"{wanted}_{count}"
        taken.add(name.casefold())
        found.append(name)
    return found


def check_header(where: str, columns: Iterable[str | None], *, advice: str = "") -> tuple[str, ...]:
    """The column names of ``where``; raises :class:`BadInput` unless they make a table.

    ``advice`` says what may help when there is a single column only.
    """
    names = tuple(c or "" for c in columns)
    if len(names) < 2:
        raise BadInput(
            f"{where} has a single column, but a table needs at least two"
            f"{advice and f'; {advice}'}."
        )
    if len(names) > MAX_COLUMNS:
        raise BadInput(
            f"{where} has {len(names)} columns, but at most {MAX_COLUMNS} can be read; "
            "leave out those you do not need."
        )
    _refuse_unnamed(where, names)
    _refuse_duplicates(where, names)
    return names


def _refuse_unnamed(where: str, names: tuple[str, ...]) -> None:
    unnamed = [str(i) for i, name in enumerate(names, 1) if not name.strip()]
    if unnamed:
        raise BadInput(
            f"{where} has no name for column {', '.join(unnamed[:10])} in its header; "
            "name every column or remove the nameless ones."
        )


def _refuse_duplicates(where: str, names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    twice: list[str] = []
    for name in (n.strip() for n in names):
        if name in seen and name not in twice:
            twice.append(name)
        seen.add(name)
    if twice:
        listed = ", ".join(f"“{n}”" for n in twice[:5])
        raise BadInput(f"{where} has more than one column named {listed}; rename the duplicates.")


def no_rows(where: str) -> BadInput:
    """The refusal of a table that has a header and nothing else."""
    return BadInput(f"{where} has a header but no rows; export it again with its data.")


def only_empty_rows(where: str) -> BadInput:
    """The refusal of a table whose rows have no value at all."""
    return BadInput(
        f"{where} has a header, but its rows have only empty cells; export it again with its data."
    )


def unpacks_to_too_much(where: str, limit: int) -> TooLarge:
    """The refusal of a packed file whose content is larger than ``limit`` bytes."""
    return TooLarge(
        f"{where} unpacks to more than {limit / 1_000_000:g} MB, the limit of one upload; "
        f"{USE_COMMAND_LINE}."
    )
