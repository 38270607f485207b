"""What is told once of an entity: when it begins, how many events it has, what never changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from domain.kernel import OnProgress
from domain.privacy.private_table import PrivateTable
from domain.privacy.zcdp import sigma_for
from domain.synthesis.marginal_model import MarginalModel, Measurement
from domain.synthesis.marginal_selection import Measuring, noise_of
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_sequences.entity_wise import changes

_ITERATIONS = 500
_CHOICE = 0.2
"""Share of ρ for choosing which columns to measure together."""
_HARDLY, _MOST, _NOISE = 0.05, 0.25, 2.0
"""Histories that may change a column that is taken for constant: a share of them, or noise up to
a larger share."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """Rows of entities, from noisy answers."""

    entities: int
    """About as many as there are."""
    encoder: PrivateEncoder
    model: MarginalModel

    def drawn(self, count: int, rng: np.random.Generator) -> pd.DataFrame:
        """So many typed rows."""
        return self.encoder.decode(self.model.draw(count, rng), {}, rng)

    def state(self) -> Mapping[str, Any]:
        return {
            "entities": self.entities,
            "encoder": self.encoder.state(),
            "model": self.model.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> People:
        return cls(
            entities=state["entities"],
            encoder=PrivateEncoder.from_state(state["encoder"]),
            model=MarginalModel.from_state(state["model"]),
        )


def constant_columns(
    table: PrivateTable, columns: Sequence[str], entities: int, rho: float
) -> tuple[str, ...]:
    """The columns that change in hardly any history, as far as noise tells. Costs ``rho``."""
    found = []
    for name in columns:
        share, changing = rho / len(columns), changes(name)
        told = table.sum(
            f"number of histories in which “{name}” changes",
            lambda frame, asked=changing: int(frame[asked].sum()),  # type: ignore[misc]
            1,
            share,
        )
        noise = min(_NOISE * sigma_for(share), _MOST * entities)
        if told < max(_HARDLY * entities, noise):
            found.append(name)
    return tuple(found)


def people_of(
    table: PrivateTable,
    encoder: PrivateEncoder,
    entities: int,
    rho: float,
    on_progress: OnProgress,
) -> People:
    """Measure the columns that depend on each other most, in pairs. Costs ``rho``."""
    table.rewritten(encoder.encode)
    columns = list(encoder.columns.values())
    measuring = Measuring(
        table=table,
        names=list(encoder.columns),
        sizes=encoder.sizes,
        total=entities,
        target=None,
        measurements=[
            Measurement(columns=(place,), counts=column.counts, spread=column.spreads)
            for place, column in enumerate(columns)
        ],
    )
    if len(columns) > 1:
        left = rho * (1 - _CHOICE)
        sigma = noise_of(left, len(columns) - 1, table.rows_a_unit)
        pairs = measuring.tree(rho * _CHOICE, [c.counts for c in columns], sigma)
        for pair in pairs:
            measuring.measure(pair, left / len(pairs))
    on_progress(0, 0, "finding the people who explain the noisy counts")
    model = MarginalModel.fit(measuring.sizes, measuring.measurements, float(entities), _ITERATIONS)
    return People(entities=entities, encoder=encoder, model=model)
