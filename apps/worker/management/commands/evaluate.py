"""``python manage.py evaluate``: judge any synthetic file against real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import StudioCommand
from apps.worker.headline import judged
from apps.worker.judging import Request, judge
from apps.worker.local_start import local_actor
from apps.worker.terminal import steps
from domain.evaluation.report import EvaluationReport
from domain.evaluation.spec import USUAL_PARTS, EvaluationSpec, Part, TaskKind
from domain.kernel import BadInput


class Command(StudioCommand):
    """Say how faithful, useful and safe a synthetic file is, wherever it was made."""

    help = (
        "Compare the synthetic file SYNTHETIC with the real file REAL that it was made from, and "
        "write evaluation.json, evaluation.html and evaluation.pdf to DIR. Nothing of the files "
        "is kept. Bring rows that the synthesizer never saw with --holdout: without them attacks "
        "on people cannot be measured."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("real", metavar="REAL", type=Path)
        parser.add_argument("synthetic", metavar="SYNTHETIC", type=Path)
        parser.add_argument("--out", metavar="DIR", type=Path, help="folder of the results")
        parser.add_argument(
            "--holdout",
            metavar="FILE",
            type=Path,
            help="other real rows, never shown to the synthesizer",
        )
        parser.add_argument("--target", metavar="COL", help="column that models learn to predict")
        parser.add_argument(
            "--task",
            default=TaskKind.AUTO,
            choices=[kind.value for kind in TaskKind],
            help="how the target is predicted (default: by its values)",
        )
        parser.add_argument(
            "--entity", metavar="COL", help="column that says whose a row is, in a table of events"
        )
        parser.add_argument(
            "--time",
            metavar="COL",
            help="column that says when a row happened: histories are compared, those of --entity "
            "or, without it, one long series",
        )
        parser.add_argument(
            "--part",
            dest="parts",
            action="append",
            default=[],
            choices=[part.value for part in sorted(USUAL_PARTS)],
            help="measure only this part; repeatable (default: all, with a verdict)",
        )
        parser.add_argument(
            "--schema", metavar="FILE", type=Path, help="column types: our own or SDV metadata"
        )
        parser.add_argument("--seed", type=int, default=0, help="of all sampling (default: 0)")
        parser.add_argument(
            "--shareable",
            action="store_true",
            help="write the rendering for outsiders: small cells lumped, rare words masked",
        )
        parser.add_argument("--user", metavar="NAME", help="act as this user of the instance")
        parser.add_argument("--force", action="store_true", help="overwrite what is in DIR")

    def run(self, options: dict[str, Any]) -> None:
        """Measure, write, and say the verdict."""
        actor = local_actor(options["user"])
        with steps() as shown:
            judged = judge(actor, request_of(options), shown)
        self._say(judged.report)
        self.stdout.write(f"Wrote {', '.join(judged.files)} to {judged.out}.")

    def _say(self, report: EvaluationReport) -> None:
        for note in report.notes:
            self.stderr.write(note, self.style.WARNING)
        for line in judged(report):
            self.stdout.write(line)


def request_of(options: dict[str, Any]) -> Request:
    """The command line's words as a request; refuses what cannot be read."""
    if options["out"] is None:
        raise BadInput("Say with --out which folder the results go to.")
    return Request(
        real=options["real"],
        synthetic=options["synthetic"],
        holdout=options["holdout"],
        schema=options["schema"],
        out=options["out"],
        asked=EvaluationSpec(
            parts=frozenset(Part(p) for p in options["parts"]) or USUAL_PARTS,
            target=options["target"],
            task=TaskKind(options["task"]),
            entity=options["entity"],
            time=options["time"],
        ),
        seed=options["seed"],
        shareable=options["shareable"],
        force=options["force"],
    )
