"""Who inside reads what about a private run: figures without ε are for those who see the rows."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from domain.compliance.audit_extract import WithheldEntry
from domain.evaluation.report import Rendering
from domain.kernel import NotAllowed, Role
from domain.usecases.audit_log import ReadAudit
from tests.studio import Resampler, Studio, actor
from tests.usecases.test_private_papers import ROWS, Proving, built, table_of

ROWS_OF_REAL_PEOPLE = [f"{20 + at % 40},{at % 7},{'yes' if at % 3 else 'no'}" for at in range(187)]
REAL = table_of(ROWS_OF_REAL_PEOPLE)


@pytest.fixture
def studio() -> Studio:
    return Studio(synthesizer=Proving())


@pytest.fixture
def read(studio) -> ReadAudit:
    return ReadAudit(audit=studio.audit, ledger=studio.ledger)


@pytest.mark.parametrize("rendering", Rendering)
def test_the_evaluation_of_a_private_run_is_for_those_who_may_see_the_real_rows(studio, rendering):
    _, synthesis = built(studio, data=REAL)
    wanted = {"evaluation_id": synthesis.evaluation.id, "rendering": rendering}
    for ask in (studio.read_evaluation, studio.download_evaluation):
        assert ask(actor(Role.MEMBER), **wanted).scores
        with pytest.raises(NotAllowed, match="see source"):
            ask(actor(Role.VIEWER), **wanted)


def test_who_may_not_see_the_real_rows_reads_the_shareable_rendering_of_a_plain_run(studio):
    studio.synthesizer = Resampler()
    _, synthesis = built(studio, None, data=REAL)
    wanted = {"evaluation_id": synthesis.evaluation.id, "rendering": Rendering.INTERNAL}
    for ask in (studio.read_evaluation, studio.download_evaluation):
        assert ask(actor(Role.MEMBER), **wanted).rendering is Rendering.INTERNAL
        assert ask(actor(Role.VIEWER), **wanted).rendering is Rendering.SHAREABLE
        assert ask(actor(Role.VIEWER), **wanted).scores
    last = studio.audit.entries()[-1].document()
    assert last["details"] == {"rendering": "shareable"}


def test_an_outside_reviewer_reads_who_did_what_about_a_private_run_and_no_count(studio, read):
    built(studio, data=REAL)
    page = read(actor(Role.REVIEWER))
    told = {e.document()["action"] for e in page.entries if not isinstance(e, WithheldEntry)}
    untold = [e.document() for e in page.entries if isinstance(e, WithheldEntry)]
    assert {"training.requested", "sample.requested", "pack.requested"} <= told
    assert {
        *("dataset.uploaded", "dataset.profiled", "columns.confirmed", "training.finished"),
        *("evaluation.finished", "pack.built", "privacy.reserved"),
    } <= {said["action"] for said in untold}
    words = json.dumps(untold) + "".join(
        e.leaf.decode() for e in page.entries if not isinstance(e, WithheldEntry)
    )
    assert sha256(REAL).hexdigest() not in words
    assert "rows_trained" not in words
    assert "leaks_looked_for" not in words
    assert not any(entry.leaf_hash.hex() in words for entry in studio.audit.entries())
    assert page.heads_told


def test_those_who_see_the_real_rows_read_every_entry_to_the_byte(studio, read):
    built(studio, data=REAL)
    assert read(actor(Role.APPROVER)).entries == studio.audit.entries()
    assert read.hidden(actor(Role.APPROVER)) == frozenset()


def test_an_outside_reviewer_reads_all_about_runs_without_privacy(studio, read):
    studio.synthesizer = Resampler()
    built(studio, None, data=REAL)
    assert read(actor(Role.REVIEWER)).entries == studio.audit.entries()
    studio.synthesizer = Proving()
    public, _ = studio.confirmed(table_of(ROWS_OF_REAL_PEOPLE[:90])), built(studio, data=REAL)
    open_entries = [e for e in read(actor(Role.REVIEWER)).entries if str(public.id) in str(e)]
    assert open_entries
    assert not any(isinstance(e, WithheldEntry) for e in open_entries)


def test_a_page_of_the_log_withholds_by_what_stands_before_it_and_behind_it(studio, read):
    built(studio, data=REAL)
    whole = read(actor(Role.REVIEWER)).entries
    assert read(actor(Role.REVIEWER), start=3, limit=2).entries == whole[3:5]
    assert isinstance(read(actor(Role.REVIEWER), limit=1).entries[0], WithheldEntry)


def test_no_root_is_told_where_a_withheld_entry_has_no_random_bits(studio, read, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr("domain.compliance.audit.secrets.token_hex", lambda size: "")
        dataset = studio.confirmed(REAL)
    reviewer = actor(Role.REVIEWER)
    assert read(reviewer).heads_told  # nothing private yet, so nothing is withheld
    studio.start(actor(), dataset_id=dataset.id, privacy=ROWS, synthesizer="marginals")
    assert not read(reviewer).heads_told
    assert not read(reviewer, start=5).heads_told
    assert read(actor(Role.APPROVER)).heads_told


def test_looking_for_the_same_people_tells_whoever_watches_no_number_of_rows(studio):
    dataset = studio.confirmed(REAL)
    seen: list[tuple[int, int, str]] = []
    studio.recognise()(
        dataset.organisation_id,
        dataset.id,
        on_progress=lambda done, total, note: seen.append((done, total, note)),
    )
    assert {(done, total) for done, total, _ in seen} == {(0, 0)}
    assert not any(sign.isdigit() for _, _, note in seen for sign in note)
