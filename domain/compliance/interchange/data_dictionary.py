"""The data dictionary: a line for every column of the twin, and for those that were left out.

Ranges and values are those of the synthetic rows.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from domain.compliance.controls.identifiers import identifies
from domain.compliance.interchange.csv_times import picture
from domain.compliance.interchange.drawn_columns import DrawnColumn
from domain.compliance.interchange.twin import Twin, TwinTable
from domain.datasets.constraints import Constraint
from domain.datasets.counted_times import MILLISECONDS, SECONDS, SERIAL_DAYS
from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.datasets.spelling import format_of
from domain.datasets.time_settings import Companion

Drawn = Mapping[str, Mapping[str, DrawnColumn]]
"""Facts about the synthetic rows by table and column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DictionaryLine:
    """One column, in words."""

    table: str
    column: str
    type: str
    meaning: str
    """What is known of it: an identifier of people, whose row it is, the target."""
    minimum: str
    maximum: str
    values: str
    """The categories, or how many there are."""
    missing: str
    """How many synthetic cells are missing, and how such a cell is written."""
    format: str
    """How a value is written."""
    in_the_twin: str
    key: str
    rules: str
    """What every row keeps."""


def dictionary_lines(twin: Twin, drawn: Drawn) -> tuple[DictionaryLine, ...]:
    """The lines, in the order of the tables and columns of the model card."""
    written = {t.name: t for t in twin.tables}
    return tuple(
        _line(twin, written[told["name"]], column, drawn.get(told["name"], {}))
        for told in twin.card["training_data"]["tables"]
        if told["name"] in written
        for column in told["columns"]
        if not _is_beside(written[told["name"]], column)
    )


def _is_beside(table: TwinTable, column: Mapping[str, Any]) -> bool:
    """Whether a column is part of a time in the file and none of its own."""
    there = {c.name for c in table.metadata.columns}
    return column["name"] not in there and column["treatment"] != "left out"


def dictionary_csv(lines: Sequence[DictionaryLine]) -> bytes:
    """The lines as CSV (RFC 4180, UTF-8). A cell that a spreadsheet would take for a formula has
    an apostrophe before it, as OWASP advises against CSV injection."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [f.name for f in fields(DictionaryLine)]
    writer.writerow([name.replace("_", " ") for name in names])
    for line in lines:
        writer.writerow([_harmless(getattr(line, name)) for name in names])
    return out.getvalue().encode()


def dictionary_context(twin: Twin, lines: Sequence[DictionaryLine]) -> dict[str, Any]:
    """What the template ``pack/data_dictionary.html`` shows."""
    return {
        "card": twin.card,
        "title": twin.title,
        "tables": [
            {
                "name": table.name,
                "rows": table.rows,
                "lines": [line for line in lines if line.table == table.name],
            }
            for table in twin.tables
        ],
    }


def _harmless(cell: str) -> str:
    if not cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell


def _line(
    twin: Twin, table: TwinTable, column: Mapping[str, Any], drawn: Mapping[str, DrawnColumn]
) -> DictionaryLine:
    spec = next((c for c in table.metadata.columns if c.name == column["name"]), None)
    facts = drawn.get(column["name"])
    return DictionaryLine(
        table=table.name,
        column=column["name"],
        type=column["type"],
        meaning="; ".join(_meaning(twin, table.metadata, column, spec)),
        minimum=(facts and facts.minimum) or "",
        maximum=(facts and facts.maximum) or "",
        values=_values(facts) if facts else "",
        missing=_missing(facts, spec) if facts and spec else "",
        format=_format(spec) if spec else "",
        in_the_twin=column["treatment"],
        key="; ".join(_keys(twin, table, column["name"])),
        rules="; ".join(str(r) for r in _rules(table.metadata, column["name"])),
    )


def _meaning(
    twin: Twin, table: TableMetadata, column: Mapping[str, Any], spec: ColumnSpec | None
) -> Iterator[str]:
    name, keys = column["name"], table.sequence
    if column["pii"]:
        yield f"suspected to identify people: {column['pii']}"
    elif found := identifies(column):
        yield f"may identify people: {found}"
    if keys and name == keys.entity:
        yield "whose row it is"
    if keys and name == keys.time:
        yield "when it happened"
    if name == twin.card["training_data"]["target"]:
        yield "target of the utility tests"
    if spec and spec.companion is Companion.MISSING:
        yield f"whether “{spec.of}” could be read"


def _values(facts: DrawnColumn) -> str:
    if facts.values:
        return ", ".join(facts.values)
    return f"{facts.distinct:,} different values" if facts.distinct else ""


def _missing(facts: DrawnColumn, spec: ColumnSpec) -> str:
    if not facts.missing:
        return "none"
    word = f"“{spec.missing_word}”" if spec.missing_word else "an empty cell"
    return f"{facts.missing:,} of {facts.rows:,}, written as {word}"


def _format(spec: ColumnSpec) -> str:
    match spec.sdtype:
        case SdType.INTEGER:
            return "Whole numbers with “.0”" if spec.point_zero else "Whole numbers"
        case SdType.FLOAT:
            mark = "comma" if spec.decimal_comma else "point"
            digits = "" if spec.decimals is None else f", {spec.decimals} digits after it"
            return f"Decimal {mark}{digits}"
        case SdType.BOOLEAN:
            return f"“{spec.true_word}” or “{spec.false_word}”"
        case SdType.DATETIME:
            return f"{_pictured(format_of(spec))}{_clock(spec)}"
        case _:
            return "Text"


_COUNTS = {
    SECONDS: "Seconds since 1970 (UTC)",
    MILLISECONDS: "Milliseconds since 1970 (UTC)",
    SERIAL_DAYS: "Days since 1899-12-30",
}


def _pictured(form: str) -> str:
    """What a time looks like, or what its number counts."""
    return _COUNTS.get(form) or picture(form) or form


def _clock(spec: ColumnSpec) -> str:
    """On whose clock times are told."""
    if spec.zone_column:
        return f", on the clock named in “{spec.zone_column}”"
    return f", {spec.time_zone}" if spec.time_zone else ""


def _keys(twin: Twin, table: TwinTable, name: str) -> Iterator[str]:
    if name == table.metadata.primary_key:
        yield "primary key"
    link = twin.reference(table.name, name)
    if link is not None:
        yield f"refers to {link.parent_table_name}.{link.parent_primary_key}"


def _rules(table: TableMetadata, name: str) -> Iterator[Constraint]:
    yield from (rule for rule in table.constraints if name in rule.columns)
