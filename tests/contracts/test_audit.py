"""Promises of ``AuditLog``: one chain, append-only by the database's own word."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, connection, transaction

from adapters.orm.models import AuditEntryRow, PrivacySpendRow
from domain.compliance.audit import first_break
from domain.compliance.inclusion import LogLeaves, Tree
from domain.kernel import OrganisationId, UserId, utc_now
from tests.contracts.worlds import KEYS, World, orm_world

ANN = UserId("ann")


def verify(signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(KEYS.public_key()).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def test_entries_come_back_in_order_and_make_an_intact_chain(
    world: World, organisation: OrganisationId
) -> None:
    written = [
        world.audit.append(organisation, ANN, "dataset.uploaded", f"d{n}", {"rows": n})
        for n in range(9)
    ]
    assert list(world.audit.entries()) == written
    assert world.audit.entries(7) == tuple(written[7:])
    assert world.audit.head() == written[-1]
    assert first_break(world.audit.entries(), verify) is None


def test_an_entry_says_who_did_what_to_which_thing_and_when(
    world: World, organisation: OrganisationId
) -> None:
    before = utc_now()
    entry = world.audit.append(organisation, ANN, "dataset.uploaded", "d1", {"rows": 3})
    said = json.loads(entry.leaf)
    assert said["organisation"] == str(organisation)
    assert (said["actor"], said["action"], said["subject"]) == ("ann", "dataset.uploaded", "d1")
    assert said["details"] == {"rows": 3}
    assert entry.blinded
    at = datetime.fromisoformat(said["at"])
    assert before.replace(microsecond=0) <= at <= before + timedelta(minutes=1)
    assert at.microsecond == 0  # finer moments tell how long work took


def test_an_empty_log_has_no_head(world: World) -> None:
    assert world.audit.head() is None
    assert world.audit.entries() == ()


def test_about_finds_the_organisations_entries_on_the_subjects(
    world: World, organisation: OrganisationId
) -> None:
    mine = [world.audit.append(organisation, ANN, "x", subject) for subject in ("a", "b", "a")]
    world.audit.append(organisation, ANN, "x", "c")
    world.audit.append(world.organisation(), ANN, "x", "a")
    assert world.audit.about(organisation, frozenset({"a", "b"})) == tuple(mine)


def test_leaves_give_the_root_of_every_head_and_tell_where_random_bits_begin(
    world: World, organisation: OrganisationId, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr("domain.compliance.audit.secrets.token_hex", lambda size: "")
        written = [world.audit.append(organisation, ANN, "x", "old") for _ in range(3)]
    assert world.audit.leaves(3).blinded_from == 3
    written += [world.audit.append(organisation, ANN, "x", "new") for _ in range(4)]
    for size in (1, 3, 6, 7):
        leaves = world.audit.leaves(size)
        assert Tree.of(leaves.hashes).root == written[size - 1].root
    assert world.audit.leaves(7).blinded_from == 3
    assert world.audit.leaves(99) == world.audit.leaves(7)
    assert world.audit.leaves(0) == LogLeaves(())


def test_appends_at_the_same_time_make_one_chain(
    live_world: World, organisation: OrganisationId, at_once: Callable[..., list[Any]]
) -> None:
    def append_some(number: int) -> None:
        for step in range(5):
            with live_world.atomic():
                live_world.audit.append(organisation, ANN, "x", f"{number}-{step}")

    at_once(live_world, append_some, 8)
    entries = live_world.audit.entries()
    assert len({json.loads(e.leaf)["subject"] for e in entries}) == 40
    assert first_break(entries, verify) is None


def test_an_entry_of_a_failed_transaction_is_not_in_the_log(
    live_world: World, organisation: OrganisationId
) -> None:
    first = live_world.audit.append(organisation, ANN, "x", "a")
    with pytest.raises(ZeroDivisionError), live_world.atomic():
        append_then_error(live_world, organisation)
    assert live_world.audit.entries() == (first,)


def append_then_error(world: World, organisation: OrganisationId) -> None:
    world.audit.append(organisation, ANN, "x", "b")
    raise ZeroDivisionError


@pytest.mark.django_db
@pytest.mark.parametrize("table", [AuditEntryRow, PrivacySpendRow])
def test_the_database_refuses_to_change_or_delete_insert_only_rows(table: Any) -> None:
    row = insert_only_row(table)
    column = "actor" if table is AuditEntryRow else "unit"
    for tampering in (
        lambda: table.objects.filter(pk=row.pk).update(**{column: "eve"}),
        lambda: table.objects.filter(pk=row.pk).delete(),
        lambda: run(f"DELETE FROM {table._meta.db_table}"),
        lambda: replace_row(table, row),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            tampering()
    assert table.objects.get() == row
    assert getattr(table.objects.get(), column) == getattr(row, column)


@pytest.mark.django_db
@pytest.mark.parametrize("table", ["studio_auditentryrow", "studio_privacyspendrow"])
def test_the_database_refuses_to_truncate_insert_only_tables(table: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        run(f"TRUNCATE {table}")  # SQLite has no such statement; PostgreSQL's trigger refuses


def insert_only_row(table: Any) -> Any:
    world = orm_world()
    organisation = world.organisation()
    if table is AuditEntryRow:
        world.audit.append(organisation, ANN, "x", "a")
        return AuditEntryRow.objects.get()
    return PrivacySpendRow.objects.create(
        organisation_id=organisation,
        population=population_row(world, organisation),
        kind="training run",
        subject_id=uuid4(),
        state="reserved",
        epsilon=1.0,
        delta=1e-6,
        unit="row",
        by=ANN,
        recorded_at=utc_now(),
    )


def population_row(world: World, organisation: OrganisationId) -> Any:
    from adapters.orm.models import PopulationRow
    from tests.contracts.builders import a_dataset

    return PopulationRow.objects.create(
        id=uuid4(),
        organisation_id=organisation,
        dataset_id=a_dataset(world, organisation).id,
        unit="row",
        epsilon=10.0,
        delta=1e-4,
    )


def replace_row(table: Any, row: Any) -> None:
    """Insert a row under the same key, in the place of the old one where SQL can say so."""
    verb = "INSERT OR REPLACE" if connection.vendor == "sqlite" else "INSERT"
    run(f"{verb} INTO {table._meta.db_table} SELECT * FROM {table._meta.db_table}")


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
