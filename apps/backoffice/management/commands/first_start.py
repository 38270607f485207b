"""``python manage.py first_start``: make an instance ready for its first sign-in."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings

from adapters.orm import first_start as start
from adapters.queue.django_q import ensure_schedules
from apps.command import StudioCommand
from config.wiring import web


class Command(StudioCommand):
    """Harmless when run again, or twice at once: what is there stays as it is."""

    help = "Migrate if needed; create the organisation, its first administrator and schedules."
    requires_system_checks = "__all__"  # once, before anybody works with the instance

    def run(self, options: dict[str, Any]) -> None:
        """Make what is missing."""
        password = secrets.token_urlsafe(16)
        with start.alone(settings.DATA_DIR):
            start.migrate_if_needed()
            organisation_id = start.ensure_organisation(settings.STUDIO_ORGANISATION)
            ensure_schedules()
            name = start.add_first_administrator(organisation_id, password)
        if name is not None:
            self.stdout.write(
                f"Sign in as “{name}” with the one-time password {password}\n"
                "It is shown this once; you choose your own at the first sign-in."
            )
        for sentence in web.reviews_due().everywhere():
            self.stdout.write(sentence)
