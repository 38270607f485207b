"""``python manage.py demo``: the main job on a real table and one of each domain."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from apps.command import StudioCommand
from apps.worker.foreground import Request, synthesize
from apps.worker.headline import held_back, sentences
from apps.worker.local_start import local_actor
from apps.worker.terminal import steps
from domain.datasets.samples import SAMPLES, Sample
from domain.synthesis.catalogue import DEFAULT_SYNTHESIZER


class Command(StudioCommand):
    """Run the main job end to end on tables that come with the product."""

    help = "Make synthetic twins of the sample tables and write them to DIR."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--out", default=Path("out/demo"), metavar="DIR", type=Path)
        parser.add_argument("--seed", type=int, default=0)

    def run(self, options: dict[str, Any]) -> None:
        """Run the main job on every sample."""
        actor = local_actor(None)
        for sample in SAMPLES.values():
            self.stdout.write(self.style.MIGRATE_HEADING(f"\n{sample.title}"))
            with steps() as shown, tempfile.TemporaryDirectory() as folder:
                request = _request(sample, Path(folder), options["out"], options["seed"])
                result = synthesize(actor, request, shown)
            for line in (*sentences(result), *filter(None, [held_back(result)])):
                self.stdout.write(line)
        self.stdout.write(
            "\nSee the web page: run “make serve” and open http://localhost:8000 "
            "(the first start prints an administrator and a one-time password)."
        )


def _request(sample: Sample, folder: Path, out: Path, seed: int) -> Request:
    source = folder / f"{sample.name}.csv"
    source.write_bytes(sample.csv(sample.rows, seed))
    return Request(
        inputs=[source],
        out=out / sample.name,
        synthesizer=DEFAULT_SYNTHESIZER,
        settings={},
        seed=seed,
        target=sample.target,
        force=True,
    )
