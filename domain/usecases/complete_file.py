"""Complete one file in one go, in this process: what the command line runs."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel import Actor, RunId
from domain.ports import Jobs
from domain.synthesis.condition_text import NO_WORDS, SpecWords
from domain.synthesis.requests import InputFile
from domain.usecases.download import Download, DownloadSynthetic
from domain.usecases.finish_job import finish_job
from domain.usecases.receive_file import ReceiveFile
from domain.usecases.request_completion import RequestCompletion
from domain.usecases.run_job import RunJob

_COPY_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteFile:
    """Take a file with gaps, fill them by what a run has learned, and hand the rows back."""

    receive: ReceiveFile
    request_completion: RequestCompletion
    download: DownloadSynthetic
    jobs: Jobs
    run_job: RunJob

    def __call__(
        self,
        actor: Actor,
        *,
        run_id: RunId,
        source: InputFile,
        seed: int | None = None,
        words: SpecWords = NO_WORDS,
        file_format: str = "csv",
    ) -> Download:
        incoming = self.receive(actor, name=source.name)
        with source.open() as stream:
            while data := stream.read(_COPY_BYTES):
                incoming.write(data)
        synthetic, job = self.request_completion(
            actor, run_id=run_id, file=incoming, seed=seed, words=words
        )
        finish_job(self.jobs, self.run_job, actor, job.id)
        return self.download(actor, synthetic_id=synthetic.id, file_format=file_format)
