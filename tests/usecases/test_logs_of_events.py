"""Runs of logs: which keys they have, what is counted, what is held out and what is told of it."""

from __future__ import annotations

import pytest

from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import ColumnDecision, PiiAction, SequenceKeys
from domain.datasets.set_aside import ONE_SERIES, TOO_FEW
from domain.kernel import BadInput
from tests.small_tables import hourly_csv, payments_csv
from tests.studio import ORGANISATION, actor

KEYS = SequenceKeys(entity="account_id", time="date")
ROWS_ALONE = {"evaluate": False, "pack": False}


@pytest.fixture
def log(studio):
    """A log whose keys a person confirmed."""
    dataset = studio.profiled(payments_csv())
    return studio.confirm(
        actor(), dataset_id=dataset.id, events={"people": KEYS}, how=Confirmation.SEEN
    )


def _started(studio, dataset, **asked):
    return studio.start(actor(), dataset_id=dataset.id, **{**ROWS_ALONE, **asked})


def _trained(studio, dataset, **asked):
    made = _started(studio, dataset, **asked)
    studio.work_off()
    return studio.runs.get(ORGANISATION, made.run.id)


def test_a_confirmed_log_is_learned_as_histories_and_the_audit_log_says_by_which_keys(studio, log):
    run = _started(studio, log).run
    assert (run.synthesizer, run.sequences, run.owner) == (
        "sequences",
        {"people": KEYS},
        "account_id",
    )
    said = [e.document() for e in studio.audit.entries()]
    keys = {"people": {"entity": "account_id", "time": "date"}}
    details = {e["action"]: e["details"] for e in said}
    assert details["columns.confirmed"]["events"] == keys
    assert details["training.requested"]["events"] == keys


def test_keys_named_for_one_run_leave_what_was_confirmed_alone(studio, log):
    run = _started(studio, log, time="date").run
    assert run.sequences == {"people": SequenceKeys(time="date")}
    assert run.owner is None
    again = _started(studio, studio.datasets.get(ORGANISATION, log.id)).run
    assert again.sequences == {"people": KEYS}


def test_what_is_confirmed_later_does_not_change_a_run(studio, log):
    run = _started(studio, log).run
    studio.confirm(actor(), dataset_id=log.id, events={"people": None})
    studio.work_off()
    learned = studio.runs.get(ORGANISATION, run.id)
    assert learned.sequences == {"people": KEYS}
    train = studio.synthesizer.tables["people"]
    assert not train.empty
    assert any("histories" in note for note in learned.notes)


def test_whole_entities_are_held_out_and_counted(studio, log):
    run = _trained(studio, log)
    learned = studio.synthesizer.tables["people"]
    everyone = 20
    kept = learned["account_id"].nunique()
    assert kept < everyone
    held = run.rows_held_out
    [told] = [n for n in run.notes if "of “account_id” were learned" in n]
    assert told.startswith(f"{kept} histories with {run.rows_trained} events of “account_id”")
    assert f"{everyone - kept} histories with {held} events held out." in told


def test_of_few_entities_and_of_one_series_a_run_says_that_nothing_is_held_out(studio):
    few = studio.confirmed(payments_csv(4))
    assert TOO_FEW in _trained(studio, few, entity="account_id", time="date").notes
    series = studio.confirmed(hourly_csv())
    run = _trained(studio, series, time="time")
    assert ONE_SERIES in run.notes
    assert run.rows_held_out == 0
    assert ONE_SERIES not in _trained(studio, series).notes, "row by row, rows are held out"


def test_a_key_cannot_be_dropped_while_it_is_one(studio, log):
    drop = ColumnDecision(table="people", column="account_id", pii_action=PiiAction.DROP)
    with pytest.raises(BadInput, match="“account_id” is left out"):
        studio.confirm(actor(), dataset_id=log.id, decisions=[drop])
    dataset = studio.confirm(
        actor(), dataset_id=log.id, decisions=[drop], events={"people": SequenceKeys(time="date")}
    )
    assert dataset.metadata.tables["people"].sequence == SequenceKeys(time="date")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"rows": 5}, "say how many entities"),
        ({"entities": 0}, "whole number from 1"),
        ({"entities": 5, "synthesizer": "autoregressive"}, "Entities are counted where"),
        ({"entities": 5, "time": "date"}, "Entities are counted where"),
        ({"entity": "kind", "time": "date", "synthesizer": "sequences", "rows": 2}, "entities"),
    ],
)
def test_what_is_not_counted_cannot_be_asked_for(studio, log, asked, words):
    with pytest.raises(BadInput, match=words):
        _started(studio, log, **asked)
    assert studio.actions()[-1] == "columns.confirmed", "nothing was queued"


def test_sequences_without_keys_takes_what_is_suggested_else_the_order_of_rows(studio):
    suggested = studio.confirmed(payments_csv())
    assert _started(studio, suggested, synthesizer="sequences").run.sequences == {"people": KEYS}
    people = studio.confirmed()
    run = _started(studio, people, synthesizer="sequences").run
    assert run.sequences == {"people": SequenceKeys()}


def test_a_log_that_is_learned_row_by_row_says_what_it_looks_like(studio):
    run = _started(studio, studio.confirmed(payments_csv())).run
    assert run.sequences == {}
    assert any("looks like events of “account_id” ordered by “date”" in n for n in run.notes)


def test_an_estimate_is_about_the_synthesizer_of_the_log(studio, log):
    estimate = studio.estimate_fit()(actor(), dataset_id=log.id)
    assert estimate.synthesizer.name == "sequences"
    assert estimate.expectation.seconds > 0
