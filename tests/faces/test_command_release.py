"""Approving and packing on the command line, and what a synthesis says whose pack is held."""

import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command

from adapters.orm.models import (
    ApprovalRow,
    AuditEntryRow,
    EvaluationRow,
    SyntheticDatasetRow,
    TrainingRunRow,
)
from domain.evaluation.report import Verdict
from domain.evaluation.verdict import ReleaseRule, When
from domain.kernel import Role
from tests.faces.instance import person
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def strict(monkeypatch, quick_synthesizer, quick_evaluation):
    """Nothing is good enough."""
    rule = ReleaseRule(
        score="similarity.quality",
        when=When.BELOW,
        limit=0.99,
        verdict=Verdict.DO_NOT_RELEASE,
        advice="Train longer.",
    )
    monkeypatch.setattr("config.wiring.adapters.release_rules", lambda organisation_id: (rule,))


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(people_csv(rows=60))
    return path


def said(command, *words) -> str:
    out = io.StringIO()
    call_command(command, *[str(w) for w in words], stdout=out, stderr=out)
    return out.getvalue()


def refused(command, *words, code=2) -> str:
    with pytest.raises(CommandError) as refusal:
        said(command, *words)
    assert refusal.value.returncode == code
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_gate_keeps_the_pack_and_two_commands_let_it_out(people, tmp_path):
    out = tmp_path / "out"
    held = refused("synthesize", people, "--out", out, code=3)
    run = TrainingRunRow.objects.get()
    assert sorted(p.name for p in out.iterdir()) == [
        *("evaluation.json", "synthetic.csv", "timings.json")
    ]
    assert "Rules for a release: “Do not release”" in held
    assert f"approve_release {run.id} --override --reason" in held
    assert f"build_pack {run.id} --out {out / 'pack.zip'}" in held
    assert "Rules for a release" in refused("build_pack", run.id, "--out", out / "pack.zip")
    assert "Rules for a release" in refused("approve_release", run.id, "--reason", "Fine.")
    assert "Say why" in refused("approve_release", run.id, "--override")
    told = said("approve_release", run.id, "--override", "--reason", "For teaching.")
    assert "failed           Rules for a release: “Do not release”" in told
    assert told.splitlines()[-1].endswith("overriding “Rules for a release”.")
    wanted = ("--frameworks", "gdpr", "--formats", "json")
    said("build_pack", run.id, "--out", out / "pack.zip", *wanted)
    mapping = json.loads(zipfile.ZipFile(out / "pack.zip").read("controls.json"))
    assert [f["name"] for f in mapping["frameworks"]] == ["gdpr"]
    assert "--force" in refused("build_pack", run.id, "--out", out / "pack.zip")


def test_where_a_second_person_decides_the_makers_own_word_is_refused(people, tmp_path, settings):
    settings.STUDIO_SECOND_PERSON = True
    held = refused("synthesize", people, "--out", tmp_path / "out", "--no-evaluate", code=3)
    assert "second person" in held
    synthetic = SyntheticDatasetRow.objects.get()
    assert f"approve_release {synthetic.run_id} --user NAME" in held
    assert "yourself" in refused("approve_release", synthetic.run_id)
    person("boss", Role.APPROVER, settings.STUDIO_ORGANISATION)
    said("approve_release", synthetic.id, "--user", "boss")
    assert ApprovalRow.objects.get().by == "boss"
    assert AuditEntryRow.objects.filter(action="release.approved", actor="boss").count() == 1


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nonsense"], "RUN|SYNTHETIC is an id"),
        (["8c2b1de4-93f7-4d66-8a8e-2f1f5c0f7a22"], "No synthetic dataset and no training run"),
    ],
)
def test_an_id_that_names_nothing_is_refused(words, expected, tmp_path):
    assert expected in refused("approve_release", *words)
    assert expected in refused("build_pack", *words, "--out", tmp_path / "pack.zip")
    assert not EvaluationRow.objects.exists()
