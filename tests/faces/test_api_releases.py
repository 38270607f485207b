"""Gates, approvals and packs over the API."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from adapters.orm.models import EvidencePackRow
from config.wiring import worker
from domain.kernel import Role
from tests.faces.instance import Api, refusal, work
from tests.faces.test_api_walk import body, confirmed
from tests.studio import Resampler

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    one = Resampler()
    monkeypatch.setattr(worker, "engine", lambda name: one)


def drawn(api: Api, **asked) -> dict:
    """Rows without an evaluation."""
    wanted = {"synthesizer": "autoregressive", "evaluate": False, "pack": False, "rows": 30}
    made = api.post("synthesize", {"dataset_id": confirmed(api), **wanted, **asked}).json()
    work(*[job["id"] for job in made["jobs"]])
    return made


def test_a_pack_is_approved_asked_for_and_taken_apart():
    boss = Api.of("boss", Role.APPROVER)
    run = f"generators/{drawn(boss)['run_id']}"
    before = boss.get(f"{run}/gates").json()
    assert (before["shut"], before["approval"], before["held"]) == ([], None, "")
    assert [gate["state"] for gate in before["gates"]] == ["passed", "open", "open", "open"]
    said = boss.post(f"{run}/approvals", {"reason": "Seen."})
    assert said.status_code == 201
    assert (said.json()["by"], said.json()["overridden"]) == ("boss", [])
    assert boss.get(f"{run}/gates").json()["approval"] == said.json()
    queued = boss.post(f"{run}/compliance-pack", {"frameworks": ["hipaa"], "formats": ["oscal"]})
    assert queued.status_code == 202
    early = boss.get(f"{run}/compliance-pack", format="oscal")
    assert (early.status_code, "not built yet" in refusal(early)) == (409, True)
    work(queued.json()["job_id"])
    _the_mapping_comes_alone(boss, run)
    _other_mappings_are_refused(boss, run)
    _the_model_card_comes_as_sealed(boss, run, queued.json()["pack_id"])


def _the_mapping_comes_alone(api: Api, run: str) -> None:
    oscal = api.get(f"{run}/compliance-pack", framework="hipaa", format="oscal")
    assert oscal["Content-Type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(body(oscal))).namelist()
    assert names
    assert all(name.startswith("oscal/") for name in names)
    whole = api.get(f"{run}/compliance-pack", framework="hipaa")
    assert "manifest.json" in zipfile.ZipFile(io.BytesIO(body(whole))).namelist()


def _other_mappings_are_refused(api: Api, run: str) -> None:
    for query, words in (
        ({"format": "pdf"}, "no mapping as pdf"),
        ({"framework": "gdpr"}, "mapped to HIPAA; ask for a pack of GDPR alone"),
        ({"framework": "gdpr", "format": "json"}, "ask for a pack that is mapped to GDPR"),
    ):
        answer = api.get(f"{run}/compliance-pack", **query)
        assert answer.status_code == 409, query
        assert words in refusal(answer)
    assert api.get(f"{run}/compliance-pack", format="docx").status_code == 400


def _the_model_card_comes_as_sealed(api: Api, run: str, pack_id: str) -> None:
    assert EvidencePackRow.objects.get(id=pack_id).blob_id
    paper = api.get(f"{run}/model-card", format="pdf")
    assert paper["Content-Type"] == "application/pdf"
    assert body(paper).startswith(b"%PDF")
    words = api.get(f"{run}/model-card", format="md")
    assert body(words).decode().startswith("---\n")
    assert api.get(f"{run}/model-card", format="json").json()["organisation"]
    entries = api.get("audit/logs", limit=1000).json()["entries"]
    leaves = [json.loads(entry["leaf"]) for entry in entries]
    taken = [e["details"]["file"] for e in leaves if e["action"] == "pack.file_downloaded"]
    assert taken == ["oscal/", "model-card.pdf", "hugging-face/README.md"]


def test_a_pack_that_was_kept_inside_says_why_where_it_would_be_downloaded(settings):
    settings.STUDIO_SECOND_PERSON = True
    api = Api.of()
    run = f"generators/{drawn(api)['run_id']}"
    work(api.post(f"{run}/compliance-pack").json()["job_id"])
    answer = api.get(f"{run}/compliance-pack")
    assert (answer.status_code, "second person" in refusal(answer)) == (409, True)


def test_where_a_second_person_decides_the_answer_says_that_the_pack_waits(settings):
    settings.STUDIO_SECOND_PERSON = True
    api = Api.of(role=Role.APPROVER)
    made = drawn(api, pack=True)
    assert made["pack_id"] is None
    assert "waits for somebody's approval" in made["pack_waits"]
    run = f"generators/{made['run_id']}"
    assert "second person" in api.get(f"{run}/gates").json()["held"]
    own = api.post(f"{run}/approvals")
    assert (own.status_code, "yourself" in refusal(own)) == (409, True)
    named = {"synthetic_dataset_id": made["synthetic_dataset_id"]}
    assert Api.of("boss", Role.APPROVER).post(f"{run}/approvals", named).status_code == 201
    assert api.get(f"{run}/gates").json()["held"] == ""


def test_approving_and_asking_take_their_permissions_and_the_own_organisation():
    run = f"generators/{drawn(Api.of('boss', Role.APPROVER))['run_id']}"
    viewer, member = Api.of("vi", Role.VIEWER), Api.of("mo", Role.MEMBER)
    assert viewer.get(f"{run}/gates").status_code == 200
    assert viewer.post(f"{run}/compliance-pack").status_code == 403
    assert member.post(f"{run}/approvals").status_code == 403
    assert member.get(f"{run}/model-card", format="pdf").status_code == 409
    assert member.post(f"{run}/compliance-pack", {"frameworks": ["iso"]}).status_code == 400
    other = Api.of("eve", Role.ADMINISTRATOR, organisation="Bank")
    assert other.get(f"{run}/gates").status_code == 404
    for address in (f"{run}/approvals", f"{run}/compliance-pack"):
        assert other.post(address).status_code == 404
