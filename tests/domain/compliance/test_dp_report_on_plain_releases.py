"""What left without noise is said wherever the promise is: a sum of ε bounds nothing beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

import jsonschema
import pytest

from domain.compliance.dp_wording import ALONE
from domain.compliance.release_gates import GateState, release_gates
from domain.compliance.summary_wording import guarantee
from domain.kernel import SyntheticDatasetId
from domain.privacy.plain_releases import PlainRelease, PlainWay, plain_sentences
from tests.domain.compliance.examples import NOON, card, dataset
from tests.domain.compliance.private_examples import ledger, private_report, statement
from tests.domain.compliance.test_dp_report import VALIDATOR


def released(*ways: PlainWay) -> tuple[PlainRelease, ...]:
    return tuple(
        PlainRelease(
            synthetic_id=SyntheticDatasetId(UUID(int=number)),
            dataset_id=dataset().id,
            way=way,
            at=NOON,
        )
        for number, way in enumerate(ways)
    )


def report(*ways: PlainWay) -> dict:
    plain = released(*ways)
    kept = replace(ledger(), plain=plain, warnings=tuple(plain_sentences(plain)))
    return private_report(5, statement(), ledger=kept)


def said(document: dict) -> list[str]:
    return next(f for f in document["fields"] if f["name"] == "ledger")["sentences"]


def test_rows_that_left_without_noise_are_said_first_and_once():
    document = report(PlainWay.LEFT, PlainWay.LEFT)
    first, second, *_ = sentences = said(document)
    assert first.startswith("Nothing bounds what left about these people in all: 2 twins")
    assert second.startswith("Spent on these people so far")
    assert len(sentences) == len(set(sentences))
    VALIDATOR.validate(document)


def test_what_may_have_left_and_figures_that_left_are_told_apart_from_it():
    (figures, drawn, *_) = said(report(PlainWay.DRAWN, PlainWay.FIGURES))
    assert "in packs of 1 twin: ε does not cover them" in figures
    assert "1 twin of these people, learned without differential privacy, was drawn" in drawn
    assert "if such rows left, nothing bounds the whole" in drawn


def test_each_of_them_is_listed_for_machines_with_how_far_it_has_come():
    facts = next(f for f in report(PlainWay.LEFT)["fields"] if f["name"] == "ledger")["facts"]
    assert facts["without_noise"] == [{"what": PlainWay.LEFT.value, "at": NOON.isoformat()}]
    assert json.dumps(facts)


@pytest.mark.parametrize("way", [PlainWay.LEFT, PlainWay.FIGURES])
def test_the_promise_of_the_first_page_says_that_it_is_about_this_release_alone(way):
    document = report(way)
    assert document["summary"].endswith(ALONE)
    assert ALONE in guarantee(card(5), document)
    assert ALONE not in report()["summary"]
    assert ALONE not in report(PlainWay.DRAWN)["summary"]


@pytest.mark.parametrize(
    ("ways", "state"),
    [
        ((), GateState.PASSED),
        ((PlainWay.LEFT,), GateState.CONDITIONS),
        ((PlainWay.DRAWN,), GateState.CONDITIONS),
    ],
)
def test_the_gate_of_the_budget_is_not_passed_without_a_word_beside_releases_without_noise(
    ways, state
):
    document = report(*ways)
    made = card(5, statement=statement())
    gates = release_gates(made, None, document)
    (budget,) = (gate for gate in gates if gate.name == "Privacy budget")
    assert (budget.state, budget.says) == (state, said(document)[0])


def test_a_report_of_before_is_still_one_of_the_schema():
    document = report()
    facts = next(f for f in document["fields"] if f["name"] == "ledger")["facts"]
    del facts["without_noise"]
    VALIDATOR.validate(document)
    facts["without_noise"] = [{"what": "gone", "at": NOON.isoformat()}]
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)
