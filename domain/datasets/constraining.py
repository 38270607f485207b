"""Which constraints a dataset has: those suggested, those of a schema, and a person's word."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from domain.datasets.codings import coded_rules
from domain.datasets.constraint_conflicts import refuse_conflicts
from domain.datasets.constraint_language import parse_constraint
from domain.datasets.constraint_rows import breaks
from domain.datasets.constraints import Constraint
from domain.datasets.discovering import discover
from domain.datasets.entities import Metadata, TableMetadata
from domain.datasets.preparing import typed
from domain.datasets.values import unheard
from domain.kernel import BadInput

MAX_BROKEN = 0.5
"""Share of the real rows that may break a rule which a person adds."""


def with_suggestions(
    tables: Mapping[str, pa.Table],
    metadata: Metadata,
    schema: Metadata | None,
    listen: Callable[[], None] = unheard,
) -> Metadata:
    """The metadata with the schema's constraints, and with those found in the text tables as far
    as they go with them. Raises :class:`BadInput` for a schema's constraint that cannot be.

    ``listen`` is called often, so that a cancel is heard.
    """
    for name, table in metadata.tables.items():
        if schema is not None and name in schema.tables:
            stated = schema.tables[name]
            rules = (c for c in stated.constraints if not _is_suggested(c, stated))
            metadata = _with_table(metadata, name, replace(table, constraints=tuple(rules)))
    refuse_conflicts(metadata)
    for name, text in tables.items():
        coded = coded_rules(name, text, metadata.nesting)
        for rule in (*coded, *discover(text, metadata.tables[name], listen)):
            listen()
            metadata = _suggested(metadata, name, rule)
    return metadata


def _suggested(metadata: Metadata, name: str, rule: Constraint) -> Metadata:
    table = metadata.tables[name]
    if rule in table.constraints:
        return metadata
    more = replace(
        table,
        constraints=(*table.constraints, rule),
        suggested_constraints=(*table.suggested_constraints, rule),
    )
    changed = _with_table(metadata, name, more)
    return changed if _possible(changed) else metadata


def confirmed_constraints(
    metadata: Metadata, chosen: Mapping[str, Sequence[str]] | None
) -> Metadata:
    """The metadata with the constraints that a person has ``chosen`` (texts by table).

    A table that is not named keeps those it has. A suggestion about a column that is left out,
    invented or of another type now is dropped without a word; anything else that cannot be kept
    raises :class:`BadInput`.
    """
    chosen = chosen or {}
    for name in chosen:
        if name not in metadata.tables:
            raise BadInput(
                f"There is no table named “{name}”; the tables are: {', '.join(metadata.tables)}."
            )
    for name, table in metadata.tables.items():
        texts = chosen.get(name)
        rules = table.constraints if texts is None else tuple(map(parse_constraint, texts))
        kept = tuple(r for r in dict.fromkeys(rules) if not _outdated(metadata, name, r))
        metadata = _with_table(metadata, name, replace(table, constraints=kept))
    refuse_conflicts(metadata)
    return metadata


def chosen_constraints(
    metadata: Metadata, added: Sequence[str], *, suggested: bool
) -> dict[str, list[str]]:
    """The constraints of every table: those it has, unless not ``suggested``, and ``added`` ones,
    each in the table that has its columns."""
    chosen = {
        name: [str(c) for c in table.constraints if suggested or not _is_suggested(c, table)]
        for name, table in metadata.tables.items()
    }
    for text in added:
        rule = parse_constraint(text)
        chosen[_table_of(rule, metadata)].append(text)
    return chosen


def refuse_broken(text: pa.Table, table: TableMetadata) -> None:
    """Raise :class:`BadInput` for a constraint, not suggested, that most real rows break."""
    for rule in table.constraints:
        if _is_suggested(rule, table):
            continue
        some = TableMetadata(columns=tuple(s for s in table.columns if s.name in rule.columns))
        broken = breaks(rule, typed(text, some), some)
        if len(broken) and broken.mean() > MAX_BROKEN:
            raise BadInput(
                f"The constraint “{rule}” does not hold in {broken.mean():.0%} of the rows; "
                "correct it or leave it out."
            )


def _is_suggested(rule: Constraint, table: TableMetadata) -> bool:
    return rule in table.suggested_constraints


def _outdated(metadata: Metadata, name: str, rule: Constraint) -> bool:
    table = metadata.tables[name]
    if not _is_suggested(rule, table):
        return False
    alone = replace(metadata, tables={name: replace(table, constraints=(rule,))})
    return not _possible(alone)


def _possible(metadata: Metadata) -> bool:
    try:
        refuse_conflicts(metadata)
    except BadInput:
        return False
    return True


def _table_of(rule: Constraint, metadata: Metadata) -> str:
    found = [
        name
        for name, table in metadata.tables.items()
        if set(rule.columns) <= {spec.name for spec in table.columns}
    ]
    if not found:
        for column in rule.columns:
            metadata.table_with(column)  # names the column that no table has
        raise BadInput(
            f"The columns of the constraint “{rule}” are in different tables; a constraint is "
            "about one table."
        )
    if len(found) > 1:
        raise BadInput(
            f"The tables {' and '.join(found)} have all columns of the constraint “{rule}”; "
            "confirm it on the page of the dataset, or write it into a schema."
        )
    return found[0]


def _with_table(metadata: Metadata, name: str, table: TableMetadata) -> Metadata:
    return replace(metadata, tables={**metadata.tables, name: table})
