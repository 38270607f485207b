"""What others' tools say of the files of a given pack."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import jsonschema
import pandas as pd
import pytest
from pypdf import PdfReader

import domain.compliance
from tests.domain.compliance.controls.test_oscal import PLACES, TRESTLE
from tests.domain.compliance.interchange.test_pack_formats import FORMATS, READ

pytestmark = pytest.mark.slow

SCHEMAS = Path(domain.compliance.__file__).parent / "schemas"
DOCUMENTS = {
    "model-card.json": "model_card",
    "dp-report.json": "dp_report",
    "controls.json": "control_mapping",
    "provenance.json": "provenance",
    "legal.json": "legal",
    "instance.json": "instance",
}


def said(*words: object, at: Path) -> str:
    done = subprocess.run([str(w) for w in words], cwd=at, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def asked(code: str, *paths: Path) -> str:
    """A short program of the readers' environment."""
    return said(FORMATS, "-c", code, *paths, at=paths[0].parent).strip().splitlines()[-1]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_fit_the_schemas_that_the_product_publishes(folder, name):
    if not (folder / name).exists():
        pytest.skip(f"this pack has no {name}")
    schema = json.loads((SCHEMAS / f"{DOCUMENTS[name]}.json").read_text())
    jsonschema.validate(json.loads((folder / name).read_text()), schema)


def test_compliance_trestle_takes_the_oscal(folder, tmp_path):
    said(TRESTLE, "init", "--local", at=tmp_path)
    files = sorted((folder / "oscal").glob("*.json"))
    for file in files:
        place = tmp_path / PLACES.get(file.stem, f"catalogs/{file.stem}/catalog.json")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
    told = said(TRESTLE, "validate", "--all", at=tmp_path)
    assert told.count("VALID") == len(files) >= 3
    assert "INVALID" not in told


def test_mlcroissant_takes_the_croissant_and_reads_every_row(folder):
    found, errors, warnings = json.loads(asked(READ, folder / "croissant.json"))
    assert (errors, warnings) == ([], [])
    tables = [p for p in folder.rglob("*.csv") if p.name != "data-dictionary.csv"]
    rows = [len(pd.read_csv(table, dtype=str, keep_default_na=False)) for table in tables]
    assert sorted(len(read) for read in found.values()) == sorted(rows)


def test_csv_on_the_web_fits_every_cell(folder):
    described = sorted(folder.rglob("*csv-metadata.json"))
    assert described
    for path in described:
        assert said(FORMATS.parent / "csvwvalidate", path, at=folder).split()[-1] == "OK"


def test_hugging_face_and_cyclonedx_take_their_files(folder):
    card = "import sys, huggingface_hub as h; print(h.ModelCard.load(sys.argv[1]).data.license)"
    assert asked(card, folder / "hugging-face" / "README.md") == "other"
    bill = (
        "import sys; from cyclonedx.schema import SchemaVersion as V; "
        "from cyclonedx.validation.json import JsonStrictValidator as J; "
        "print(J(V.V1_6).validate_str(open(sys.argv[1]).read()))"
    )
    assert asked(bill, folder / "bill-of-materials.cdx.json") == "None"


def test_securesystemslib_takes_every_statement_by_the_key_of_the_manifest(folder):
    code = (
        "import hashlib, json, sys; from securesystemslib.dsse import Envelope; "
        "from securesystemslib.signer import SSlibKey; "
        "raw = json.load(open(sys.argv[1]))['public_key']; "
        "key = SSlibKey(hashlib.sha256(bytes.fromhex(raw)).hexdigest(), 'ed25519', 'ed25519', "
        "{'public': raw}); "
        "print([len(Envelope.from_dict(json.load(open(p))).verify([key], 1)) "
        "for p in sys.argv[2:]])"
    )
    statements = sorted((folder / "attestations").glob("*.dsse.json"))
    assert len(statements) >= 4
    told = asked(code, folder / "manifest.json", *statements)
    assert json.loads(told) == [1] * len(statements)


def test_every_font_of_every_pdf_is_embedded(folder):
    papers = sorted(folder.rglob("*.pdf"))
    assert len(papers) >= 4
    for paper in papers:
        for page in PdfReader(paper).pages:
            for font in (page["/Resources"].get("/Font") or {}).values():
                described = font.get_object()
                inner = described.get("/DescendantFonts", [described])[0].get_object()
                assert "/FontDescriptor" in inner, (paper.name, described["/BaseFont"])
