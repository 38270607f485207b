"""What every private fit does alike: divide δ, open the rows, ask for the columns, and sign."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, TableMetadata
from domain.kernel import BadInput
from domain.privacy.budget import PrivacySpec, PrivacyStatement, check_asked
from domain.privacy.contributions import bounded, unit_codes
from domain.privacy.private_table import PrivateTable
from domain.privacy.randomness import SealedSeed, likelier
from domain.privacy.touches import Touches, Uncharged
from domain.synthesis.private_encoding.table import (
    Asking,
    PrivateEncoder,
    modelled,
    needs_discovery,
)

DISCOVERY = 0.25
"""Share of δ for words that are found in the rows, where any are to be found."""
PRECISION = 0.01
"""Share of δ put aside for finite precision. What noise on counts is off by is a factor on every
answer (:func:`domain.privacy.randomness.likelier`), so it is one of ε; each fit adds it up and
proves no more than what this share leaves room for. Beside it δ grows by 2^-73 for each cell that
one unit touches, which is why no δ below :data:`domain.privacy.budget.LEAST_DELTA` is promised."""
DELTAS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8)
"""Where a statement tells ε beside the δ that was asked for."""

NOT_COVERED = (
    "Column names, types, formats, the primary key, which columns are unique, how personal data "
    "is treated and the words for “missing” are taken as public.",
    "Figures of an evaluation are computed on real rows without noise; they are for internal use.",
    "How long fitting took, and refusals while it ran, are not hidden.",
)
_ROWS_PUBLIC = "The number of rows is taken as public."
_RANDOMNESS = (
    "AES-256 in counter mode from a sealed 256-bit seed that is kept encrypted, one stream for "
    "each question; every number of Gaussian noise is the sum of four draws of 128 bits, and noise "
    "on counts is rounded to whole numbers: what floating point changes there is bounded and paid "
    "for"
)
_OF_GRADIENTS = "; for noise on gradients it is made less, not proved away"
_GRADIENTS_FLOAT = (
    "Noise on gradients is added in floating point, whose lowest bits can tell of what it hides: "
    "sums of four draws make that harder, and no proof covers it."
)


@dataclass(slots=True, kw_only=True)
class PrivateFit:
    """One fit of one table, from what was asked to what is proved."""

    privacy: PrivacySpec
    specs: tuple[ColumnSpec, ...]
    keys: frozenset[str]
    """Columns that are invented without a look: the primary key, and the unit of privacy."""
    touches: Touches = field(init=False)
    """Set by :meth:`within`, before anything is read."""
    seed: SealedSeed = field(init=False)
    discovery: float = field(init=False)
    """δ for sets of words that are found in the rows."""
    rest: float = field(init=False)
    """δ for the mechanisms."""

    def __post_init__(self) -> None:
        check_asked(self.privacy.epsilon, self.privacy.delta, 0)
        book = self.privacy.code_book
        found = any(needs_discovery(spec, book) for spec in self.modelled)
        self.discovery = self.privacy.delta * DISCOVERY if found else 0.0
        self.rest = (self.privacy.delta - self.discovery) * (1 - PRECISION)
        secret = self.privacy.secret
        self.seed = SealedSeed(secret) if secret else SealedSeed.fresh()

    @property
    def modelled(self) -> list[ColumnSpec]:
        """The columns that are learned."""
        return modelled(self.specs, set(self.keys))

    @property
    def rows_a_unit(self) -> int:
        """Rows of one unit at most."""
        return self.privacy.rows_a_unit if self.privacy.entity else 1

    def opened(self, rows: pd.DataFrame, rho: float) -> PrivateTable:
        """The handle through which the rows are reached from here on, for ``rho`` at most."""
        self.begin(rho)
        units = np.arange(len(rows))
        if self.privacy.entity is not None:
            rows = bounded(rows, self.unit_of(rows), self.rows_a_unit, self.seed)
            units = unit_codes(self.unit_of(rows))
        check_asked(
            self.privacy.epsilon, self.privacy.delta, len(np.unique(units)), self.privacy.unit
        )
        return PrivateTable(
            rows,
            self.touches,
            self.seed,
            rows_a_unit=self.rows_a_unit,
            units=units,
            witness=self.privacy.witness,
        )

    def begin(self, rho: float) -> None:
        """Fix the budget, and note what is taken as public, before the first look."""
        self.touches = Touches(rho=rho, delta=self.discovery)
        self.touches.assume(
            f"names, types and formats of {len(self.specs)} columns, the primary key, which are "
            "unique, how personal data is treated"
        )

    def total(self, table: PrivateTable, rho: float) -> int:
        """How many rows there are: public where the unit is the row, else asked for ``rho``."""
        return table.total_as_public() if self.privacy.entity is None else table.total(rho)

    def encoder(
        self, table: PrivateTable, total: int, *, rho: float, bins: int, target: str = ""
    ) -> PrivateEncoder:
        """Ask what each column holds, amounts beside the ``target`` where one is named. Costs
        ``rho`` and the δ of discovery."""
        asking = Asking(
            rho=rho,
            delta=self.discovery,
            bins=bins,
            total=total,
            book=self.privacy.code_book,
            target=target,
        )
        encoder = PrivateEncoder.fit(table, self.specs, asking, set(self.keys))
        self.check_paid(encoder)
        return encoder

    def check_paid(self, encoder: PrivateEncoder, since: int = 0) -> None:
        """Raise :class:`Uncharged` where a column was learned that no charge names, of those on
        record from the place ``since`` on."""
        paid = [touch.what for touch in self.touches.record[since:] if touch.rho > 0]
        for name in encoder.columns:
            if not any(f"“{name}”" in what for what in paid):
                raise Uncharged(
                    f"Column “{name}” was read without being paid for or declared public; "
                    "nothing of this fit is kept. Leave the column out, and report this fault."
                )

    def statement(
        self,
        *,
        epsilon: float,
        accountant: str,
        second_epsilon: float | None,
        second_accountant: str,
        epsilon_at: Callable[[float], float],
        rho: float | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> PrivacyStatement:
        """What was proved: the figures of the accountants, and what all fits say alike.

        ``epsilon_at`` tells ε of the mechanisms alone for their δ. ``training`` tells of DP-SGD
        (see :class:`PrivacyStatement`).
        """
        self._check_precision(epsilon_at)
        spec = self.privacy
        public = () if spec.entity else (_ROWS_PUBLIC,)
        floating = (_GRADIENTS_FLOAT,) if training else ()
        return PrivacyStatement(
            epsilon=min(epsilon, spec.epsilon),
            delta=spec.delta,
            unit=spec.unit,
            accountant=accountant,
            delta_discovery=self.discovery,
            rows_a_unit=self.rows_a_unit,
            rho=rho,
            rho_spent=self.touches.spent if rho is not None else None,
            second_epsilon=second_epsilon,
            second_accountant=second_accountant,
            touches=tuple(touch.to_document() for touch in self.touches.record),
            seed_commitment=self.seed.commitment,
            randomness=_RANDOMNESS + (_OF_GRADIENTS if training else ""),
            curve=self.curve(epsilon_at, min(epsilon, spec.epsilon)),
            training=training,
            tuning=spec.tuning,
            not_covered=(*NOT_COVERED, *floating, *public),
        )

    def curve(
        self, epsilon_at: Callable[[float], float], epsilon: float
    ) -> tuple[tuple[float, float], ...]:
        """ε at other δ, where δ covers discovered sets and finite precision too; at the δ that was
        asked for, and below, never less than the ``epsilon`` that was proved there."""
        aside = self.privacy.delta - self.rest
        told = [(delta, epsilon_at(delta - aside)) for delta in DELTAS if delta > aside]
        least = {delta: epsilon if delta <= self.privacy.delta else 0.0 for delta, _ in told}
        return tuple((delta, max(at, least[delta])) for delta, at in told if math.isfinite(at))

    def _check_precision(self, epsilon_at: Callable[[float], float]) -> None:
        """Refuse where the noise is off by more than what was put aside for that."""
        counted = [touch.sigma for touch in self.touches.record if touch.rho and touch.sigma]
        off = 2 * self.rows_a_unit * sum(likelier(sigma) for sigma in counted)
        # Once for the table with the unit, once for that without.
        if 2 * off > epsilon_at(self.rest) - epsilon_at(self.rest / (1 - PRECISION)):
            raise BadInput(
                "So small an ε needs more noise than can be drawn finely enough; ask for a larger "
                "one, or for fewer rows of each unit."
            )

    def unit_of(self, rows: pd.DataFrame) -> pd.Series:
        """Whose each row is; refused where the table does not keep the column that says so."""
        entity = self.privacy.entity
        if entity not in rows.columns:
            raise BadInput(
                f"The privacy unit “{entity}” is no column that the table keeps; name one, or "
                "keep it as an identifier."
            )
        return rows[entity]


def private_table_of(metadata: Metadata, synthesizer: str) -> str:
    """The name of the only table; a private fit learns no related ones."""
    if metadata.only_table is None:
        raise BadInput(
            f"The synthesizer “{synthesizer}” learns single tables only under differential "
            "privacy; bring one table, or ask for no ε."
        )
    return metadata.only_table


def keys_of(table: TableMetadata, privacy: PrivacySpec) -> frozenset[str]:
    """The columns that a private fit invents whatever they hold."""
    return frozenset(name for name in (table.primary_key, privacy.entity) if name is not None)
