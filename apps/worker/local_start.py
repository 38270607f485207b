"""Make the embedded instance ready for a command, and say who acts."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from adapters.orm.first_start import alone, migrate_if_needed, out_of_date
from adapters.orm.members import actor_named, system_actor
from domain.kernel import Actor, Conflict


def local_actor(user: str | None) -> Actor:
    """The named user of the instance, else the local system actor."""
    _ready()
    return actor_named(user) if user else system_actor(settings.STUDIO_ORGANISATION)


def _ready() -> None:
    """Bring the embedded database up to date; another database is its administrator's."""
    if connection.vendor == "sqlite":
        with alone(settings.DATA_DIR):
            migrate_if_needed()
    elif out_of_date():
        raise Conflict("The database is not up to date; run “python manage.py migrate” first.")
