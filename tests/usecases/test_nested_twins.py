"""Nested files on their way through: uploaded together, linked, and downloaded as they came."""

import json

import pytest

from domain.kernel import BadInput, Conflict
from domain.synthesis.runs import HoldoutSpec
from tests.fhir_bundles import bundle, resources
from tests.studio import ORGANISATION, actor


def read(download) -> bytes:
    with download.stream as stream:
        return stream.read()


def twin_of(studio, files: dict[str, bytes]):
    """The synthetic dataset drawn from the files, and the dataset."""
    incoming = [studio.file(data, name) for name, data in files.items()]
    dataset = studio.upload(actor(), files=incoming)
    studio.work_off()
    dataset = studio.confirm(actor(), dataset_id=dataset.id)
    synthesis = studio.start(
        actor(),
        dataset_id=dataset.id,
        evaluate=False,
        pack=False,
        holdout=HoldoutSpec(share=0.0),
    )
    studio.work_off()
    return studio.synthetics.get(ORGANISATION, synthesis.synthetic.id), dataset


def bundles(patients: int = 6) -> dict[str, bytes]:
    return {f"{n}.json": json.dumps(bundle(*resources(n))).encode() for n in range(patients)}


def test_bundles_uploaded_together_are_one_dataset_of_linked_tables(studio):
    incoming = [studio.file(data, name) for name, data in bundles().items()]
    dataset = studio.upload(actor(), files=incoming)
    assert [(t.name, t.rows) for t in dataset.tables][:2] == [("Patient", 6), ("Encounter", 12)]
    assert len(dataset.files) == 6
    assert any("Left out" in note for note in dataset.notes)
    studio.work_off()
    metadata = studio.datasets.get(ORGANISATION, dataset.id).metadata
    assert len(metadata.relationships) == 6


def test_a_twin_of_bundles_is_downloaded_as_a_bundle_and_audited(studio):
    twin, _ = twin_of(studio, bundles())
    download = studio.download(actor(), synthetic_id=twin.id, file_format="json")
    document = json.loads(read(download))
    assert (download.name, download.media_type) == ("synthetic.json", "application/json")
    assert (document["resourceType"], document["type"]) == ("Bundle", "transaction")
    assert len(document["entry"]) == sum(t.rows for t in twin.tables if "_" not in t.name)
    visit = next(e for e in document["entry"] if e["resource"]["resourceType"] == "Encounter")
    assert visit["resource"]["subject"]["reference"].startswith("urn:uuid:")
    assert visit["resource"]["class"]["system"].endswith("v3-ActCode")
    assert studio.audit.entries()[-1].document()["details"] == {"format": "json"}


def test_the_document_can_be_had_after_the_real_rows_were_shredded(studio):
    twin, dataset = twin_of(studio, bundles(3))
    studio.delete(actor(), dataset_id=dataset.id)
    text = read(studio.download(actor(), synthetic_id=twin.id, file_format="json"))
    assert json.loads(text)["resourceType"] == "Bundle"


def test_a_document_holds_all_tables_and_needs_their_text(studio):
    lines = "".join(json.dumps({"a": n, "b": {"c": "xy"[n % 2]}}) + "\n" for n in range(9))
    twin, _ = twin_of(studio, {"t.ndjson": lines.encode()})
    download = studio.download(actor(), synthetic_id=twin.id, file_format="json")
    assert download.name == "synthetic.ndjson"
    records = [json.loads(line) for line in read(download).splitlines()]
    assert len(records) == 9
    assert {type(r["a"]) for r in records} == {int}
    assert {r["b"]["c"] for r in records} <= {"x", "y"}
    with pytest.raises(BadInput, match="all tables"):
        studio.download(actor(), synthetic_id=twin.id, file_format="json", table="t")
    other, _ = studio.request_sample(actor(), run_id=twin.run_id, csv=False)
    studio.work_off()
    with pytest.raises(Conflict, match="Parquet"):
        studio.download(actor(), synthetic_id=other.id, file_format="json")
