"""``python manage.py verify_pack PACK``: is an evidence pack as it was signed?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import Error, StudioCommand
from config.wiring import web
from domain.compliance.evidence import verify_pack
from domain.compliance.verifiers.program.answer import BROKEN, INTACT, UNCHECKED, answer, now_utc
from domain.compliance.verifiers.program.keys import digits_of
from domain.compliance.verifiers.program.pack import Findings
from domain.kernel import BadInput


class Command(StudioCommand):
    """Says what ``verify.py`` says and ends as it does, and knows the key of this instance.

    Exit 0 when the pack is intact and signed by the key that was named or by this instance, 1 with
    the first broken thing, 2 when anyone could have signed it, 3 when nothing was checked.
    """

    help = (
        "Check that no file of an evidence pack was changed, removed or added, and who signed it."
    )
    refused = UNCHECKED
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", metavar="PACK", type=Path, help="the zip")
        parser.add_argument(
            "--key",
            metavar="HEX",
            help="fingerprint (or public key) that the sender gave you by another way: the signer "
            "must be its owner",
        )

    def run(self, options: dict[str, Any]) -> None:
        """Check one pack."""
        named = _named(options["key"])
        found = _checked(options["pack"])
        own = web.public_key().hex()
        is_own = named is None and found.public_key.hex() == own
        told = answer(found, own if is_own else named, now_utc())
        if told.code == BROKEN:
            raise Error(" ".join(told.lines), returncode=BROKEN)
        self.stdout.write("\n".join(told.lines))
        if is_own:
            self.stdout.write("That is the key of this instance.")
        if told.code != INTACT:
            sys.exit(told.code)


def _named(text: str | None) -> str | None:
    digits = None if text is None else digits_of(text)
    if text is not None and digits is None:
        raise BadInput("--key takes the 64 hexadecimal digits of a fingerprint or public key.")
    return digits


def _checked(pack: Path) -> Findings:
    try:
        with pack.open("rb") as stream:
            check = verify_pack(stream)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise BadInput(f"{pack} cannot be opened: {reason}.") from None
    if check.found is None:
        raise Error(check.first_break, returncode=BROKEN)
    return check.found
