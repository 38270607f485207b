"""``python manage.py create_api_key --user NAME --name TEXT``: a key for a program."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from adapters.orm.members import actor_named
from apps.command import StudioCommand
from config.wiring import web


class Command(StudioCommand):
    """Prints the secret, once and alone, so that a script can take it."""

    help = "Make an API key that acts as a user of the instance."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, metavar="NAME", help="whose key it is")
        parser.add_argument("--name", required=True, metavar="TEXT", help="what it is for")
        parser.add_argument("--days", type=int, default=365, help="how long it lives (365)")

    def run(self, options: dict[str, Any]) -> None:
        """Make one key."""
        actor = actor_named(options["user"])
        made = web.create_api_key()(actor, name=options["name"], days=options["days"])
        self.stdout.write(made.secret)
