"""Bring an empty instance to life: tables, an organisation, and a first administrator."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from adapters.orm.members import the_instance_of
from adapters.orm.models import MembershipRow
from adapters.orm.stores.projects import OrmProjects
from domain.kernel import OrganisationId, Role

FIRST_USER = "admin"
_STARTING = 0x5D5A57A7
"""Key of the advisory lock that everyone who starts takes; any fixed number will do."""


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Wait until no other process is starting the same instance.

    On PostgreSQL the database keeps the lock, for it serves several machines; on SQLite a file
    in ``folder`` does. Either goes with the process that holds it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_STARTING])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_STARTING])
        return
    with (folder / "first-start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def out_of_date() -> bool:
    """Whether the tables are older than the program."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrate_if_needed() -> bool:
    """Bring the tables up to date; returns whether there was anything to do."""
    if not out_of_date():
        return False
    call_command("migrate", verbosity=0, interactive=False)
    return True


def ensure_organisation(name: str) -> OrganisationId:
    """The instance's organisation with its default project; made when there is none."""
    with transaction.atomic():
        organisation_id = the_instance_of(name)
        OrmProjects().default(organisation_id)
    return organisation_id


def add_first_administrator(organisation_id: OrganisationId, password: str) -> str | None:
    """Make the first user, whose password is for one sign-in only; returns the name, or ``None``
    when the instance has a user already."""
    with transaction.atomic():
        if User.objects.exists():
            return None
        user = User.objects.create_superuser(FIRST_USER, password=password)
        MembershipRow.objects.create(
            user=user,
            organisation_id=organisation_id,
            role=Role.ADMINISTRATOR,
            must_change_password=True,
        )
    return FIRST_USER
