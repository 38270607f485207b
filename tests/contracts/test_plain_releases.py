"""Promises of ``PrivacyLedger`` about what left without noise."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from domain.compliance.approvals import Approval
from domain.datasets.entities import Dataset, SourceFile
from domain.kernel import ApprovalId, BlobId, OrganisationId, PopulationId
from domain.privacy.budget import Amount, Population
from domain.privacy.ledger import Kinship
from domain.privacy.plain_releases import PlainWay
from domain.synthesis.runs import SyntheticDataset
from tests.contracts.builders import (
    ANN,
    NOON,
    a_dataset,
    a_pack,
    a_run,
    a_synthetic,
    an_evaluation,
)
from tests.contracts.worlds import World


def people(world: World, organisation: OrganisationId, sha256: str = "") -> Dataset:
    """A dataset with a population, from a file of its own unless told."""
    file = SourceFile(name="a.csv", blob_id=BlobId("f"), sha256=sha256 or uuid4().hex, size=12)
    dataset = a_dataset(world, organisation, files=(file,))
    world.ledger.open_population(
        Population(
            id=PopulationId(uuid4()),
            organisation_id=organisation,
            dataset_id=dataset.id,
            unit="row",
            name=dataset.name,
            budget=Amount(epsilon=10.0, delta=1e-4),
        )
    )
    return dataset


def twin(world: World, dataset: Dataset, *, plain: bool = True, **changes: Any) -> SyntheticDataset:
    """Rows drawn from a model of the dataset, without differential privacy unless told."""
    noise: dict[str, Any] = {"privacy": None} if plain else {}
    run = a_run(world, dataset.organisation_id, dataset_id=dataset.id, **noise)
    drawn = a_synthetic(world, dataset.organisation_id, run_id=run.id, **changes)
    world.synthetics.sampled(dataset.organisation_id, drawn.id, tables=(), sample_seconds=0.5)
    return drawn


def packed(world: World, synthetic: SyntheticDataset, *, evaluated: bool = False) -> None:
    """Seal a pack of it."""
    organisation = synthetic.organisation_id
    judged = an_evaluation(world, organisation, synthetic_dataset_id=synthetic.id)
    pack = a_pack(
        world,
        organisation,
        synthetic_dataset_id=synthetic.id,
        evaluation_id=judged.id if evaluated else None,
    )
    world.packs.built(
        organisation,
        pack.id,
        blob_id=BlobId("zip"),
        sha256="ab",
        size=1,
        audit_size=1,
        audit_root="cd",
        seconds=1.0,
        template_version=0,
    )


def approve(world: World, synthetic: SyntheticDataset) -> None:
    """Let it leave."""
    world.approvals.add(
        Approval(
            id=ApprovalId(uuid4()),
            organisation_id=synthetic.organisation_id,
            synthetic_dataset_id=synthetic.id,
            evaluation_id=None,
            by=ANN,
            at=NOON,
            reason="",
            overridden=(),
        )
    )


def ways(world: World, dataset: Dataset) -> list[PlainWay]:
    return [r.way for r in world.ledger.account(dataset.organisation_id, dataset.id).plain]


def test_a_twin_without_privacy_is_told_of_with_how_far_it_has_come(
    world: World, organisation: OrganisationId
) -> None:
    dataset = people(world, organisation)
    drawn = twin(world, dataset)
    assert ways(world, dataset) == [PlainWay.DRAWN]
    approve(world, drawn)
    assert ways(world, dataset) == [PlainWay.LEFT]
    packed(world, twin(world, dataset))
    assert ways(world, dataset) == [PlainWay.LEFT, PlainWay.LEFT]


def test_a_private_twin_is_told_of_only_where_its_evaluation_left_with_it(
    world: World, organisation: OrganisationId
) -> None:
    dataset = people(world, organisation)
    drawn = twin(world, dataset, plain=False)
    approve(world, drawn)
    packed(world, drawn)
    assert ways(world, dataset) == []
    packed(world, drawn, evaluated=True)
    assert ways(world, dataset) == [PlainWay.FIGURES]


def test_what_is_not_drawn_and_what_only_completes_rows_is_no_release(
    world: World, organisation: OrganisationId
) -> None:
    dataset = people(world, organisation)
    run = a_run(world, organisation, dataset_id=dataset.id, privacy=None)
    a_synthetic(world, organisation, run_id=run.id)
    twin(world, dataset, given_blob=BlobId("given"))
    assert ways(world, dataset) == []


def test_the_same_file_uploaded_again_tells_of_what_left_before(
    world: World, organisation: OrganisationId
) -> None:
    first, again = (people(world, organisation, "5a") for _ in range(2))
    other, stranger = people(world, organisation), people(world, world.organisation(), "5a")
    approve(world, twin(world, first))
    world.datasets.delete(organisation, first.id, NOON)
    assert ways(world, again) == [PlainWay.LEFT]
    assert ways(world, other) == ways(world, stranger) == []


def test_kin_tell_of_each_other_although_none_has_spent_anything(
    world: World, organisation: OrganisationId
) -> None:
    first, second = (people(world, organisation) for _ in range(2))
    approve(world, twin(world, first))
    kin = Kinship(dataset_id=first.id, holds_all=False, all_held=False)
    world.ledger.relate(organisation, second.id, [kin])
    assert ways(world, second) == [PlainWay.LEFT]
    assert world.ledger.account(organisation, second.id).kin == ()


def test_a_population_is_looked_at_once_a_twin_without_privacy_was_drawn_of_it(
    world: World, organisation: OrganisationId
) -> None:
    plain, private = (people(world, organisation) for _ in range(2))
    packed(world, twin(world, private, plain=False), evaluated=True)
    assert world.ledger.populations(organisation) == ()
    twin(world, plain)
    assert [p.dataset_id for p in world.ledger.populations(organisation)] == [plain.id]
