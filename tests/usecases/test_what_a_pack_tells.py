"""What the parts of a pack say of each other: each rests on files that are there, to the byte."""

import base64
import hashlib
import io
import json
import zipfile

import pytest

from domain.compliance.controls.formats import FORMATS
from domain.compliance.dsse import key_id
from domain.compliance.pack_readme import reading_place
from domain.kernel import BadInput, Role
from tests.studio import ORGANISATION, actor


@pytest.fixture(scope="module")
def made():
    """A studio, what was made in it, and the files of the pack by name."""
    from tests.studio import Studio

    studio = Studio(formats=tuple(FORMATS))
    dataset = studio.confirmed()
    synthesis = studio.start(actor(), dataset_id=dataset.id, evaluate=False)
    studio.work_off()
    return studio, synthesis, files_of(studio, synthesis.pack)


def files_of(studio, pack) -> dict[str, bytes]:
    with studio.download_pack(actor(), pack_id=pack.id).stream as stream:
        archive = zipfile.ZipFile(io.BytesIO(stream.read()))
    return {name: archive.read(name) for name in archive.namelist()}


def statement(files, step: str) -> dict:
    envelope = json.loads(files[f"attestations/{step}.dsse.json"])
    return json.loads(base64.b64decode(envelope["payload"]))


def digests(subjects) -> dict[str, str]:
    return {s["name"]: s["digest"]["sha256"] for s in subjects}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_the_export_vouches_for_every_other_file(made):
    _, _, files = made
    others = {n: sha256(d) for n, d in files.items() if n != "manifest.json" and "export" not in n}
    assert digests(statement(files, "export")["subject"]) == others


def test_each_statement_begins_where_the_last_one_ended(made):
    studio, synthesis, files = made
    uploaded = digests(statement(files, "upload")["subject"])
    trained = statement(files, "training")
    drawn = statement(files, "sampling")
    model = digests(trained["subject"])
    with studio.blobs.open(
        ORGANISATION, studio.runs.get(ORGANISATION, synthesis.run.id).artifact_blob
    ) as artifact:
        assert set(model.values()) == {sha256(artifact.read())}
    used = trained["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert uploaded.items() <= digests(u for u in used if "digest" in u).items()
    assert digests(drawn["predicate"]["buildDefinition"]["resolvedDependencies"]) == model
    assert digests(drawn["subject"]) == {
        name: sha256(files[name]) for name in ("synthetic.csv", "synthetic.parquet")
    }


def test_every_audit_entry_comes_with_the_proof_that_it_stands_in_the_log(made):
    _, _, files = made
    extract = json.loads(files["audit.json"])
    assert extract["entries"]
    assert all(e["proof"]["tree_size"] == extract["head"]["size"] for e in extract["entries"])


def test_controls_rest_on_files_of_the_pack(made):
    studio, _, files = made
    evidence = json.loads(files["controls.json"])["evidence"]
    of_files = {e["file"]: e["sha256"] for e in evidence if e["hash_of"] == "file"}
    assert {"model-card.json", "audit.json", "leak-check.json", "instance.json"} <= set(of_files)
    assert of_files == {name: sha256(files[name]) for name in of_files}
    assert key_id(studio.keys.public_key()) in {e["sha256"] for e in evidence}


def test_the_leak_check_names_every_file_that_it_could_look_at(made):
    _, _, files = made
    check = json.loads(files["leak-check.json"])
    sealing = {
        "verify.py",
        "verify.html",
        "leak-check.json",
        "manifest.json",
        "attestations/export.dsse.json",
    }
    assert set(check["files"]) == set(files) - sealing


def test_the_readme_tells_of_every_file_or_folder(made):
    _, _, files = made
    readme = files["README.md"].decode()
    for name in files:
        folder = name.partition("/")[0] + "/" if "/" in name else name
        assert name == "README.md" or f"`{folder}`" in readme


def test_files_lie_in_the_zip_in_the_order_of_reading(made):
    _, _, files = made
    names = list(files)
    assert names[:2] == ["00-executive-summary.pdf", "README.md"]
    assert [reading_place(name) for name in names] == sorted(map(reading_place, names))


def test_provenance_is_told_without_a_cell_and_with_every_job(made):
    _, synthesis, files = made
    told = json.loads(files["provenance.json"])
    assert sorted(job["kind"] for job in told["jobs"]) == ["fit", "pack", "profile", "sample"]
    assert told["seeds"] == {"training": synthesis.run.seed, "sampling": synthesis.synthetic.seed}


def test_a_pack_after_the_source_was_deleted_still_names_its_model(made):
    studio, synthesis, files = made
    model = statement(files, "training")["subject"]
    dataset = studio.datasets.get(ORGANISATION, synthesis.run.dataset_id)
    studio.delete(actor(), dataset_id=dataset.id)
    twin = {"synthetic_id": synthesis.synthetic.id}
    studio.approve(actor(Role.APPROVER), **twin, override=True, reason="The first was searched.")
    pack, _ = studio.request_pack(actor(), **twin)
    studio.work_off()
    assert statement(files_of(studio, pack), "training")["subject"] == model


def test_a_pack_maps_to_the_frameworks_asked_for_in_the_forms_asked_for(studio):
    dataset = studio.confirmed()
    synthesis = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    pack, _ = studio.request_pack(
        actor(), synthetic_id=synthesis.synthetic.id, frameworks=["gdpr"], formats=["json"]
    )
    studio.work_off()
    files = files_of(studio, pack)
    told = json.loads(files["controls.json"])
    assert {f["name"] for f in told["frameworks"]} == {"gdpr"}
    assert not {"controls.pdf", "controls.xlsx"} & set(files)


@pytest.mark.parametrize("asked", [{"frameworks": ["iso"]}, {"formats": []}])
def test_unknown_frameworks_and_forms_are_refused_at_once(studio, asked):
    dataset = studio.confirmed()
    synthesis = studio.start(actor(), dataset_id=dataset.id, evaluate=False, pack=False)
    with pytest.raises(BadInput, match="among these"):
        studio.request_pack(actor(), synthetic_id=synthesis.synthetic.id, **asked)
