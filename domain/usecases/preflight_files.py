"""Say what fitting files on this machine would take, and train nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace

from domain.datasets.entities import Dataset
from domain.datasets.preparing import split_holdout
from domain.kernel import Actor, OnProgress, Permission
from domain.ports import Blobs
from domain.synthesis.catalogue import entry
from domain.synthesis.condition_support import refuse_unsupported
from domain.synthesis.learned_events import as_events, overlooked_events
from domain.synthesis.preflight import PRIVATELY_EXPECTED
from domain.synthesis.requests import SynthesisRequest, privacy_spec
from domain.synthesis.runs import HoldoutSpec
from domain.synthesis.settings import parse_settings, with_defaults
from domain.usecases.asked_spec import asked_spec
from domain.usecases.delete_dataset import DeleteDataset
from domain.usecases.estimate_fit import Estimate
from domain.usecases.fit_run import Preflight, kept_metadata
from domain.usecases.prepare_files import Prepared, PrepareFiles
from domain.usecases.source_tables import confirmed_metadata, typed_tables
from domain.usecases.start_training import check_privacy, chosen_synthesizer


@dataclass(frozen=True, slots=True, kw_only=True)
class PreflightFiles:
    """Read and profile as for a synthesis, time a few steps, and shred what was read.

    For a private fit nothing is timed, and no row is read but to profile.
    """

    prepare: PrepareFiles
    delete: DeleteDataset
    blobs: Blobs
    preflight: Preflight
    on_progress: OnProgress

    def __call__(
        self,
        actor: Actor,
        *,
        wanted: SynthesisRequest,
        on_step: Callable[[str], None] = lambda step: None,
    ) -> Estimate:
        actor.require(Permission.TRAIN)

        def step(name: str) -> nullcontext[None]:
            on_step(name)
            return nullcontext()

        with self.prepare(actor, wanted=wanted, step=step) as prepared:
            on_step("preflight")
            estimate = replace(
                self._estimated(prepared, wanted), columns=tuple(_as_taken(prepared.dataset))
            )
            for dataset_id in prepared.uploaded:
                self.delete(actor, dataset_id=dataset_id)
        return estimate

    def _estimated(self, prepared: Prepared, wanted: SynthesisRequest) -> Estimate:
        """The estimate for the rows that would be learned from."""
        dataset, private = prepared.dataset, wanted.privacy is not None
        asked = entry(wanted.synthesizer)
        metadata = as_events(confirmed_metadata(dataset), asked, wanted.entity, wanted.time)
        chosen, reasons = chosen_synthesizer(asked, dataset, metadata, private=private)
        spec = asked_spec(wanted.words, chosen.name, dataset, self.blobs, private=private)
        settings = with_defaults(chosen.settings, parse_settings(chosen.settings, wanted.settings))
        if wanted.privacy is not None:  # no real row is looked at outside a budget
            check_privacy(privacy_spec(wanted.privacy, dataset.rows), chosen, dataset, metadata)
            return Estimate(synthesizer=chosen, reasons=reasons, expectation=PRIVATELY_EXPECTED)
        reasons = (*reasons, *overlooked_events(chosen, metadata))
        share = (prepared.holdout or HoldoutSpec()).split_share
        rows = typed_tables(self.blobs, dataset, metadata, self.on_progress)
        train, _ = split_holdout(rows, metadata, share, wanted.seed)
        kept = kept_metadata(metadata)
        refuse_unsupported(spec, kept, train)
        expectation = self.preflight(train, kept, chosen.name, settings, self.on_progress)
        return Estimate(synthesizer=chosen, reasons=reasons, expectation=expectation)


def _as_taken(dataset: Dataset) -> Iterator[str]:
    """Type, word for missing cells, and what becomes of personal data, column by column."""
    tables = confirmed_metadata(dataset).tables
    for name, table in tables.items():
        for spec in table.columns:
            place = f"{name}.{spec.name}" if len(tables) > 1 else spec.name
            missing = f", “{spec.missing_word}” is missing" if spec.missing_word else ""
            personal = f", {spec.pii_kind}: {spec.pii_action}" if spec.pii_kind else ""
            yield f"{place} ({spec.sdtype}{missing}{personal})"
