"""What every data format tells of: a synthetic dataset as it lies in a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from domain.datasets.entities import Metadata, Relationship, TableMetadata
from domain.kernel import BadInput, PackId
from domain.synthesis.runs import SyntheticDataset, SyntheticTable


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinTable:
    """One synthetic table: what its columns are, and its files in the pack."""

    name: str
    rows: int
    metadata: TableMetadata
    """Of the columns that were written; of a private run without what real rows were asked for."""
    files: Mapping[str, str]
    """SHA-256 (hex) by file name: the Parquet, and the CSV where there is one."""

    @property
    def csv(self) -> str | None:
        """The name of the CSV."""
        return next((name for name in self.files if name.endswith(".csv")), None)

    @property
    def parquet(self) -> str:
        """The name of the Parquet."""
        return next(name for name in self.files if name.endswith(".parquet"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """A synthetic dataset, its model card and its tables."""

    pack_id: PackId
    card: Mapping[str, Any]
    """The model card, which is release-safe."""
    tables: tuple[TwinTable, ...]
    relationships: tuple[Relationship, ...] = ()

    @classmethod
    def of(
        cls,
        synthetic: SyntheticDataset,
        metadata: Metadata,
        card: Mapping[str, Any],
        pack_id: PackId,
    ) -> Self:
        """The twin in ``synthetic``, of which ``metadata`` are the confirmed columns with the keys
        of events that its run was started with.

        Raises :class:`BadInput` for a synthetic table that the metadata does not describe.
        """
        private = bool(card["privacy"]["differentially_private"])
        alone = len(synthetic.tables) == 1
        tables = tuple(_table(t, metadata, alone=alone, private=private) for t in synthetic.tables)
        kept = {t.name: {c.name for c in t.metadata.columns} for t in tables}
        return cls(
            pack_id=pack_id,
            card=card,
            tables=tables,
            relationships=tuple(
                r
                for r in metadata.relationships
                if r.parent_primary_key in kept.get(r.parent_table_name, ())
                and r.child_foreign_key in kept.get(r.child_table_name, ())
            ),
        )

    @property
    def private(self) -> bool:
        """Whether it was learned under differential privacy."""
        return bool(self.card["privacy"]["differentially_private"])

    @property
    def title(self) -> str:
        """What it is called."""
        return f"Synthetic twin of “{self.card['training_data']['dataset']}”"

    @property
    def iri(self) -> str:
        """The pack's name that no other has."""
        return f"urn:uuid:{self.pack_id}"

    @property
    def source_id(self) -> str:
        """The id of the dataset of real rows."""
        return step(self.card, "uploaded")["id"]

    def reference(self, table: str, column: str) -> Relationship | None:
        """Which table a column refers to, if any."""
        return next(
            (
                r
                for r in self.relationships
                if (r.child_table_name, r.child_foreign_key) == (table, column)
            ),
            None,
        )


def step(card: Mapping[str, Any], name: str) -> Mapping[str, str]:
    """A step of the card's provenance: ``by``, ``at`` and ``id``."""
    found: Mapping[str, str] = next(s for s in card["provenance"] if s["step"] == name)
    return found


def file_names(table: SyntheticTable, *, alone: bool) -> dict[str, str]:
    """SHA-256 by file name in the pack: ``synthetic.parquet`` and ``synthetic.csv`` of the only
    table, ``synthetic/<table>.…`` of several."""
    stem = "synthetic" if alone else f"synthetic/{table.name}"
    names = {f"{stem}.parquet": table.parquet_sha256}
    return {**names, f"{stem}.csv": table.csv_sha256} if table.csv_sha256 else names


def _table(drawn: SyntheticTable, metadata: Metadata, *, alone: bool, private: bool) -> TwinTable:
    if drawn.name not in metadata.tables:
        raise BadInput(
            f"Nothing is known about the columns of table “{drawn.name}”; draw the rows again."
        )
    known = metadata.tables[drawn.name]
    return TwinTable(
        name=drawn.name,
        rows=drawn.rows,
        metadata=_written(_covered(known) if private else known),
        files=file_names(drawn, alone=alone),
    )


def _written(table: TableMetadata) -> TableMetadata:
    """The columns as they stand in the files, and the keys that are among them."""
    names = {c.name for c in table.written}
    keys = table.sequence
    if keys is not None:
        keys = replace(
            keys,
            entity=keys.entity if keys.entity in names else None,
            time=keys.time if keys.time in names else None,
        )
    return replace(
        table,
        columns=table.written,
        primary_key=table.primary_key if table.primary_key in names else None,
        sequence=keys,
    )


def _covered(table: TableMetadata) -> TableMetadata:
    """Without what was found in the real rows and not paid for: rules, and that values differ."""
    return replace(
        table, constraints=(), columns=tuple(replace(c, unique=False) for c in table.columns)
    )
