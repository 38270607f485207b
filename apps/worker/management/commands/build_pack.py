"""``python manage.py build_pack``: an evidence pack in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import StudioCommand
from apps.worker.local_start import local_actor
from apps.worker.named_twin import add_twin, named_twin
from apps.worker.output_file import check_new, write_whole
from apps.worker.terminal import steps
from config.wiring import worker
from domain.compliance.controls.catalogue import FRAMEWORKS
from domain.compliance.controls.formats import FORMATS


class Command(StudioCommand):
    """Build the pack of a twin here."""

    help = (
        "Build the evidence pack of a twin and write it to OUT. A gate that is shut refuses it "
        "(exit 2) and says what to do; see approve_release."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_twin(parser)
        parser.add_argument("--out", required=True, metavar="OUT", type=Path, help="the zip")
        parser.add_argument(
            "--frameworks",
            default=",".join(FRAMEWORKS),
            metavar=",".join(FRAMEWORKS),
            help="what its controls are mapped to (default: all)",
        )
        parser.add_argument(
            "--formats",
            default=",".join(FORMATS),
            metavar=",".join(FORMATS),
            help="in which forms (default: all)",
        )
        parser.add_argument("--force", action="store_true", help="overwrite OUT")

    def run(self, options: dict[str, Any]) -> None:
        """Build the pack here and say where it is."""
        out = options["out"]
        check_new(out, force=options["force"])
        actor = local_actor(options["user"])
        synthetic_id = named_twin(actor, options["twin"])
        with steps() as shown:
            shown.step("pack")
            made = worker.pack_twin(shown.show)(
                actor,
                synthetic_id=synthetic_id,
                with_evaluation=options["with_evaluation"],
                frameworks=_words(options["frameworks"]),
                formats=_words(options["formats"]),
            )
        write_whole(made.stream, out)
        self.stdout.write(f"Wrote the evidence pack to {out}; check it with verify_pack.")


def _words(text: str) -> tuple[str, ...]:
    """Words with commas between."""
    return tuple(word.strip() for word in text.split(",") if word.strip())
