"""Queue a search for the smallest ε that keeps a goal; it reads a proxy, never the dataset."""

from __future__ import annotations

import json
from dataclasses import dataclass
from uuid import uuid4

from domain.datasets.entities import Dataset
from domain.evaluation.privacy_tuning import PrivacyTuning, TuningWish
from domain.jobs import Job, JobKind
from domain.kernel import (
    Actor,
    BadInput,
    DatasetId,
    JobId,
    Permission,
    SyntheticDatasetId,
    TuningId,
)
from domain.ports import (
    Atomic,
    AuditLog,
    Clock,
    Datasets,
    Jobs,
    PrivacyLedger,
    SyntheticDatasets,
    TrainingRuns,
)
from domain.ports.privacy_tunings import PrivacyTunings
from domain.privacy.budget import ROW, PrivacySpec, check_asked, default_delta
from domain.privacy.code_book import CodeBook
from domain.synthesis.catalogue import entry
from domain.synthesis.requests import check_rows_a_unit
from domain.synthesis.runs import TrainingRun
from domain.synthesis.settings import parse_settings
from domain.usecases.source_tables import confirmed_metadata
from domain.usecases.start_training import check_seed, check_target


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTuning:
    """Queue a search, after checking that its proxy tells nothing for free."""

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    tunings: PrivacyTunings
    ledger: PrivacyLedger
    jobs: Jobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(
        self, actor: Actor, *, dataset_id: DatasetId, wish: TuningWish
    ) -> tuple[PrivacyTuning, Job]:
        actor.require(Permission.TRAIN)
        dataset = self.datasets.get(actor.organisation_id, dataset_id)
        check_wish(wish, dataset.rows)
        self._check_proxy(actor, dataset, wish)
        tuning = PrivacyTuning(
            id=TuningId(uuid4()),
            organisation_id=actor.organisation_id,
            dataset_id=dataset.id,
            wish=wish,
            created_by=actor.user_id,
            created_at=self.clock(),
        )
        job = Job(
            id=JobId(uuid4()),
            organisation_id=actor.organisation_id,
            kind=JobKind.TUNE,
            subject_id=tuning.id,
            requested_by=actor.user_id,
            created_at=tuning.created_at,
        )
        with self.atomic():
            self.tunings.add(tuning)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "tuning.requested",
                str(tuning.id),
                {
                    "dataset": str(dataset.id),
                    "proxy": str(wish.proxy_dataset_id or wish.proxy_synthetic_id),
                    "declared_public": wish.proxy_dataset_id is not None,
                },
            )
            self.jobs.add(job)
        return tuning, job

    def _check_proxy(self, actor: Actor, dataset: Dataset, wish: TuningWish) -> None:
        if wish.proxy_synthetic_id is not None:
            self._check_twin(actor, wish.proxy_synthetic_id)
            return
        assert wish.proxy_dataset_id is not None  # one of both is there
        proxy = self.datasets.get(actor.organisation_id, wish.proxy_dataset_id)
        if not wish.source.strip():
            raise BadInput("Say where the proxy comes from and why its rows are public.")
        check_target(confirmed_metadata(proxy), wish.target)
        if self._same_people(actor, dataset, proxy):
            raise BadInput(
                "The proxy holds people of this very dataset, so it is not public; bring rows of "
                "other people, or synthetic rows of a private run."
            )

    def _check_twin(self, actor: Actor, synthetic_id: SyntheticDatasetId) -> None:
        synthetic = self.synthetics.get(actor.organisation_id, synthetic_id)
        synthetic.require_twin()
        refuse_unproved(self.runs.get(actor.organisation_id, synthetic.run_id))

    def _same_people(self, actor: Actor, dataset: Dataset, proxy: Dataset) -> bool:
        """As far as the instance knows: releases of one name, one file, or kin in the ledger."""
        releases = self.datasets.releases(actor.organisation_id, dataset.id)
        later = self.datasets.releases(actor.organisation_id, proxy.id)
        files = {file.sha256 for file in dataset.files} & {file.sha256 for file in proxy.files}
        account = self.ledger.account(actor.organisation_id, dataset.id)
        kin = {kin.population.dataset_id for kin in account.kin}
        return proxy.id in {*releases, *kin} or dataset.id in later or bool(files)


def check_wish(wish: TuningWish, rows: int) -> None:
    """Refuse what can be refused before anything is queued."""
    known = entry(wish.synthesizer)
    if not known.private:
        raise BadInput(
            f"The synthesizer “{wish.synthesizer}” does not train under differential privacy; "
            "tune one that does, such as “marginals”."
        )
    parse_settings(known.settings, wish.settings)
    check_seed(wish.seed)
    check_rows_a_unit(wish.entity, wish.rows_a_unit)
    privacy = privacy_of(wish, rows)
    check_asked(min(wish.search.epsilons), privacy.delta, 0 if wish.entity else rows)


def privacy_of(wish: TuningWish, rows: int) -> PrivacySpec:
    """What trials promise, but for ε, which is each trial's own."""
    book = CodeBook.of_text(json.dumps(wish.code_book).encode()) if wish.code_book else None
    unit = wish.entity or ROW
    return PrivacySpec(
        epsilon=wish.epsilons[0],
        delta=default_delta(rows, unit) if wish.delta is None else wish.delta,
        unit=unit,
        rows_a_unit=wish.rows_a_unit,
        code_book=book,
    )


def refuse_unproved(run: TrainingRun) -> None:
    """Only what was released under differential privacy may be looked at again for nothing."""
    if run.statement is None:
        raise BadInput(
            "The proxy is a twin that was trained without differential privacy, so choosing ε by "
            "it looks at its people for free; bring public rows, or a twin of a private run."
        )
    if run.statement.void:
        raise BadInput(
            "The proxy is a twin whose ε is void, so it is no release under differential "
            "privacy; bring public rows, or a twin of another private run."
        )
