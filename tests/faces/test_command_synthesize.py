"""The command line: files in, a folder of results out, or one clear sentence and nothing."""

import csv
import io
import json
import zipfile

import pytest
from django.core.management import CommandError, call_command

from adapters.orm.models import DatasetRow, TrainingRunRow
from domain.compliance.evidence import verify_pack
from domain.datasets.confirmation import Confirmation
from tests.small_tables import people_csv

pytestmark = pytest.mark.django_db(transaction=True)

QUICK = ["--set", "max_epochs=2"]


@pytest.fixture(autouse=True)
def blobs(settings, tmp_path_factory):
    """A blob folder of this test's own."""
    settings.STUDIO_BLOB_DIR = tmp_path_factory.mktemp("blobs")
    return settings.STUDIO_BLOB_DIR


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes(people_csv(rows=150))
    return path


def synthesize(*words) -> str:
    out = io.StringIO()
    call_command("synthesize", *[str(w) for w in words], stdout=out, stderr=out)
    return out.getvalue()


def refused(*words) -> str:
    with pytest.raises(CommandError) as refusal:
        synthesize(*words)
    assert refusal.value.returncode == 2
    message = str(refusal.value)
    assert "\n" not in message
    return message


def rows(path):
    with path.open(newline="") as file:
        return list(csv.reader(file))


@pytest.mark.usefixtures("short_boosting")
def test_it_writes_the_twin_its_evaluation_its_pack_and_its_timings(people, tmp_path):
    out = tmp_path / "results" / "people"
    synthesize(people, "--out", out, "--rows", 60, "--target", "rich", *QUICK)
    assert sorted(p.name for p in out.iterdir()) == [
        "evaluation.json",
        "pack.zip",
        "synthetic.csv",
        "timings.json",
    ]
    twin = rows(out / "synthetic.csv")
    assert twin[0] == ["age", "city", "income", "rich"]
    assert len(twin) == 61
    document = json.loads((out / "evaluation.json").read_text())
    assert document["schema"] == 2
    assert {"verdict", "scores"} <= set(document)
    with (out / "pack.zip").open("rb") as file:
        assert verify_pack(file).intact
    timings = json.loads((out / "timings.json").read_text())
    assert set(timings) == {
        *("read", "profile", "fit", "sample", "evaluate", "pack"),
        *("run", "rows_trained", "rows_held_out", "peak_rss_mb"),
    }
    assert (timings["rows_trained"], timings["rows_held_out"]) == (120, 30)


def test_the_same_seed_gives_the_same_file_and_another_seed_another(people, tmp_path):
    made = {}
    for name, seed in (("a", 7), ("b", 7), ("c", 8)):
        words = ("--seed", seed, "--no-evaluate", "--no-pack")
        synthesize(people, "--out", tmp_path / name, *words, *QUICK)
        made[name] = (tmp_path / name / "synthetic.csv").read_bytes()
    assert made["a"] == made["b"] != made["c"]


def test_without_evaluation_and_pack_it_writes_only_the_twin(people, tmp_path):
    out = tmp_path / "out"
    synthesize(
        people, "--out", out, "--no-evaluate", "--no-pack", "--format", "csv,parquet,json", *QUICK
    )
    assert sorted(p.name for p in out.iterdir()) == [
        "synthetic.csv",
        "synthetic.json",
        "synthetic.parquet",
        "timings.json",
    ]
    assert json.loads((out / "timings.json").read_text())["rows_trained"] == 150
    header, *cells = rows(out / "synthetic.csv")
    records = json.loads((out / "synthetic.json").read_text())
    assert header == list(records[0])
    told = [(r["city"], float(r["income"])) for r in records]
    assert told == [(c[1], float(c[2])) for c in cells]


def test_several_files_become_several_tables(tmp_path):
    (tmp_path / "patients.csv").write_text(
        "patient_id,sex\n" + "".join(f"P{i:03},{'mf'[i % 2]}\n" for i in range(60))
    )
    (tmp_path / "visits.csv").write_text(
        "patient_id,cost\n" + "".join(f"P{i % 60:03},{10 + i}\n" for i in range(120))
    )
    out = tmp_path / "out"
    files = (tmp_path / "patients.csv", tmp_path / "visits.csv")
    synthesize(*files, "--out", out, "--no-evaluate", *QUICK)
    assert {p.name for p in (out / "synthetic").iterdir()} == {"patients.csv", "visits.csv"}
    keys = {row[0] for row in rows(out / "synthetic" / "patients.csv")[1:]}
    assert {row[0] for row in rows(out / "synthetic" / "visits.csv")[1:]} <= keys
    assert "synthetic/visits.csv" in zipfile.ZipFile(out / "pack.zip").namelist()


def test_personal_data_is_treated_as_suggested_and_said(tmp_path):
    source = tmp_path / "contacts.csv"
    source.write_text(
        "email,score\n" + "".join(f"person{i}@example.com,{i % 7}\n" for i in range(80))
    )
    said = synthesize(source, "--out", tmp_path / "out", "--no-evaluate", "--no-pack", *QUICK)
    assert "email" in said
    assert "Nobody looked" in said
    twin = {row[0] for row in rows(tmp_path / "out" / "synthetic.csv")[1:]}
    assert not twin & {f"person{i}@example.com" for i in range(80)}


BAD_FILES = {
    "empty.csv": b"",
    "header_only.csv": b"age,city\n",
    "one_column.csv": b"age\n1\n2\n",
    "ragged.csv": b"age,city\n1,Bern\n2,Lyon,more\n",
    "garbage.csv": bytes(range(256)) * 40,
    "broken.json": b'[{"age": 1, "city": "Bern"}, {"age": ',
    "encoding.csv": "name,city\n1,Zürich\n".encode("utf-16")[:-1],
    "twice.csv": b"age,age\n1,2\n",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gets_one_sentence_and_leaves_nothing(name, tmp_path, blobs):
    source = tmp_path / name
    source.write_bytes(BAD_FILES[name])
    message = refused(source, "--out", tmp_path / "out")
    assert message.endswith(".")
    assert "Lyon" not in message
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert DatasetRow.objects.count() == 0
    assert [p for p in blobs.rglob("*") if p.is_file()] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--synthesizer", "nope"], "nope"),
        (["--target", "nope"], "nope"),
        (["--set", "nope=1"], "nope"),
        (["--set", "max_epochs"], "key=value"),
        (["--set", "max_epochs=many"], "max_epochs"),
        (["--rows", "0"], "rows"),
        (["--seed", "-1"], "seed"),
        (["--format", "xls"], "csv, parquet"),
        (["--user", "nobody"], "nobody"),
        (["--rows-per-entity", "3"], "--rows-per-entity needs --epsilon"),
        (["--rows-per-entity", "3", "--epsilon", "1"], "needs an entity"),
        (["--evaluation-in-pack"], "--evaluation-in-pack needs --epsilon"),
        (["--evaluation-in-pack", "--epsilon", "1", "--no-pack"], "needs a pack"),
        (["--constraint", "age > 3", "--epsilon", "1"], "Constraints are off"),
        (["--epsilon", "1e-9"], "smaller than can be accounted for"),
        (["--schema", "nowhere.json"], "nowhere.json"),
        (["--holdout", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_a_bad_word_gets_one_sentence_and_leaves_nothing(words, expected, people, tmp_path):
    assert expected in refused(people, "--out", tmp_path / "out" / "deep", *words)
    assert [p.name for p in tmp_path.iterdir()] == ["people.csv"]
    assert DatasetRow.objects.filter(deleted_at=None).count() == 0


def test_a_file_that_does_not_exist_is_named(tmp_path):
    assert "nowhere.csv" in refused(tmp_path / "nowhere.csv", "--out", tmp_path / "out")


def test_a_folder_with_something_in_it_is_not_overwritten_unless_forced(people, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "precious.txt").write_text("mine")
    words = ("--no-evaluate", "--no-pack", *QUICK)
    assert "--force" in refused(people, "--out", out, *words)
    assert (out / "precious.txt").read_text() == "mine"
    synthesize(people, "--out", out, "--force", *words)
    assert sorted(p.name for p in out.iterdir()) == ["synthetic.csv", "timings.json"]


def test_an_empty_folder_may_be_used(people, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    synthesize(people, "--out", out, "--no-evaluate", "--no-pack", *QUICK)
    assert (out / "synthetic.csv").exists()


def test_a_schema_decides_what_a_column_is(people, tmp_path):
    schema = tmp_path / "schema.json"
    schema.write_text(
        json.dumps(
            {
                "METADATA_SPEC_VERSION": "SINGLE_TABLE_V1",
                "columns": {"age": {"sdtype": "categorical"}},
            }
        )
    )
    words = ("--schema", schema, "--columns-reviewed", "--no-evaluate")
    said = synthesize(people, "--out", tmp_path / "out", *words, *QUICK)
    assert "Nobody looked" not in said
    assert "Who looked at the columns is not known" in said
    card = json.loads(zipfile.ZipFile(tmp_path / "out" / "pack.zip").read("model-card.json"))
    columns = {c["name"]: c for t in card["training_data"]["tables"] for c in t["columns"]}
    assert columns["age"]["type"] == "categorical"
    assert columns["income"]["type"] == "float"
    assert card["provenance"][1]["step"] == Confirmation.STATED.step


def test_it_says_which_synthesizer_it_took_and_why(people, tmp_path):
    said = synthesize(people, "--out", tmp_path / "out", "--no-evaluate", "--no-pack", *QUICK)
    assert "Chosen automatically: “autoregressive”, because " in said


def test_a_preflight_says_what_to_expect_and_trains_nothing(people, tmp_path, blobs):
    said = synthesize(people, "--preflight", *QUICK)
    assert "Fitting is expected to take about " in said
    assert "timed on this machine" in said
    assert "Columns are taken as: age (integer), city (categorical)" in said
    assert not TrainingRunRow.objects.exists()
    assert not [path for path in blobs.rglob("*") if path.is_file()]


def test_a_preflight_warns_of_what_is_known_to_go_wrong(tmp_path):
    few = tmp_path / "few.csv"
    few.write_bytes(people_csv(rows=60))
    assert "too few to learn" in synthesize(few, "--preflight", "--no-evaluate")


def test_without_a_folder_for_the_results_nothing_is_begun(people):
    assert "--out" in refused(people)
    assert not DatasetRow.objects.exists()


@pytest.mark.parametrize("option", ["where", "amplify", "stratify", "impute"])
def test_an_empty_condition_is_refused_rather_than_ignored(people, tmp_path, option):
    message = refused(people, "--out", tmp_path / "out", f"--{option}", " ")
    assert message == f"--{option} is empty; write what it asks for, or leave it out."


def test_without_a_terminal_it_says_the_run_and_why_its_synthesizer_was_chosen(people, tmp_path):
    said = synthesize(
        people, "--out", tmp_path / "out", "--synthesizer", "auto", "--no-evaluate", "--no-pack"
    )
    run = TrainingRunRow.objects.latest("created_at")
    (line,) = [line for line in said.splitlines() if str(run.id) in line]
    assert f"by {run.synthesizer}: " in line
    assert json.loads((tmp_path / "out" / "timings.json").read_text())["run"] == str(run.id)


def test_a_refusal_after_the_fit_says_that_the_trained_run_was_not_kept(people, tmp_path):
    all_cities = "city=Bern:0.1,Lyon:0.1,Oslo:0.1"
    message = refused(people, "--out", tmp_path / "out", "--stratify", all_cities, *QUICK)
    run = TrainingRunRow.objects.latest("created_at")
    assert f"The trained run {run.id} was not kept" in message


@pytest.mark.parametrize("option", ["--preflight", "--out=never"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--where", "agee=3"], "no column named “agee”"),
        (["--where", "city=Astronaut"], "does not occur in “city”"),
        (["--where", "age>=200"], "conditions on “age”"),
        (["--amplify", "city=Oslo:50"], "largest factor"),
    ],
)
def test_what_the_rows_do_not_support_is_refused_before_training(
    option, words, expected, people, tmp_path, monkeypatch, blobs
):
    def trained(*_):
        raise AssertionError("training began")

    monkeypatch.setattr("config.wiring.worker.engine", trained)
    monkeypatch.chdir(tmp_path)
    message = refused(people, option, *words)
    assert expected in message
    assert "Astronaut" not in message
    assert not [path for path in blobs.rglob("*") if path.is_file()]


def test_preflight_refuses_conditions_where_the_synthesizer_takes_none(people):
    message = refused(people, "--preflight", "--synthesizer", "ctgan", "--where", "age>=30")
    assert "draws whole rows without conditions" in message


def test_rows_under_differential_privacy_fulfil_conditions_too(people, tmp_path):
    out = tmp_path / "out"
    words = ["--synthesizer", "marginals", "--epsilon", 5, "--set", "iterations=20"]
    bare = ["--rows", 30, "--no-evaluate", "--no-pack"]
    synthesize(people, "--out", out, *words, *bare, "--where", "age>=40")
    drawn = rows(out / "synthetic.csv")
    assert len(drawn) == 1 + 30
    assert all(int(age) >= 40 for age, *_ in drawn[1:])


def test_what_may_mean_missing_is_filled_once_it_is_said_to(tmp_path):
    cells = "".join(f"{n},{'?AB'[n % 3]}\n" for n in range(90))
    source = tmp_path / "work.csv"
    source.write_text(f"age,work\n{cells}")
    words = [source, "--rows", 40, "--out", tmp_path / "out", "--impute", "work", "--no-evaluate"]
    assert "--missing" in refused(*words)
    synthesize(*words, "--missing", "work=?", "--no-pack", *QUICK)
    drawn = (tmp_path / "out" / "synthetic.csv").read_text()
    assert "?" not in drawn
    assert "A" in drawn
