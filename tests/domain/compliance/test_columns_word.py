"""Who looked at the columns, as packs tell it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.compliance.columns_word import ColumnsWord
from domain.compliance.release_gates import PROOF_GATE, Gate, GateState, release_gates
from domain.datasets.confirmation import Confirmation
from domain.kernel import SYSTEM
from tests.domain.compliance import examples
from tests.domain.compliance.private_examples import private_report, statement


def card(how: Confirmation, **changes: Any) -> dict[str, Any]:
    return examples.card(5, known=replace(examples.dataset(5), confirmation=how, **changes))


def gate(told: dict[str, Any]) -> Gate:
    return release_gates(told, None, None)[0]


@pytest.mark.parametrize("how", [Confirmation.SEEN, Confirmation.STATED])
def test_somebodys_word_passes_the_gate_and_names_them(how):
    passed = gate(card(how))
    assert passed.state is GateState.PASSED
    assert "“dr.ö.çelik”" in passed.says
    assert "nobody looked" not in passed.says


@pytest.mark.parametrize("how", [Confirmation.NAMED, Confirmation.UNSEEN])
def test_columns_that_nobody_looked_at_pass_with_conditions_only(how):
    met = gate(card(how))
    assert met.state is GateState.CONDITIONS
    assert "nobody looked" in met.says
    assert "decided about" not in met.says


@pytest.mark.parametrize("how", [Confirmation.SEEN, Confirmation.STATED, Confirmation.NAMED])
def test_the_word_of_an_account_that_names_no_person_is_nobodys(how):
    met = gate(card(how, confirmed_by=SYSTEM))
    assert met.state is GateState.CONDITIONS
    assert "“system”" in met.says
    assert "an account that names no person" in met.says
    assert "decided about" not in met.says
    known = replace(examples.dataset(5), confirmation=how, confirmed_by=SYSTEM)
    word = ColumnsWord.on(known, examples.run().created_at)
    assert word is not None
    assert "nobody declared public what it found" in word.ground


def test_a_look_after_the_training_is_no_look_before_it():
    started = examples.run().created_at
    late = gate(card(Confirmation.SEEN, confirmed_at=started + timedelta(hours=1)))
    assert late.state is GateState.CONDITIONS
    assert "after the training had started" in late.says


def test_a_dataset_from_before_it_was_on_record_counts_as_unseen():
    told = ColumnsWord.of(card(Confirmation.UNSEEN))
    assert told is not None
    assert not told.by_person


def test_card_and_dataset_give_the_same_word():
    known, run = examples.dataset(5), examples.run()
    assert ColumnsWord.on(known, run.created_at) == ColumnsWord.of(examples.card(5))


def test_a_proof_rests_on_columns_that_somebody_declared_public():
    asked = {"synthesizer": "marginals", "statement": statement(), "settings": {}}
    unseen = replace(examples.dataset(5), confirmation=Confirmation.UNSEEN)
    for known, state in ((examples.dataset(5), "passed"), (unseen, "with conditions")):
        told = examples.card(5, known=known, evaluated=False, **asked)
        gates = {g.name: g for g in release_gates(told, None, private_report(5, dataset=known))}
        assert gates[PROOF_GATE].state == state
