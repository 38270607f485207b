"""What a report about differential privacy is made from, and what follows from it at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.datasets.entities import ColumnSpec, Dataset, PiiAction, SdType, TableMetadata
from domain.kernel import Conflict
from domain.privacy.budget import ROW, PrivacyStatement
from domain.privacy.ledger import LedgerSnapshot
from domain.privacy.published import rounded_up
from domain.privacy.unit_words import unit_noun
from domain.synthesis.runs import TrainingRun

_INVENTED = (SdType.ID, SdType.TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateCase:
    """A finished private run with everything that its report tells of."""

    run: TrainingRun
    dataset: Dataset
    file_digests: tuple[str, ...]
    """Of the dataset's files in order: HMAC-SHA-256 under the instance's key, hex."""
    organisation: str
    title: str
    """What the synthesizer is called."""
    ledger: LedgerSnapshot | None = None
    audit: Mapping[str, Any] | None = None
    """Of canaries: ``epsilon_lower_bound``, ``confidence``, ``threat_model``, ``guesses``,
    ``correct``, ``canaries``, ``trained_on``."""
    evaluation_included: bool = False
    """Whether figures of an evaluation leave together with the report."""

    @property
    def statement(self) -> PrivacyStatement:
        """What was proved; :class:`Conflict` before the run has finished."""
        if self.run.statement is None:
            raise Conflict("This run has not finished; its privacy report comes with its proof.")
        return self.run.statement

    @property
    def epsilon(self) -> float:
        """As published: rounded up."""
        return rounded_up(self.statement.epsilon)

    @property
    def delta(self) -> float:
        return rounded_up(self.statement.delta)

    @property
    def by_row(self) -> bool:
        """Whether the unit of privacy is the row."""
        return self.statement.unit == ROW

    @property
    def one_unit(self) -> str:
        """“one row”, or whose rows."""
        return unit_words(self.statement.unit)

    @property
    def rows(self) -> int | None:
        """Rows learned from, where their number is public."""
        return self.run.rows_trained if self.by_row else None

    @property
    def table(self) -> TableMetadata:
        """The only table; empty where its columns are not known any more."""
        metadata = self.dataset.metadata
        return next(iter(metadata.tables.values())) if metadata else TableMetadata(columns=())

    def columns(self, fate: str) -> list[str]:
        """Names of the columns that were ``modelled``, ``invented`` or ``left out``."""
        keys = invented_keys(self.table, self.statement)
        return [s.name for s in self.table.columns if _fate(s, keys) == fate]


def unit_words(unit: str) -> str:
    """A unit of privacy as sentences say it."""
    return "one row" if unit == ROW else f"one {unit_noun(unit)} with all their rows"


def invented_keys(table: TableMetadata, statement: PrivacyStatement) -> frozenset[str]:
    """Columns that a private fit invents whatever they hold: keys, and whose row it is."""
    own = () if statement.unit == ROW else (statement.unit,)
    return frozenset({*own, *([table.primary_key] if table.primary_key else [])})


def _fate(spec: ColumnSpec, keys: frozenset[str]) -> str:
    if spec.pii_action is PiiAction.DROP:
        return "left out"
    surrogate = spec.pii_action is PiiAction.SURROGATE or spec.sdtype in _INVENTED
    return "invented" if surrogate or spec.name in keys else "modelled"
