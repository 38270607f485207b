"""What holds in every row is suggested; what might be chance is not."""

import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.discovering import discover
from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.datasets.profiling import profile
from domain.kernel import no_progress

ROWS = 1_500


def suggested(frame: pd.DataFrame) -> set[str]:
    texts = frame.astype(object).where(frame.notna(), None)
    columns = {c: pa.array([None if v is None else str(v) for v in texts[c]]) for c in frame}
    _, metadata = profile({"t": pa.table(columns)}, None, no_progress)
    assert metadata.tables["t"].constraints == metadata.tables["t"].suggested_constraints
    return {str(rule) for rule in metadata.tables["t"].constraints}


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def bills(rng, rows=ROWS) -> pd.DataFrame:
    net = np.round(rng.gamma(2, 50, rows), 2)
    tax = np.round(net * rng.choice([0.07, 0.19], rows), 2)
    pieces, each = rng.integers(1, 40, rows), np.round(rng.gamma(3, 5, rows), 2)
    return pd.DataFrame(
        {"net": net, "tax": tax, "gross": np.round(net + tax, 2), "pieces": pieces}
        | {"each": each, "worth": np.round(pieces * each, 2)}
    )


def test_sums_and_products_are_found_and_the_orders_they_imply_are_not(rng):
    found = suggested(bills(rng))
    assert found == {"gross = net + tax", "worth = round(each * pieces, 2)"} or found == {
        "gross = net + tax",
        "worth = round(pieces * each, 2)",
    }


def test_a_factor_of_a_few_values_is_found(rng):
    months, rate = rng.choice([12, 24, 36, 48, 60], ROWS), rng.integers(300, 9_000, ROWS)
    frame = pd.DataFrame({"months": months, "rate": rate, "amount": months * rate})
    found = {rule for rule in suggested(frame) if "amount" in rule}
    assert found <= {"amount = months * rate", "amount = rate * months"}
    assert len(found) == 1


def test_a_formula_survives_missing_cells_but_not_one_exception(rng):
    frame = bills(rng)
    frame.loc[rng.random(ROWS) < 0.2, "tax"] = np.nan
    assert "gross = net + tax" in suggested(frame)
    frame.loc[ROWS - 1, ["net", "tax", "gross"]] = [10.0, 2.0, 12.5]
    assert "gross = net + tax" not in suggested(frame)


def test_a_sum_whose_target_is_taken_is_read_as_a_difference(rng):
    frame = bills(rng)
    frame["profit"] = np.round(frame["worth"] - frame["net"], 2)
    assert len([r for r in suggested(frame) if r.startswith(("profit =", "net ="))]) == 1


def test_a_sum_of_many_columns_is_found(rng):
    frame = pd.DataFrame({n: rng.integers(0, 900, ROWS) for n in "abcde"})
    frame["total"] = frame[list("abcde")].sum(axis=1)
    assert "total = a + b + c + d + e" in suggested(frame)


def test_a_copy_is_one_formula_and_nothing_else(rng):
    frame = pd.DataFrame({"shut": np.round(rng.normal(90, 9, ROWS), 2)})
    frame["adjusted"] = frame["shut"]
    assert suggested(frame) == {"adjusted = shut"}


def test_orders_of_dates_and_numbers_are_found_without_those_that_follow(rng):
    start = pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, ROWS), "D")
    end = start + pd.to_timedelta(rng.integers(0, 9, ROWS), "D")
    paid = end + pd.to_timedelta(rng.integers(1, 30, ROWS), "D")
    low = rng.normal(100, 20, ROWS).round(1)
    high = (low + rng.exponential(3, ROWS)).round(1)
    frame = pd.DataFrame({"start": start, "end": end, "paid": paid, "low": low, "high": high})
    for name in ("start", "end", "paid"):
        frame[name] = frame[name].dt.strftime("%Y-%m-%d")
    assert suggested(frame) == {"start <= end", "end < paid", "low <= high"}


def test_columns_that_merely_lie_apart_are_not_ordered(rng):
    frame = pd.DataFrame(
        {"grade": rng.integers(1, 17, ROWS), "years": rng.integers(20, 90, ROWS)}
        | {"size": rng.integers(150, 200, ROWS)}
    )
    assert suggested(frame) == set()


def test_flags_and_one_hot_columns_suggest_nothing(rng):
    which = rng.integers(0, 12, ROWS)
    flags = pd.DataFrame({f"kind_{k}": (which == k).astype(int) for k in range(12)})
    flags["any"] = 1
    assert suggested(flags) == set()


def test_only_bounds_that_nature_sets_are_suggested(rng):
    frame = pd.DataFrame(
        {"age": rng.integers(0, 95, ROWS), "tax_percent": rng.integers(0, 60, ROWS)}
        | {"balance": rng.normal(0, 100, ROWS).round(2), "points": rng.integers(0, 50, ROWS)}
        | {"latitude": rng.uniform(40, 50, ROWS).round(4)}
    )
    assert suggested(frame) == {
        "0 <= age <= 120",
        "0 <= tax_percent <= 100",
        "-90 <= latitude <= 90",
    }


@pytest.mark.parametrize("rows", [1, 5, 20, 49])
def test_a_few_rows_prove_nothing(rng, rows):
    frame = bills(rng, rows)
    frame["start"], frame["end"] = "2020-01-01", "2020-01-02"
    frame["age"] = range(rows)
    assert suggested(frame) == set()


def test_independent_columns_suggest_nothing(rng):
    frame = pd.DataFrame({f"c{i}": rng.integers(0, 30 + i, 60) for i in range(25)})
    assert suggested(frame) == set()


def test_suggestions_never_conflict_with_those_of_a_schema(rng):
    frame = bills(rng)
    table = pa.table({c: pa.array(frame[c].astype(str)) for c in frame})
    stated = TableMetadata(
        columns=(ColumnSpec(name="net", sdtype=SdType.FLOAT),),
        constraints=(parse_constraint("gross = 2 * net"),),
    )
    _, metadata = profile({"t": table}, Metadata(tables={"t": stated}), no_progress)
    rules = [str(c) for c in metadata.tables["t"].constraints]
    assert rules[0] == "gross = 2 * net"
    assert not any(r.startswith("gross =") for r in rules[1:])


@pytest.mark.slow
def test_a_wide_table_costs_a_bounded_time(rng):
    frame = pd.DataFrame({f"c{i}": rng.normal(0, 100, 3_000).round(2) for i in range(100)})
    frame["sum"] = (frame["c3"] + frame["c50"]).round(2)
    columns = {c: pa.array(frame[c].astype(str)) for c in frame}
    _, metadata = profile({"t": pa.table(columns)}, None, no_progress)
    started = time.process_time()
    found = discover(pa.table(columns), metadata.tables["t"])
    assert time.process_time() - started < 5
    assert [str(c) for c in found] == ["sum = c3 + c50"]
