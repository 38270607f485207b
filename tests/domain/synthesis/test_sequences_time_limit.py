"""A time limit bounds the whole fit of a log, and what it ended is said."""

import time

import pytest

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.base import FitResult
from domain.synthesis.catalogue import SEQUENCES, entry
from domain.synthesis.sequences.engine import Sequences
from domain.synthesis.sequences.fit_notes import ONE_EVENT_EACH
from domain.synthesis.settings import with_defaults
from tests.domain.synthesis.event_logs import (
    TABLE,
    bank_log,
    bank_metadata,
    drawn,
    fitted,
    log_metadata,
)

SECONDS = 1
MOST = 30
"""Learning the columns and the least of each part take a moment, on a busy machine longer; without
a limit the 400 epochs take minutes."""
Report = tuple[int, int, str]


@pytest.fixture(scope="module")
def limited() -> tuple[FitResult, list[Report], float]:
    seen: list[Report] = []
    log, asked = bank_log(150), {"max_seconds": SECONDS, "max_epochs": 400}
    settings = with_defaults(entry(SEQUENCES).settings, asked)
    began = time.monotonic()
    result = Sequences().fit(
        {TABLE: log},
        bank_metadata(),
        held_out={},
        settings=settings,
        privacy=None,
        seed=0,
        on_progress=lambda *report: seen.append(report),
    )
    return result, seen, time.monotonic() - began


def test_a_time_limit_bounds_the_networks_and_the_check_together(
    limited: tuple[FitResult, list[Report], float],
) -> None:
    result, _, seconds = limited
    assert seconds < MOST
    assert len(drawn(result, rows=3)) > 0


def test_the_notes_say_which_network_the_time_limit_ended_and_at_which_epoch(
    limited: tuple[FitResult, list[Report], float],
) -> None:
    result, _, _ = limited
    (said,) = [n for n in result.notes if n.startswith("Network “events”: the time limit ended")]
    passed = len(result.curves["events"]) - 1
    assert f"at epoch {passed} of 400" in said


def test_the_bar_of_a_fit_only_grows_and_names_what_is_trained(
    limited: tuple[FitResult, list[Report], float],
) -> None:
    _, seen, _ = limited
    shares = [done / total for done, total, _ in seen if total]
    assert shares == sorted(shares)
    assert shares[-1] > shares[0]
    assert any(note.startswith("events: ") for _, _, note in seen)


def test_without_a_limit_nothing_is_said_of_time_and_each_note_names_its_network() -> None:
    notes = fitted(bank_log(30), bank_metadata(), max_epochs=1).notes
    assert not [n for n in notes if "time limit" in n]
    assert [n for n in notes if n.startswith("Network “entities”: ")]


def test_one_event_of_each_entity_is_said_to_be_a_table() -> None:
    log = bank_log(30).drop_duplicates("account").reset_index(drop=True)[["account", "kind"]]
    kinds = [ColumnSpec(name="account", sdtype=SdType.ID)]
    kinds.append(ColumnSpec(name="kind", sdtype=SdType.CATEGORICAL))
    result = fitted(log, log_metadata("account", None, *kinds), max_epochs=1)
    assert ONE_EVENT_EACH in result.notes
