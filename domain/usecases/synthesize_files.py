"""The whole main job in one go, in this process: what the command line runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import Dataset, DatasetRole
from domain.jobs import JobKind
from domain.kernel import Actor, DatasetId, JobId
from domain.ports import Jobs, SyntheticDatasets, TrainingRuns
from domain.synthesis.catalogue import entry
from domain.synthesis.choosing import check_settings
from domain.synthesis.condition_text import parse_spec
from domain.synthesis.requests import InputFile, SynthesisRequest
from domain.synthesis.runs import HoldoutSpec, SyntheticDataset, TrainingRun
from domain.usecases.confirm_columns import ConfirmColumns
from domain.usecases.delete_dataset import DeleteDataset
from domain.usecases.finish_job import finish_job
from domain.usecases.receive_file import ReceiveFile
from domain.usecases.request_sample import check_rows
from domain.usecases.run_job import RunJob
from domain.usecases.start_synthesis import StartSynthesis, Synthesis
from domain.usecases.start_training import check_seed
from domain.usecases.upload_dataset import UploadDataset

_COPY_BYTES = 1 << 20


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

    receive: ReceiveFile
    upload: UploadDataset
    confirm: ConfirmColumns
    start: StartSynthesis
    delete: DeleteDataset
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    jobs: Jobs
    run_job: RunJob
    sdv: bool

    def __call__(
        self,
        actor: Actor,
        *,
        wanted: SynthesisRequest,
        on_step: Callable[[str], None] = lambda step: None,
    ) -> Finished:
        self._check(wanted)
        uploaded: list[DatasetId] = []
        try:
            return self._run(actor, wanted, on_step, uploaded)
        except BaseException:
            for dataset_id in uploaded:
                self.delete(actor, dataset_id=dataset_id)
            raise

    def _check(self, wanted: SynthesisRequest) -> None:
        """Refuse what can be refused before a byte is read."""
        check_settings(entry(wanted.synthesizer, sdv=self.sdv), wanted.settings)
        parse_spec(wanted.words)
        for text in wanted.constraints:
            parse_constraint(text)
        check_rows(wanted.rows)
        check_seed(wanted.seed)

    def _run(
        self,
        actor: Actor,
        wanted: SynthesisRequest,
        on_step: Callable[[str], None],
        uploaded: list[DatasetId],
    ) -> Finished:
        timings: dict[str, float] = {}
        with _timed(timings, "read", on_step):
            dataset = self._upload(actor, wanted.inputs, DatasetRole.SOURCE, wanted.schema)
            uploaded.append(dataset.id)
            holdout = self._holdout(actor, wanted, uploaded)
        with _timed(timings, "profile", on_step):
            profile = self.jobs.latest(actor.organisation_id, JobKind.PROFILE, dataset.id)
            assert profile is not None  # uploading queued it
            self._finish(actor, profile.id)
            dataset = self.confirm(
                actor,
                dataset_id=dataset.id,
                added=wanted.constraints,
                suggested=wanted.suggested_constraints,
            )
        synthesis = self.start(
            actor,
            dataset_id=dataset.id,
            synthesizer=wanted.synthesizer,
            settings=wanted.settings,
            rows=wanted.rows,
            seed=wanted.seed,
            target=wanted.target,
            holdout=holdout,
            evaluate=wanted.evaluate,
            pack=wanted.pack,
            words=wanted.words,
            csv=wanted.csv,
        )
        for job in synthesis.jobs:
            with _timed(timings, job.kind, on_step):
                self._finish(actor, job.id)
        return Finished(
            dataset=dataset,
            synthesis=synthesis,
            run=self.runs.get(actor.organisation_id, synthesis.run.id),
            synthetic=self.synthetics.get(actor.organisation_id, synthesis.synthetic.id),
            timings=timings,
        )

    def _upload(
        self, actor: Actor, inputs: Sequence[InputFile], role: DatasetRole, schema: bytes | None
    ) -> Dataset:
        files = []
        for source in inputs:
            incoming = self.receive(actor, name=source.name)
            with source.open() as stream:
                while data := stream.read(_COPY_BYTES):
                    incoming.write(data)
            files.append(incoming)
        return self.upload(actor, files=files, schema=schema, role=role)

    def _holdout(
        self, actor: Actor, wanted: SynthesisRequest, uploaded: list[DatasetId]
    ) -> HoldoutSpec | None:
        if wanted.holdout is not None:
            other = self._upload(actor, [wanted.holdout], DatasetRole.HOLDOUT, None)
            uploaded.append(other.id)
            return HoldoutSpec(dataset_id=other.id)
        return None if wanted.evaluate else HoldoutSpec(share=0.0)

    def _finish(self, actor: Actor, job_id: JobId) -> None:
        finish_job(self.jobs, self.run_job, actor, job_id)


@contextmanager
def _timed(timings: dict[str, float], step: str, on_step: Callable[[str], None]) -> Iterator[None]:
    """Measure one step into ``timings``."""
    on_step(step)
    started = time.perf_counter()
    yield
    timings[step] = round(time.perf_counter() - started, 3)
