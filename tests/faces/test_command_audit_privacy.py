"""``manage.py audit_privacy``: a promise put to the test from a terminal."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from adapters.orm.models import AuditEntryRow
from apps.worker.local_start import local_actor
from config.wiring import adapters, web
from domain.evaluation.privacy_audit import PrivacyAudit
from domain.privacy.randomness import SealedSeed
from domain.usecases.sealed_audits import check_seal
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db(transaction=True)

PROMISE = ["--epsilon", "1", "--delta", "1e-5", "--canaries", "200", "--set", "iterations=20"]
PUBLIC = ["--source", "a simulator"]


@pytest.fixture(autouse=True)
def _the_same_coins_and_noise_in_every_run(monkeypatch, settings, tmp_path_factory):
    settings.STUDIO_BLOB_DIR = tmp_path_factory.mktemp("blobs")
    monkeypatch.setattr(SealedSeed, "fresh", classmethod(lambda cls: cls(bytes(range(32)))))


@pytest.fixture
def people(tmp_path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(people_csv(300))
    return path


def audit(*words: object) -> str:
    out = io.StringIO()
    call_command("audit_privacy", *map(str, words), stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_it_writes_a_document_and_says_in_one_line_what_that_is_worth(people, tmp_path):
    out = tmp_path / "audit.json"
    said = audit(people, *PUBLIC, *PROMISE, "--target", "rich", "--out", out)
    found = json.loads(out.read_text())
    assert said.strip() == found["sentence"]
    assert found["epsilon_lower_bound"] < 1 == found["epsilon"]
    assert (found["trained_on"], found["internal"], found["canaries"]) == (
        "a simulator",
        False,
        200,
    )
    assert found["settings"]["target"] == "rich"
    check_seal(PrivacyAudit.of_text(out.read_bytes()), adapters.keys())
    assert AuditEntryRow.objects.filter(action="privacy.audited").count() == 1


def test_a_broken_promise_ends_with_an_exit_code_and_is_written_down(people, tmp_path, monkeypatch):
    monkeypatch.setattr("domain.privacy.private_table.quantile_above", lambda sigma, share: -1)
    with pytest.raises(CommandError, match="The promise is broken") as found:
        audit(people, *PUBLIC, *PROMISE, "--out", tmp_path / "audit.json")
    assert found.value.returncode == 1
    assert json.loads((tmp_path / "audit.json").read_text())["broken"]


def test_a_dataset_of_the_instance_is_audited_on_request_alone_and_stays_inside(people, tmp_path):
    actor = local_actor(None)
    incoming = web.receive_file_of_any_size()(actor, name="people.csv")
    incoming.write(people.read_bytes())
    web.upload_dataset()(actor, files=[incoming])
    out = tmp_path / "audit.json"
    with pytest.raises(CommandError, match="real dataset of this instance"):
        audit(people, *PUBLIC, *PROMISE, "--out", out)
    assert not out.exists()
    audit(people, "--on-real-rows", *PROMISE, "--out", out)
    found = json.loads(out.read_text())
    assert found["internal"]
    assert found["trained_on"] == "private rows of this instance"


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (PROMISE, "Say with --source where"),
        (PUBLIC, "Say with --epsilon"),
        ([*PUBLIC, *PROMISE, "--synthesizer", "sdv-ctgan"], "promises no differential privacy"),
        ([*PUBLIC, *PROMISE, "--canaries", "5"], "takes 40 to 4,000 canaries"),
        ([*PUBLIC, "--epsilon", "-1"], "ε must be"),
        ([*PUBLIC, *PROMISE, "--set", "speed=9"], "speed"),
    ],
)
def test_what_cannot_be_audited_is_refused_and_leaves_nothing(people, tmp_path, words, refusal):
    out = tmp_path / "audit.json"
    with pytest.raises(CommandError, match=refusal) as refused:
        audit(people, *words, "--out", out)
    assert refused.value.returncode == 2
    assert not out.exists()


def test_a_file_that_is_there_is_kept_unless_forced(people, tmp_path):
    out = tmp_path / "audit.json"
    out.write_text("mine")
    with pytest.raises(CommandError, match="is there already"):
        audit(people, *PUBLIC, *PROMISE, "--out", out)
    assert out.read_text() == "mine"
