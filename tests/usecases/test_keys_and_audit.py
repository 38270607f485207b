from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from adapters.blobs.encrypted import EncryptedBlobs
from adapters.memory.blob_keys import MemoryBlobKeys
from adapters.memory.blobs import MemoryBlobs
from domain.kernel import BadInput, NotAllowed, NotFound, Role
from domain.usecases.api_keys import CreateApiKey, FindKeyOwner, RevokeApiKey
from domain.usecases.audit_log import ReadAudit, VerifyAudit
from domain.usecases.rotate_master_key import RotateMasterKey
from tests.studio import ORGANISATION, OTHER_ORGANISATION, actor


@pytest.fixture
def create(studio):
    return CreateApiKey(
        keys=studio.api_keys, audit=studio.audit, atomic=studio.atomic, clock=studio.clock
    )


@pytest.fixture
def revoke(studio):
    return RevokeApiKey(
        keys=studio.api_keys, audit=studio.audit, atomic=studio.atomic, clock=studio.clock
    )


@pytest.fixture
def find(studio):
    return FindKeyOwner(keys=studio.api_keys, clock=studio.clock)


def test_a_key_finds_its_owner_until_it_is_revoked(studio, create, revoke, find):
    key = create(actor(), name="nightly")
    assert find(key.secret) == "ada"
    assert find(key.secret + "x") is None
    revoke(actor(), key_id=key.id)
    assert find(key.secret) is None
    assert studio.actions() == ["key.created", "key.revoked"]


def test_a_key_expires(studio, create, find):
    key = create(actor(), name="short", days=1)
    studio.now += timedelta(days=1, seconds=1)
    assert find(key.secret) is None


def test_the_secret_is_not_kept(studio, create):
    key = create(actor(), name="nightly")
    assert key.secret not in repr(studio.api_keys.kept)


def test_keys_of_another_organisation_cannot_be_revoked(create, revoke):
    key = create(actor(), name="nightly")
    with pytest.raises(NotFound):
        revoke(actor(organisation_id=OTHER_ORGANISATION), key_id=key.id)


@pytest.mark.parametrize(("name", "days"), [("", 1), ("x" * 101, 1), ("x", 0), ("x", 99_999)])
def test_a_key_needs_a_name_and_a_sensible_life(create, name, days):
    with pytest.raises(BadInput):
        create(actor(), name=name, days=days)


def test_a_viewer_makes_no_keys(create):
    with pytest.raises(NotAllowed):
        create(actor(Role.VIEWER), name="x")


@pytest.fixture
def verify(studio):
    public = Ed25519PublicKey.from_public_bytes(studio.keys.public_key())

    def signed(signature, message):
        try:
            public.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return VerifyAudit(audit=studio.audit, packs=studio.packs, verify=signed)


def finished_pack(studio):
    dataset = studio.confirmed()
    studio.start(actor(), dataset_id=dataset.id)
    studio.work_off()


def test_a_log_that_nobody_touched_is_intact(studio, verify):
    finished_pack(studio)
    check = verify()
    assert check.broken is None
    assert check.entries == len(studio.audit.entries())


def test_an_edited_entry_is_named(studio, verify):
    finished_pack(studio)
    organisation, subject, entry = studio.audit._entries[2]
    edited = replace(entry, leaf=entry.leaf.replace(b"ada", b"eve"))
    studio.audit._entries[2] = (organisation, subject, edited)
    assert "Entry 2 was changed" in verify().broken


def test_a_log_cut_short_is_noticed_by_the_packs_built_on_it(studio, verify):
    finished_pack(studio)
    del studio.audit._entries[4:]
    assert "was cut" in verify().broken


def test_a_log_written_anew_is_noticed_by_the_packs_built_on_the_old_one(studio, verify):
    finished_pack(studio)
    count = len(studio.audit.entries())
    studio.audit._entries.clear()
    for _ in range(count):
        studio.audit.append(ORGANISATION, "ada", "invented", "x")
    assert "rewritten" in verify().broken


def test_the_log_is_read_by_those_who_may_and_shows_their_organisation_only(studio):
    read = ReadAudit(audit=studio.audit, ledger=studio.ledger)
    studio.audit.append(ORGANISATION, "ada", "ours", "x")
    studio.audit.append(OTHER_ORGANISATION, "eve", "theirs", "x")
    entries = read(actor(Role.APPROVER)).entries
    assert [e.document()["action"] for e in entries] == ["ours"]
    with pytest.raises(NotAllowed):
        read(actor(Role.MEMBER))


def test_after_a_rotation_old_blobs_are_read_with_the_new_master_key(studio):
    blob_keys = MemoryBlobKeys()
    blobs = EncryptedBlobs(MemoryBlobs(), studio.keys, blob_keys)
    blob_id = blobs.put(ORGANISATION, b"kept")
    before = blob_keys.get(ORGANISATION, blob_id)
    rotate = RotateMasterKey(
        keys=studio.keys, blob_keys=blob_keys, audit=studio.audit, atomic=studio.atomic
    )
    with pytest.raises(NotAllowed):
        rotate(actor(Role.MEMBER))
    assert rotate(actor(Role.ADMINISTRATOR)) == 1
    assert blob_keys.get(ORGANISATION, blob_id)[0] != before[0]
    studio.keys._masters[0] = None  # the old master key is not needed any more
    with blobs.open(ORGANISATION, blob_id) as stream:
        assert stream.read() == b"kept"
