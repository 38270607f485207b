"""Networks under differential privacy: fit one table, write it down, draw from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from domain.datasets.entities import ColumnSpec, Metadata, TableMetadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.privacy.dp_sgd import Noise
from domain.privacy.published import written
from domain.privacy.unit_words import unit_noun
from domain.synthesis.above_noise import noise_warning
from domain.synthesis.artifacts import Artifact, library_versions
from domain.synthesis.base import FitResult
from domain.synthesis.catalogue import entry
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.device import THREADS
from domain.synthesis.encoding.table import table_specs
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_fit import PrivateFit, keys_of, private_table_of
from domain.synthesis.private_networks.choice import PRIVATE
from domain.synthesis.private_networks.drawn_rows import DrawnRows
from domain.synthesis.private_networks.fitting import NetworkFit
from domain.synthesis.private_networks.task import Codes, PrivateMethod, Weights
from domain.synthesis.settings import SettingValue, with_defaults
from domain.synthesis.training import torch_set_up


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateNetwork:
    """The engine around a private method (see :mod:`domain.synthesis.base` for the promises)."""

    method: PrivateMethod
    noise: Noise | None = None
    """For the self-test of audits alone: noise to use instead of the secret one. Such a fit
    proves nothing and has no statement. No face and no setting leads here."""

    def fit(
        self,
        tables: Tables,
        metadata: Metadata,
        *,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        """Learn one table under differential privacy."""
        name = private_table_of(metadata, self.method.name)
        if not len(tables[name]):
            raise BadInput(f"The table “{name}” has no rows to learn from; upload one with rows.")
        specs = table_specs(metadata.tables[name])
        complete = with_defaults(entry(self.method.name).settings, settings)
        private = PrivateFit(
            privacy=privacy, specs=specs, keys=keys_of(metadata.tables[name], privacy)
        )
        fit = NetworkFit(private=private, method=self.method, settings=complete, noise=self.noise)
        encoder, weights, total = fit.run(tables[name], seed, on_progress)
        statement = fit.statement()
        artifact = Artifact(
            synthesizer=self.method.name,
            seed=seed,
            settings=complete,
            state={PRIVATE: _state(name, specs, encoder, weights, total)},
            versions=library_versions(),
        )
        return FitResult(
            artifact=artifact.to_bytes(),
            notes=_notes(specs, encoder, statement),
            statement=statement,
        )

    def sample(
        self,
        state: Mapping[str, Any],
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw typed rows. ``state``: what :meth:`fit` kept under :data:`PRIVATE`."""
        if spec.amplify or spec.stratify or spec.impute:
            raise BadInput(
                f"The synthesizer “{self.method.name}” draws under conditions on every row only "
                "once it was trained under differential privacy; leave out amplification, "
                "stratification and filling."
            )
        columns = Metadata.from_document(state["metadata"]).tables[state["table"]].columns
        encoder = PrivateEncoder.from_state(state["encoder"])
        drawn = DrawnRows(
            specs=columns,
            encoder=encoder,
            draw=self._draw(encoder, state["weights"], seed),
            seed=seed,
            on_progress=on_progress,
        )
        count = state["rows"] if rows is None else rows
        frames = drawn.under(spec.where, count) if spec.where else drawn.chunks(count)
        return ({state["table"]: frame} for frame in frames)

    def _draw(self, encoder: PrivateEncoder, weights: Weights, seed: int) -> _Drawing:
        return _Drawing(self.method, encoder, weights, seed)


class _Drawing:
    """Draws codes on the best device, and begins by loading the network there."""

    def __init__(
        self, method: PrivateMethod, encoder: PrivateEncoder, weights: Weights, seed: int
    ) -> None:
        self.method, self.encoder, self.weights, self.seed = method, encoder, weights, seed
        self._drawer: Any = None

    def __call__(self, rows: int, rng: np.random.Generator) -> Codes:
        if not rows:
            return np.zeros((0, len(self.encoder.columns)), dtype=np.int64)
        with torch_set_up(self.seed, THREADS) as device:
            if self._drawer is None:
                self._drawer = self.method.drawer(self.encoder, self.weights, device)
            drawn: Codes = self._drawer(rows, rng)
        return drawn


def _state(
    name: str,
    specs: tuple[ColumnSpec, ...],
    encoder: PrivateEncoder,
    weights: Weights,
    total: int,
) -> Mapping[str, Any]:
    metadata = Metadata(tables={name: TableMetadata(columns=specs)})
    return {
        "table": name,
        "rows": total,
        "metadata": metadata.to_document(),
        "encoder": encoder.state(),
        "weights": dict(weights),
    }


def _notes(
    specs: tuple[ColumnSpec, ...], encoder: PrivateEncoder, statement: PrivacyStatement | None
) -> tuple[str, ...]:
    invented = [s.name for s in specs if s.name not in encoder.columns]
    told = (
        f"Column “{n}”: every value is invented without reading the real ones." for n in invented
    )
    return (*_proved(statement), *noise_warning(encoder.columns), *told)


def _proved(statement: PrivacyStatement | None) -> tuple[str, ...]:
    if statement is None or statement.training is None:
        return ("Trained without the noise of a private run: nothing is proved.",)
    return (
        f"Trained in {statement.training['steps']:,} noisy steps within ε = "
        f"{written(statement.epsilon)}, δ = {written(statement.delta)} for one "
        f"{unit_noun(statement.unit)}; beside them only noisy counts of each column are kept.",
    )
