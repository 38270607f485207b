"""What is said of many tables before they are learned: a sentence a matter, not one a table."""

from domain.datasets.entities import Metadata, SequenceKeys, TableMetadata
from domain.synthesis.catalogue import SEQUENCES, entry
from domain.synthesis.fit_warnings import fit_warnings
from domain.synthesis.learned_events import overlooked_events
from domain.synthesis.workload import ColumnLoad, TableLoad


def _load(name: str, *, rows: int = 500, constant: int = 0, missing: int = 0) -> TableLoad:
    columns = [_column(f"c{i}", distinct=1) for i in range(constant)]
    columns += [_column(f"m{i}", missing_share=0.95) for i in range(missing)]
    return TableLoad(name=name, rows=rows, columns=(*columns, _column("usual")))


def _column(name: str, *, distinct: int = 9, missing_share: float = 0.0) -> ColumnLoad:
    return ColumnLoad(
        name=name, numeric=False, invented=False, distinct=distinct, missing_share=missing_share
    )


def _events(*names: str) -> Metadata:
    keys = SequenceKeys(entity="patient", time="start")
    return Metadata(tables={n: TableMetadata(columns=(), suggested_sequence=keys) for n in names})


def test_small_tables_are_named_with_their_rows_in_one_sentence() -> None:
    [said] = fit_warnings([_load(f"t{i}", rows=10 + i) for i in range(7)])
    assert said.startswith(
        "The tables “t0” (10), “t1” (11), “t2” (12), “t3” (13), “t4” (14) and 2 more have fewer "
        "than 100 rows to learn from: "
    )
    assert "confidential" in said


def test_columns_of_one_matter_in_several_tables_are_counted_in_one_sentence() -> None:
    loads = [_load("visits", constant=3), _load("labs", constant=1, missing=2), _load("wards")]
    missing, constant = fit_warnings(loads)
    assert missing.startswith("The columns “m0”, “m1” of “labs” are mostly missing")
    assert constant.startswith("4 columns in the tables “visits” (3), “labs” (1) are constant")


def test_tables_without_fault_are_not_spoken_of() -> None:
    assert not list(fit_warnings([_load("visits"), _load("labs")]))


def test_overlooked_logs_are_named_together_with_what_learns_them_as_histories() -> None:
    [said] = overlooked_events(entry("autoregressive"), _events(*(f"t{i}" for i in range(6))))
    assert "“t0”, “t1”, “t2”, “t3”, “t4” and 1 more look like events" in said
    assert "--synthesizer sequences" in said
    [alone] = overlooked_events(entry("autoregressive"), _events("visits"))
    assert "“visits” looks like events of “patient” ordered by “start”" in alone
    assert overlooked_events(entry(SEQUENCES), _events("visits")) == ()
