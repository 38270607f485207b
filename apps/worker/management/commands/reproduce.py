"""``python manage.py reproduce PACK``: make the rows of a pack again, where the source is."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import BROKEN, Error, StudioCommand
from apps.worker.local_start import local_actor
from apps.worker.terminal import steps
from config.wiring import worker
from domain.compliance.evidence import verify_pack
from domain.compliance.packed_twin import PackedTwin
from domain.compliance.reproduction import Reproduction, Sameness
from domain.kernel import BadInput

OTHER_BYTES = 3
"""Exit code where other bytes came out, alike in what was compared."""
UNLIKE = 4
"""Exit code where they are not alike either."""


class Command(StudioCommand):
    """Exit 0 for the same bytes, 1 for a broken pack, 2 where nothing can be made again."""

    help = (
        "Fit and draw again with the seeds on record, on the instance that has the real rows, and "
        "compare with the rows in PACK. Exit 0: the same SHA-256. 3: other bytes, because the "
        "environment is not the recorded one, but alike column by column. 4: not alike. 1: the "
        "pack is broken. 2: it cannot be made again here. Nothing that is made is kept."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("pack", metavar="PACK", type=Path, help="the zip")
        parser.add_argument("--user", metavar="NAME", help="act as this user of the instance")

    def run(self, options: dict[str, Any]) -> None:
        """Verify the pack, make its rows again, say what came out."""
        path = options["pack"]
        _refuse_broken(path)
        with zipfile.ZipFile(path) as archive, steps() as shown:
            shown.step("reproduce")
            made = worker.reproduce_pack()(
                local_actor(options["user"]),
                twin=PackedTwin.of(archive),
                on_progress=shown.show,
            )
        self._tell(made)

    def _tell(self, made: Reproduction) -> None:
        for file in made.files:
            self.stdout.write(f"{file.name}: {'the same bytes' if file.same else 'other bytes'}")
        self.stdout.write(f"Model: {'the same bytes' if made.model_same else 'other bytes'}")
        if not (made.model_same and made.sameness is Sameness.BYTES):
            for difference in made.differences:
                self.stdout.write(f"  {difference}")
        if made.sameness is Sameness.BYTES:
            self.stdout.write("The rows of this pack came out again, to the byte.")
            return
        sentence = _judged(made)
        if made.sameness is Sameness.ALIKE:
            raise Error(sentence, returncode=OTHER_BYTES)
        raise Error(sentence, returncode=UNLIKE)


def _judged(made: Reproduction) -> str:
    why = "the environment is not the recorded one" if made.differences else "for no known reason"
    far = made.farthest
    if far is None:
        return f"Other bytes came out ({why}), and there was nothing to compare."
    name, distance = far
    return (
        f"Other bytes came out ({why}). The farthest column is {name}: "
        f"{distance:.3f}, where up to {made.tolerance:.3f} is called alike."
    )


def _refuse_broken(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            check = verify_pack(stream)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise BadInput(f"{path} cannot be opened: {reason}.") from None
    if check.first_break is not None:
        raise Error(check.first_break, returncode=BROKEN)
