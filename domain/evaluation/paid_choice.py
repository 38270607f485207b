"""A synthesizer whose settings are chosen on the private rows, within the ε that was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.kernel import OnProgress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.base import FitResult, Synthesizer
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.settings import SettingValue


@dataclass(frozen=True, slots=True)
class PaidChoice:
    """Trains several candidates where a private run names them, and keeps the best alone.

    Without candidates it is the synthesizer that it wraps.
    """

    engine: Synthesizer

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
        """Learn the tables, with the best of the candidates' settings if there are any."""
        fit = self.engine.fit
        if privacy is not None and privacy.candidates:
            # It brings scipy, which no other fit needs.
            from domain.evaluation.repeat_and_select import RepeatAndSelect

            fit = RepeatAndSelect(self.engine, privacy.candidates).fit
        return fit(
            tables,
            metadata,
            held_out=held_out,
            settings=settings,
            privacy=privacy,
            seed=seed,
            on_progress=on_progress,
        )

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw typed rows."""
        return self.engine.sample(
            artifact, rows=rows, seed=seed, spec=spec, on_progress=on_progress
        )

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Fill gaps."""
        return self.engine.complete(artifact, given, seed=seed, spec=spec, on_progress=on_progress)
