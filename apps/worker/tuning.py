"""A search for ε in the foreground: files in, a folder of findings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from apps.worker.output_folder import check_free, whole_folder
from apps.worker.terminal import Steps
from apps.worker.tuning_file import read_log
from config.wiring import worker
from domain.evaluation.tuning_log import TuningLog
from domain.evaluation.tuning_request import Proxy, SearchSpec, TuningRequest
from domain.kernel import Actor, BadInput
from domain.privacy.budget import TuningMode
from domain.synthesis.requests import InputFile, PrivacyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the command line was asked for."""

    real: Path
    out: Path
    mode: TuningMode
    search: SearchSpec
    privacy: PrivacyRequest
    proxy: Path | None
    source: str
    person: str
    rows: int | None
    synthesizer: str
    settings: Mapping[str, str]
    target: str | None
    schema: Path | None
    seed: int
    void_epsilon: bool
    workers: int | None
    reuse: Path | None
    force: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, and the files that say so."""

    log: TuningLog
    out: Path
    files: Sequence[str]


def tune(actor: Actor, request: Request, steps: Steps) -> Found:
    """Search, and write the findings to ``request.out``, whole or not at all."""
    for path in (request.real, request.proxy, request.schema, request.reuse):
        if path is not None and not path.is_file():
            raise BadInput(f"There is no file {path}.")
    _refuse_the_file_itself(request)
    check_free(request.out, force=request.force)
    with whole_folder(request.out, force=request.force) as folder:
        steps.step("tune")
        tuned = worker.tune_privacy_files(steps.show)(actor, wanted=_wanted(request))
        for name, data in tuned.documents.items():
            (folder / name).write_bytes(data)
    return Found(log=tuned.log, out=request.out, files=sorted(tuned.documents))


def _refuse_the_file_itself(request: Request) -> None:
    """By name only: to compare what is in them, the private file would have to be read."""
    if request.proxy is not None and request.proxy.samefile(request.real):
        raise BadInput("The proxy is the private file itself; bring public rows that are like it.")


def _wanted(request: Request) -> TuningRequest:
    proxy = request.proxy
    return TuningRequest(
        real=_input(request.real),
        mode=request.mode,
        search=request.search,
        privacy=request.privacy,
        proxy=Proxy(file=_input(proxy), source=request.source, person=request.person)
        if proxy
        else None,
        rows=request.rows,
        synthesizer=request.synthesizer,
        settings=request.settings,
        target=request.target,
        schema=request.schema.read_bytes() if request.schema else None,
        seed=request.seed,
        void_epsilon=request.void_epsilon,
        workers=request.workers,
        earlier=read_log(request.reuse) if request.reuse else None,
    )


def _input(path: Path) -> InputFile:
    return InputFile(name=path.name, open=lambda: path.open("rb"))
