"""What the pages say before rows leave, and what a pack shows of itself."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest

from adapters.orm.models import (
    ApprovalRow,
    AuditEntryRow,
    EvidencePackRow,
    JobRow,
    SyntheticDatasetRow,
    TrainingRunRow,
)
from apps.web.release_blocks import release_blocks
from config.wiring import adapters
from domain.compliance.evidence import PackPart, write_pack
from domain.compliance.verifiers.identity import signer
from domain.evaluation.report import Verdict
from domain.evaluation.verdict import ReleaseRule, When
from domain.kernel import Actor, Conflict, OrganisationId, Role, UserId
from tests.faces.pages import (
    Browser,
    confirmed,
    refusal_in,
    signed_in,
    work_off,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_synthesizer", "quick_evaluation"),
]
OVERRIDE = 'name="override"'
ASK = "Build an evidence pack</button>"
FILES = {
    "model-card.pdf": b"%PDF",
    "model-card.json": b"{}",
    "verify.html": b"<script>alert(1)</script>",
}


@pytest.fixture
def strict(monkeypatch) -> None:
    """Nothing that is measured is good enough."""
    rule = ReleaseRule(
        score="similarity.quality",
        when=When.BELOW,
        limit=0.99,
        verdict=Verdict.DO_NOT_RELEASE,
        advice="Train longer.",
    )
    monkeypatch.setattr(adapters, "release_rules", lambda organisation_id: (rule,))


def drawn(browser: Browser, **fields: object) -> SyntheticDatasetRow:
    form = {"synthesizer": "autoregressive", "seed": 3, "rows": 60, "holdout_percent": 20}
    asked = {"target": "rich", "evaluate": "on", "pack": "", **form, **fields}
    answer = browser.post(f"/datasets/{confirmed(browser).id}/start/", asked, follow=True)
    assert answer.status_code == 200, refusal_in(answer)
    work_off()
    return SyntheticDatasetRow.objects.get()


def page(browser: Browser) -> str:
    return browser.get(f"/runs/{TrainingRunRow.objects.get().id}/").content.decode()


@pytest.mark.usefixtures("strict")
def test_gates_that_are_shut_are_overridden_with_a_reason_or_not_at_all():
    boss = signed_in("boss", Role.APPROVER)
    twin = drawn(boss)
    before = page(boss)
    assert "“Do not release”; the reasons of the evaluation say why" in before
    assert "Held back" in before
    assert OVERRIDE in before
    assert ASK not in before
    address = f"/synthetic/{twin.id}/approve/"
    refused = boss.post(address, {"reason": "Looks fine.", "with_evaluation": "on"})
    assert refused.status_code == 409
    assert refusal_in(refused).startswith("Nothing was released. Rules for a release: ")
    assert 'value="Looks fine."' in refused.content.decode()
    assert boss.post(address, {"override": "on", "reason": " "}).status_code == 400
    assert not ApprovalRow.objects.exists()
    approved = boss.post(address, {"override": "on", "reason": "For <teaching>."}, follow=True)
    after = approved.content.decode()
    assert "overriding “Rules for a release”. Now a pack can be built." in after
    assert "Reason: “For &lt;teaching&gt;.”" in after
    assert "May leave" in after
    assert OVERRIDE in after  # another word has to override it again
    assert ASK in after


@pytest.mark.usefixtures("strict")
def test_a_pack_that_failed_at_a_gate_says_which_and_what_to_do():
    browser = signed_in()
    drawn(browser, pack="on")
    said = page(browser)
    assert JobRow.objects.get(kind="pack").error in said.replace("&#x27;", "'")
    assert "let somebody who may approve override it with a reason" in said
    assert OVERRIDE not in said  # a member approves nothing


def test_where_a_second_person_decides_the_page_says_that_the_pack_waits(settings):
    settings.STUDIO_SECOND_PERSON = True
    maker = signed_in("ada", Role.APPROVER)
    form = {"synthesizer": "autoregressive", "seed": 3, "rows": 60, "holdout_percent": 20}
    address = f"/datasets/{confirmed(maker).id}/start/"
    started = maker.post(address, {**form, "pack": "on"}, follow=True).content.decode()
    assert "The evidence pack waits for somebody&#x27;s approval" in started
    work_off()
    assert not EvidencePackRow.objects.exists()
    mine = page(maker)
    assert "You made these rows yourself" in mine
    assert ASK not in mine
    twin = SyntheticDatasetRow.objects.get()
    assert maker.post(f"/synthetic/{twin.id}/approve/").status_code == 409
    boss = signed_in("boss", Role.APPROVER)
    waiting = "Waiting for your word"
    assert waiting in boss.get("/").content.decode()
    for other in (maker, signed_in("mo", Role.MEMBER), signed_in("eve", Role.APPROVER, "Bank")):
        assert waiting not in other.get("/").content.decode()
    assert boss.post(f"/synthetic/{twin.id}/approve/").status_code == 302
    assert waiting not in boss.get("/").content.decode()
    assert "Approved by “boss”" in page(maker)
    assert ASK in page(maker)


def test_a_pack_is_asked_for_with_what_is_ticked():
    browser = signed_in()
    twin = drawn(browser, evaluate="")
    assert page(browser).count('name="frameworks"') == 3
    address = f"/synthetic/{twin.id}/pack/"
    nothing = browser.post(address, {"ticked": "on", "frameworks": ["gdpr"]})
    assert nothing.status_code == 400
    assert refusal_in(nothing) == "Choose formats among these: json, pdf, xlsx, oscal."
    assert '<details class="more" open>\n    <summary>What the pack' in nothing.content.decode()
    assert browser.get(address).url == f"/runs/{twin.run_id}/"
    assert browser.post(address, {"ticked": "on", "frameworks": ["iso"]}).status_code == 400
    chosen = {"ticked": "on", "frameworks": ["gdpr", "soc2"], "formats": ["pdf"]}
    assert browser.post(address, chosen).status_code == 302
    pack = EvidencePackRow.objects.get()
    assert (pack.frameworks, pack.formats) == (["gdpr", "soc2"], ["pdf"])
    assert ASK not in page(browser)  # one is on its way


def sealed(twin: SyntheticDatasetRow) -> EvidencePackRow:
    """A built pack of a few small files."""
    made = {"id": uuid4(), "created_at": datetime(2026, 3, 1, tzinfo=UTC)}
    out = io.BytesIO()
    keys = adapters.keys()
    write_pack(
        out,
        [PackPart.of(name, data) for name, data in FILES.items()],
        pack_id=made["id"],
        created_at=made["created_at"],
        sign=keys.sign,
        public_key=keys.public_key(),
    )
    return EvidencePackRow.objects.create(
        organisation_id=twin.organisation_id,
        synthetic_dataset=twin,
        created_by="ada",
        frameworks=["hipaa"],
        formats=["pdf"],
        blob_id=adapters.blobs().put(twin.organisation_id, out.getvalue()),
        **made,
    )


def test_a_reviewer_looks_into_a_pack_opens_papers_and_saves_what_could_run():
    pack = sealed(drawn(signed_in(), evaluate=""))
    rex = signed_in("rex", Role.REVIEWER)
    listed = rex.get(f"/packs/{pack.id}/").content.decode()
    for words in (*FILES, "HIPAA", "What was learned from what", "Checks this pack in a browser"):
        assert words in listed
    assert f"/packs/{pack.id}/open/model-card.pdf" in listed
    fingerprint = signer(adapters.keys().public_key())["fingerprint_in_groups"]
    assert fingerprint in listed
    assert fingerprint in rex.get("/packs/").content.decode()
    assert f"/packs/{pack.id}/open/verify.html" not in listed
    paper = rex.get(f"/packs/{pack.id}/open/model-card.pdf")
    assert b"".join(paper.streaming_content) == b"%PDF"
    assert paper["Content-Disposition"] == 'inline; filename="model-card.pdf"'
    assert paper["Content-Type"] == "application/pdf"
    assert "frame-ancestors 'none'" in paper["Content-Security-Policy"]
    assert paper["X-Content-Type-Options"] == "nosniff"
    script = rex.get(f"/packs/{pack.id}/open/verify.html")
    assert script["Content-Disposition"].startswith("attachment")
    saved = rex.get(f"/packs/{pack.id}/files/model-card.json")
    assert saved["Content-Disposition"].startswith("attachment")
    assert rex.get(f"/packs/{pack.id}/files/secret").status_code == 404
    noted = AuditEntryRow.objects.filter(action="pack.file_downloaded", actor="rex")
    assert noted.count() == 3


def test_nobody_else_approves_or_looks_into_it():
    twin = drawn(signed_in(), evaluate="")
    pack = sealed(twin)
    stranger = signed_in("eve", Role.ADMINISTRATOR, "Elsewhere")
    viewer, member = signed_in("vi", Role.VIEWER), signed_in("mo", Role.MEMBER)
    for address in (
        f"/packs/{pack.id}/",
        f"/packs/{pack.id}/open/model-card.pdf",
        f"/packs/{pack.id}/files/model-card.pdf",
    ):
        assert stranger.get(address).status_code == 404, address
        assert viewer.get(address).status_code == 403, address
    assert stranger.post(f"/synthetic/{twin.id}/approve/").status_code == 404
    for other in (viewer, member):
        assert other.post(f"/synthetic/{twin.id}/approve/").status_code == 403
    assert "Columns confirmed" in page(viewer)
    assert ASK not in page(viewer)


def test_while_other_steps_work_the_gates_are_not_told_anew_every_second(monkeypatch):
    browser = signed_in()
    twin = drawn(browser, evaluate="")
    browser.post(f"/runs/{twin.run_id}/", {"rows": 5, "seed": 4})
    monkeypatch.setattr("config.wiring.web.read_gates", lambda: pytest.fail("told anew"))
    answer = browser.get(f"/runs/{twin.run_id}/", headers={"HX-Request": "true"})
    assert f'id="release-{twin.id}" hx-preserve' in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "expected"), [(Role.APPROVER, [False, True]), (Role.VIEWER, [False])]
)
def test_a_private_run_has_a_release_of_its_own_for_the_figures_that_epsilon_does_not_cover(
    role, expected, monkeypatch
):
    asked = []

    def standing(actor, *, synthetic_id, with_evaluation):
        asked.append(with_evaluation)
        raise Conflict("Not yet.")

    monkeypatch.setattr("config.wiring.web.read_gates", lambda: standing)
    private = SimpleNamespace(run=SimpleNamespace(privacy=object()))
    block = SimpleNamespace(
        settled=True,
        synthetic=SimpleNamespace(id=uuid4()),
        evaluations=[SimpleNamespace(measured=True)],
    )
    person = Actor(user_id=UserId("x"), organisation_id=OrganisationId(uuid4()), role=role)
    told = release_blocks(person, private, block, None)
    assert ([b.with_evaluation for b in told], asked) == (expected, expected)
    assert {b.problem for b in told} == {"Not yet."}
