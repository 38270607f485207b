"""What a person should know of the tables before they are learned, one sentence a matter.

Knows no torch, so that pages can ask. Sentences name tables and columns, never a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from domain.datasets.entities import FEW_ROWS
from domain.synthesis.workload import ColumnLoad, TableLoad

MANY_COLUMNS = 300
MOSTLY_MISSING = 0.9
_NAMED = 5


def fit_warnings(loads: Sequence[TableLoad]) -> Iterator[str]:
    """What to know of tables of this size; what is alike in several is said once."""
    several = len(loads) > 1
    yield from _of_few_rows([load for load in loads if load.rows < FEW_ROWS])
    yield from _of_many_columns([load for load in loads if len(load.columns) > MANY_COLUMNS])
    yield from _of_columns(loads, several, _is_missing, "mostly missing", "stay so in the twin")
    yield from _of_columns(loads, several, _is_constant, "constant", "teach nothing")


def _of_few_rows(loads: Sequence[TableLoad]) -> Iterator[str]:
    why = (
        "too few to learn how columns depend on each other, and so few that a synthetic row may "
        "come close to a real one by chance; treat the twin as confidential."
    )
    if len(loads) == 1:
        yield f"The table “{loads[0].name}” has {loads[0].rows:,} rows to learn from: {why}"
    elif loads:
        named = listed([f"“{load.name}” ({load.rows:,})" for load in loads])
        yield f"The tables {named} have fewer than {FEW_ROWS} rows to learn from: {why}"


def _of_many_columns(loads: Sequence[TableLoad]) -> Iterator[str]:
    for load in loads:
        yield (
            f"The table “{load.name}” has {len(load.columns):,} columns; leave out those that "
            "nobody needs: time and memory grow with the square of their number."
        )


def _of_columns(
    loads: Sequence[TableLoad],
    several: bool,
    about: Callable[[ColumnLoad], bool],
    what: str,
    then: str,
) -> Iterator[str]:
    """A sentence on the columns that it is about, by name if they are of one table."""
    found = {load.name: [c.name for c in load.columns if about(c)] for load in loads}
    found = {table: names for table, names in found.items() if names}
    if len(found) == 1:
        [(table, names)] = found.items()
        yield _of_one_table(f" of “{table}”" if several else "", names, what, then)
    elif found:
        yield _of_several_tables(found, what, then)


def _of_one_table(table: str, names: Sequence[str], what: str, then: str) -> str:
    quoted = listed([f"“{name}”" for name in names])
    if len(names) == 1:
        return f"The column {quoted}{table} is {what}; leave it out unless somebody needs it."
    return f"The columns {quoted}{table} are {what} and {then}; leave out what nobody needs."


def _of_several_tables(found: Mapping[str, Sequence[str]], what: str, then: str) -> str:
    count = sum(map(len, found.values()))
    tables = listed([f"“{table}” ({len(names)})" for table, names in found.items()])
    return (
        f"{count:,} columns in the tables {tables} are {what} and {then}; leave out what nobody "
        "needs."
    )


def _is_missing(column: ColumnLoad) -> bool:
    return column.missing_share >= MOSTLY_MISSING


def _is_constant(column: ColumnLoad) -> bool:
    return column.distinct <= 1 and not _is_missing(column)


def listed(words: Sequence[str]) -> str:
    """The first few words, and how many more there are."""
    more = f" and {len(words) - _NAMED:,} more" if len(words) > _NAMED else ""
    return ", ".join(words[:_NAMED]) + more
