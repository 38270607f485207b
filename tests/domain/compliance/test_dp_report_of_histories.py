"""The privacy report of a log of events says what of a history took part."""

from __future__ import annotations

from typing import Any

from domain.privacy.budget import PrivacySpec
from tests.domain.compliance.examples import run
from tests.domain.compliance.private_examples import private_report, statement

PROVED = statement(unit="account", rows_a_unit=50)


def said(name: str) -> str:
    asked = PrivacySpec(epsilon=1.0, delta=1e-5, unit="account")
    made = run("sequences", privacy=asked, statement=PROVED, notes=())
    document: dict[str, Any] = private_report(5, PROVED, run=made)
    return " ".join(next(f for f in document["fields"] if f["name"] == name)["sentences"])


def test_of_each_history_one_line_and_a_bounded_number_of_events_took_part():
    contributions = said("contributions")
    assert "one line took part (when the history begins, how many events it has" in contributions
    assert "at most 50 events, each with the one before it" in contributions
    assert "shortened" in contributions
    assert "64ths of an event" in contributions


def test_how_many_people_there_are_was_asked_with_noise():
    assert "About how many people there are was asked with noise" in said("population_size")
