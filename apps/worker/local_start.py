"""Make the embedded instance ready for a command, and say who acts."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from adapters.orm.members import actor_named, system_actor
from domain.kernel import Actor, Conflict


def local_actor(user: str | None) -> Actor:
    """The named user of the instance, else the local system actor."""
    _ready()
    return actor_named(user) if user else system_actor(settings.STUDIO_ORGANISATION)


def _ready() -> None:
    """Bring the embedded database up to date; another database is its administrator's."""
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return
    if connection.vendor != "sqlite":
        raise Conflict("The database is not up to date; run “python manage.py migrate” first.")
    call_command("migrate", verbosity=0, interactive=False)
