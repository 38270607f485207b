"""The whole main job in one go, in this process: what the command line runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from domain.datasets.entities import Dataset
from domain.jobs import JobKind
from domain.kernel import Actor, Cancelled, RunId, StudioError
from domain.ports import Jobs, SyntheticDatasets, TrainingRuns
from domain.synthesis.requests import SynthesisRequest
from domain.synthesis.runs import SyntheticDataset, TrainingRun
from domain.usecases.finish_job import finish_job
from domain.usecases.prepare_files import Prepared, PrepareFiles
from domain.usecases.run_job import RunJob
from domain.usecases.start_synthesis import StartSynthesis, Synthesis


@dataclass(slots=True, kw_only=True)
class Finished:
    """What was made, and how long each step took in seconds."""

    dataset: Dataset
    synthesis: Synthesis
    run: TrainingRun
    synthetic: SyntheticDataset
    timings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesizeFiles:
    """Read, profile, take the suggested columns, fit, sample, evaluate, pack.

    Each step is the use case that pages and API call, and each job runs as a worker would run
    it, but here. When anything is refused or fails, the uploaded rows are shredded.
    """

    prepare: PrepareFiles
    start: StartSynthesis
    runs: TrainingRuns
    synthetics: SyntheticDatasets
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
            for job in synthesis.jobs:
                with step(job.kind), _saying_what_is_lost(synthesis.run.id, job.kind):
                    finish_job(self.jobs, self.run_job, actor, job.id)
            return Finished(
                dataset=prepared.dataset,
                synthesis=synthesis,
                run=self.runs.get(actor.organisation_id, synthesis.run.id),
                synthetic=self.synthetics.get(actor.organisation_id, synthesis.synthetic.id),
                timings=timings,
            )

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
