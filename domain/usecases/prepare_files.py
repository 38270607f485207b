"""From files on this machine to a dataset whose columns are confirmed, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from domain.datasets.confirmation import Confirmation
from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import Dataset, DatasetRole
from domain.datasets.named_times import read_as
from domain.jobs import JobKind
from domain.kernel import Actor, BadInput, DatasetId
from domain.ports import Jobs
from domain.privacy.budget import check_asked
from domain.synthesis.catalogue import entry
from domain.synthesis.choosing import check_settings
from domain.synthesis.condition_text import parse_spec
from domain.synthesis.offered_conditions import check_offered
from domain.synthesis.requests import InputFile, SynthesisRequest, privacy_spec
from domain.synthesis.runs import HoldoutSpec
from domain.usecases.confirm_columns import ConfirmColumns
from domain.usecases.delete_dataset import DeleteDataset
from domain.usecases.finish_job import finish_job
from domain.usecases.receive_file import ReceiveFile
from domain.usecases.request_sample import check_rows
from domain.usecases.run_job import RunJob
from domain.usecases.start_training import check_seed
from domain.usecases.upload_dataset import UploadDataset

_COPY_BYTES = 1 << 20

Step = Callable[[str], AbstractContextManager[None]]
"""``with step(name):`` around each step, to show and time it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Uploaded files, ready to be learned from."""

    dataset: Dataset
    holdout: HoldoutSpec | None
    """Where rows to judge by come from; ``None``: the usual share is split off."""
    uploaded: tuple[DatasetId, ...]
    """The dataset, and that of the holdout if there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareFiles:
    """Read, profile, and take the suggested columns and constraints."""

    receive: ReceiveFile
    upload: UploadDataset
    confirm: ConfirmColumns
    delete: DeleteDataset
    jobs: Jobs
    run_job: RunJob
    sdv: bool

    @contextmanager
    def __call__(self, actor: Actor, *, wanted: SynthesisRequest, step: Step) -> Iterator[Prepared]:
        """The dataset for the block; if anything in it is refused or fails, it is shredded."""
        self._check(wanted)
        uploaded: list[DatasetId] = []
        try:
            yield self._prepared(actor, wanted, step, uploaded)
        except BaseException:
            for dataset_id in uploaded:
                self.delete(actor, dataset_id=dataset_id)
            raise

    def _check(self, wanted: SynthesisRequest) -> None:
        """Refuse what can be refused before a byte is read."""
        chosen = entry(wanted.synthesizer, sdv=self.sdv)
        check_settings(chosen, wanted.settings)
        check_offered(chosen, parse_spec(wanted.words), private=wanted.privacy is not None)
        for text in wanted.constraints:
            parse_constraint(text)
        check_rows(wanted.rows)
        check_seed(wanted.seed)
        read_as(wanted.unreadable_times)
        if wanted.privacy is not None:
            _refuse_rules(wanted.constraints)
            asked = privacy_spec(wanted.privacy, 0)
            check_asked(asked.epsilon, asked.delta, 0)

    def _prepared(
        self, actor: Actor, wanted: SynthesisRequest, step: Step, uploaded: list[DatasetId]
    ) -> Prepared:
        with step("read"):
            dataset = self._upload(actor, wanted.inputs, DatasetRole.SOURCE, wanted.schema)
            uploaded.append(dataset.id)
            holdout = self._holdout(actor, wanted, uploaded)
        with step("profile"):
            profile = self.jobs.latest(actor.organisation_id, JobKind.PROFILE, dataset.id)
            assert profile is not None  # uploading queued it
            finish_job(self.jobs, self.run_job, actor, profile.id)
            dataset = self.confirm(
                actor,
                dataset_id=dataset.id,
                added=wanted.constraints,
                suggested=wanted.suggested_constraints and wanted.privacy is None,
                missing=wanted.missing,
                unreadable_times=read_as(wanted.unreadable_times),
                time=wanted.time,
                how=_who_looked(wanted),
            )
        return Prepared(dataset=dataset, holdout=holdout, uploaded=tuple(uploaded))

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


def _who_looked(wanted: SynthesisRequest) -> Confirmation:
    """Nobody has seen what this very profile suggests, unless the caller says otherwise."""
    if wanted.columns_reviewed:
        return Confirmation.STATED
    return Confirmation.UNSEEN if wanted.schema is None else Confirmation.NAMED


def _refuse_rules(constraints: Sequence[str]) -> None:
    """A private run is not shown rules, so it would draw rows that break them."""
    if constraints:
        raise BadInput(
            "Constraints are off under differential privacy, since keeping them would read rows "
            "for free; leave them out, or ask for no ε."
        )
