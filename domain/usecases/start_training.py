"""Queue one synthesizer to be fitted to one dataset."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from domain.datasets.entities import Dataset, Metadata, SdType
from domain.datasets.event_keys import keys_of
from domain.datasets.time_columns import refuse_mixing_people, with_companions
from domain.evaluation.privacy_audit import PrivacyAudit
from domain.jobs import Job, JobKind
from domain.kernel import Actor, BadInput, DatasetId, JobId, Permission, RunId
from domain.ports import Atomic, AuditLog, Blobs, Clock, Datasets, Jobs, Keys, TrainingRuns
from domain.privacy.budget import LEAST_EPSILON, MOST_CANDIDATES, PrivacySpec, check_asked
from domain.privacy.coins import SEED_BYTES
from domain.privacy.ledger import SpendKind
from domain.synthesis.catalogue import (
    AUTO,
    CATALOGUE,
    DEFAULT_SYNTHESIZER,
    MARGINALS,
    SEQUENCES,
    SynthesizerEntry,
    entry,
)
from domain.synthesis.choosing import TableShape, check_counting, check_settings, choose
from domain.synthesis.code_book_checks import check_code_book
from domain.synthesis.learned_events import as_events, events_for_audit, overlooked_events
from domain.synthesis.private_sequences.unit import private_keys
from domain.synthesis.requests import PrivacyRequest, privacy_spec
from domain.synthesis.runs import HoldoutSpec, TrainingRun
from domain.synthesis.settings import SettingValue, parse_settings
from domain.usecases.sealed_audits import check_seal
from domain.usecases.source_tables import confirmed_metadata, matching_tables
from domain.usecases.spend_privacy import SpendPrivacy

MAX_SEED = 2**32 - 1
_MAX_HOLDOUT_SHARE = 0.5
_NO_PERSON = (SdType.BOOLEAN, SdType.CATEGORICAL)
_NO_TARGET = (SdType.ID, SdType.TEXT, SdType.DATETIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTraining:
    """Queue a fit, after checking everything that can be checked before it starts."""

    datasets: Datasets
    blobs: Blobs
    runs: TrainingRuns
    spending: SpendPrivacy
    jobs: Jobs
    audit: AuditLog
    keys: Keys
    atomic: Atomic
    clock: Clock
    sdv: bool
    """Whether SDV's synthesizers are on offer."""

    def __call__(
        self,
        actor: Actor,
        *,
        dataset_id: DatasetId,
        synthesizer: str = DEFAULT_SYNTHESIZER,
        settings: Mapping[str, object] | None = None,
        seed: int = 0,
        target: str | None = None,
        holdout: HoldoutSpec | None = None,
        privacy: PrivacyRequest | None = None,
        entity: str | None = None,
        time: str | None = None,
    ) -> tuple[TrainingRun, Job]:
        actor.require(Permission.TRAIN)
        asked = entry(synthesizer, sdv=self.sdv)
        check_settings(asked, settings or {})
        check_seed(seed)
        holdout = holdout or HoldoutSpec()
        check_holdout_share(holdout.split_share)
        dataset = self.datasets.get(actor.organisation_id, dataset_id)
        _refuse_unknown(dataset, (entity, time, target))
        metadata = as_events(confirmed_metadata(dataset), asked, entity, time)
        check_target(metadata, target)
        self._check_holdout(actor, dataset, holdout)
        chosen, notes = chosen_synthesizer(asked, dataset, metadata, private=privacy is not None)
        check_counting(chosen, settings or {}, private=privacy is not None)
        spec = privacy_spec(_of_entity(privacy, entity), dataset.rows) if privacy else None
        if spec is None:  # what rows look like is not told where ε pays for every look
            account = self.spending.ledger.account(actor.organisation_id, dataset.id)
            overlooked = overlooked_events(chosen, metadata)
            notes = (*notes, *overlooked, *account.ended_by_plain_rows)
        else:
            check_privacy(spec, chosen, dataset, metadata)
            spec = replace(spec, candidates=check_candidates(spec, chosen))
            check_audit_is_of(spec, chosen, settings or {}, target, self.keys)
            notes = (*notes, *doubtful_unit(spec, metadata))
        run = TrainingRun(
            id=RunId(uuid4()),
            organisation_id=actor.organisation_id,
            dataset_id=dataset.id,
            synthesizer=chosen.name,
            settings=parse_settings(chosen.settings, settings or {}),
            seed=seed,
            target=target,
            holdout=holdout,
            privacy=spec,
            sequences=keys_of(metadata),
            created_by=actor.user_id,
            created_at=self.clock(),
            notes=notes,
        )
        job = Job(
            id=JobId(uuid4()),
            organisation_id=actor.organisation_id,
            kind=JobKind.FIT,
            subject_id=run.id,
            requested_by=actor.user_id,
            created_at=run.created_at,
        )
        with self.atomic():
            self._reserve(actor, run)
            run = replace(run, privacy=self._sealed(actor, spec))
            self.runs.add(run)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "training.requested",
                str(run.id),
                {
                    "dataset": str(dataset.id),
                    "synthesizer": run.synthesizer,
                    "seed": seed,
                    **_privacy_for_audit(run.privacy),
                    **events_for_audit(run),
                },
            )
            self.jobs.add(job)
        return run, job

    def _sealed(self, actor: Actor, privacy: PrivacySpec | None) -> PrivacySpec | None:
        """What was asked for, with a fresh secret that only the fit and the split will open."""
        if privacy is None:
            return None
        blob_id = self.blobs.put(actor.organisation_id, secrets.token_bytes(SEED_BYTES))
        return replace(privacy, sealed_seed=blob_id)

    def _reserve(self, actor: Actor, run: TrainingRun) -> None:
        if run.privacy is None:
            return
        self.spending.reserve(
            actor,
            dataset_id=run.dataset_id,
            kind=SpendKind.TUNING if run.privacy.candidates else SpendKind.TRAINING,
            subject_id=run.id,
            epsilon=run.privacy.epsilon,
            delta=run.privacy.delta,
            unit=run.privacy.unit,
            void=run.privacy.tuning is not None and run.privacy.tuning.voids,
        )

    def _check_holdout(self, actor: Actor, dataset: Dataset, holdout: HoldoutSpec) -> None:
        if holdout.dataset_id is not None:
            other = self.datasets.get(actor.organisation_id, holdout.dataset_id)
            matching_tables(other, dataset)
        else:
            check_holdout_share(holdout.share)


def _of_entity(privacy: PrivacyRequest, entity: str | None) -> PrivacyRequest:
    """Whose history a row belongs to is whom ε protects, where no other unit was named."""
    return replace(privacy, entity=privacy.entity or entity)


def _privacy_for_audit(privacy: PrivacySpec | None) -> dict[str, object]:
    if privacy is None:
        return {}
    return {"epsilon": privacy.epsilon, "delta": privacy.delta, "unit": privacy.unit}


def chosen_synthesizer(
    asked: SynthesizerEntry, dataset: Dataset, metadata: Metadata, *, private: bool = False
) -> tuple[SynthesizerEntry, tuple[str, ...]]:
    """The synthesizer to train, and why where the choice was left to us."""
    if asked.name != AUTO:
        return asked, ()
    shape = TableShape(
        tables=len(metadata.tables),
        rows=dataset.rows,
        columns=max(len(table.kept) for table in metadata.tables.values()),
        events=bool(keys_of(metadata)),
    )
    choice = choose(shape, private=private)
    return choice.synthesizer, (choice.reason,)


def check_privacy(
    privacy: PrivacySpec, chosen: SynthesizerEntry, dataset: Dataset, metadata: Metadata
) -> None:
    """Refuse a promise that cannot be kept or says nothing. Units that are no rows are counted
    when the fit starts."""
    check_trains_privately(chosen)
    if chosen.name == SEQUENCES:
        private_keys(metadata, privacy)
    check_asked(privacy.epsilon, privacy.delta, 0 if privacy.entity else dataset.rows)
    refuse_mixing_people(metadata, privacy.entity)
    if privacy.code_book is not None:
        check_code_book(privacy.code_book, metadata)
    if privacy.entity is not None:
        table = metadata.tables[metadata.table_with(privacy.entity)]
        if table.column(privacy.entity) not in table.kept:
            raise BadInput(
                f"The column “{privacy.entity}” is left out, so it cannot say whose row it is; "
                "keep it as an identifier, which is replaced by an invented one."
            )


def doubtful_unit(privacy: PrivacySpec, metadata: Metadata) -> tuple[str, ...]:
    """A sentence where the confirmed type of the entity is no person's. Reads no row."""
    if privacy.entity is None:
        return ()
    spec = metadata.tables[metadata.table_with(privacy.entity)].column(privacy.entity)
    if spec.sdtype not in _NO_PERSON:
        return ()
    kept = "" if keys_of(metadata) else f": at most {privacy.rows_a_unit} rows of each are learned"
    return (
        f"The column “{privacy.entity}” was confirmed as {spec.sdtype}, so it rather names groups "
        f"than people{kept}. Name "
        "the column that says whose row it is, or confirm it as an identifier.",
    )


def check_trains_privately(chosen: SynthesizerEntry) -> None:
    """Refuse a synthesizer without a private way of learning."""
    if not chosen.private:
        raise BadInput(
            f"The synthesizer “{chosen.name}” does not train under differential privacy in this "
            f"version; choose {_private_names()}, or ask for no ε."
        )


def _private_names() -> str:
    names = [f"“{name}”" for name, known in CATALOGUE.items() if known.private and name != AUTO]
    return " or ".join((", ".join(names[:-1]), names[-1]))


def check_candidates(
    privacy: PrivacySpec, chosen: SynthesizerEntry
) -> tuple[dict[str, SettingValue], ...]:
    """The settings of each candidate of a charged choice; refuses a choice that cannot be made."""
    if not privacy.candidates:
        return ()
    if chosen.name != MARGINALS:
        raise BadInput(
            f"Settings of “{chosen.name}” cannot be chosen on the private rows in this version; "
            f"choose “{MARGINALS}”, or tune on public rows."
        )
    if privacy.tuning is not None and privacy.tuning.voids:
        raise BadInput(
            "An exploratory search has voided ε, so there is nothing to charge candidates to; "
            "leave out one of them."
        )
    least = LEAST_EPSILON * len(privacy.candidates)
    if privacy.epsilon < least:
        raise BadInput(
            f"ε = {privacy.epsilon:g} is too little to share among {len(privacy.candidates)} "
            f"candidates; ask for at least {least:g}, or name fewer."
        )
    found = tuple(parse_settings(chosen.settings, dict(c)) for c in privacy.candidates)
    if any(not candidate for candidate in found) or not 2 <= len(found) <= MOST_CANDIDATES:
        raise BadInput(
            f"A charged choice is among 2 to {MOST_CANDIDATES} candidates with a setting each, "
            "such as bins=12 and bins=24; name them, or train once without."
        )
    return found


def check_audit_is_of(
    privacy: PrivacySpec,
    chosen: SynthesizerEntry,
    settings: Mapping[str, object],
    target: str | None,
    keys: Keys,
) -> None:
    """Refuse an audit of another promise or instance, one that found it broken, and one that must
    not leave."""
    if privacy.audit is None:
        return
    audit = PrivacyAudit.from_document(privacy.audit)
    check_seal(audit, keys)
    if audit.internal:
        raise BadInput(
            "This audit was made on private rows, so it stays inside the instance; audit on "
            "public rows, or leave it out."
        )
    if audit.broken:
        raise BadInput(audit.sentence)
    asked = parse_settings(chosen.settings, settings)
    if other := audit.difference(chosen.name, {"target": target or "", **asked}, privacy):
        raise BadInput(
            f"The audit is of another {other}, so it says nothing of this run; make one of the "
            "same synthesizer, settings and promise, or leave it out."
        )


def check_holdout_share(share: float) -> None:
    """Refuse a share that leaves too little to learn from."""
    if not 0 <= share <= _MAX_HOLDOUT_SHARE:
        raise BadInput("The holdout share takes a number from 0 to 0.5.")


def check_seed(seed: int) -> None:
    """Refuse a seed that the random generators do not take."""
    if not 0 <= seed <= MAX_SEED:
        raise BadInput(f"The seed takes a whole number from 0 to {MAX_SEED}.")


def _refuse_unknown(dataset: Dataset, columns: Iterable[str | None]) -> None:
    """A column that is not there is refused before a dataset that waits for its confirmation: what
    was asked would have to be changed anyway."""
    if dataset.metadata is None:
        return
    known = with_companions(dataset.metadata)
    names = {column.name for table in known.tables.values() for column in table.columns}
    for name in filter(None, columns):
        if name not in names:
            known.table_with(name)  # refuses it, with what there is


def check_target(metadata: Metadata, target: str | None) -> None:
    """Refuse a column that is not there, or that no model could predict."""
    if target is None:
        return
    spec = metadata.tables[metadata.table_with(target)].column(target)
    table = metadata.tables[metadata.table_with(target)]
    if spec not in table.kept or spec.sdtype in _NO_TARGET:
        raise BadInput(
            f"The column “{target}” cannot be a target, because it is {spec.sdtype} or left out; "
            "choose a category, a yes-or-no or a number."
        )
