"""Promises of ``BlobKeys``."""

import pytest

from domain.kernel import BlobId, NotFound, OrganisationId
from tests.contracts.worlds import World

BLOB = BlobId("ab" * 16)


def test_a_wrapped_key_comes_back_to_its_organisation_only(
    world: World, organisation: OrganisationId
) -> None:
    world.blob_keys.add(organisation, BLOB, b"\x00wrapped\xff")
    assert world.blob_keys.get(organisation, BLOB) == b"\x00wrapped\xff"
    with pytest.raises(NotFound):
        world.blob_keys.get(world.organisation(), BLOB)


def test_a_deleted_key_is_gone_and_deleting_it_twice_is_harmless(
    world: World, organisation: OrganisationId
) -> None:
    world.blob_keys.add(organisation, BLOB, b"wrapped")
    world.blob_keys.delete(world.organisation(), BLOB)
    assert world.blob_keys.get(organisation, BLOB) == b"wrapped"
    world.blob_keys.delete(organisation, BLOB)
    world.blob_keys.delete(organisation, BLOB)
    with pytest.raises(NotFound):
        world.blob_keys.get(organisation, BLOB)


def test_rewrapping_replaces_every_key_of_the_instance(
    world: World, organisation: OrganisationId
) -> None:
    elsewhere = world.organisation()
    world.blob_keys.add(organisation, BLOB, b"one")
    world.blob_keys.add(elsewhere, BLOB, b"two")
    assert world.blob_keys.rewrap(lambda wrapped: wrapped + b"!") == 2
    assert world.blob_keys.get(organisation, BLOB) == b"one!"
    assert world.blob_keys.get(elsewhere, BLOB) == b"two!"


def test_rewrapping_that_fails_half_way_changes_nothing(
    world: World, organisation: OrganisationId
) -> None:
    world.blob_keys.add(organisation, BLOB, b"one")
    world.blob_keys.add(world.organisation(), BLOB, b"two")

    def fails_on_the_second(wrapped: bytes) -> bytes:
        if wrapped == b"two":
            raise ValueError
        return b"new"

    with pytest.raises(ValueError):  # noqa: PT011 (any will do)
        world.blob_keys.rewrap(fails_on_the_second)
    assert world.blob_keys.get(organisation, BLOB) == b"one"
