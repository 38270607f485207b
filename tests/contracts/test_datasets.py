"""Promises of ``Datasets``."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.datasets.confirmation import Confirmation
from domain.kernel import BlobId, DatasetId, NotFound, OrganisationId, UserId
from tests.contracts.builders import NOON, a_dataset, metadata
from tests.contracts.worlds import World


def test_a_dataset_comes_back_as_it_was(world: World, organisation: OrganisationId) -> None:
    dataset = a_dataset(world, organisation)
    assert world.datasets.get(organisation, dataset.id) == dataset


def test_the_profile_and_the_suggested_metadata_are_kept(
    world: World, organisation: OrganisationId
) -> None:
    dataset = a_dataset(world, organisation)
    world.datasets.profiled(organisation, dataset.id, metadata(), BlobId("p1"))
    expected = replace(dataset, metadata=metadata(), profile_blob=BlobId("p1"))
    assert world.datasets.get(organisation, dataset.id) == expected


def test_a_confirmation_is_kept_and_a_new_profile_voids_it(
    world: World, organisation: OrganisationId
) -> None:
    dataset = a_dataset(world, organisation)
    world.datasets.confirm(
        organisation, dataset.id, metadata(), UserId("eve"), NOON, Confirmation.SEEN
    )
    confirmed = world.datasets.get(organisation, dataset.id)
    assert (confirmed.confirmed_by, confirmed.confirmed_at) == ("eve", NOON)
    assert confirmed.confirmation is Confirmation.SEEN
    world.datasets.profiled(organisation, dataset.id, metadata(), BlobId("p2"))
    voided = world.datasets.get(organisation, dataset.id)
    assert (voided.confirmed_by, voided.confirmed_at) == (None, None)
    assert voided.confirmation is Confirmation.UNSEEN


def test_another_organisations_dataset_does_not_exist(
    world: World, organisation: OrganisationId
) -> None:
    dataset, stranger = a_dataset(world, organisation), world.organisation()
    for call in (
        lambda: world.datasets.get(stranger, dataset.id),
        lambda: world.datasets.profiled(stranger, dataset.id, metadata(), BlobId("p")),
        lambda: world.datasets.confirm(
            stranger, dataset.id, metadata(), UserId("x"), NOON, Confirmation.SEEN
        ),
        lambda: world.datasets.delete(stranger, dataset.id, NOON),
    ):
        with pytest.raises(NotFound):
            call()
    assert world.datasets.get(organisation, dataset.id) == dataset


def test_a_deleted_dataset_is_gone_for_every_call(
    world: World, organisation: OrganisationId
) -> None:
    dataset = a_dataset(world, organisation)
    world.datasets.delete(organisation, dataset.id, NOON)
    for call in (
        lambda: world.datasets.get(organisation, dataset.id),
        lambda: world.datasets.profiled(organisation, dataset.id, metadata(), BlobId("p")),
        lambda: world.datasets.delete(organisation, dataset.id, NOON),
    ):
        with pytest.raises(NotFound):
            call()


def test_a_deleted_dataset_is_remembered_by_name_in_its_own_organisation(
    world: World, organisation: OrganisationId
) -> None:
    dataset = a_dataset(world, organisation)
    assert world.datasets.remembered(organisation, dataset.id) == dataset
    world.datasets.delete(organisation, dataset.id, NOON)
    assert world.datasets.remembered(organisation, dataset.id).deleted_at == NOON
    with pytest.raises(NotFound):
        world.datasets.remembered(world.organisation(), dataset.id)


def test_expired_are_those_past_their_day_in_every_organisation_and_not_deleted(
    world: World, organisation: OrganisationId
) -> None:
    due = a_dataset(world, organisation, expires_at=NOON)
    elsewhere = a_dataset(world, world.organisation(), expires_at=NOON - timedelta(days=1))
    gone = a_dataset(world, organisation, expires_at=NOON)
    world.datasets.delete(organisation, gone.id, NOON)
    a_dataset(world, organisation, expires_at=NOON + timedelta(seconds=1))
    assert world.datasets.expired(NOON) == (elsewhere, due)


def test_what_was_written_in_a_failed_transaction_is_undone(
    world: World, organisation: OrganisationId
) -> None:
    kept = a_dataset(world, organisation)
    with suppress(ZeroDivisionError), world.atomic():
        lost = a_dataset(world, organisation)
        world.datasets.delete(organisation, kept.id, NOON)
        raise ZeroDivisionError
    assert world.datasets.get(organisation, kept.id) == kept
    with pytest.raises(NotFound):
        world.datasets.get(organisation, lost.id)


def test_releases_are_the_earlier_datasets_of_the_same_name_newest_first(
    world: World, organisation: OrganisationId
) -> None:
    first = a_dataset(world, organisation)

    def release(days: int, name: str = first.name) -> DatasetId:
        later = replace(
            first, id=DatasetId(uuid4()), name=name, created_at=NOON + timedelta(days=days)
        )
        world.datasets.add(later)
        return later.id

    older, _of_another_name, deleted, newest = (
        release(1),
        release(2, "something else"),
        release(3),
        release(4),
    )
    world.datasets.delete(organisation, deleted, NOON)
    assert world.datasets.releases(organisation, newest) == (newest, deleted, older, first.id)
    assert world.datasets.releases(organisation, first.id) == (first.id,)


def test_a_file_is_recognised_by_its_hash_in_its_organisation_alone_and_after_deletion(
    world: World, organisation: OrganisationId
) -> None:
    dataset, stranger = a_dataset(world, organisation), world.organisation()
    sha256 = dataset.files[0].sha256
    assert world.datasets.has_file(organisation, sha256)
    assert not world.datasets.has_file(organisation, "0" * 64)
    assert not world.datasets.has_file(stranger, sha256)
    world.datasets.delete(organisation, dataset.id, NOON)
    assert world.datasets.has_file(organisation, sha256)
