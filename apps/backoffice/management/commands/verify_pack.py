"""``python manage.py verify_pack PACK``: is an evidence pack as it was signed?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import BROKEN, Error, StudioCommand
from config.wiring import web
from domain.compliance.evidence import PackCheck, verify_pack
from domain.kernel import BadInput


class Command(StudioCommand):
    """Exit 0 when the pack is intact, 1 with the first broken thing, 2 when it cannot be opened."""

    help = "Check that no file of an evidence pack was changed, removed or added."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", metavar="PACK", type=Path, help="the zip")

    def run(self, options: dict[str, Any]) -> None:
        """Check one pack."""
        check = _checked(options["pack"])
        if check.first_break is not None:
            raise Error(check.first_break, returncode=BROKEN)
        self.stdout.write(f"The pack is intact: {check.files} files. {_signer(check)}")


def _checked(pack: Path) -> PackCheck:
    try:
        with pack.open("rb") as stream:
            return verify_pack(stream)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise BadInput(f"{pack} cannot be opened: {reason}.") from None


def _signer(check: PackCheck) -> str:
    if check.public_key == web.public_key():
        return "It was signed by this instance."
    return (
        "Intact, signer not verified: it was signed with another key "
        f"({check.public_key.hex()}); compare it with the one the sender published."
    )
