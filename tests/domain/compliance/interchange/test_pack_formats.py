"""The formats of a pack beside the rows they tell of, and the readers of others on them."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from uuid import UUID

import pytest

from domain.compliance.interchange.bill_of_materials import bill_of_materials
from domain.compliance.interchange.data_dictionary import dictionary_lines
from domain.compliance.interchange.pack_formats import pack_formats
from domain.datasets.entities import Metadata
from tests.domain.compliance.interchange import twins

FORMATS = Path(
    os.environ.get("FORMATS") or Path(__file__).resolve().parents[4] / ".venv-formats/bin/python"
)
needs_readers = pytest.mark.skipif(
    not FORMATS.exists(), reason="make check-formats makes their environment"
)

READ = """
import json, sys
import mlcroissant
found = {}
data = mlcroissant.Dataset(jsonld=sys.argv[1])
for records in data.metadata.record_sets:
    rows = data.records(records.uuid)
    found[records.name] = [{k: str(v) for k, v in row.items()} for row in rows]
issues = data.metadata.ctx.issues
print(json.dumps([found, sorted(issues.errors), sorted(issues.warnings)]))
"""


def test_all_formats_of_a_pack_have_names_of_their_own():
    example = twins.table()
    names = [name for name, _ in pack_formats(example.twin, (), twins.LOCK)]
    assert len(set(names)) == len(names) == 8


def test_the_folder_of_a_hub_has_the_licence_that_its_card_links_to():
    files = dict(pack_formats(twins.table().twin, (), twins.LOCK))
    front = files["hugging-face/README.md"].decode().split("---")[1]
    (link,) = [line for line in front.splitlines() if line.startswith("license_link")]
    name = link.partition(": ")[2].strip('"')
    terms = files[f"hugging-face/{name}"].decode()
    assert "No decision about a single person" in terms


def test_no_format_says_that_a_row_can_be_nobodys_or_is_what_it_is_not():
    files = dict(pack_formats(twins.table().twin, (), twins.LOCK))
    described = json.loads(files["synthetic.csv-metadata.json"])
    assert "none is a record" not in described["dc:description"]
    assert "dc:conformsTo" not in described


def test_when_rows_were_asked_for_is_not_told_as_when_they_were_made():
    told = json.loads(dict(pack_formats(twins.table().twin, (), twins.LOCK))["croissant.json"])
    asked = {s["step"]: s["at"] for s in twins.table().twin.card["provenance"]}
    assert "dateCreated" not in told
    training, drawing = told["prov:wasGeneratedBy"]
    assert training["description"] == f"Asked for at {asked['started training']}."
    assert drawing["description"] == f"Asked for at {asked['asked for rows']}."


def test_a_bill_names_files_model_and_installed_distributions():
    bill = bill_of_materials(twins.tables().twin, twins.LOCK)
    hashes = {
        c["name"]: c["hashes"][0]["content"] for c in bill["metadata"]["component"]["components"]
    }
    assert hashes == {n: h for t in twins.tables().twin.tables for n, h in t.files.items()}
    model, *libraries = bill["components"]
    assert model["type"] == "machine-learning-model"
    assert [c["purl"] for c in libraries] == [
        *("pkg:pypi/scikit-learn@1.7.0", "pkg:pypi/torch@2.13.0%2Bcpu")
    ]
    assert UUID(bill["serialNumber"].removeprefix("urn:uuid:")).version == 5


def test_no_format_of_a_private_run_tells_what_real_rows_were_asked_for():
    metadata = Metadata(
        tables={"patients": twins.PATIENTS},
        pii_flags=(twins.flag("patients", "ssn", twins.PiiKind.SSN, twins.PiiAction.DROP),),
    )
    example = twins.example(metadata, private=True, unit="patient")
    lines = dictionary_lines(example.twin, example.drawn)
    source = twins.dataset(1)
    for name, data in pack_formats(example.twin, lines, twins.LOCK):
        said = data.decode()
        for untold in (
            source.files[0].sha256,
            str(source.files[0].size),
            source.notes[0],
            *("1,234", "1234", "10,000", "2,500", "0 <= age", "By its header."),
        ):
            assert untold not in said, (name, untold)


def laid_out(example: twins.Example, folder: Path) -> Path:
    """The pack's files as they lie beside each other."""
    formats = dict(pack_formats(example.twin, (), twins.LOCK))
    for name, data in {**example.files, **formats}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / "croissant.json"


@pytest.mark.slow
@needs_readers
@pytest.mark.parametrize("name", ["table", "tables", "log"])
def test_mlcroissant_takes_it_and_reads_the_rows(name, tmp_path):
    example = getattr(twins, name)()
    place = laid_out(example, tmp_path)
    done = subprocess.run([FORMATS, "-c", READ, place], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found, errors, warnings = json.loads(done.stdout.splitlines()[-1])
    assert (errors, warnings) == ([], [])
    assert {n: len(rows) for n, rows in found.items()} == {
        t.name: t.rows for t in example.twin.tables
    }


@pytest.mark.slow
@needs_readers
@pytest.mark.parametrize("name", ["table", "tables", "log"])
def test_csv_on_the_web_fits_the_csv_cell_by_cell(name, tmp_path):
    laid_out(getattr(twins, name)(), tmp_path)
    for path in tmp_path.rglob("*csv-metadata.json"):
        check = FORMATS.parent / "csvwvalidate"
        done = subprocess.run([check, path], capture_output=True, text=True)
        assert done.stdout.split()[-1] == "OK", done.stdout + done.stderr


@pytest.mark.slow
@needs_readers
def test_hugging_face_reads_the_card_and_its_results(tmp_path):
    laid_out(twins.table(), tmp_path)
    code = (
        "import json, sys; from huggingface_hub import ModelCard; "
        "data = ModelCard.load(sys.argv[1]).data; "
        "print(json.dumps([data.license, len(data.eval_results)]))"
    )
    words = [FORMATS, "-c", code, tmp_path / "hugging-face" / "README.md"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert json.loads(done.stdout) == ["other", 7], done.stderr


@pytest.mark.slow
@needs_readers
@pytest.mark.parametrize("private", [False, True])
def test_cyclonedx_takes_the_bill(private, tmp_path):
    place = laid_out(twins.table(private=private), tmp_path).parent / "bill-of-materials.cdx.json"
    code = (
        "import sys; from cyclonedx.schema import SchemaVersion; "
        "from cyclonedx.validation.json import JsonStrictValidator; "
        "print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()))"
    )
    done = subprocess.run([FORMATS, "-c", code, place], capture_output=True, text=True)
    assert done.stdout.strip() == "None", done.stdout + done.stderr
