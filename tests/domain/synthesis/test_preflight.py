from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from domain.datasets.entities import Metadata, PiiAction, SdType
from domain.kernel import BadInput, Cancelled, no_progress
from domain.synthesis import training
from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.catalogue import CATALOGUE
from domain.synthesis.effort import NetworkSize, training_length
from domain.synthesis.network import AutoregressiveNetwork, Shape
from domain.synthesis.preflight import Expectation, expected
from domain.synthesis.settings import with_defaults
from domain.synthesis.step_timing import timed_expectation
from domain.synthesis.workload import ColumnLoad, TableLoad, loads_of_tables
from tests.domain.synthesis.simulated import fitted, metadata, people, spec

MUCH = 10**12


def settings(name: str = "autoregressive", **changed: Any) -> dict[str, Any]:
    return with_defaults(CATALOGUE[name].settings, changed)


def load(rows: int = 10_000, columns: int = 15, distinct: int = 40, **changed: Any) -> TableLoad:
    one = {"numeric": False, "invented": False, "distinct": distinct, "missing_share": 0.0}
    made = tuple(ColumnLoad(name=f"c{i}", **{**one, **changed}) for i in range(columns))
    return TableLoad(name="visits", rows=rows, columns=made)


def warnings(*loads: TableLoad, name: str = "autoregressive", **changed: Any) -> tuple[str, ...]:
    return expected(name, loads, settings(name, **changed)).warnings


def test_more_rows_and_columns_are_expected_to_take_longer_and_more_memory() -> None:
    small, long, wide = (
        expected("autoregressive", [each], settings())
        for each in (load(), load(rows=100_000), load(columns=200))
    )
    assert small.seconds < long.seconds
    assert small.seconds < wide.seconds
    assert small.memory < long.memory
    assert small.memory < wide.memory
    assert small.warnings == ()


def test_a_slower_machine_is_expected_to_take_as_much_longer() -> None:
    by_size = expected("autoregressive", [load()], settings())
    size = NetworkSize.of(load().sizes, settings()["block_size"])
    slow = expected(
        "autoregressive",
        [load()],
        settings(),
        {"visits": 3 * size.step_seconds(training_length(10_000, settings()).batch)},
    )
    assert slow.seconds == pytest.approx(3 * by_size.seconds)
    assert (by_size.timed, slow.timed) == (False, True)
    assert "estimated from the size of the table" in by_size.sentence
    assert "timed on this machine" in slow.sentence


def test_a_time_limit_bounds_what_is_expected() -> None:
    free = expected("autoregressive", [load(rows=200_000)], settings())
    limited = expected("autoregressive", [load(rows=200_000)], settings(max_seconds=5))
    assert 5 <= limited.seconds < 12 < free.seconds


def test_of_synthesizers_that_are_not_ours_nothing_is_promised() -> None:
    unknown = expected("sdv-ctgan", [load()], settings("sdv-ctgan"))
    assert (unknown.seconds, unknown.memory) == (None, None)
    assert "not known beforehand" in unknown.sentence


@pytest.mark.parametrize("rows", [19, 20, 150, 1_000, 7_777, 60_000, 1_000_000])
@pytest.mark.parametrize("changed", [{}, {"batch_size": 100}, {"max_steps": 30}, {"max_epochs": 3}])
def test_the_estimate_counts_the_steps_that_training_takes(
    rows: int, changed: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = settings(**changed)
    plan = training.TrainingPlan(
        max_epochs=asked["max_epochs"],
        batch_size=asked["batch_size"],
        max_steps=asked["max_steps"],
        learning_rate=0.005,
        dropout=0.25,
    )
    monkeypatch.setattr(training._Loop, "_step", lambda *_: None)
    monkeypatch.setattr(training, "_mean_loss", lambda *_: 1.0)
    network = AutoregressiveNetwork(Shape.of([2, 2], [True, True], 4), [torch.zeros(2)] * 2)
    codes = np.zeros((rows, 2), dtype=np.int16)
    outcome = training.train(network, codes, plan, np.random.default_rng(0), no_progress)
    length = training_length(rows, asked)
    assert (length.steps if length else 0) == outcome.steps


@pytest.mark.parametrize("columns", [2, 15, 101, 400])
def test_the_estimate_knows_the_size_of_the_network(columns: int) -> None:
    sizes = (10,) * columns
    shape = Shape.of(sizes, [True] * columns, 32)
    network = AutoregressiveNetwork(shape, [torch.zeros(10)] * columns)
    size = NetworkSize.of(sizes, 32)
    assert (size.block, size.embedding) == (shape.block_size, shape.embedding_size)
    assert size.weights == network.weight.numel()
    real = sum(p.numel() for p in network.parameters())
    assert size.parameters == pytest.approx(real, rel=0.25)


def test_columns_are_counted_by_the_codes_they_will_have() -> None:
    frame, about = people(3_000)
    [table] = loads_of_tables({"people": frame}, about)
    codes = {c.name: c.codes(table.rows) for c in table.columns}
    assert codes["key"] == 1
    assert codes["group"] == 3
    assert codes["retired"] == 3  # yes, no, missing
    assert codes["income"] == 101  # bins and missing
    artifact = fitted(Autoregressive(), {"people": frame}, about, settings={"max_epochs": 1})
    assert artifact.curves["people"]


def test_flags_that_exclude_one_another_count_as_one_category() -> None:
    which = np.random.default_rng(0).integers(0, 6, 500)
    frame = pd.DataFrame({f"f{i}": pd.Series(which == i, dtype="boolean") for i in range(6)})
    about = metadata(*(spec(name, SdType.BOOLEAN) for name in frame))
    [table] = loads_of_tables({"people": frame}, about)
    assert table.sizes == (6,)
    assert len(table.columns) == 6


def test_few_rows_are_warned_about_for_utility_and_privacy() -> None:
    [said] = warnings(load(rows=99))
    assert "99 rows" in said
    assert "too few to learn" in said
    assert "confidential" in said
    assert warnings(load(rows=100)) == ()


def test_a_long_fit_is_warned_about_with_what_shortens_it() -> None:
    [said] = [w for w in warnings(load(rows=1_000_000, columns=120)) if "Fitting will take" in w]
    assert "max_seconds" in said
    many = settings("tvae", epochs=10_000)
    [other] = expected("tvae", [load()], many).warnings
    assert "fewer epochs" in other


def test_very_many_columns_are_warned_about() -> None:
    assert any("301 columns" in said for said in warnings(load(columns=301)))
    assert not any("columns;" in said for said in warnings(load(columns=300)))


def test_empty_and_constant_columns_are_named() -> None:
    columns = load(columns=9).columns
    empty = tuple(replace(c, missing_share=0.95) for c in columns[:7])
    constant = (replace(columns[7], distinct=1),)
    said = " ".join(warnings(replace(load(), columns=(*empty, *constant, columns[8]))))
    assert "“c0”, “c1”, “c2”, “c3”, “c4” and 2 more are mostly missing" in said
    assert "The column “c7” is constant" in said
    assert "c8" not in said


def test_a_table_that_memory_cannot_hold_is_refused_before_anything_is_allocated() -> None:
    frame, about = people(300)
    with pytest.raises(BadInput) as refusal:
        timed_expectation(
            {"people": frame}, about, "autoregressive", settings(), 100_000, no_progress
        )
    assert "1 MB are free" in refusal.value.message
    assert "leave out columns" in refusal.value.message
    enough = expected("autoregressive", loads_of_tables({"people": frame}, about), settings())
    enough.require_memory(enough.beyond_rows)
    enough.require_memory(None)
    with pytest.raises(BadInput):
        enough.require_memory(enough.beyond_rows - 1)


@pytest.mark.parametrize("name", ["autoregressive", "tvae", "ctgan"])
def test_a_few_timed_steps_make_the_expectation_this_machines_own(name: str) -> None:
    frame, about = people(600)
    found = timed_expectation({"people": frame}, about, name, settings(name), MUCH, no_progress)
    assert found.timed
    assert 0 < found.seconds < 1_000


def test_timing_leaves_the_callers_random_numbers_and_the_rows_alone() -> None:
    frame, about = people(200)
    before = frame.copy()
    torch.manual_seed(5)
    expected_numbers = torch.rand(3)
    torch.manual_seed(5)
    timed_expectation({"people": frame}, about, "autoregressive", settings(), MUCH, no_progress)
    assert torch.equal(torch.rand(3), expected_numbers)
    pd.testing.assert_frame_equal(frame, before)


def test_timing_hears_a_cancel() -> None:
    frame, about = people(2_000)
    beats = 0

    def cancel(done: int, total: int, note: str) -> None:
        nonlocal beats
        beats += 1
        if beats > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        timed_expectation({"people": frame}, about, "autoregressive", settings(), MUCH, cancel)


def test_a_table_with_nothing_to_learn_takes_next_to_nothing() -> None:
    frame = pd.DataFrame({"note": pd.array(["a b"] * 50, dtype="string[pyarrow]")})
    about: Metadata = metadata(spec("note", SdType.TEXT, pii_action=PiiAction.SURROGATE))
    found: Expectation = timed_expectation(
        {"people": frame}, about, "autoregressive", settings(), MUCH, no_progress
    )
    assert found.seconds < 1
    assert not found.timed
