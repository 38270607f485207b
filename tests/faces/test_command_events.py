"""Logs of events on the command line: entities in, whole histories out, sorted on disk."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from django.core.management import CommandError, call_command, load_command_class

from adapters.orm.models import TrainingRunRow
from domain.datasets.set_aside import ONE_SERIES
from domain.evaluation.report import EvaluationReport
from domain.synthesis.sequences import requesting
from tests.small_tables import hourly_csv, payments_csv, people_csv

pytestmark = pytest.mark.django_db(transaction=True)

ROWS_ALONE = ["--no-evaluate", "--no-pack", "--set", "max_epochs=1"]


def _said(command: str, *words: object) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command(command, *map(str, words), stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def payments(tmp_path: Path) -> Path:
    path = tmp_path / "payments.csv"
    path.write_bytes(payments_csv(12))
    return path


@pytest.fixture
def series(tmp_path: Path) -> Path:
    path = tmp_path / "hours.csv"
    path.write_bytes(hourly_csv(72))
    return path


def test_histories_are_drawn_whole_and_lie_sorted_on_disk(payments, tmp_path, monkeypatch):
    monkeypatch.setattr(requesting, "_MOST_CELLS", 40)  # several chunks of a few histories each
    keys = ["--entity", "account_id", "--time", "date"]
    said, notes = _said(
        "synthesize", payments, *keys, "--entities", 30, "--out", tmp_path / "x", *ROWS_ALONE
    )
    real, twin = (pd.read_csv(p) for p in (payments, tmp_path / "x" / "synthetic.csv"))
    assert list(twin.columns) == list(real.columns)
    assert twin["account_id"].nunique() == 30
    assert twin.equals(twin.sort_values(["account_id", "date"], kind="stable"))
    assert twin["date"].str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()
    assert "by sequences" in said
    assert "of “account_id” were learned" in notes
    timings = json.loads((tmp_path / "x" / "timings.json").read_text())
    assert timings["rows_trained"] + timings["rows_held_out"] == len(real)
    assert TrainingRunRow.objects.get().sequences == {
        "payments": {"entity": "account_id", "time": "date"}
    }


@pytest.fixture
def nothing_measured(monkeypatch):
    """Evaluations have tests of their own; here rows are held out for one, and nothing more."""
    monkeypatch.setattr(
        "domain.usecases.evaluate_twin.evaluate", lambda *sides, **how: EvaluationReport(scores=())
    )


@pytest.mark.usefixtures("nothing_measured")
def test_of_one_series_as_many_rows_are_drawn_as_asked_and_nothing_is_held_out(series, tmp_path):
    asked = ["--time", "time", "--rows", 50, "--out", tmp_path / "x"]
    _, notes = _said("synthesize", series, *asked, *ROWS_ALONE[1:])
    twin = pd.read_csv(tmp_path / "x" / "synthetic.csv", parse_dates=["time"])
    assert len(twin) == 50
    assert twin["time"].diff().dropna().eq(pd.Timedelta(hours=1)).all()
    assert ONE_SERIES in notes
    run = TrainingRunRow.objects.get()
    assert (run.rows_trained, run.rows_held_out) == (72, 0)


def test_what_a_log_would_take_is_told_beforehand(payments):
    said, _ = _said(
        "synthesize", payments, "--entity", "account_id", "--time", "date", "--preflight"
    )
    assert "“sequences”" in said
    assert "Fitting is expected to take" in said
    assert not TrainingRunRow.objects.exists()


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--entity", "account_id"], "--entity needs --epsilon"),
        (["--entity", "shoe", "--time", "date"], "no column named “shoe”"),
        (["--entity", "account_id", "--time", "kind"], "“kind”"),
        (["--entity", "account_id", "--time", "date", "--rows", "9"], "how many entities"),
        (["--entities", "9"], "Entities are counted where"),
    ],
)
def test_what_makes_no_log_is_refused_and_leaves_nothing(payments, tmp_path, words, refusal):
    with pytest.raises(CommandError, match=refusal):
        _said("synthesize", payments, *words, "--out", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_table_of_people_is_no_log_unless_somebody_says_so(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(people_csv(40))
    _, notes = _said("synthesize", path, "--out", tmp_path / "x", *ROWS_ALONE)
    assert "looks like" not in notes
    assert TrainingRunRow.objects.get().sequences == {}


def test_an_evaluation_that_breaks_is_said_and_the_run_and_the_rows_stay(
    payments, tmp_path, monkeypatch
):
    def broken(*sides, **how):
        raise ZeroDivisionError

    monkeypatch.setattr("domain.usecases.evaluate_twin.evaluate", broken)
    keys = ["--entity", "account_id", "--time", "date", "--set", "max_epochs=1"]
    with pytest.raises(CommandError) as told:
        _said("synthesize", payments, *keys, "--out", tmp_path / "x")
    run = TrainingRunRow.objects.get()
    assert f"The trained run {run.id} and its rows are kept" in str(told.value)
    assert "without evaluation and pack" in str(told.value)
    assert sorted(p.name for p in (tmp_path / "x").iterdir()) == ["synthetic.csv", "timings.json"]


def test_help_gathers_what_is_about_logs_and_about_privacy_with_an_example_each():
    told = load_command_class("apps.worker", "synthesize").create_parser("", "").format_help()
    general, _, rest = told.partition("logs of events:")
    logs, _, rest = rest.partition("which rows to draw:")
    _, _, private = rest.partition("differential privacy:")
    for option in ("--entity COL", "--time COL", "--entities N", "--events N", "--until DATE"):
        assert option in logs
        assert f"\n  {option}" not in general
    assert "--entity account_id --time date" in " ".join(logs.split())
    assert "--epsilon 1 --entity patient_id" in " ".join(private.split())
