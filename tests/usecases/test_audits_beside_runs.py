"""An audit is shown beside the ε of the very promise that it put to the test, and of no other."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from domain.evaluation.canaries import judged
from domain.evaluation.privacy_audit import AuditSpec, PrivacyAudit
from domain.kernel import BadInput
from domain.privacy.budget import PrivacySpec
from domain.synthesis.catalogue import entry
from domain.synthesis.constrained import Constrained
from domain.synthesis.marginals import Marginals
from domain.synthesis.requests import PrivacyRequest
from domain.synthesis.settings import with_defaults
from domain.usecases.sealed_audits import sealed
from tests.studio import ORGANISATION, Studio, actor

EPSILON, DELTA = 5.0, 1e-4
SETTINGS = {"iterations": 50}


def an_audit() -> PrivacyAudit:
    asked = AuditSpec(
        synthesizer="marginals",
        settings=with_defaults(entry("marginals").settings, SETTINGS),
        privacy=PrivacySpec(epsilon=EPSILON, delta=DELTA),
        trained_on="a simulator",
        internal=False,
        canaries=100,
    )
    held = np.arange(100) % 3 > 0
    return judged(np.arange(100.0), held, asked, rows=300)


def started(audit: PrivacyAudit, **wanted):
    studio = Studio(synthesizer=Constrained(Marginals()))
    return started_on(studio, sealed(audit, studio.keys).to_document(), **wanted)


def started_on(studio: Studio, document, **wanted):
    privacy = PrivacyRequest(epsilon=EPSILON, delta=DELTA, audit=document)
    usual = {"synthesizer": "marginals", "settings": SETTINGS, "evaluate": False, "pack": False}
    dataset = studio.confirmed()
    run = studio.start(actor(), dataset_id=dataset.id, privacy=privacy, **usual | wanted).run
    return studio.runs.get(ORGANISATION, run.id)


def test_an_audit_of_the_same_promise_stays_with_the_run():
    run = started(an_audit())
    assert replace(PrivacyAudit.from_document(run.privacy.audit), seal="") == an_audit()
    again = PrivacySpec.from_document(run.privacy.to_document())
    assert again.audit == run.privacy.audit


@pytest.mark.parametrize(
    ("audit", "wanted", "words"),
    [
        (replace(an_audit(), epsilon=1.0), {}, "The audit is of another ε"),
        (replace(an_audit(), delta=1e-6), {}, "of another δ"),
        (replace(an_audit(), synthesizer="tvae"), {}, "of another synthesizer"),
        (an_audit(), {"settings": {"iterations": 60}}, "of another setting “iterations”"),
        (an_audit(), {"target": "rich"}, "of another setting “target”"),
        (replace(an_audit(), unit="person"), {}, "of another privacy unit"),
        (replace(an_audit(), internal=True), {}, "stays inside the instance"),
        (replace(an_audit(), epsilon_lower_bound=5.01), {}, "The promise is broken"),
    ],
)
def test_an_audit_of_another_promise_is_refused(audit, wanted, words):
    with pytest.raises(BadInput, match=words):
        started(audit, **wanted)


@pytest.mark.parametrize(
    "edit",
    [
        {"internal": False},
        {"epsilon_lower_bound": 0.0},
        {"trained_on": "the census"},
        {"seal": ""},
        {"seal": "ab" * 32},
        {"seal": "é"},
    ],
)
def test_an_audit_that_was_edited_is_refused(edit):
    studio = Studio(synthesizer=Constrained(Marginals()))
    private = replace(an_audit(), internal=True, epsilon_lower_bound=0.5)
    document = json.loads(json.dumps(sealed(private, studio.keys).to_document()))
    with pytest.raises(BadInput, match="or was changed since"):
        started_on(studio, {**document, **edit})


def test_an_audit_of_another_instance_is_refused():
    here, there = (Studio(synthesizer=Constrained(Marginals())) for _ in range(2))
    with pytest.raises(BadInput, match="not made on this instance"):
        started_on(here, sealed(an_audit(), there.keys).to_document())


def test_a_seal_outlives_the_way_through_a_file():
    studio = Studio(synthesizer=Constrained(Marginals()))
    document = json.dumps(sealed(an_audit(), studio.keys).to_document(), ensure_ascii=False)
    read = PrivacyAudit.of_text(document.encode())
    assert started_on(studio, read.to_document()).privacy.audit["seal"] == read.seal != ""
