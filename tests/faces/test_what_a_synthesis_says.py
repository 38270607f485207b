"""What the command line says of a finished synthesis: warnings, results and scores."""

import io
import json
import zipfile

import pytest
from django.core.management import call_command

from config.wiring import adapters
from domain.evaluation.headline import headline_scores
from domain.evaluation.report import EvaluationReport
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = ["--set", "max_epochs=2"]


@pytest.fixture(autouse=True)
def blobs(settings, tmp_path_factory):
    """A blob folder of this test's own."""
    settings.STUDIO_BLOB_DIR = tmp_path_factory.mktemp("blobs")


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(people_csv(rows=150))
    return path


def synthesize(*words) -> str:
    out = io.StringIO()
    call_command("synthesize", *[str(w) for w in words], stdout=out, stderr=out)
    return out.getvalue()


def test_a_tiny_table_is_warned_of_once_and_the_results_are_named(tmp_path):
    tiny = tmp_path / "tiny.csv"
    tiny.write_text("age,city,flag\n1,Bern,a\n2,Lyon,a\n3,Bern,a\n4,Rome,a\n5,Lyon,a\n")
    out = tmp_path / "out"
    said = synthesize(tiny, "--out", out, "--no-evaluate", "--no-pack", *QUICK)
    assert said.count("too few to learn") == 1
    assert said.count("treat the twin as confidential") == 1
    (constant,) = [line for line in said.splitlines() if "constant" in line]
    assert "flag" in constant
    assert f"to {out} in " in said


@pytest.mark.usefixtures("short_boosting")
def test_an_evaluated_run_prints_its_headline_without_a_terminal(people, tmp_path):
    out = tmp_path / "out"
    said = synthesize(people, "--out", out, "--target", "rich", "--no-pack", *QUICK)
    report = EvaluationReport.from_document(json.loads((out / "evaluation.json").read_text()))
    headlines = headline_scores(report)
    assert headlines
    assert said.count(f"Verdict: {report.verdict}.") == 1
    assert report.reasons
    for reason in report.reasons:
        assert f"  · {reason}" in said
    for score in headlines.values():
        assert score.sentence in said


@pytest.mark.usefixtures("short_boosting")
def test_filling_all_says_that_no_column_had_gaps_and_warns_of_a_word(tmp_path, monkeypatch):
    monkeypatch.setattr(adapters, "release_rules", lambda organisation_id: ())  # 2 epochs are few
    source = tmp_path / "work.csv"
    source.write_text("age,work\n" + "".join(f"{n},{'?AB'[n % 3]}\n" for n in range(150)))
    out = tmp_path / "out"
    said = synthesize(source, "--out", out, "--impute", "all", *QUICK)
    notes = json.loads((out / "evaluation.json").read_text())["notes"]
    card = json.loads(zipfile.ZipFile(out / "pack.zip").read("model-card.json"))
    for words in (" ".join(notes), " ".join(card["synthetic_data"]["conditions"]), said):
        assert words.count("no column is known to have any") == 1
        assert words.count("“?” in work may mean missing") == 1
