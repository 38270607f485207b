"""A whole studio in memory, and the small things tests are made of."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import uuid4

import numpy as np
import pandas as pd

from adapters.memory.api_keys import MemoryApiKeys
from adapters.memory.approvals import MemoryApprovals
from adapters.memory.atomic import atomic_over
from adapters.memory.audit_log import MemoryAuditLog
from adapters.memory.blobs import MemoryBlobs
from adapters.memory.datasets import MemoryDatasets
from adapters.memory.documents import MemoryDocuments
from adapters.memory.evaluations import MemoryEvaluations
from adapters.memory.evidence_packs import MemoryEvidencePacks
from adapters.memory.jobs import MemoryJobs
from adapters.memory.keys import MemoryKeys
from adapters.memory.pack_templates import MemoryPackTemplates
from adapters.memory.plain_releases import MemoryPlainReleases
from adapters.memory.privacy_ledger import MemoryPrivacyLedger
from adapters.memory.projects import MemoryProjects
from adapters.memory.synthetic_datasets import MemorySyntheticDatasets
from adapters.memory.training_runs import MemoryTrainingRuns
from domain.compliance.approvals import Approval
from domain.compliance.controls.instance import InstanceSettings
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import Dataset, DatasetRole
from domain.evaluation.verdict import DEFAULT_RULES, ReleaseRule
from domain.jobs import JobKind
from domain.kernel import Actor, OrganisationId, Role, UserId, no_progress
from domain.privacy.budget import Amount
from domain.synthesis.base import FitResult
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.constrained import Constrained
from domain.synthesis.preflight import Expectation, expected
from domain.synthesis.workload import loads_of_tables
from domain.usecases.approve_release import ApproveRelease
from domain.usecases.build_pack import BuildPack
from domain.usecases.cancel_job import CancelJob
from domain.usecases.confirm_columns import ConfirmColumns
from domain.usecases.create_project import CreateProject
from domain.usecases.delete_dataset import DeleteDataset, ExpireDatasets
from domain.usecases.download import DownloadPack, DownloadSynthetic
from domain.usecases.draw_sample import DrawSample
from domain.usecases.estimate_fit import EstimateFit
from domain.usecases.evaluate_twin import EvaluateTwin
from domain.usecases.fit_run import FitRun, Preflight
from domain.usecases.forget_people import ForgetPeople
from domain.usecases.pack_material import GatherMaterial
from domain.usecases.preflight_files import PreflightFiles
from domain.usecases.prepare_files import PrepareFiles
from domain.usecases.preview_dataset import PreviewDataset
from domain.usecases.profile_dataset import ProfileDataset
from domain.usecases.read_dp_report import DownloadDpReport, ReadDpReport
from domain.usecases.read_evaluation import DownloadEvaluation, ReadEvaluation
from domain.usecases.read_gates import ReadGates, Standing
from domain.usecases.read_model_card import ReadModelCard
from domain.usecases.read_privacy_ledger import ReadPrivacyLedger
from domain.usecases.read_profile import ReadProfile
from domain.usecases.receive_file import IncomingFile, ReceiveFile
from domain.usecases.recognise_people import RecognisePeople
from domain.usecases.request_completion import RequestCompletion
from domain.usecases.request_evaluation import RequestEvaluation
from domain.usecases.request_pack import RequestPack
from domain.usecases.request_profile import RequestProfile
from domain.usecases.request_sample import RequestSample
from domain.usecases.run_job import RunJob, Work
from domain.usecases.set_privacy_budget import SetPrivacyBudget
from domain.usecases.spend_privacy import SpendPrivacy
from domain.usecases.start_synthesis import StartSynthesis
from domain.usecases.start_training import StartTraining
from domain.usecases.synthesize_files import SynthesizeFiles
from domain.usecases.upload_dataset import UploadDataset
from tests.small_tables import people_csv

ORGANISATION = OrganisationId(uuid4())
OTHER_ORGANISATION = OrganisationId(uuid4())


def actor(role: Role = Role.MEMBER, organisation_id: OrganisationId = ORGANISATION) -> Actor:
    """Somebody with a role."""
    return Actor(user_id=UserId("ada"), organisation_id=organisation_id, role=role)


INSTANCE = InstanceSettings(
    cipher="AES-256-GCM",
    master_key="a file",
    https=True,
    shortest_password=12,
    locks_out=True,
    session_hours=12,
)


class Resampler:
    """A synthesizer for tests of what is around it: draws learned rows again, in no time."""

    def fit(self, tables, metadata, *, held_out, settings, privacy, seed, on_progress) -> FitResult:
        on_progress(1, 2, "learning")
        kept = {name: frame.to_json(orient="split") for name, frame in tables.items()}
        self.tables = dict(tables)
        return FitResult(artifact=json.dumps(kept).encode(), notes=("resampled",))

    def sample(
        self, artifact, *, rows, seed, spec=PLAIN, on_progress
    ) -> Iterator[dict[str, pd.DataFrame]]:
        on_progress(0, 1, "drawing")
        for name, frame in self.tables.items():
            wanted = len(frame) if rows is None else rows
            half = wanted // 2
            frame = frame[matching(frame, spec.where)]
            drawn = frame.sample(
                wanted,
                replace=True,
                random_state=seed,
                ignore_index=True,
                weights=_weights(frame, spec),
            )
            yield {name: drawn.iloc[:half]}
            yield {name: drawn.iloc[half:].reset_index(drop=True)}

    def complete(self, artifact, given, *, seed, on_progress, spec=None) -> Iterator[pd.DataFrame]:
        on_progress(0, 1, "completing")
        learned = next(iter(self.tables.values()))
        drawn = learned.sample(len(given), replace=True, random_state=seed, ignore_index=True)
        filled = {}
        for name in learned.columns:
            cells = (
                given[name].astype(object).where(given[name].notna(), drawn[name].astype(object))
            )
            filled[name] = cells.astype(learned[name].dtype)
        yield pd.DataFrame(filled)


def _weights(frame: pd.DataFrame, spec: SampleSpec) -> np.ndarray:
    """Odds of each row under the amplifications."""
    odds = np.ones(len(frame))
    for amplification in spec.amplify:
        odds[matching(frame, [amplification.condition])] *= amplification.factor
    return odds


def by_size(tables, metadata, synthesizer, settings, on_progress) -> Expectation:
    """What a fit will take, without timing a step."""
    return expected(synthesizer, loads_of_tables(tables, metadata), settings)


@dataclass
class Studio:
    """Every use case over memory adapters, and a clock that a test can move."""

    synthesizer: object = field(default_factory=Resampler)
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    release_rules: tuple[ReleaseRule, ...] = DEFAULT_RULES
    second_person: bool = False
    formats: tuple[str, ...] = ("json",)
    """Of the mapping of controls: the others take half a second a pack."""
    budget: Amount = Amount(epsilon=10.0, delta=1e-4)  # noqa: RUF009 -- frozen

    def __post_init__(self) -> None:
        self.keys = MemoryKeys()
        self.blobs = MemoryBlobs()
        self.projects, self.datasets = MemoryProjects(), MemoryDatasets()
        self.runs, self.synthetics = MemoryTrainingRuns(), MemorySyntheticDatasets()
        self.evaluations, self.packs = MemoryEvaluations(), MemoryEvidencePacks()
        self.approvals, self.templates = MemoryApprovals(), MemoryPackTemplates()
        plain = MemoryPlainReleases(
            datasets=self.datasets,
            runs=self.runs,
            synthetics=self.synthetics,
            packs=self.packs,
            approvals=self.approvals,
        )
        self.jobs, self.ledger = MemoryJobs(), MemoryPrivacyLedger(plain)
        self.api_keys, self.documents = MemoryApiKeys(), MemoryDocuments()
        self.audit = MemoryAuditLog(self.keys.sign, self.clock)
        self.atomic = atomic_over(
            self.projects,
            self.datasets,
            self.runs,
            self.synthetics,
            self.evaluations,
            self.packs,
            self.approvals,
            self.templates,
            self.jobs,
            self.ledger,
            self.api_keys,
            self.audit,
        )
        self._noted = {"audit": self.audit, "atomic": self.atomic}
        self._timed = {**self._noted, "clock": self.clock}
        self.spending = SpendPrivacy(ledger=self.ledger, jobs=self.jobs, **self._timed)
        self._build_requests()
        self._build_reads()

    def clock(self) -> datetime:
        return self.now

    def _build_requests(self) -> None:
        noted, timed = self._noted, self._timed
        real = {"datasets": self.datasets, "blobs": self.blobs}
        self.create_project = CreateProject(projects=self.projects, **noted)
        self.receive = ReceiveFile(blobs=self.blobs, limit=1_000_000)
        self.upload = UploadDataset(
            projects=self.projects,
            ledger=self.ledger,
            jobs=self.jobs,
            retention=lambda organisation_id: timedelta(days=30),
            budget=self.budget,
            unpacked_limit=10_000_000,
            **real,
            **timed,
        )
        self.confirm = ConfirmColumns(**real, **timed)
        self.delete = DeleteDataset(
            runs=self.runs, synthetics=self.synthetics, ledger=self.ledger, **real, **timed
        )
        self.expire = ExpireDatasets(
            datasets=self.datasets, blobs=self.blobs, delete=self.delete, clock=self.clock
        )
        self.request_profile = RequestProfile(datasets=self.datasets, jobs=self.jobs, **timed)
        self.cancel = CancelJob(jobs=self.jobs, spending=self.spending, **timed)
        start_training = StartTraining(
            runs=self.runs,
            spending=self.spending,
            jobs=self.jobs,
            keys=self.keys,
            sdv=True,
            **real,
            **timed,
        )
        drawn = {"synthetics": self.synthetics, "jobs": self.jobs, **timed}
        self.request_sample = RequestSample(
            datasets=self.datasets, blobs=self.blobs, runs=self.runs, **drawn
        )
        self.request_completion = RequestCompletion(
            runs=self.runs, unpacked_limit=10_000_000, **real, **drawn
        )
        self.request_evaluation = RequestEvaluation(
            datasets=self.datasets, runs=self.runs, evaluations=self.evaluations, **drawn
        )
        ask = RequestPack(runs=self.runs, evaluations=self.evaluations, packs=self.packs, **drawn)
        self.request_pack = partial(ask, formats=self.formats)
        self.start = StartSynthesis(
            start_training=start_training,
            request_sample=self.request_sample,
            request_evaluation=self.request_evaluation,
            request_pack=self.request_pack,
            atomic=self.atomic,
        )

    def _build_reads(self) -> None:
        noted = self._noted
        real = {"datasets": self.datasets, "blobs": self.blobs}
        self.preview = PreviewDataset(**real, **noted)
        self.read_profile = ReadProfile(**real, **noted)
        self.read_ledger = ReadPrivacyLedger(ledger=self.ledger)
        self.set_budget = SetPrivacyBudget(ledger=self.ledger, **noted)
        self.forget_people = ForgetPeople(ledger=self.ledger, blobs=self.blobs, **noted)
        self.read_evaluation = ReadEvaluation(
            evaluations=self.evaluations,
            synthetics=self.synthetics,
            runs=self.runs,
            blobs=self.blobs,
        )
        self.download_evaluation = DownloadEvaluation(read=self.read_evaluation, **noted)
        self.read_model_card = ReadModelCard(
            runs=self.runs,
            synthetics=self.synthetics,
            evaluations=self.evaluations,
            keys=self.keys,
            clock=self.clock,
            organisation="Clinic",
            product_version="1",
            **real,
        )
        self.read_dp_report = ReadDpReport(
            datasets=self.datasets,
            runs=self.runs,
            ledger=self.ledger,
            keys=self.keys,
            clock=self.clock,
            organisation="Clinic",
            product_version="1",
        )
        self.download_dp_report = DownloadDpReport(
            runs=self.runs,
            synthetics=self.synthetics,
            packs=self.packs,
            blobs=self.blobs,
            **noted,
        )
        self.download = DownloadSynthetic(
            runs=self.runs, synthetics=self.synthetics, **real, **noted
        )
        self.download_pack = DownloadPack(packs=self.packs, blobs=self.blobs, **noted)

    def work(self) -> dict[JobKind, Work]:
        real = {"datasets": self.datasets, "blobs": self.blobs, "audit": self.audit}
        learned = {**real, "runs": self.runs, "engine": lambda name: Constrained(self.synthesizer)}
        judged = {**real, "runs": self.runs, "synthetics": self.synthetics}
        return {
            JobKind.PROFILE: ProfileDataset(**real),
            JobKind.FIT: FitRun(
                versions=lambda: {"product": "1"},
                preflight=by_size,
                recognise=self.recognise(),
                spending=self.spending,
                synthetics=self.synthetics,
                jobs=self.jobs,
                **learned,
            ),
            JobKind.SAMPLE: DrawSample(synthetics=self.synthetics, **learned),
            JobKind.EVALUATE: EvaluateTwin(
                evaluations=self.evaluations,
                rules=lambda organisation_id: self.release_rules,
                engine=learned["engine"],
                **judged,
            ),
            JobKind.PACK: BuildPack(
                gather=self.gather(),
                packs=self.packs,
                keys=self.keys,
                documents=self.documents,
                instance=INSTANCE,
                second_person=self.second_person,
                **real,
            ),
        }

    def approve(self, who: Actor, **wanted: object) -> Approval:
        approve = ApproveRelease(
            gather=self.gather(),
            approvals=self.approvals,
            second_person=self.second_person,
            **self._noted,
        )
        return approve(who, **wanted)

    def gates(self, who: Actor, **wanted: object) -> Standing:
        read = ReadGates(gather=self.gather(), second_person=self.second_person)
        return read(who, **wanted)

    def gather(self) -> GatherMaterial:
        return GatherMaterial(
            datasets=self.datasets,
            runs=self.runs,
            synthetics=self.synthetics,
            evaluations=self.evaluations,
            approvals=self.approvals,
            jobs=self.jobs,
            blobs=self.blobs,
            keys=self.keys,
            ledger=self.ledger,
            audit=self.audit,
            templates=self.templates,
            rules=lambda organisation_id: self.release_rules,
            clock=self.clock,
            organisation="Clinic",
            product_version="1",
        )

    def recognise(self) -> RecognisePeople:
        return RecognisePeople(
            datasets=self.datasets,
            blobs=self.blobs,
            ledger=self.ledger,
            keys=self.keys,
            atomic=self.atomic,
        )

    def run_job(self, worker: str = "worker-1", **changed: object) -> RunJob:
        return RunJob(
            **{
                "jobs": self.jobs,
                "work": self.work(),
                "atomic": self.atomic,
                "clock": self.clock,
                "worker": worker,
                "lease": timedelta(seconds=60),
                "after": self.spending.after,
                **changed,
            }
        )

    def synthesize_files(self) -> SynthesizeFiles:
        return SynthesizeFiles(
            prepare=self.prepare_files(),
            start=self.start,
            runs=self.runs,
            synthetics=self.synthetics,
            gates=ReadGates(gather=self.gather(), second_person=self.second_person),
            jobs=self.jobs,
            run_job=self.run_job(),
        )

    def preflight_files(self, preflight: Preflight) -> PreflightFiles:
        return PreflightFiles(
            prepare=self.prepare_files(),
            delete=self.delete,
            blobs=self.blobs,
            preflight=preflight,
            on_progress=no_progress,
        )

    def prepare_files(self) -> PrepareFiles:
        return PrepareFiles(
            receive=ReceiveFile(blobs=self.blobs, limit=None),
            upload=self.upload,
            confirm=self.confirm,
            delete=self.delete,
            jobs=self.jobs,
            run_job=self.run_job(),
            sdv=True,
        )

    def estimate_fit(self) -> EstimateFit:
        return EstimateFit(datasets=self.datasets, blobs=self.blobs, sdv=True)

    def file(self, data: bytes, name: str = "people.csv", who: Actor | None = None) -> IncomingFile:
        """A file that has arrived."""
        incoming = self.receive(who or actor(), name=name)
        incoming.write(data)
        return incoming

    def uploaded(self, data: bytes | None = None, name: str = "people.csv", **wanted) -> Dataset:
        """A dataset, not profiled yet."""
        data = people_csv() if data is None else data
        return self.upload(actor(), files=[self.file(data, name)], **wanted)

    def profiled(self, data: bytes | None = None) -> Dataset:
        dataset = self.uploaded(data)
        self.work_off()
        return self.datasets.get(ORGANISATION, dataset.id)

    def confirmed(self, data: bytes | None = None) -> Dataset:
        """As somebody does who has looked."""
        dataset = self.profiled(data)
        return self.confirm(actor(), dataset_id=dataset.id, how=Confirmation.SEEN)

    def holdout(self, data: bytes) -> Dataset:
        return self.uploaded(data, "holdout.csv", role=DatasetRole.HOLDOUT)

    def work_off(self) -> None:
        """Do every delivered job, as a worker would."""
        run = self.run_job()
        while self.jobs.delivered:
            run(self.jobs.delivered.pop(0))

    def stored_blobs(self) -> int:
        return len(self.blobs._bytes)

    def actions(self) -> list[str]:
        """What the audit log says happened, in order."""
        return [entry.document()["action"] for entry in self.audit.entries()]


def opened(data: bytes):
    """An opener of bytes, as a file on this machine is opened."""
    return lambda: io.BytesIO(data)
