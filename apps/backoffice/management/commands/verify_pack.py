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
        parser.add_argument(
            "--key",
            metavar="HEX",
            help="public key that the sender gave you by another way: the signer must be its owner",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Check one pack."""
        check = _checked(options["pack"])
        if check.first_break is not None:
            raise Error(check.first_break, returncode=BROKEN)
        if options["key"] is not None and check.public_key != _key(options["key"]):
            raise Error(
                f"The pack was signed by somebody else: with the key {check.public_key.hex()}.",
                returncode=BROKEN,
            )
        self.stdout.write(f"The pack is intact: {check.files} files.")
        self.stdout.write(_signer(check, pinned=options["key"] is not None))


def _checked(pack: Path) -> PackCheck:
    try:
        with pack.open("rb") as stream:
            return verify_pack(stream)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise BadInput(f"{pack} cannot be opened: {reason}.") from None


def _key(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise BadInput("--key takes the 64 hexadecimal digits of a public key.") from None


def _signer(check: PackCheck, *, pinned: bool) -> str:
    key = check.public_key.hex()
    if pinned:
        return f"It was signed with the key you named: {key}."
    if check.public_key == web.public_key():
        return f"It was signed by this instance, whose public key is {key}."
    return (
        f"The signer is not verified: it was signed with the key {key}. Ask the sender for their "
        "public key by another way and name it with --key."
    )
