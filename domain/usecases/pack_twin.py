"""Build a pack in one go, in this process: what the command line runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.compliance.controls.catalogue import FRAMEWORKS
from domain.compliance.controls.formats import FORMATS
from domain.kernel import Actor, SyntheticDatasetId
from domain.ports import Jobs
from domain.usecases.download import Download, DownloadPack
from domain.usecases.finish_job import finish_job
from domain.usecases.request_pack import RequestPack
from domain.usecases.run_job import RunJob


@dataclass(frozen=True, slots=True, kw_only=True)
class PackTwin:
    """Ask for a pack, build it here, and hand it out."""

    request: RequestPack
    download: DownloadPack
    jobs: Jobs
    run_job: RunJob

    def __call__(
        self,
        actor: Actor,
        *,
        synthetic_id: SyntheticDatasetId,
        with_evaluation: bool = False,
        frameworks: Sequence[str] = tuple(FRAMEWORKS),
        formats: Sequence[str] = tuple(FORMATS),
    ) -> Download:
        pack, job = self.request(
            actor,
            synthetic_id=synthetic_id,
            with_evaluation=with_evaluation,
            frameworks=frameworks,
            formats=formats,
        )
        finish_job(self.jobs, self.run_job, actor, job.id)
        return self.download(actor, pack_id=pack.id)
