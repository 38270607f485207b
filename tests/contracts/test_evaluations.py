"""Promises of ``Evaluations`` and ``EvidencePacks``."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.evaluation.report import Verdict
from domain.kernel import BlobId, NotFound, OrganisationId
from tests.contracts.builders import NOON, a_pack, a_synthetic, an_evaluation
from tests.contracts.worlds import World

RESULT = {
    "report_blob": BlobId("r1"),
    "verdict": Verdict.CONDITIONS,
    "headline": {"similarity.ks": 0.93, "utility.auc_gap": None},
    "seconds": 2.5,
}
ZIP = {
    "blob_id": BlobId("z"),
    "sha256": "ab" * 32,
    "size": 3_000_000_000,
    "audit_size": 17,
    "audit_root": "cd" * 32,
    "seconds": 1.5,
    "template_version": 3,
}


def test_an_evaluation_and_its_result_are_kept(world: World, organisation: OrganisationId) -> None:
    evaluation = an_evaluation(world, organisation)
    assert world.evaluations.get(organisation, evaluation.id) == evaluation
    world.evaluations.measured(organisation, evaluation.id, **RESULT)
    assert world.evaluations.get(organisation, evaluation.id) == replace(evaluation, **RESULT)


def test_a_result_may_have_no_verdict(world: World, organisation: OrganisationId) -> None:
    evaluation = an_evaluation(world, organisation)
    world.evaluations.measured(organisation, evaluation.id, **{**RESULT, "verdict": None})
    assert world.evaluations.get(organisation, evaluation.id).verdict is None


def test_evaluations_of_a_synthetic_dataset_come_oldest_first(
    world: World, organisation: OrganisationId
) -> None:
    about = a_synthetic(world, organisation).id
    late = an_evaluation(
        world, organisation, synthetic_dataset_id=about, created_at=NOON + timedelta(hours=1)
    )
    early = an_evaluation(world, organisation, synthetic_dataset_id=about)
    an_evaluation(world, organisation)
    assert world.evaluations.of_synthetic(organisation, about) == (early, late)
    assert world.evaluations.of_synthetic(world.organisation(), about) == ()


def test_another_organisations_evaluation_does_not_exist(
    world: World, organisation: OrganisationId
) -> None:
    evaluation, stranger = an_evaluation(world, organisation), world.organisation()
    with pytest.raises(NotFound):
        world.evaluations.get(stranger, evaluation.id)
    with pytest.raises(NotFound):
        world.evaluations.measured(stranger, evaluation.id, **RESULT)


def test_a_pack_and_its_zip_are_kept(world: World, organisation: OrganisationId) -> None:
    pack = a_pack(world, organisation)
    assert world.packs.get(organisation, pack.id) == pack
    world.packs.built(organisation, pack.id, **ZIP)
    assert world.packs.get(organisation, pack.id) == replace(pack, **ZIP)


def test_packs_of_a_synthetic_dataset_come_oldest_first(
    world: World, organisation: OrganisationId
) -> None:
    about = a_synthetic(world, organisation).id
    late = a_pack(
        world,
        organisation,
        synthetic_dataset_id=about,
        evaluation_id=None,
        created_at=NOON + timedelta(hours=1),
    )
    early = a_pack(world, organisation, synthetic_dataset_id=about)
    assert world.packs.of_synthetic(organisation, about) == (early, late)
    assert world.packs.of_synthetic(world.organisation(), about) == ()


def test_audit_heads_are_those_of_every_built_pack_of_the_instance(
    world: World, organisation: OrganisationId
) -> None:
    second = a_pack(world, organisation, created_at=NOON + timedelta(hours=1))
    elsewhere = world.organisation()
    first = a_pack(world, elsewhere)
    a_pack(world, organisation)
    world.packs.built(organisation, second.id, **{**ZIP, "audit_size": 20})
    world.packs.built(elsewhere, first.id, **ZIP)
    root = ZIP["audit_root"]
    assert world.packs.audit_heads() == ((first.id, 17, root), (second.id, 20, root))


def test_another_organisations_pack_does_not_exist(
    world: World, organisation: OrganisationId
) -> None:
    pack, stranger = a_pack(world, organisation), world.organisation()
    with pytest.raises(NotFound):
        world.packs.get(stranger, pack.id)
    with pytest.raises(NotFound):
        world.packs.built(stranger, pack.id, **ZIP)
