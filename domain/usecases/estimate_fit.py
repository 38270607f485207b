"""Ask what a fit will take before it is started."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from domain.datasets.entities import Dataset, Metadata, ProfileReport
from domain.kernel import Actor, DatasetId, Permission
from domain.ports import Blobs, Datasets
from domain.synthesis.catalogue import DEFAULT_SYNTHESIZER, SynthesizerEntry, entry
from domain.synthesis.choosing import check_settings
from domain.synthesis.learned_events import as_events, overlooked_events
from domain.synthesis.preflight import PRIVATELY_EXPECTED, Expectation, expected
from domain.synthesis.runs import DEFAULT_HOLDOUT_SHARE
from domain.synthesis.settings import SettingValue, parse_settings, with_defaults
from domain.synthesis.workload import loads_of_profile
from domain.usecases.source_tables import confirmed_metadata
from domain.usecases.start_training import (
    check_holdout_share,
    check_trains_privately,
    chosen_synthesizer,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What was asked about, and what to expect."""

    synthesizer: SynthesizerEntry
    """The one that will be trained, also after “auto”."""
    reasons: tuple[str, ...]
    """Why this synthesizer, where the choice was automatic, and what else the tables may be."""
    expectation: Expectation
    columns: tuple[str, ...] = ()
    """What each column is taken for, where that was not confirmed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateFit:
    """An estimate from the profile: no real row is read, nothing is timed, no job is queued.

    A fit looks again, with timed steps, before it trains. Of the profile only counts are used,
    and none of them leaves, so looking is not audited. For a private fit not even they are used.
    """

    datasets: Datasets
    blobs: Blobs
    sdv: bool
    """Whether SDV's synthesizers are on offer."""

    def __call__(
        self,
        actor: Actor,
        *,
        dataset_id: DatasetId,
        synthesizer: str = DEFAULT_SYNTHESIZER,
        settings: Mapping[str, object] | None = None,
        holdout_share: float = DEFAULT_HOLDOUT_SHARE,
        private: bool = False,
        entity: str | None = None,
        time: str | None = None,
    ) -> Estimate:
        actor.require(Permission.TRAIN)
        asked = entry(synthesizer, sdv=self.sdv)
        check_settings(asked, settings or {})
        check_holdout_share(holdout_share)
        dataset = self.datasets.get(actor.organisation_id, dataset_id)
        metadata = as_events(confirmed_metadata(dataset), asked, entity, time)
        chosen, reasons = chosen_synthesizer(asked, dataset, metadata, private=private)
        known = parse_settings(chosen.settings, settings or {})
        if private:
            check_trains_privately(chosen)
            expectation = PRIVATELY_EXPECTED
        else:
            reasons = (*reasons, *overlooked_events(chosen, metadata))
            complete = with_defaults(chosen.settings, known)
            expectation = self._by_profile(dataset, metadata, chosen, complete, holdout_share)
        return Estimate(synthesizer=chosen, reasons=reasons, expectation=expectation)

    def _by_profile(
        self,
        dataset: Dataset,
        metadata: Metadata,
        chosen: SynthesizerEntry,
        settings: Mapping[str, SettingValue],
        holdout_share: float,
    ) -> Expectation:
        assert dataset.profile_blob is not None  # what is confirmed was profiled
        with self.blobs.open(dataset.organisation_id, dataset.profile_blob) as stream:
            report = ProfileReport.from_document(json.loads(stream.read()))
        loads = loads_of_profile(report.tables, metadata, 1 - holdout_share)
        return expected(chosen.name, loads, settings)
