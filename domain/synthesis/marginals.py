"""Select, measure, generate: one table under differential privacy, from noisy marginals.

After MST (McKenna, Miklau & Sheldon 2021) and AIM (McKenna et al. 2022). The budget ρ is fixed
before the first look; a filter lets no look exceed it. Everything kept is made of noisy answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, TableMetadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.privacy.private_table import PrivateTable
from domain.privacy.published import written
from domain.privacy.unit_words import unit_noun
from domain.privacy.zcdp import rho_for
from domain.synthesis.above_noise import noise_warning
from domain.synthesis.artifacts import Artifact, library_versions
from domain.synthesis.base import FitResult, no_conditions
from domain.synthesis.catalogue import MARGINALS, MOST_PRIVATE_COLUMNS, entry
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import PLAIN, Condition, SampleSpec
from domain.synthesis.encoding.table import table_specs
from domain.synthesis.filter_proof import proved_by_filter
from domain.synthesis.junction_tree import Columns
from domain.synthesis.marginal_model import MarginalModel, Measurement
from domain.synthesis.marginal_selection import Measuring, noise_of
from domain.synthesis.private_encoding.invented import InventedColumn
from domain.synthesis.private_encoding.table import PrivateEncoder
from domain.synthesis.private_fit import PrivateFit, keys_of, private_table_of
from domain.synthesis.settings import SettingValue, with_defaults

_CHUNK_ROWS = 65_536
_ROUNDS_WITHOUT = 15
"""Chunks that are drawn in vain before a condition is refused."""

COLUMNS, TREE, CORRECTIONS, TOTAL = 0.25, 0.08, 0.2, 0.01
"""Shares of ρ: for columns one by one, for choosing the tree, for correcting the model (a fourth
of it for the choice), for the number of rows where that is not public. The rest measures. Chosen on
public tables (Adult above all), never on those of a user."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedTable:
    """What is kept of a table: noisy answers, and what follows from them."""

    name: str
    rows: int
    """As many as there were, as far as that is told."""
    specs: tuple[ColumnSpec, ...]
    encoder: PrivateEncoder
    model: MarginalModel

    def chunks(self, rows: int, seed: int, on_progress: OnProgress) -> Iterator[pd.DataFrame]:
        """Typed rows, at most a bounded number at a time (one empty frame for no rows)."""
        rng, invented = np.random.default_rng(seed), self.invented(seed)
        for start in range(0, max(rows, 1), _CHUNK_ROWS):
            on_progress(start, max(rows, 1), "drawing rows")
            codes = self.model.draw(min(_CHUNK_ROWS, rows - start), rng)
            yield self.encoder.decode(codes, invented, rng)

    def under(
        self, where: tuple[Condition, ...], rows: int, seed: int, on_progress: OnProgress
    ) -> Iterator[pd.DataFrame]:
        """Rows that fulfil the conditions: others are thrown away."""
        rng, invented = np.random.default_rng(seed), self.invented(seed)
        left, in_vain = rows, 0
        while left > 0:
            on_progress(rows - left, rows, "drawing rows that fulfil the conditions")
            frame = self.encoder.decode(self.model.draw(_CHUNK_ROWS, rng), invented, rng)
            kept = frame[matching(frame, where)].iloc[:left].reset_index(drop=True)
            in_vain = 0 if len(kept) else in_vain + 1
            if in_vain > _ROUNDS_WITHOUT:
                raise BadInput(
                    "Hardly any row of this model fulfils the conditions together; ask for less."
                )
            left -= len(kept)
            if len(kept):
                yield kept

    def invented(self, seed: int) -> dict[str, InventedColumn]:
        """What makes up the columns that were not looked at."""
        others = [s for s in self.specs if s.name not in self.encoder.columns]
        return {s.name: InventedColumn(spec=s, salt=f"{seed}/{s.name}") for s in others}

    def state(self) -> Mapping[str, Any]:
        return {
            "table": self.name,
            "rows": self.rows,
            "encoder": self.encoder.state(),
            "model": self.model.state(),
            "metadata": Metadata(
                tables={self.name: TableMetadata(columns=self.specs)}
            ).to_document(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> FittedTable:
        name = state["table"]
        return cls(
            name=name,
            rows=state["rows"],
            specs=Metadata.from_document(state["metadata"]).tables[name].columns,
            encoder=PrivateEncoder.from_state(state["encoder"]),
            model=MarginalModel.from_state(state["model"]),
        )


@dataclass(frozen=True, slots=True)
class Marginals:
    """The engine (see :mod:`domain.synthesis.base` for the promises)."""

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
        """Learn one table under differential privacy."""
        if privacy is None:
            raise BadInput(
                f"The synthesizer “{MARGINALS}” trains under differential privacy only; ask for an "
                "ε, such as 1."
            )
        name = private_table_of(metadata, MARGINALS)
        specs = table_specs(metadata.tables[name])
        complete = with_defaults(entry(MARGINALS).settings, settings)
        keys = keys_of(metadata.tables[name], privacy)
        fit = _Fit(PrivateFit(privacy=privacy, specs=specs, keys=keys), complete)
        encoder, model, total = fit.run(tables[name], on_progress)
        fitted = FittedTable(name=name, rows=total, specs=specs, encoder=encoder, model=model)
        artifact = Artifact(
            synthesizer=MARGINALS,
            seed=seed,
            settings=complete,
            state=fitted.state(),
            versions=library_versions(),
        )
        return FitResult(
            artifact=artifact.to_bytes(),
            notes=_notes(fitted, fit.statement()),
            statement=fit.statement(),
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
        if spec.amplify or spec.stratify or spec.impute:
            raise BadInput(
                f"The synthesizer “{MARGINALS}” draws under conditions on every row only; leave "
                "out amplification, stratification and filling."
            )
        fitted = FittedTable.from_state(Artifact.from_bytes(artifact, MARGINALS).state)
        count = fitted.rows if rows is None else rows
        if spec.where:
            drawn = fitted.under(spec.where, count, seed, on_progress)
        else:
            drawn = fitted.chunks(count, seed, on_progress)
        return ({fitted.name: frame} for frame in drawn)

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Not offered."""
        raise no_conditions(MARGINALS)


class _Fit:
    """One fit, from the budget to the statement."""

    def __init__(self, private: PrivateFit, settings: Mapping[str, SettingValue]) -> None:
        _check_columns(private.modelled)
        self.private, self.settings = private, settings
        self.rho = rho_for(private.privacy.epsilon, private.rest)

    def run(
        self, rows: pd.DataFrame, on_progress: OnProgress
    ) -> tuple[PrivateEncoder, MarginalModel, int]:
        """Ask the rows; returns what is kept of the answers."""
        table = self.private.opened(rows, self.rho)
        total = self.private.total(table, self.rho * TOTAL)
        on_progress(0, 0, "asking what each column holds, with noise")
        encoder = self.private.encoder(
            table,
            total,
            rho=self.rho * COLUMNS,
            bins=int(self.settings["bins"]),
            target=str(self.settings["target"]),
        )
        table.rewritten(encoder.encode)
        return encoder, self._modelled(table, encoder, total, on_progress), total

    def _modelled(
        self, table: PrivateTable, encoder: PrivateEncoder, total: int, on_progress: OnProgress
    ) -> MarginalModel:
        names, sizes = list(encoder.columns), encoder.sizes
        target = str(self.settings["target"])
        measuring = Measuring(
            table=table,
            names=names,
            sizes=sizes,
            total=total,
            target=names.index(target) if target in names else None,
            measurements=[_told(encoder, place) for place in range(len(names))],
        )
        if len(names) > 1:
            return self._related(measuring, encoder, on_progress)
        return self._explained(measuring, on_progress)

    def _related(
        self, measuring: Measuring, encoder: PrivateEncoder, on_progress: OnProgress
    ) -> MarginalModel:
        """Measure a tree; then, as often as asked, what the model misses most."""
        whole, corrections = self.rho, int(self.settings["corrections"])
        later = whole * CORRECTIONS if corrections else 0.0
        rest = measuring.table.touches.left - later - whole * TREE
        on_progress(0, 0, "choosing which columns to measure together")
        expected = [c.counts for c in encoder.columns.values()]
        most = measuring.table.rows_a_unit
        sigma = noise_of(rest, max(len(expected) - 1, 1), most)
        groups = measuring.with_target(measuring.tree(whole * TREE, expected, sigma))
        for group in groups:
            measuring.measure(group, rest / len(groups))
        model = self._explained(measuring, on_progress)
        rounds = min(_ROUNDS, corrections)
        for left in range(rounds, 0, -1):
            number = -(-corrections // rounds)
            share = measuring.table.touches.left / left
            sigma = noise_of(share * 0.75, number, most)
            worst = measuring.worst(model, number, share * 0.25, sigma)
            if not worst:
                break
            for group in worst:
                measuring.measure(group, share * 0.75 / len(worst))
            model = self._explained(measuring, on_progress)
        return self._with_the_rest(model, measuring, groups, on_progress)

    def _with_the_rest(
        self,
        model: MarginalModel,
        measuring: Measuring,
        groups: list[Columns],
        on_progress: OnProgress,
    ) -> MarginalModel:
        """Measure the tree once more with what is left, where there was nothing to correct."""
        left = measuring.table.touches.left
        if left < self.rho * _CRUMBS:
            return model
        for group in groups:
            measuring.measure(group, left / len(groups))
        return self._explained(measuring, on_progress)

    def _explained(self, measuring: Measuring, on_progress: OnProgress) -> MarginalModel:
        def on_step(done: int, total: int) -> None:
            if done % _TELL == 0:
                on_progress(done, total, "finding the rows that explain the noisy counts")

        iterations = int(self.settings["iterations"])
        return MarginalModel.fit(
            measuring.sizes, measuring.measurements, float(measuring.total), iterations, on_step
        )

    def statement(self) -> PrivacyStatement:
        """What was proved. See :func:`proved_by_filter`."""
        return proved_by_filter(self.private, self.rho)


def _told(encoder: PrivateEncoder, place: int) -> Measurement:
    """What the column in a place said of itself, or of itself and the target together."""
    column, names = list(encoder.columns.values())[place], list(encoder.columns)
    joint = column.joint()
    if joint is None:
        return Measurement(columns=(place,), counts=column.counts, spread=column.spreads)
    target = names.index(encoder.target)
    counts, spread = joint if place < target else (table.T for table in joint)
    return Measurement(
        columns=(min(place, target), max(place, target)),
        counts=counts.ravel(),
        spread=spread.ravel(),
    )


_ROUNDS = 2
_CRUMBS = 1e-3
"""Share of ρ that is not worth another question."""
_TELL = 20


def _check_columns(specs: list[ColumnSpec]) -> None:
    if not specs:
        raise BadInput(
            "Every column of this table is an identifier or a text; keep one that can be learned."
        )
    if len(specs) > MOST_PRIVATE_COLUMNS:
        raise BadInput(
            f"The synthesizer “{MARGINALS}” learns {MOST_PRIVATE_COLUMNS} columns at most, and "
            f"this table has {len(specs)}; leave out columns, or take “autoregressive”."
        )


def _notes(fitted: FittedTable, statement: PrivacyStatement) -> tuple[str, ...]:
    invented = [s.name for s in fitted.specs if s.name not in fitted.encoder.columns]
    charged = sum(t["rho"] > 0 for t in statement.touches)
    return (
        f"Learned from {charged} noisy answers within ε = {written(statement.epsilon)}, "
        f"δ = {written(statement.delta)} for one {unit_noun(statement.unit)}; nothing "
        "else of the rows is kept.",
        *noise_warning(fitted.encoder.columns),
        *(
            f"Column “{n}”: every value is invented without reading the real ones."
            for n in invented
        ),
    )
