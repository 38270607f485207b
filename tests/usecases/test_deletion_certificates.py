"""Legal papers of real material, and certificates once the source is shredded."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.memory.pack_templates import MemoryPackTemplates
from domain.compliance.pack_templates import PackTemplate, TemplateContent
from domain.compliance.summary_wording import source_end
from domain.kernel import Conflict, NotAllowed, NotFound, Role
from domain.usecases.pack_legal import legal_papers, legal_parts
from domain.usecases.pack_papers import card_of
from domain.usecases.private_cases import keyed_digests
from domain.usecases.read_deletion_certificate import ReadDeletionCertificate
from tests.studio import ORGANISATION, OTHER_ORGANISATION, Studio, actor
from tests.usecases.proved_runs import Proving, started

PRODUCTS = PackTemplate(organisation_id=ORGANISATION)
OWN = PackTemplate(organisation_id=ORGANISATION, content=TemplateContent(name="Hospital Group"))


def read(studio: Studio, dataset, role: Role = Role.VIEWER, organisation=ORGANISATION) -> dict:
    certificate = ReadDeletionCertificate(
        datasets=studio.datasets,
        runs=studio.runs,
        templates=MemoryPackTemplates(),
        audit=studio.audit,
        keys=studio.keys,
        clock=studio.clock,
        organisation="Clinic",
        product_version="1",
    )
    return certificate(actor(role, organisation), dataset_id=dataset.id)


@pytest.fixture(scope="module")
def packed() -> tuple[Studio, object, object]:
    studio = Studio()
    dataset = studio.confirmed()
    synthesis = studio.start(actor(), dataset_id=dataset.id, evaluate=False)
    studio.work_off()
    return studio, dataset, synthesis.pack


def test_a_pack_has_its_papers_and_after_the_deletion_the_certificate(packed):
    studio, dataset, pack = packed
    papers = {p.stem: p for p in legal_papers(studio.gather()(pack), OWN)}
    assert set(papers) == {"legal"}
    assert papers["legal"].document["organisation"] == "Hospital Group"
    assert source_end(card_of(studio.gather()(pack))).startswith("The source is shredded after")
    studio.delete(actor(), dataset_id=dataset.id)
    material = studio.gather()(pack)
    assert source_end(card_of(material)) == "The source was shredded on 1 March 2026."
    told = {p.stem: p.document for p in legal_papers(material, PRODUCTS)}["deletion-certificate"]
    assert (told["organisation"], told["deletion"]["by"]) == ("Clinic", "ada")
    kept = len(dataset.blob_ids)
    assert told["destroyed"] == {
        "source_files_tables_and_profile": kept,
        "models": 1,
        "completed_rows": 0,
    }
    of_log = studio.audit.entries()[told["audit"]["index"]]
    assert of_log.leaf_hash.hex() == told["audit"]["leaf_hash"]
    assert of_log.document()["subject"] == str(dataset.id)
    assert all(part.name.startswith("legal/") for part in legal_parts(material, PRODUCTS))


def test_a_dataset_that_is_there_has_no_certificate_and_strangers_get_none(studio):
    dataset = studio.confirmed()
    with pytest.raises(Conflict, match="still there"):
        read(studio, dataset)
    studio.delete(actor(), dataset_id=dataset.id)
    assert read(studio, dataset)["dataset"]["id"] == str(dataset.id)
    with pytest.raises(NotFound):
        read(studio, dataset, organisation=OTHER_ORGANISATION)
    with pytest.raises(NotAllowed):
        read(studio, dataset, Role.REVIEWER)


def test_a_dataset_that_expired_names_the_rule(studio):
    dataset = studio.confirmed()
    studio.now += timedelta(days=31)
    assert studio.expire() == 1
    told = read(studio, dataset)["deletion"]
    assert told["by"] == "system"
    assert f"{dataset.expires_at:%Y-%m-%d}" in told["rule"]


def test_the_certificate_of_private_runs_names_files_by_keyed_digests():
    studio = Studio(synthesizer=Proving())
    dataset = studio.confirmed()
    started(studio, dataset)
    studio.delete(actor(), dataset_id=dataset.id)
    (file,) = read(studio, dataset)["dataset"]["files"]
    assert file == {
        "name": dataset.files[0].name,
        "hmac_sha256": keyed_digests(studio.keys, dataset)[0],
    }
