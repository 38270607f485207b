"""``python manage.py verify_audit``: is the audit log as it was written?"""

from __future__ import annotations

from typing import Any

from apps.command import BROKEN, Error, StudioCommand
from config.wiring import web


class Command(StudioCommand):
    """Exit 0 when the log is intact, 1 with the first broken thing."""

    help = "Check every hash and signature of the audit log, and that nothing was cut off."

    def run(self, options: dict[str, Any]) -> None:
        """Check the log."""
        check = web.verify_audit()()
        if check.broken is not None:
            raise Error(check.broken, returncode=BROKEN)
        self.stdout.write(f"The audit log is intact: {check.entries} entries.")
