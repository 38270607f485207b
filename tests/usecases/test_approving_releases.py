"""Gates keep a pack inside; a person's word lets it out, and both stay on record."""

import base64
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.compliance.approvals import LONGEST_REASON, PACK_WAITS
from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.verdict import ReleaseRule, When
from domain.jobs import JobState
from domain.kernel import BadInput, Conflict, NotAllowed, Role, UserId
from domain.usecases.pack_gates import NOT_APPROVED
from tests.studio import ORGANISATION, Studio, actor

BOSS = replace(actor(Role.APPROVER), user_id=UserId("boss"))
QUALITY = "Rules for a release"


def strict(studio: Studio) -> Studio:
    """Nothing that was measured is good enough."""
    studio.release_rules = (
        ReleaseRule(
            score="similarity.quality",
            when=When.BELOW,
            limit=0.99,
            verdict=Verdict.DO_NOT_RELEASE,
            advice="Train longer.",
        ),
    )
    return studio


def judged(studio: Studio, **wanted):
    synthesis = studio.start(actor(), dataset_id=studio.confirmed().id, **wanted)
    studio.work_off()
    return synthesis


def pack_job(studio, synthesis):
    return studio.jobs.get(ORGANISATION, synthesis.jobs[-1].id)


def asked_again(studio, synthesis):
    pack, job = studio.request_pack(actor(), synthetic_id=synthesis.synthetic.id)
    studio.work_off()
    return pack, studio.jobs.get(ORGANISATION, job.id)


def files_of(studio, pack) -> dict[str, bytes]:
    with studio.download_pack(actor(), pack_id=pack.id).stream as stream:
        archive = zipfile.ZipFile(io.BytesIO(stream.read()))
    return {name: archive.read(name) for name in archive.namelist()}


def test_a_verdict_against_the_release_keeps_the_pack_inside_and_says_why(studio):
    synthesis = judged(strict(studio))
    job = pack_job(studio, synthesis)
    assert job.state is JobState.FAILED
    assert "Nothing was released" in job.error
    assert QUALITY in job.error
    blocked = studio.audit.entries()[-1].document()
    assert (blocked["action"], blocked["details"]["gates"]) == ("pack.blocked", [QUALITY])


def test_an_approver_cannot_wave_it_through_without_overriding(studio):
    synthesis = judged(strict(studio))
    with pytest.raises(Conflict, match=QUALITY):
        studio.approve(BOSS, synthetic_id=synthesis.synthetic.id, reason="Looks fine.")
    assert not studio.approvals.any_about(synthesis.synthetic.id)


def test_overriding_needs_a_reason_and_the_pack_tells_it(studio):
    synthesis = judged(strict(studio))
    with pytest.raises(BadInput, match="Say why"):
        studio.approve(BOSS, synthetic_id=synthesis.synthetic.id, override=True, reason="  ")
    studio.approve(
        BOSS, synthetic_id=synthesis.synthetic.id, override=True, reason="For teaching\nonly."
    )
    approved = studio.audit.entries()[-1].document()
    assert approved["action"] == "release.approved"
    assert approved["details"]["reason"] == "For teaching only."
    pack, job = asked_again(studio, synthesis)
    assert job.state is JobState.SUCCEEDED, job.error
    envelope = json.loads(files_of(studio, pack)["attestations/approval.dsse.json"])
    said = json.loads(base64.b64decode(envelope["payload"]))["predicate"]
    assert (said["reason"], said["overridden"]) == ("For teaching only.", [QUALITY])
    assert {"name": QUALITY, "state": "failed"} in said["gates"]


def test_the_statement_of_an_approval_is_about_the_very_evaluation(studio):
    synthesis = judged(studio)
    studio.approve(BOSS, synthetic_id=synthesis.synthetic.id)
    pack, job = asked_again(studio, synthesis)
    assert job.state is JobState.SUCCEEDED, job.error
    files = files_of(studio, pack)
    envelope = json.loads(files["attestations/approval.dsse.json"])
    told = json.loads(base64.b64decode(envelope["payload"]))
    digests = {s["name"]: s["digest"]["sha256"] for s in told["subject"]}
    assert digests["evaluation.json"] == hashlib.sha256(files["evaluation.json"]).hexdigest()
    assert told["predicate"]["evaluation"] == str(synthesis.evaluation.id)


def test_an_approval_counts_no_more_once_its_evaluation_reads_otherwise(studio, monkeypatch):
    synthesis = judged(studio)
    studio.approve(BOSS, synthetic_id=synthesis.synthetic.id)
    assert studio.gates(BOSS, synthetic_id=synthesis.synthetic.id).approval is not None
    monkeypatch.setattr(
        "domain.usecases.pack_material.shareable", lambda report: replace(report, notes=("New.",))
    )
    assert studio.gates(BOSS, synthetic_id=synthesis.synthetic.id).approval is None


def test_the_word_of_whoever_made_the_rows_is_told_as_what_it_is(studio):
    synthesis = judged(studio)
    wanted = {"synthetic_id": synthesis.synthetic.id}
    studio.approve(actor(Role.ADMINISTRATOR), **wanted)
    own = studio.gates(BOSS, **wanted).gates[-1]
    assert own.state == "with conditions"
    assert "the account that made the rows" in own.says
    studio.now += timedelta(seconds=1)
    studio.approve(BOSS, **wanted)
    assert studio.gates(BOSS, **wanted).gates[-1].state == "passed"


def test_the_log_of_a_pack_tells_of_every_evaluation_of_its_rows(studio):
    synthesis = judged(studio)
    first = synthesis.evaluation.id
    studio.request_evaluation(actor(), synthetic_id=synthesis.synthetic.id)
    studio.work_off()
    pack, _ = asked_again(studio, synthesis)
    extract = json.loads(files_of(studio, pack)["audit.json"])
    told = [json.loads(entry["leaf"]) for entry in extract["entries"]]
    judged_ids = [e["subject"] for e in told if e["action"] == "evaluation.finished"]
    assert len(judged_ids) == 2
    assert judged_ids[0] == str(first)


def test_a_reason_has_an_end(studio):
    synthesis = judged(studio, evaluate=False, pack=False)
    with pytest.raises(BadInput, match="at most"):
        studio.approve(BOSS, synthetic_id=synthesis.synthetic.id, reason="x" * (LONGEST_REASON + 1))


def test_an_approval_is_about_one_evaluation(studio, monkeypatch):
    synthesis = judged(strict(studio))
    studio.approve(BOSS, synthetic_id=synthesis.synthetic.id, override=True, reason="Known.")
    studio.request_evaluation(actor(), synthetic_id=synthesis.synthetic.id)
    studio.work_off()
    _, job = asked_again(studio, synthesis)
    assert job.state is JobState.FAILED


def test_where_a_second_person_is_asked_for_nothing_leaves_without_one(studio):
    studio.second_person = True
    synthesis = judged(studio)
    assert "second person" in pack_job(studio, synthesis).error
    with pytest.raises(Conflict, match="yourself"):
        studio.approve(actor(Role.ADMINISTRATOR), synthetic_id=synthesis.synthetic.id)
    studio.approve(BOSS, synthetic_id=synthesis.synthetic.id)
    _, job = asked_again(studio, synthesis)
    assert job.state is JobState.SUCCEEDED, job.error


def test_a_member_approves_nothing(studio):
    synthesis = judged(studio, evaluate=False, pack=False)
    with pytest.raises(NotAllowed):
        studio.approve(actor(), synthetic_id=synthesis.synthetic.id)


def test_a_conditional_verdict_lets_the_pack_out(studio, monkeypatch):
    def measured(train, holdout, synthetic, metadata, **how):
        score = Score(name="similarity.quality", scope="table", value=0.9, sentence="Close.")
        return EvaluationReport(scores=(score,), verdict=Verdict.CONDITIONS)

    monkeypatch.setattr("domain.usecases.evaluate_twin.evaluate", measured)
    synthesis = judged(studio)
    assert pack_job(studio, synthesis).state is JobState.SUCCEEDED


def test_a_second_word_does_not_forget_what_the_first_one_overrode(studio):
    synthesis = judged(strict(studio))
    wanted = {"synthetic_id": synthesis.synthetic.id, "reason": "Known.", "override": True}
    studio.approve(BOSS, **wanted)
    assert studio.approve(BOSS, **wanted).overridden == (QUALITY,)
    with pytest.raises(Conflict, match=QUALITY):
        studio.approve(BOSS, synthetic_id=synthesis.synthetic.id)


def test_how_the_gates_stand_is_told_before_and_after_an_approval(studio):
    synthesis = judged(strict(studio), pack=False)
    twin = {"synthetic_id": synthesis.synthetic.id}
    before = studio.gates(actor(Role.VIEWER), **twin)
    assert (before.shut, before.approval) == ((QUALITY,), None)
    assert before.held.startswith("Nothing was released. Rules for a release: ")
    studio.approve(BOSS, **twin, override=True, reason="For teaching.")
    after = studio.gates(actor(Role.VIEWER), **twin)
    assert (after.shut, after.held) == ((), "")
    assert after.failed == (QUALITY,)  # the next word has to override it again
    assert after.approval.by == "boss"
    states = {gate.name: gate.state for gate in after.gates}
    assert (states[QUALITY], states["Approval"]) == ("failed", "overridden")
    assert states["Search for real values"] == "open"


def test_gates_of_rows_that_are_not_drawn_yet_cannot_be_told(studio):
    synthesis = studio.start(actor(), dataset_id=studio.confirmed().id, evaluate=False)
    with pytest.raises(Conflict, match="not drawn yet"):
        studio.gates(actor(), synthetic_id=synthesis.synthetic.id)


def test_whoever_made_the_rows_learns_that_somebody_else_has_to_approve(studio):
    studio.second_person = True
    synthesis = judged(studio, evaluate=False, pack=False)
    mine = studio.gates(actor(), synthetic_id=synthesis.synthetic.id)
    assert (mine.own_rows, mine.held) == (True, NOT_APPROVED)
    assert not studio.gates(BOSS, synthetic_id=synthesis.synthetic.id).own_rows


def test_the_makers_own_earlier_word_is_no_second_persons(studio):
    synthesis = judged(studio, evaluate=False, pack=False)
    twin = {"synthetic_id": synthesis.synthetic.id}
    studio.approve(actor(Role.APPROVER), **twin)
    studio.second_person = True
    assert studio.gates(BOSS, **twin).held == NOT_APPROVED
    _, job = asked_again(studio, synthesis)
    assert job.error == NOT_APPROVED
    studio.approve(BOSS, **twin)
    _, job = asked_again(studio, synthesis)
    assert job.state is JobState.SUCCEEDED


def test_where_a_second_person_decides_no_pack_is_queued_before(studio):
    start = replace(studio.start, second_person=True)
    synthesis = start(actor(), dataset_id=studio.confirmed().id)
    assert [job.kind for job in synthesis.jobs] == ["fit", "sample", "evaluate"]
    assert (synthesis.pack, synthesis.pack_waits) == (None, PACK_WAITS)
