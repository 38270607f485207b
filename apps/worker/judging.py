"""Judge files in the foreground and write what was found into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.worker.output_folder import whole_folder
from apps.worker.terminal import Steps
from config.wiring import worker
from domain.evaluation.report import EvaluationReport
from domain.evaluation.spec import EvaluationSpec
from domain.kernel import Actor, BadInput
from domain.synthesis.requests import InputFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Which files to compare, by what, and where to write."""

    real: Path
    synthetic: Path
    holdout: Path | None
    schema: Path | None
    out: Path
    asked: EvaluationSpec
    seed: int
    shareable: bool
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was found, and the files that say so."""

    report: EvaluationReport
    out: Path
    files: Sequence[str]


def judge(actor: Actor, request: Request, steps: Steps) -> Judged:
    """Compare the files and write the results to ``request.out``, whole or not at all."""
    for path in (request.real, request.synthetic, request.holdout, request.schema):
        if path is not None and not path.is_file():
            raise BadInput(f"There is no file {path}.")
    with whole_folder(request.out, force=request.force) as folder:
        steps.step("evaluate")
        found = worker.evaluate_files(steps.show)(
            actor,
            real=_input(request.real),
            synthetic=_input(request.synthetic),
            holdout=_input(request.holdout) if request.holdout else None,
            schema=request.schema.read_bytes() if request.schema else None,
            asked=request.asked,
            seed=request.seed,
            shareable=request.shareable,
        )
        for name, data in found.documents.items():
            (folder / name).write_bytes(data)
    return Judged(report=found.report, out=request.out, files=sorted(found.documents))


def _input(path: Path) -> InputFile:
    return InputFile(name=path.name, open=lambda: path.open("rb"))
