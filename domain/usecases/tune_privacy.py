"""Search for the smallest ε that keeps a goal, with files on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from domain.evaluation.tuning import TuningSetup, tuned
from domain.evaluation.tuning_log import TuningLog
from domain.evaluation.tuning_request import Proxy, TuningRequest
from domain.kernel import Actor, BadInput, OnProgress, Permission
from domain.ports import AuditLog, Datasets, Documents, SyntheticDatasets, TrainingRuns
from domain.privacy.budget import TuningMode, check_asked
from domain.synthesis.base import Synthesizer
from domain.synthesis.catalogue import entry
from domain.synthesis.private_sequences.unit import refuse_histories
from domain.synthesis.requests import privacy_spec
from domain.synthesis.settings import SettingValue, parse_settings, with_defaults
from domain.usecases.request_tuning import refuse_unproved
from domain.usecases.start_training import check_seed
from domain.usecases.tuning_documents import tuning_documents
from domain.usecases.tuning_rows import TuningRows, hash_of, of_private_file, of_proxy


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What was found, and the documents that say so by file name."""

    log: TuningLog
    documents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class TunePrivacyFiles:
    """Read the rows that may be read, run the trials, write everything down."""

    datasets: Datasets
    runs: TrainingRuns
    synthetics: SyntheticDatasets
    audit: AuditLog
    documents: Documents
    engine: Callable[[str], Synthesizer]
    """A function of a module, which other processes can be sent."""
    versions: Callable[[], Mapping[str, str]]
    on_progress: OnProgress

    def __call__(self, actor: Actor, *, wanted: TuningRequest) -> Tuned:
        actor.require(Permission.TRAIN)
        check_tuning(wanted)
        self._refuse_people(actor, wanted.proxy)
        rows = self._rows(wanted)
        log = tuned(
            self._setup(wanted, rows),
            partial(self.engine, wanted.synthesizer),
            workers=wanted.workers,
            earlier=wanted.earlier,
            on_progress=self.on_progress,
        )
        self.audit.append(
            actor.organisation_id,
            actor.user_id,
            "privacy.tuned",
            "files",
            {"mode": log.mode, "trials": len(log.trials), "source": log.source.sha256},
        )
        return Tuned(log=log, documents=tuning_documents(log, self.documents))

    def _refuse_people(self, actor: Actor, proxy: Proxy | None) -> None:
        """Refuse files that this instance knows to tell about people for free."""
        if proxy is None:
            return
        with proxy.file.open() as stream:
            sha256 = hash_of(stream)
        if self.datasets.has_file(actor.organisation_id, sha256):
            raise BadInput(
                "The proxy is a real dataset of this instance; bring public rows, or a twin that "
                "was trained under differential privacy."
            )
        run_id = self.synthetics.run_of_file(actor.organisation_id, sha256)
        if run_id is not None:
            refuse_unproved(self.runs.get(actor.organisation_id, run_id))

    def _rows(self, wanted: TuningRequest) -> TuningRows:
        entity, seed = wanted.privacy.entity, wanted.seed
        if wanted.mode is TuningMode.EXPLORATORY:
            return of_private_file(wanted.real, wanted.schema, entity, seed, self.on_progress)
        assert wanted.proxy is not None  # refused before
        return of_proxy(wanted.proxy, wanted.schema, entity, seed, wanted.rows, self.on_progress)

    def _setup(self, wanted: TuningRequest, rows: TuningRows) -> TuningSetup:
        privacy = privacy_spec(wanted.privacy, wanted.rows or len(rows.train))
        check_asked(privacy.epsilon, privacy.delta, 0)
        return TuningSetup(
            mode=wanted.mode,
            source=rows.source,
            train=rows.train,
            held_out=rows.held_out,
            metadata=rows.metadata,
            synthesizer=wanted.synthesizer,
            settings=trial_settings(wanted.synthesizer, wanted.settings, wanted.target),
            target=wanted.target,
            privacy=privacy,
            search=wanted.search,
            split_seed=wanted.seed,
            versions=self.versions(),
            notes=rows.notes,
        )


def trial_settings(
    synthesizer: str, given: Mapping[str, object], target: str | None
) -> dict[str, SettingValue]:
    """All settings of a trial, with the target of the search where they take one."""
    known = entry(synthesizer).settings
    settings = dict(with_defaults(known, parse_settings(known, given)))
    if settings.get("target") == "":
        settings["target"] = target or ""
    return settings


def check_tuning(wanted: TuningRequest) -> None:
    """Refuse what can be refused before a byte is read."""
    if not entry(wanted.synthesizer).private:
        raise BadInput(
            f"The synthesizer “{wanted.synthesizer}” does not train under differential privacy; "
            "tune one that does, such as “marginals”."
        )
    check_seed(wanted.seed)
    refuse_histories(wanted.synthesizer, "A search for ε")
    if wanted.rows is not None and wanted.rows < 1:
        raise BadInput("The number of rows of the private table is 1 or more.")
    if wanted.mode is TuningMode.CHARGED:
        raise BadInput(
            "A charged choice is part of the run that is released: train with an ε and name the "
            "candidates there, as in synthesize --epsilon 1 --candidate bins=12 --candidate "
            "bins=24. It cannot save budget compared to training once."
        )
    if wanted.mode is TuningMode.EXPLORATORY:
        _check_exploratory(wanted)
    elif wanted.mode is TuningMode.PROXY and wanted.proxy is None:
        raise BadInput(
            "Bring rows to tune on with a proxy file, its source and who says that they are "
            "public; tuning on the private rows would cost privacy or void ε."
        )


def _check_exploratory(wanted: TuningRequest) -> None:
    if not wanted.void_epsilon:
        raise BadInput(
            "Exploring the private rows without noise voids ε of everything that is trained with "
            "what is found; say that you want that, or tune on a proxy."
        )
    if wanted.proxy is not None:
        raise BadInput("An exploratory search reads the private rows; leave out the proxy.")
