"""The recipe over any tables: splitting, typing and what is left out."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from benchmarks.figures import Figures
from benchmarks.quality import (
    Result,
    halves_of,
    main,
    path_and_target,
    printed,
    result_of,
    shuffled_halves,
)
from benchmarks.typed_files import metadata_of, typed_rows
from domain.kernel import BadInput
from tests.small_tables import people_csv

TEXT = pa.table({"n": [str(i) for i in range(100)]})


def test_halves_share_no_row_and_lose_none():
    first, second = shuffled_halves(TEXT, 1_000)
    assert sorted(first["n"].to_pylist() + second["n"].to_pylist()) == sorted(TEXT["n"].to_pylist())
    assert len(first) == len(second) == 50


def test_the_order_is_that_of_a_pandas_sample_with_seed_0():
    first, _ = shuffled_halves(TEXT, 1_000)
    expected = TEXT.to_pandas().sample(frac=1, random_state=0)["n"].tolist()
    assert first["n"].to_pylist() == expected[:50]


def test_a_long_table_is_cut_to_the_limit_before_it_is_halved():
    first, second = shuffled_halves(TEXT, 20)
    assert len(first) == len(second) == 10


def test_a_target_stands_behind_the_last_colon(tmp_path):
    assert path_and_target("a/b.csv:income") == (Path("a/b.csv"), "income")
    assert path_and_target("a/b.csv") == (Path("a/b.csv"), None)


def test_a_file_whose_name_has_a_colon_is_taken_as_it_is(tmp_path):
    path = tmp_path / "at 10:30.csv"
    path.write_text("a,b\n1,2\n")
    assert path_and_target(str(path)) == (path, None)


def test_keys_and_constant_columns_are_left_out_of_the_comparison(tmp_path):
    path = tmp_path / "t.csv"
    lines = [f"K{i:05d},{i % 7},yes,{i * 1.5}" for i in range(300)]
    path.write_text("\n".join(["customer_id,group,always,size", *lines]))
    halves = halves_of(path, 1_000)
    assert halves.left_out == ("customer_id", "always")
    assert [c.name for c in halves.compared.tables["table"].columns] == ["group", "size"]


def test_another_tools_spelling_is_read_with_good_will():
    text = pa.table({"n": ["1", "2"], "yes": ["TRUE", "FALSE"], "on": ["2024-01-31", "2023-02-01"]})
    metadata = metadata_of(pa.concat_tables([text] * 60))
    theirs = pa.table(
        {
            "n": ["1.2", None],
            "yes": ["True", "False"],
            "on": ["2024-01-31 00:00:00", "rubbish"],
        }
    )
    found = typed_rows(theirs, metadata)
    assert found["n"].tolist() == [1, pd.NA]
    assert found["yes"].tolist() == [True, False]
    assert found["on"].tolist() == [pd.Timestamp("2024-01-31"), pd.NaT]


def test_a_twin_without_one_of_the_columns_is_refused():
    text = pa.table({"n": ["1", "2"] * 30, "m": ["a", "b"] * 30})
    with pytest.raises(BadInput, match="“m” is missing"):
        typed_rows(text.drop_columns(["m"]), metadata_of(text))


@pytest.mark.slow
def test_a_small_table_is_measured_from_file_to_figures(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(people_csv(300))
    found = result_of("people", halves_of(path, 200), None, "autoregressive", seeds=1)
    assert (found.rows, len(found.runs)) == (100, 1)
    assert 0.3 < found.twin.detection <= 1
    assert found.twin.columns_passed is not None
    assert found.seconds > 0


def test_a_file_that_is_not_there_is_left_out_with_a_sentence(tmp_path, capsys):
    main([str(tmp_path / "nothing.csv"), "--out", str(tmp_path / "out")])
    assert "nothing.csv is left out: there is no such file." in capsys.readouterr().err
    assert (tmp_path / "out/quality.md").is_file()


def test_the_table_names_the_targets_that_are_missed():
    result = Result(
        title="visits",
        rows=1_000,
        columns=3,
        left_out=("id",),
        target=None,
        twin=Figures(detection=0.7),
        real=Figures(detection=0.5),
        seconds=1.25,
        runs=(),
    )
    cells = [cell.strip() for cell in printed([result]).splitlines()[-1].split("|")]
    assert cells[1:4] == ["visits", "1,000 × 3", "1"]
    assert cells[-2] == "detection"
