"""``python manage.py approve_release``: a person's word that synthetic rows may leave."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from apps.command import StudioCommand
from apps.worker.local_start import local_actor
from apps.worker.named_twin import add_twin, named_twin
from config.wiring import web


class Command(StudioCommand):
    """Say how the gates stand, then approve the release."""

    help = (
        "Show the gates of a twin and approve that it leaves, as its newest evaluation judged it. "
        "Gates that are shut forbid it (exit 2) unless --override is given with a --reason, which "
        "the audit log keeps and the pack tells."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_twin(parser)
        parser.add_argument("--reason", default="", metavar="TEXT", help="why it may leave")
        parser.add_argument(
            "--override", action="store_true", help="override the gates that are shut"
        )

    def run(self, options: dict[str, Any]) -> None:
        """Show the gates, then keep the word."""
        actor = local_actor(options["user"])
        asked = {
            "synthetic_id": named_twin(actor, options["twin"]),
            "with_evaluation": options["with_evaluation"],
        }
        for gate in web.read_gates()(actor, **asked).gates:
            self.stdout.write(f"{gate.state:<16} {gate.name}: {gate.says}")
        approval = web.approve_release()(
            actor, **asked, reason=options["reason"], override=options["override"]
        )
        self.stdout.write(approval.sentence)
