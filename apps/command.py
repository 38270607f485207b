"""What the product's commands have in common: a refusal is one clear line and an exit code."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from domain.kernel import StudioError

BROKEN = 1
"""Exit code of a check that found something broken."""
REFUSED = 2
"""Exit code of a command that could not do what it was asked."""
STOPPED = 130
"""Exit code of a command that was stopped from the keyboard."""


class Error(CommandError):
    """A command's last word. Django prints the class's name before the sentence."""


class StudioCommand(BaseCommand):
    """A command whose work is :meth:`run`."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the work; turn a refusal into one line."""
        try:
            self.run(options)
        except StudioError as refusal:
            raise Error(refusal.message, returncode=REFUSED) from None
        except KeyboardInterrupt:
            raise Error("Stopped; nothing was written.", returncode=STOPPED) from None

    def run(self, options: dict[str, Any]) -> None:
        """The command's work."""
        raise NotImplementedError
