"""A sealed pack is looked into without being unpacked, and every file that leaves is noted."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from adapters.memory.documents import MemoryDocuments
from domain.compliance.evidence import EvidencePack, PackPart, write_pack
from domain.kernel import Conflict, NotAllowed, NotFound, PackId, Role, SyntheticDatasetId, UserId
from domain.usecases.download_mapping import DownloadMapping
from domain.usecases.read_pack import DownloadPackFile, ReadPack
from tests.domain.compliance.controls.packs import mapped as mapping_of_a_pack
from tests.studio import ORGANISATION, actor

NOW = datetime(2026, 3, 1, tzinfo=UTC)
FILES = {
    "model-card.pdf": b"%PDF card",
    "controls.json": b"{}",
    "oscal/assessment-results.json": b"[1]",
    "oscal/component-definition.json": b"[2]",
    "synthetic.csv": b"age\n3\n" * 50_000,
    "verify.html": b"<script>alert(1)</script>",
}


def sealed(studio, files=FILES, frameworks=("hipaa", "gdpr")) -> PackId:
    pack_id = PackId(uuid4())
    out = io.BytesIO()
    write_pack(
        out,
        [PackPart.of(name, data) for name, data in files.items()],
        pack_id=pack_id,
        created_at=NOW,
        sign=studio.keys.sign,
        public_key=studio.keys.public_key(),
    )
    pack = EvidencePack(
        id=pack_id,
        organisation_id=ORGANISATION,
        synthetic_dataset_id=SyntheticDatasetId(uuid4()),
        evaluation_id=None,
        created_by=UserId("ada"),
        created_at=NOW,
        frameworks=frameworks,
        blob_id=studio.blobs.put(ORGANISATION, out.getvalue()),
    )
    studio.packs.add(pack)
    return pack_id


def kept(studio) -> dict:
    return {"packs": studio.packs, "blobs": studio.blobs}


def noted(studio) -> dict:
    return {**kept(studio), "audit": studio.audit, "atomic": studio.atomic}


def printing(studio) -> dict:
    return {**noted(studio), "documents": MemoryDocuments()}


def test_a_pack_lists_its_files_with_what_they_are_and_their_hashes(studio):
    _, files = ReadPack(**kept(studio))(actor(), pack_id=sealed(studio))
    told = {file.name: file for file in files}
    assert set(told) == {*FILES, "manifest.json"}
    order = list(told)
    assert (order[0], order[-1]) == ("verify.html", "manifest.json")
    csv = told["synthetic.csv"]
    assert (csv.size, csv.what) == (len(FILES["synthetic.csv"]), "The synthetic rows")
    assert csv.sha256 == hashlib.sha256(FILES["synthetic.csv"]).hexdigest()
    assert told["oscal/assessment-results.json"].what.startswith("The same in OSCAL")
    assert told["manifest.json"].sha256 == ""


def test_a_browser_is_shown_papers_and_no_page_that_could_run(studio):
    _, files = ReadPack(**kept(studio))(actor(), pack_id=sealed(studio))
    shown = {file.name for file in files if file.opens}
    assert {"model-card.pdf", "controls.json"} <= shown
    assert not {"verify.html", "synthetic.csv"} & shown


def test_a_file_that_leaves_is_noted_by_name_and_comes_in_pieces(studio):
    pack_id = sealed(studio)
    file = DownloadPackFile(**noted(studio))(actor(), pack_id=pack_id, name="synthetic.csv")
    with file.stream as stream:
        assert not stream.seekable()
        begun = stream.read(6)
        assert begun + b"".join(iter(lambda: stream.read(65_536), b"")) == FILES["synthetic.csv"]
    assert (file.name, file.media_type) == ("synthetic.csv", "text/csv; charset=utf-8")
    entry = studio.audit.entries()[-1].document()
    assert (entry["action"], entry["subject"]) == ("pack.file_downloaded", str(pack_id))
    assert entry["details"] == {"file": "synthetic.csv"}


def test_a_file_that_is_not_in_the_pack_is_not_found_and_not_noted(studio):
    before = len(studio.audit.entries())
    with pytest.raises(NotFound, match="no such file"):
        DownloadPackFile(**noted(studio))(actor(), pack_id=sealed(studio), name="../secret")
    assert len(studio.audit.entries()) == before


@pytest.mark.parametrize("use", [ReadPack, DownloadPackFile, DownloadMapping])
def test_nobody_looks_into_packs_who_may_not_take_them_along(studio, use):
    asked = {DownloadPackFile: {"name": "x"}, DownloadMapping: {"file_format": "json"}}
    needs = {ReadPack: kept, DownloadPackFile: noted, DownloadMapping: printing}[use](studio)
    with pytest.raises(NotAllowed):
        use(**needs)(actor(Role.VIEWER), pack_id=sealed(studio), **asked.get(use, {}))


def test_the_mapping_comes_alone_and_oscal_as_a_zip(studio):
    take, pack_id = DownloadMapping(**printing(studio)), sealed(studio)
    mapping = take(actor(), pack_id=pack_id, file_format="json")
    assert json.loads(mapping.stream.read()) == {}
    oscal = zipfile.ZipFile(take(actor(), pack_id=pack_id, file_format="oscal").stream)
    assert {name: oscal.read(name) for name in oscal.namelist()} == {
        name: data for name, data in FILES.items() if name.startswith("oscal/")
    }
    assert studio.actions()[-2:] == ["pack.file_downloaded"] * 2


def test_a_form_that_the_pack_does_not_have_is_refused(studio):
    with pytest.raises(Conflict, match="no mapping as xlsx"):
        DownloadMapping(**printing(studio))(actor(), pack_id=sealed(studio), file_format="xlsx")


def mapped() -> dict[str, bytes]:
    mapping = mapping_of_a_pack()
    return {"controls.json": json.dumps(mapping).encode()}


@pytest.mark.parametrize("form", ["json", "xlsx", "pdf"])
def test_one_framework_is_an_excerpt_of_a_mapping_to_several(studio, form):
    pack_id = sealed(studio, mapped(), ("hipaa", "gdpr", "soc2"))
    take = DownloadMapping(**printing(studio))
    made = take(actor(), pack_id=pack_id, file_format=form, framework="gdpr")
    assert made.name == f"controls-gdpr-{str(pack_id)[:8]}.{form}"
    data = made.stream.read()
    if form == "json":
        excerpt = json.loads(data)
        assert {c["framework"] for c in excerpt["controls"]} == {"gdpr"}
        assert {s["framework"] for s in excerpt["sources"]} == {"gdpr"}
        whole = hashlib.sha256(mapped()["controls.json"]).hexdigest()
        assert excerpt["disclaimer"].endswith(f"SHA-256 {whole}.")
    else:
        assert data.startswith({"xlsx": b"PK", "pdf": b"%PDF"}[form])


def test_the_oscal_of_one_framework_names_no_control_of_another(studio):
    pack_id = sealed(studio, mapped(), ("hipaa", "gdpr", "soc2"))
    take = DownloadMapping(**printing(studio))
    made = take(actor(), pack_id=pack_id, file_format="oscal", framework="soc2")
    with zipfile.ZipFile(made.stream) as oscal:
        assert sorted(oscal.namelist()) == [
            "oscal/assessment-results.json",
            "oscal/catalog-soc2.json",
            "oscal/component-definition.json",
        ]
        results = oscal.read("oscal/assessment-results.json").decode()
    assert "soc2-CC6.1" in results
    assert "hipaa-164" not in results


def test_a_framework_that_the_pack_is_not_mapped_to_is_refused(studio):
    take = DownloadMapping(**printing(studio))
    with pytest.raises(Conflict, match="mapped to HIPAA and GDPR; ask for a pack that is mapped"):
        take(actor(), pack_id=sealed(studio), file_format="json", framework="soc2")
    alone = sealed(studio, frameworks=("gdpr",))
    assert take(actor(), pack_id=alone, file_format="json", framework="gdpr").stream.read() == b"{}"
