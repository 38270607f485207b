"""Synthesizers for searches: a fake one whose rows are the better the larger ε is."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.evaluation.tuning import TuningSetup
from domain.evaluation.tuning_log import TuningSource
from domain.evaluation.tuning_request import SearchSpec
from domain.kernel import OnProgress
from domain.privacy.budget import PrivacySpec, PrivacyStatement, TuningMode
from domain.privacy.zcdp import rho_for
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.encoding.table import table_specs
from domain.synthesis.private_fit import PrivateFit, keys_of
from tests.domain.evaluation.tables import METADATA, real, shuffled

FITS: list[tuple[float, int]] = []
"""(ε, seed) of every fit in this process, in order."""


@dataclass(frozen=True)
class Fading:
    """Repeats the rows it learned from; a share exp(−ε) of them in columns that do not match."""

    def fit(
        self,
        tables: Tables,
        metadata: Metadata,
        *,
        held_out: Tables,
        settings: Mapping[str, object],
        privacy: PrivacySpec | None,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        assert privacy is not None
        on_progress(0, 0, "fitting")
        FITS.append((privacy.epsilon, seed))
        (rows,) = tables.values()
        bad = np.random.default_rng(seed).random(len(rows)) < np.exp(-privacy.epsilon)
        if "spoil" in settings:
            bad = np.random.default_rng(seed).random(len(rows)) < float(str(settings["spoil"]))
        mixed = shuffled(rows, seed)
        twin = pd.concat([rows[~bad], mixed[bad]], ignore_index=True)
        rho = rho_for(privacy.epsilon, _rest(metadata, privacy))
        statement = PrivacyStatement(
            epsilon=privacy.epsilon,
            delta=privacy.delta,
            unit=privacy.unit,
            accountant="fake",
            rho=rho * (1 - 1e-9),
            touches=({"what": "all of it", "basis": "charged", "rho": rho},),
        )
        return FitResult(artifact=twin.to_json().encode(), statement=statement)

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        twin = pd.read_json(io.BytesIO(artifact))
        twin["admitted"] = pd.to_datetime(twin["admitted"], unit="ms")
        yield {"visits": twin if rows is None else twin.iloc[:rows]}

    def complete(self, artifact, given, *, seed, on_progress, spec=None):
        raise NotImplementedError


def _rest(metadata: Metadata, privacy: PrivacySpec) -> float:
    (table,) = metadata.tables.values()
    keys = keys_of(table, privacy)
    return PrivateFit(privacy=privacy, specs=table_specs(table), keys=keys).rest


def fading() -> Fading:
    """For other processes, which are sent functions by name."""
    return Fading()


def setup(search: SearchSpec, rows: int = 300, mode: TuningMode = TuningMode.PROXY) -> TuningSetup:
    """A search on simulated visits."""
    train, held_out = real(rows, 1), real(rows, 2)
    return TuningSetup(
        mode=mode,
        source=TuningSource(
            name="visits.csv",
            source="a simulator",
            person="Ada",
            sha256="ab" * 32,
            rows_trained=len(train),
            rows_held_out=len(held_out),
        ),
        train=train,
        held_out=held_out,
        metadata=METADATA,
        synthesizer="marginals",
        settings={},
        target="outcome",
        privacy=PrivacySpec(epsilon=1.0, delta=1e-5),
        search=search,
        split_seed=0,
        versions={"product": "test"},
    )
