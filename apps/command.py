"""What the product's commands have in common: a refusal is one clear line and an exit code."""

from __future__ import annotations

import sys
from typing import Any, Literal, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser

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

    # Django's checks look at code and settings, which are the same at every start, and load every
    # page for it. `make check` and `first_start` run them; settings refuse bad values themselves.
    requires_system_checks: list[str] | tuple[str, ...] | Literal["__all__"] = ()

    refused: int = REFUSED
    """Exit code where it could not do what it was asked."""

    def create_parser(self, prog_name: str, subcommand: str, **options: Any) -> CommandParser:
        """A parser that says what is wrong in one line, as everything else does."""
        parser = super().create_parser(prog_name, subcommand, **options)
        if getattr(self, "_called_from_command_line", False):  # private, and Django keeps it
            parser.error = self._one_line  # type: ignore[method-assign]
        return parser

    def handle(self, *args: Any, **options: Any) -> None:
        """Do the work; turn a refusal into one line."""
        try:
            self.run(options)
        except StudioError as refusal:
            raise Error(refusal.message, returncode=self.refused) from None
        except KeyboardInterrupt:
            raise Error("Stopped; nothing was written.", returncode=STOPPED) from None

    def run(self, options: dict[str, Any]) -> None:
        """The command's work."""
        raise NotImplementedError

    def _one_line(self, message: str) -> NoReturn:
        sys.stderr.write(f"Error: {message}. See --help.\n")
        sys.exit(self.refused)
