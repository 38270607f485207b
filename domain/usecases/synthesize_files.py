"""The whole main job in one go, in this process: what the command line runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from domain.datasets.entities import Dataset
from domain.jobs import Job, JobKind, JobState
from domain.kernel import Actor, Cancelled, RunId, StudioError
from domain.ports import Jobs, SyntheticDatasets, TrainingRuns
from domain.synthesis.requests import SynthesisRequest
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.usecases.finish_job import finish_job
from domain.usecases.prepare_files import Prepared, PrepareFiles
from domain.usecases.read_gates import ReadGates
from domain.usecases.run_job import RunJob
from domain.usecases.start_synthesis import StartSynthesis, Synthesis


@dataclass(slots=True, kw_only=True)
class Finished:
    """What was made, and how long each step took in seconds."""

    dataset: Dataset
    synthesis: Synthesis
    run: TrainingRun
    synthetic: SyntheticDataset
    held: str = ""
    """Why the pack that was asked for was not released, and what to do; empty where it was."""
    timings: dict[str, float] = field(default_factory=dict)
    unmade: dict[JobKind, str] = field(default_factory=dict)
    """What was asked for beside the rows and failed, and why; empty where all is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesizeFiles:
    """Read, profile, take the suggested columns, fit, sample, evaluate, pack.

    Each step is the use case that pages and API call, and each job runs as a worker would run
    it, but here. When anything is refused or fails, the uploaded rows are shredded; unless it is
    the evaluation, or a gate that keeps the pack inside: then run and rows stay, for the one to be
    repeated and the other to be decided about.
    """

    prepare: PrepareFiles
    start: StartSynthesis
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    gates: ReadGates
    jobs: Jobs
    run_job: RunJob

    def __call__(
        self,
        actor: Actor,
        *,
        wanted: SynthesisRequest,
        on_step: Callable[[str], None] = lambda step: None,
    ) -> Finished:
        timings: dict[str, float] = {}
        step = partial(_timed, timings, on_step)
        with self.prepare(actor, wanted=wanted, step=step) as prepared:
            synthesis = self._started(actor, prepared, wanted)
            held = synthesis.pack_waits
            unmade: dict[JobKind, str] = {}
            for job in synthesis.jobs:
                with step(job.kind), _saying_what_is_lost(synthesis.run.id, job.kind):
                    held = self._finish(actor, synthesis, job, unmade) or held
            return Finished(
                dataset=prepared.dataset,
                synthesis=synthesis,
                run=self.runs.get(actor.organisation_id, synthesis.run.id),
                synthetic=self.synthetics.get(actor.organisation_id, synthesis.synthetic.id),
                held=held,
                timings=timings,
                unmade=unmade,
            )

    def _finish(
        self, actor: Actor, synthesis: Synthesis, job: Job, unmade: dict[JobKind, str]
    ) -> str:
        """Do a job; an evaluation that fails, and a pack that waits for it, are ``unmade``. Why a
        gate keeps the pack inside, where ``job`` was to build it; else nothing."""
        try:
            finish_job(self.jobs, self.run_job, actor, job.id)
        except Cancelled:
            raise
        except StudioError as refusal:
            waits = job.kind is JobKind.PACK and self._waited_in_vain(job)
            if job.kind is not JobKind.EVALUATE and not waits:
                return self._held(actor, synthesis, job, refusal)
            unmade[job.kind] = refusal.message
        return ""

    def _held(self, actor: Actor, synthesis: Synthesis, job: Job, refusal: StudioError) -> str:
        """The sentence of the gates where they are what refused; else ``refusal`` goes on."""
        if synthesis.pack is None or job.subject_id != synthesis.pack.id:
            raise refusal
        standing = self.gates(
            actor,
            synthetic_id=synthesis.synthetic.id,
            with_evaluation=synthesis.pack.evaluation_id is not None,
        )
        if refusal.message != standing.held:
            raise refusal
        return standing.held

    def _waited_in_vain(self, job: Job) -> bool:
        """Whether the job was never begun, because the evaluation before it failed."""
        if job.after is None:
            return False
        before = self.jobs.get(job.organisation_id, job.after)
        return before.kind is JobKind.EVALUATE and before.state is JobState.FAILED

    def _started(self, actor: Actor, prepared: Prepared, wanted: SynthesisRequest) -> Synthesis:
        return self.start(
            actor,
            dataset_id=prepared.dataset.id,
            synthesizer=wanted.synthesizer,
            settings=wanted.settings,
            rows=wanted.rows,
            entity=wanted.entity,
            time=wanted.time,
            entities=wanted.entities,
            seed=wanted.seed,
            target=wanted.target,
            holdout=prepared.holdout,
            privacy=wanted.privacy,
            evaluate=wanted.evaluate,
            pack=wanted.pack,
            evaluation_in_pack=wanted.evaluation_in_pack,
            words=wanted.words,
            csv=wanted.csv,
        )


@contextmanager
def _saying_what_is_lost(run_id: RunId, kind: JobKind) -> Iterator[None]:
    """A refusal after the fit adds that the model is gone too."""
    try:
        yield
    except StudioError as refusal:
        if kind is not JobKind.FIT and not isinstance(refusal, Cancelled):
            lost = f"The trained run {run_id} was not kept: its rows and model were shredded."
            raise StudioError(f"{refusal.message} {lost}") from refusal
        raise


@contextmanager
def _timed(timings: dict[str, float], on_step: Callable[[str], None], step: str) -> Iterator[None]:
    """Measure one step into ``timings``."""
    on_step(step)
    started = time.perf_counter()
    yield
    timings[step] = round(time.perf_counter() - started, 3)
