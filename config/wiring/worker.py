"""What a worker may do: the use cases that compute. Imports torch; pages never import this."""

from __future__ import annotations

import os
import platform
import socket
from collections.abc import Mapping
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import uuid4

import torch
from django.conf import settings
from django.db import connections

from config import VERSION
from config.wiring import adapters as a
from config.wiring import web
from config.wiring.instance import instance_settings
from domain.compliance.environment_lock import LOCK, EnvironmentLock
from domain.datasets.entities import Metadata, Tables
from domain.evaluation.paid_choice import PaidChoice
from domain.jobs import Job, JobKind
from domain.kernel import OnProgress
from domain.ports import Jobs
from domain.synthesis.base import Synthesizer
from domain.synthesis.constrained import Constrained
from domain.synthesis.engines import engine
from domain.synthesis.machine import available_memory
from domain.synthesis.preflight import Expectation
from domain.synthesis.processor import instruction_set, processor_name
from domain.synthesis.settings import SettingValue
from domain.synthesis.step_timing import timed_expectation
from domain.usecases.complete_file import CompleteFile
from domain.usecases.draw_sample import DrawSample
from domain.usecases.estimate_fit import Estimate
from domain.usecases.fit_run import FitRun
from domain.usecases.pack_twin import PackTwin
from domain.usecases.preflight_files import PreflightFiles
from domain.usecases.prepare_files import PrepareFiles
from domain.usecases.profile_dataset import ProfileDataset
from domain.usecases.recognise_people import RecognisePeople
from domain.usecases.run_job import Outcome, RunJob, Work
from domain.usecases.synthesize_files import Finished, SynthesizeFiles

if TYPE_CHECKING:
    from domain.usecases.audit_privacy import AuditPrivacyFile
    from domain.usecases.evaluate_files import EvaluateFiles
    from domain.usecases.reproduce_pack import ReproducePack
    from domain.usecases.tune_privacy import TunePrivacyFiles

__all__ = [
    "Estimate",
    "Finished",
    "audit_privacy_file",
    "complete_file",
    "evaluate_files",
    "expire_datasets",
    "fit_versions",
    "pack_twin",
    "preflight_files",
    "redeliver_jobs",
    "remind_reviews",
    "reproduce_pack",
    "run_job",
    "synthesize_files",
    "tune_privacy_files",
    "versions",
]

_LIBRARIES = ("torch", "numpy", "pandas", "pyarrow", "scipy", "scikit-learn", "sdv")


def run_job(jobs: Jobs | None = None, on_progress: OnProgress | None = None) -> RunJob:
    """Run one job in this process."""
    return RunJob(
        jobs=jobs or a.jobs(),
        work=_work(),
        atomic=a.atomic,
        clock=a.clock,
        worker=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
        lease=timedelta(seconds=settings.STUDIO_JOB_LEASE_SECONDS),
        on_progress=on_progress,
        leave_thread=connections.close_all,
        after=web.spend_privacy().after,
    )


def _work() -> dict[JobKind, Work]:
    return {
        JobKind.PROFILE: ProfileDataset(datasets=a.datasets(), blobs=a.blobs(), audit=a.audit()),
        JobKind.FIT: FitRun(
            datasets=a.datasets(),
            runs=a.runs(),
            recognise=_recognise_people(),
            spending=web.spend_privacy(),
            synthetics=a.synthetics(),
            jobs=a.jobs(),
            blobs=a.blobs(),
            audit=a.audit(),
            engine=_engine,
            preflight=_preflight,
            versions=fit_versions,
        ),
        JobKind.SAMPLE: DrawSample(
            datasets=a.datasets(),
            runs=a.runs(),
            synthetics=a.synthetics(),
            blobs=a.blobs(),
            audit=a.audit(),
            engine=_engine,
        ),
        JobKind.EVALUATE: _evaluate,
        JobKind.PACK: _pack,
        JobKind.TUNE: _tune,
    }


def _recognise_people() -> RecognisePeople:
    return RecognisePeople(
        datasets=a.datasets(),
        blobs=a.blobs(),
        ledger=a.ledger(),
        keys=a.keys(),
        atomic=a.atomic,
    )


def _evaluate(job: Job, on_progress: OnProgress) -> Outcome:
    # scikit-learn and SciPy take more than a second to load, and nothing else needs them.
    from domain.usecases.evaluate_twin import EvaluateTwin

    evaluate = EvaluateTwin(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        evaluations=a.evaluations(),
        blobs=a.blobs(),
        audit=a.audit(),
        rules=a.release_rules,
        engine=_engine,
    )
    return evaluate(job, on_progress)


def _pack(job: Job, on_progress: OnProgress) -> Outcome:
    """Built when a pack is asked for: what prints and reads its documents is slow to load."""
    from domain.usecases.build_pack import BuildPack

    build = BuildPack(
        gather=web.gather_material(),
        packs=a.packs(),
        datasets=a.datasets(),
        blobs=a.blobs(),
        keys=a.keys(),
        documents=a.documents(),
        audit=a.audit(),
        instance=instance_settings(),
        second_person=settings.STUDIO_SECOND_PERSON,
    )
    return build(job, on_progress)


def reproduce_pack() -> ReproducePack:
    """Make the rows of a pack again in this process."""
    from domain.usecases.reproduce_pack import ReproducePack

    return ReproducePack(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        blobs=a.blobs(),
        audit=a.audit(),
        engine=_engine,
        versions=fit_versions,
    )


def _tune(job: Job, on_progress: OnProgress) -> Outcome:
    from domain.usecases.tune_dataset import TuneDataset

    tune = TuneDataset(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        tunings=a.tunings(),
        blobs=a.blobs(),
        audit=a.audit(),
        engine=engine,
        versions=versions,
    )
    return tune(job, on_progress)


def _engine(name: str) -> Synthesizer:
    return Constrained(PaidChoice(engine(name)))


def _preflight(
    tables: Tables,
    metadata: Metadata,
    synthesizer: str,
    settings: Mapping[str, SettingValue],
    on_progress: OnProgress,
) -> Expectation:
    return timed_expectation(
        tables, metadata, synthesizer, settings, available_memory(), on_progress
    )


def synthesize_files(on_progress: OnProgress) -> SynthesizeFiles:
    """The whole main job in this process."""
    jobs = a.jobs_here()
    return SynthesizeFiles(
        prepare=_prepare_files(jobs, on_progress),
        start=web.start_synthesis(jobs),
        runs=a.runs(),
        synthetics=a.synthetics(),
        gates=web.read_gates(),
        jobs=jobs,
        run_job=run_job(jobs, on_progress),
    )


def preflight_files(on_progress: OnProgress) -> PreflightFiles:
    """What fitting files would take, found out in this process."""
    return PreflightFiles(
        prepare=_prepare_files(a.jobs_here(), on_progress),
        delete=web.delete_dataset(),
        blobs=a.blobs(),
        preflight=_preflight,
        on_progress=on_progress,
    )


def _prepare_files(jobs: Jobs, on_progress: OnProgress) -> PrepareFiles:
    return PrepareFiles(
        receive=web.receive_file_of_any_size(),
        upload=web.upload_dataset_of_any_size(jobs),
        confirm=web.confirm_columns(),
        delete=web.delete_dataset(),
        jobs=jobs,
        run_job=run_job(jobs, on_progress),
        sdv=settings.STUDIO_SDV,
    )


def complete_file(on_progress: OnProgress) -> CompleteFile:
    """Complete a file in this process."""
    jobs = a.jobs_here()
    return CompleteFile(
        receive=web.receive_file_of_any_size(),
        request_completion=web.request_completion_of_any_size(jobs),
        download=web.download_synthetic(),
        jobs=jobs,
        run_job=run_job(jobs, on_progress),
    )


def pack_twin(on_progress: OnProgress) -> PackTwin:
    """Build a pack in this process."""
    jobs = a.jobs_here()
    return PackTwin(
        request=web.request_pack(jobs),
        download=web.download_pack(),
        jobs=jobs,
        run_job=run_job(jobs, on_progress),
    )


def evaluate_files(on_progress: OnProgress) -> EvaluateFiles:
    """Judge files made elsewhere in this process."""
    from domain.usecases.evaluate_files import EvaluateFiles

    return EvaluateFiles(
        audit=a.audit(),
        documents=a.documents(),
        rules=a.release_rules,
        clock=a.clock,
        organisation=settings.STUDIO_ORGANISATION,
        product_version=VERSION,
        on_progress=on_progress,
    )


def tune_privacy_files(on_progress: OnProgress) -> TunePrivacyFiles:
    """Search for the smallest ε with files, in this process and others that it starts."""
    from domain.usecases.tune_privacy import TunePrivacyFiles

    return TunePrivacyFiles(
        datasets=a.datasets(),
        runs=a.runs(),
        synthetics=a.synthetics(),
        audit=a.audit(),
        documents=a.documents(),
        engine=engine,
        versions=versions,
        on_progress=on_progress,
    )


def audit_privacy_file(on_progress: OnProgress) -> AuditPrivacyFile:
    """Put a promised ε to the test, in this process."""
    from domain.usecases.audit_privacy import AuditPrivacyFile

    return AuditPrivacyFile(
        datasets=a.datasets(),
        audit=a.audit(),
        keys=a.keys(),
        engine=engine,
        on_progress=on_progress,
    )


def redeliver_jobs() -> int:
    """Bring back jobs whose worker died."""
    return a.jobs().redeliver(a.clock())


def expire_datasets() -> int:
    """Shred datasets past their date."""
    return web.expire_datasets()()


def remind_reviews() -> tuple[str, ...]:
    """Note which reviews of pack templates are due."""
    return web.remind_reviews()()


def versions() -> dict[str, str]:
    """What the same bytes depend on, for provenance."""
    return {
        "product": VERSION,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "instruction_set": instruction_set(),
        "processor": processor_name(),
        "threads": str(torch.get_num_threads()),
        **{name: version(name) for name in _LIBRARIES},
    }


def fit_versions() -> dict[str, str]:
    """The same, with everything that is installed: what a model is made again from."""
    lock = EnvironmentLock.here(
        product=VERSION,
        instruction_set=instruction_set(),
        processor=processor_name(),
        threads=torch.get_num_threads(),
    )
    return {**versions(), LOCK: lock.to_text()}
