"""Through the whole house: a text table, its types, a fit, a twin, its text, and types again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.datasets.preparing import typed, untyped
from domain.datasets.profiling import profile
from domain.kernel import no_progress
from domain.synthesis.autoregressive import Autoregressive
from tests.domain.synthesis.simulated import drawn, fitted

ENGINE = Autoregressive()
HASTY = {"max_epochs": 1, "block_size": 8}
REPEATED = 6
"""Times that every row of an example is repeated, so that nothing in it is rare."""

Words = Callable[[int], str]
"""The spelling of a cell, from a whole number that says which."""

ZONES = ("", "Z", "+02:00")
COLUMNS: dict[str, Words] = {
    "whole": lambda n: str(n * 7 - 300),
    "point zero": lambda n: f"{n}.0",
    "long": lambda n: str(2**60 + n * 2**40),
    "one decimal": lambda n: f"{n / 10:.1f}",
    "money": lambda n: f"{n * 37 / 100:.2f}",
    "four decimals": lambda n: f"{n * 1_234 / 10_000:.4f}",
    "comma": lambda n: f"{n * 37 / 100:.2f}".replace(".", ","),
    "small": lambda n: repr((n + 1) * 1.5e-7),
    "yes or no": lambda n: "yes" if n % 2 else "no",
    "truth": lambda n: "TRUE" if n % 2 else "FALSE",
    "Y/N": lambda n: "Y" if n % 3 else "N",
    "day": lambda n: (date(1990, 1, 1) + timedelta(days=17 * n)).isoformat(),
    "german day": lambda n: (date(1990, 1, 14) + timedelta(days=17 * n)).strftime("%d.%m.%Y"),
    "american day": lambda n: (date(1990, 1, 14) + timedelta(days=17 * n)).strftime("%m/%d/%Y"),
    "minute": lambda n: f"{datetime(2020, 1, 1) + timedelta(minutes=977 * n):%Y-%m-%d %H:%M}",
    "second": lambda n: f"{datetime(2020, 1, 1) + timedelta(seconds=977 * n):%Y-%m-%dT%H:%M:%S}",
    "zulu": lambda n: f"{datetime(2020, 1, 1) + timedelta(seconds=977 * n):%Y-%m-%dT%H:%M:%SZ}",
    "offset": lambda n: f"{datetime(2020, 1, 1) + timedelta(hours=n):%Y-%m-%dT%H:%M:%S}+02:00",
    "word": lambda n: ["red", "Green", "blue, or so", " indigo", "naïve"][n % 5],
    "code": lambda n: f"{n % 7:03d}",
}
MISSING = ["", "?", "NA", "null"]


@st.composite
def text_tables(draw: st.DrawFn) -> pa.Table:
    """Columns of several spellings under odd names, some with missing words of their own."""
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=5))
    count = draw(st.integers(8, 14))
    columns: dict[str, pa.Array] = {}
    for place, kind in enumerate(kinds):
        numbers = draw(st.permutations(range(count)))
        cells: list[str | None] = [COLUMNS[kind](n) for n in numbers]
        if draw(st.booleans()):
            word = draw(st.sampled_from(MISSING))
            for at in draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=2)):
                cells[at] = word or None
        name = draw(st.sampled_from(["{}", "The {} column", "{}.x", "“{}”", "{} (€)"]))
        columns[f"{name.format(kind)} {place}"] = pa.array(cells * REPEATED, pa.string())
    return pa.table(columns)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text_tables(), st.integers(0, 3))
def test_a_twin_is_read_as_what_the_table_was(text: pa.Table, seed: int) -> None:
    table = detected(text)
    frame = typed(text, table)
    about = profile({"people": text}, None, no_progress)[1]
    artifact = fitted(ENGINE, {"people": frame}, about, settings=dict(HASTY), seed=seed).artifact
    twin = untyped(drawn(ENGINE, artifact, rows=60, seed=seed)["people"], table)
    assert twin.column_names == text.column_names
    again = detected(twin)
    for spec in table.columns:
        assert_same_spelling(spec, text[spec.name], twin[spec.name])
        if len(set(twin[spec.name].to_pylist())) > 5:
            assert kind(again.column(spec.name)) == kind(spec)


def detected(text: pa.Table) -> TableMetadata:
    return profile({"people": text}, None, no_progress)[1].tables["people"]


def kind(spec: ColumnSpec) -> tuple[object, ...]:
    return (spec.sdtype, spec.datetime_format, spec.date_only, spec.decimal_comma)


def assert_same_spelling(spec: ColumnSpec, real: pa.ChunkedArray, made: pa.ChunkedArray) -> None:
    """Cells of the twin are spelt like real ones, and categories are real ones."""
    before, after = set(real.to_pylist()), set(made.to_pylist())
    if spec.sdtype in (SdType.CATEGORICAL, SdType.BOOLEAN):
        assert after <= before
    shapes = {shape(cell, spec) for cell in before}
    assert {shape(cell, spec) for cell in after} <= shapes
    missing = {None, spec.missing_word or None}
    assert (after & missing) <= (before & missing)


def shape(cell: str | None, spec: ColumnSpec) -> object:
    """What a cell looks like beyond its value: missing word, decimals, the mask of a date."""
    if cell is None or cell == (spec.missing_word or None):
        return "missing"
    match spec.sdtype:
        case SdType.INTEGER:
            return cell.endswith(".0"), cell.lstrip("-").replace(".0", "").isdigit()
        case SdType.FLOAT:
            mark = "," if spec.decimal_comma else "."
            varies = spec.decimals is None
            return "number" if varies else len(cell.partition(mark)[2])
        case SdType.DATETIME:
            return "".join("9" if c.isdigit() else c for c in cell)
    return "text"
