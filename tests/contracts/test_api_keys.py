"""Promises of ``ApiKeys``."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from domain.kernel import ApiKeyId, NotFound, OrganisationId
from tests.contracts.builders import ANN, NOON
from tests.contracts.worlds import World

HASH = "ab" * 32
TOMORROW = NOON + timedelta(days=1)


def a_key(
    world: World, organisation: OrganisationId, expires_at: datetime | None = None
) -> ApiKeyId:
    key_id = ApiKeyId(uuid4())
    world.api_keys.add(
        organisation,
        key_id,
        name="Nightly",
        owner=ANN,
        prefix="sds_ab12",
        secret_sha256=HASH,
        created_at=NOON,
        expires_at=expires_at,
    )
    return key_id


def test_a_live_key_names_its_owner(world: World, organisation: OrganisationId) -> None:
    a_key(world, organisation)
    assert world.api_keys.owner_of(HASH, NOON) == ANN
    assert world.api_keys.owner_of("cd" * 32, NOON) is None


def test_a_key_opens_nothing_from_the_moment_it_expires(
    world: World, organisation: OrganisationId
) -> None:
    a_key(world, organisation, expires_at=TOMORROW)
    assert world.api_keys.owner_of(HASH, TOMORROW - timedelta(seconds=1)) == ANN
    assert world.api_keys.owner_of(HASH, TOMORROW) is None


def test_a_revoked_key_opens_nothing_and_cannot_be_revoked_again(
    world: World, organisation: OrganisationId
) -> None:
    key = a_key(world, organisation)
    world.api_keys.revoke(organisation, key, NOON)
    assert world.api_keys.owner_of(HASH, NOON) is None
    with pytest.raises(NotFound):
        world.api_keys.revoke(organisation, key, NOON)


def test_an_expired_key_is_no_live_key_to_revoke(
    world: World, organisation: OrganisationId
) -> None:
    key = a_key(world, organisation, expires_at=TOMORROW)
    with pytest.raises(NotFound):
        world.api_keys.revoke(organisation, key, TOMORROW)


def test_another_organisation_cannot_revoke_the_key(
    world: World, organisation: OrganisationId
) -> None:
    key = a_key(world, organisation)
    with pytest.raises(NotFound):
        world.api_keys.revoke(world.organisation(), key, NOON)
    assert world.api_keys.owner_of(HASH, NOON) == ANN
