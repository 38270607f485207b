"""The autoregressive synthesizer: columns predicted from the ones before them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.artifacts import Artifact, library_versions
from domain.synthesis.base import FitResult, no_completing
from domain.synthesis.catalogue import entry
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.private_networks.choice import PRIVATE, private_network
from domain.synthesis.related import RelatedTables
from domain.synthesis.settings import SettingValue, with_defaults

NAME = "autoregressive"


@dataclass(frozen=True, slots=True)
class Autoregressive:
    """Our own engine (see :mod:`domain.synthesis.base` for the promises)."""

    def fit(
        self,
        tables: Tables,
        metadata: Metadata,
        *,
        held_out: Tables,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec | None,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        """Learn every table; foreign keys keep the number of children per parent."""
        _refuse_empty(tables, metadata)
        if privacy is not None:
            return private_network(NAME).fit(
                tables,
                metadata,
                settings=settings,
                privacy=privacy,
                seed=seed,
                on_progress=on_progress,
            )
        complete = with_defaults(entry(NAME).plain_settings, settings)
        learned = RelatedTables.fit(
            tables, metadata, complete, seed, on_progress, held_out=held_out
        )
        artifact = Artifact(
            synthesizer=NAME,
            seed=seed,
            settings=complete,
            state=learned.tables.state(),
            versions=library_versions(),
        )
        return FitResult(artifact=artifact.to_bytes(), notes=learned.notes, curves=learned.curves)

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw typed rows; parents come before their children."""
        state: Mapping[str, Any] = Artifact.from_bytes(artifact, NAME).state
        if PRIVATE in state:
            return private_network(NAME).sample(
                state[PRIVATE], rows=rows, seed=seed, spec=spec, on_progress=on_progress
            )
        return RelatedTables.from_state(state).chunks(rows, seed, on_progress, spec)

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Fill the gaps of partly given rows; gaps with the same columns given go together."""
        state: Mapping[str, Any] = Artifact.from_bytes(artifact, NAME).state
        if PRIVATE in state:
            raise no_completing(NAME)
        return RelatedTables.from_state(state).completed(given, seed, on_progress)


def _refuse_empty(tables: Tables, metadata: Metadata) -> None:
    for name, table in metadata.tables.items():
        if not len(tables[name]):
            raise BadInput(f"The table “{name}” has no rows to learn from; upload one with rows.")
        if not table.kept:
            raise BadInput(f"Every column of the table “{name}” is dropped; keep at least one.")
