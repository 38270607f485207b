"""``python manage.py rotate_master_key``: wrap every data key with a new master key."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from adapters.orm.members import system_actor
from apps.command import StudioCommand
from config.wiring import web


class Command(StudioCommand):
    """Rotate the master key. Stored files stay as they are; back up the key file afterwards."""

    help = "Make a new master key and wrap the keys of all stored files with it."

    def run(self, options: dict[str, Any]) -> None:
        """Rotate and say how many keys came over."""
        count = web.rotate_master_key()(system_actor(settings.STUDIO_ORGANISATION))
        self.stdout.write(
            f"A new master key wraps the keys of {count} stored files now. "
            f"Back up {settings.STUDIO_MASTER_KEY_FILE}; keep the old backup with old data."
        )
