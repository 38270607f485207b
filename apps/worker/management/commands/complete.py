"""``python manage.py complete``: fill the gaps of a file in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from apps.command import StudioCommand
from apps.worker.condition_options import words_of_lengths
from apps.worker.local_start import local_actor
from apps.worker.output_file import check_new, write_whole
from apps.worker.terminal import on_terminal, steps
from config.wiring import worker
from domain.kernel import BadInput, RunId
from domain.synthesis.requests import InputFile

_FORMATS = {".csv": "csv", ".parquet": "parquet"}


class Command(StudioCommand):
    """Give back partly given rows with the gaps filled by what a run has learned, or given
    histories with their future."""

    help = (
        "Read FILE, whose empty cells and absent columns are gaps, fill them by what the training "
        "run RUN_ID has learned, and write whole rows to OUT (.csv or .parquet). Of a run of "
        "histories, FILE holds events of some entities: they are written as they are, and new "
        "events behind those of each. Completed rows hold what was given: they are no synthetic "
        "twin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run_id", metavar="RUN_ID", help="the id in the address of its page")
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--out", required=True, metavar="OUT", type=Path)
        parser.add_argument("--seed", type=int, help="another seed fills gaps otherwise")
        parser.add_argument(
            "--events",
            metavar="N",
            help="of histories: events to add to each, such as 5, 5-10, or x2 for twice as many as "
            "are given (default: as many as learned histories would have)",
        )
        parser.add_argument("--until", metavar="DATE", help="of histories: go on until then")
        parser.add_argument("--user", metavar="NAME", help="act as this user of the instance")
        parser.add_argument("--force", action="store_true", help="overwrite OUT")

    def run(self, options: dict[str, Any]) -> None:
        """Complete the file here and say where the rows are."""
        source, out = options["file"], options["out"]
        _check(source, out, force=options["force"])
        run_id = _run_id(options["run_id"])
        with steps() as shown:
            shown.step("complete")
            made = worker.complete_file(shown.show)(
                local_actor(options["user"]),
                run_id=run_id,
                source=InputFile(name=source.name, open=lambda: source.open("rb")),
                seed=options["seed"],
                words=words_of_lengths(options),
                file_format=_FORMATS[out.suffix],
            )
        write_whole(made.stream, out)
        if on_terminal():
            self.stdout.write(f"Wrote the completed rows to {out}; they hold what you gave.")


def _check(source: Path, out: Path, *, force: bool) -> None:
    if not source.is_file():
        raise BadInput(f"There is no file {source}.")
    if out.suffix not in _FORMATS:
        raise BadInput("--out takes a file that ends in .csv or .parquet.")
    check_new(out, force=force)


def _run_id(text: str) -> RunId:
    try:
        return RunId(UUID(text))
    except ValueError:
        raise BadInput(
            "RUN_ID is the id of a training run, such as the one in the address of its page."
        ) from None
