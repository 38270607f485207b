"""The main job in the foreground: files in, a folder of results out."""

from __future__ import annotations

import json
import resource
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from apps.worker.output_folder import whole_folder
from apps.worker.terminal import Steps
from config.wiring import web, worker
from domain.datasets.entities import PiiFlag, TableMetadata
from domain.evaluation.report import EvaluationReport
from domain.jobs import JobKind
from domain.kernel import SYSTEM, Actor, BadInput
from domain.synthesis.condition_text import NO_WORDS, SpecWords
from domain.synthesis.requests import InputFile, PrivacyRequest, SynthesisRequest
from domain.synthesis.spec_wording import filling_sentences, missed_sentences

FORMATS = ("csv", "parquet", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line was asked for."""

    inputs: Sequence[Path]
    out: Path
    synthesizer: str
    settings: Mapping[str, str]
    rows: int | None = None
    entity: str | None = None
    time: str | None = None
    entities: int | None = None
    seed: int = 0
    target: str | None = None
    holdout: Path | None = None
    schema: Path | None = None
    columns_reviewed: bool = False
    words: SpecWords = NO_WORDS
    formats: Sequence[str] = ("csv",)
    constraints: Sequence[str] = ()
    privacy: PrivacyRequest | None = None
    missing: Mapping[str, str] = field(default_factory=dict)
    """Words that are read as missing cells, by column."""
    unreadable_times: Mapping[str, str] = field(default_factory=dict)
    """What happens to cells that hold no time, by column."""
    suggested_constraints: bool = True
    evaluate: bool = True
    pack: bool = True
    evaluation_in_pack: bool = False
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was made."""

    out: Path
    timings: Mapping[str, float]
    report: EvaluationReport | None
    pii_columns: Sequence[str]
    constraints: Sequence[str]
    """Rules that every row keeps."""
    files: Sequence[str]
    run_id: str
    synthesizer: str
    """Its name; the chosen one where the choice was automatic."""
    unseen: bool = False
    """Whether nobody had looked at what the columns were taken for."""
    unnamed: bool = False
    """Whether somebody said that they had, under the account that names no person."""
    decided: Sequence[str] = ()
    """What was decided before training: why this synthesizer, where the choice was automatic."""
    notes: Sequence[str] = ()
    """What to know of the file, the training and the comparison; each sentence once, no value."""
    held: str = ""
    """Why no pack was written although one was asked for; empty where one was."""
    commands: Sequence[str] = ()
    """What releases a pack that is held, one after the other."""
    unmade: str = ""
    """What failed beside the rows, why, and how it is repeated; empty where all was made."""


def synthesize(actor: Actor, request: Request, steps: Steps) -> Result:
    """Run the main job and write its results to ``request.out``, whole or not at all."""
    _check_files(request)
    with whole_folder(request.out, force=request.force) as folder:
        finished = worker.synthesize_files(steps.show)(
            actor, wanted=_wanted(request), on_step=steps.step
        )
        report = _export(actor, finished, request, folder)
        timings = _timings(finished)
        _write_json(folder / "timings.json", {"run": str(finished.run.id), **timings})
        metadata = finished.dataset.metadata
        flags = metadata.pii_flags if metadata else ()
        tables = metadata.tables.values() if metadata else ()
        files = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    return Result(
        out=request.out,
        timings=timings,
        report=report,
        pii_columns=[_suspicion(flag, several=len(tables) > 1) for flag in flags],
        constraints=[] if request.privacy else _rules(tables),
        files=files,
        unseen=not finished.dataset.confirmation.by_person,
        unnamed=finished.dataset.confirmation.by_person and finished.dataset.confirmed_by == SYSTEM,
        decided=finished.synthesis.run.notes,
        notes=_notes(finished, report),
        run_id=str(finished.run.id),
        synthesizer=finished.run.synthesizer,
        held=finished.held,
        commands=_releasing(finished, request) if finished.held else (),
        unmade=_unmade(finished, request.out),
    )


def _releasing(finished: worker.Finished, request: Request) -> tuple[str, str]:
    """Who approves names themselves where it has to be a second person, else says why."""
    who = "--user NAME" if finished.synthesis.pack_waits else '--override --reason "…"'
    run = f"{finished.run.id}{' --with-evaluation' if request.evaluation_in_pack else ''}"
    return (
        f"python manage.py approve_release {run} {who}",
        f"python manage.py build_pack {run} --out {request.out / 'pack.zip'}",
    )


def _unmade(finished: worker.Finished, out: Path) -> str:
    """The sentences of an evaluation that failed."""
    reason = finished.unmade.get(JobKind.EVALUATE)
    if reason is None:
        return ""
    without = "evaluation and pack" if JobKind.PACK in finished.unmade else "evaluation"
    return (
        f"The evaluation failed: {reason} The trained run {finished.run.id} and its rows are kept, "
        f"and what was made is in {out}, without {without}; repeat the evaluation on the run's "
        f"page or by POST /api/v1/datasets/{finished.synthetic.id}/evaluate."
    )


def _suspicion(flag: PiiFlag, *, several: bool) -> str:
    """A column that may tell of people, and what becomes of it."""
    table = f"{flag.table}." if several else ""
    return f"{table}{flag.column} ({flag.kind}: {flag.action})"


def _rules(tables: Iterable[TableMetadata]) -> list[str]:
    return [str(constraint) for table in tables for constraint in table.constraints]


def _notes(finished: worker.Finished, report: EvaluationReport | None) -> tuple[str, ...]:
    decided = finished.synthesis.run.notes
    filled = filling_sentences(finished.synthetic.spec)
    missed = missed_sentences(finished.synthetic.spec)
    compared = report.notes if report else ()
    said = (*finished.dataset.notes, *finished.run.notes, *filled, *missed, *compared)
    return tuple(note for note in dict.fromkeys(said) if note not in decided)


def preflight(actor: Actor, request: Request, steps: Steps) -> worker.Estimate:
    """What the fit of the main job would take; trains and writes nothing."""
    _check_files(request)
    return worker.preflight_files(steps.show)(actor, wanted=_wanted(request), on_step=steps.step)


def _check_files(request: Request) -> None:
    for path in (*request.inputs, request.holdout, request.schema):
        if path is not None and not path.is_file():
            raise BadInput(f"There is no file {path}.")


def _wanted(request: Request) -> SynthesisRequest:
    return SynthesisRequest(
        inputs=[_input(path) for path in request.inputs],
        holdout=_input(request.holdout) if request.holdout else None,
        schema=request.schema.read_bytes() if request.schema else None,
        columns_reviewed=request.columns_reviewed,
        synthesizer=request.synthesizer,
        settings=request.settings,
        rows=request.rows,
        entity=request.entity,
        time=request.time,
        entities=request.entities,
        seed=request.seed,
        target=request.target,
        constraints=request.constraints,
        missing=request.missing,
        unreadable_times=request.unreadable_times,
        suggested_constraints=request.suggested_constraints,
        privacy=request.privacy,
        words=request.words,
        csv=not {"csv", "json"}.isdisjoint(request.formats),  # JSON is made of the same text
        evaluate=request.evaluate,
        pack=request.pack,
        evaluation_in_pack=request.evaluation_in_pack,
    )


def _input(path: Path) -> InputFile:
    return InputFile(name=path.name, open=lambda: path.open("rb"))


def _export(
    actor: Actor, finished: worker.Finished, request: Request, folder: Path
) -> EvaluationReport | None:
    synthetic, synthesis = finished.synthetic, finished.synthesis
    several = len(synthetic.tables) > 1
    if "json" in request.formats:
        document = web.download_synthetic()(actor, synthetic_id=synthetic.id, file_format="json")
        _copy(document.stream, folder / document.name)
    for table in synthetic.tables:
        for file_format in (f for f in request.formats if f != "json"):
            download = web.download_synthetic()(
                actor, synthetic_id=synthetic.id, table=table.name, file_format=file_format
            )
            name = f"synthetic/{table.name}" if several else "synthetic"
            _copy(download.stream, folder / f"{name}.{file_format}")
    unwritten = finished.held or JobKind.PACK in finished.unmade
    if synthesis.pack is not None and not unwritten:
        download = web.download_pack()(actor, pack_id=synthesis.pack.id)
        _copy(download.stream, folder / "pack.zip")
    if synthesis.evaluation is None or JobKind.EVALUATE in finished.unmade:
        return None
    report = web.read_evaluation()(actor, evaluation_id=synthesis.evaluation.id)
    _write_json(folder / "evaluation.json", report.to_document())
    return report


def _copy(stream: BinaryIO, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with stream, path.open("wb") as file:
        shutil.copyfileobj(stream, file, 1 << 20)


def _timings(finished: worker.Finished) -> dict[str, float]:
    return {
        **finished.timings,
        "rows_trained": finished.run.rows_trained or 0,
        "rows_held_out": finished.run.rows_held_out or 0,
        "peak_rss_mb": round(_peak_rss_mb(), 1),
    }


def _peak_rss_mb() -> float:
    """The most memory this process or one of its children held, in MB (10^6 bytes)."""
    unit = 1 if sys.platform == "darwin" else 1024
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children) * unit / 1e6


def _write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
