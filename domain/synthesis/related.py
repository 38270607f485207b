"""Several tables: parents before children, keys that match, children per parent as learned."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, Metadata, Relationship, SdType, Tables
from domain.kernel import BadInput, OnProgress
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.encoding.codec import stratified
from domain.synthesis.encoding.holders import is_about_people
from domain.synthesis.encoding.table import table_specs
from domain.synthesis.filling import completed
from domain.synthesis.settings import SettingValue
from domain.synthesis.table_model import TableModel
from domain.synthesis.training import TrainingPlan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ForeignKey:
    """One relationship as learned."""

    column: str
    parent: str
    parent_key: str
    sdtype: SdType
    children: NDArray[np.int64]
    """``children[k]``: how many parents had ``k`` children."""
    missing_share: float
    """Share of children without a parent."""

    @classmethod
    def fit(cls, relationship: Relationship, tables: Tables, spec: ColumnSpec) -> ForeignKey:
        """Count the children of every parent, those without any too."""
        column = tables[relationship.child_table_name][relationship.child_foreign_key]
        keys = tables[relationship.parent_table_name][relationship.parent_primary_key]
        texts = column.dropna().astype(str)
        counts = texts.value_counts().reindex(keys.dropna().astype(str).unique(), fill_value=0)
        return cls(
            column=relationship.child_foreign_key,
            parent=relationship.parent_table_name,
            parent_key=relationship.parent_primary_key,
            sdtype=spec.sdtype,
            children=np.bincount(counts.to_numpy(np.int64), minlength=1),
            missing_share=float(column.isna().mean()),
        )

    def family_sizes(self, parents: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """How many children each of ``parents`` new parents gets."""
        levels = np.cumsum(self.children) / max(self.children.sum(), 1)
        sizes = np.searchsorted(levels, stratified(parents, rng), side="right")
        return np.minimum(sizes, len(self.children) - 1).astype(np.int64)

    def draw(
        self, keys: pd.Series, rows: int, rng: np.random.Generator, sizes: NDArray[np.int64]
    ) -> pd.Series:
        """``rows`` keys of parents: ``sizes`` times each, fitted to ``rows``, in random order."""
        places = np.repeat(np.arange(len(keys)), sizes)
        present = rows - round(rows * self.missing_share) if len(keys) else 0
        places = _fitted(places, present, len(keys), rng)
        chosen = np.concatenate([places, np.full(rows - len(places), -1)])
        rng.shuffle(chosen)
        values = keys.reset_index(drop=True).reindex(chosen).reset_index(drop=True)
        return values.astype("Int64" if self.sdtype is SdType.INTEGER else "string[pyarrow]")

    def state(self) -> Mapping[str, Any]:
        return {
            "column": self.column,
            "parent": self.parent,
            "parent_key": self.parent_key,
            "sdtype": self.sdtype.value,
            "children": self.children,
            "missing_share": self.missing_share,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ForeignKey:
        return cls(**{**state, "sdtype": SdType(state["sdtype"])})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedTable:
    """One table: its model (of all columns but the foreign keys), its parents, column order."""

    model: TableModel
    foreign_keys: tuple[ForeignKey, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RelatedTables:
    """All tables of a dataset, parents first. A single table is the case without relations."""

    tables: Mapping[str, LearnedTable]

    @classmethod
    def fit(
        cls,
        tables: Tables,
        metadata: Metadata,
        settings: Mapping[str, SettingValue],
        seed: int,
        on_progress: OnProgress,
        *,
        held_out: Tables,
    ) -> LearnedTables:
        """Learn each table by itself and the number of children of every parent."""
        learned: dict[str, LearnedTable] = {}
        notes: list[str] = []
        curves: dict[str, tuple[float, ...]] = {}
        clock = _TimeLimit(settings, tables)
        for place, name in enumerate(_parents_first(metadata)):
            keys = _foreign_keys(name, tables, metadata)
            without = [key.column for key in keys]
            specs = table_specs(metadata.tables[name], without)
            result = TableModel.fit(
                tables[name],
                specs,
                held_out=held_out.get(name),
                primary_key=metadata.tables[name].primary_key,
                rare_threshold=int(settings["rare_threshold"]),
                block_size=int(settings["block_size"]),
                plan=_plan(settings, clock.seconds_for(name)),
                seed=seed + place,
                on_progress=on_progress,
                references=[k.column for k in keys if is_about_people(metadata.tables[k.parent])],
            )
            columns = tuple(spec.name for spec in metadata.tables[name].kept)
            learned[name] = LearnedTable(model=result.model, foreign_keys=keys, columns=columns)
            prefix = "" if metadata.only_table else f"Table “{name}”: "
            notes += [prefix + note for note in result.notes]
            curves[name] = result.losses
        if len(learned) > 1:
            notes.append(
                "Tables are learned one by one: keys match and every parent has a plausible "
                "number of children, but a child's columns do not depend on its parent's."
            )
        return LearnedTables(tables=cls(tables=learned), notes=tuple(notes), curves=curves)

    def chunks(
        self, rows: int | None, seed: int, on_progress: OnProgress, spec: SampleSpec = PLAIN
    ) -> Iterator[Tables]:
        """Typed rows of every table, parents before children; ``spec`` holds in its table."""
        specs = self._specs(spec)
        scale = self._scale(rows)
        keys: dict[tuple[str, str], list[pd.Series]] = {}
        for place, (name, table) in enumerate(self.tables.items()):
            rng = np.random.default_rng([seed, place])
            wanted = _wanted_keys(name, self.tables)
            references, count = _references(table, name, keys, scale, rng)
            start = 0
            for frame in table.model.chunks(count, seed + place, on_progress, specs[name]):
                for column, values in references.items():
                    part = values.iloc[start : start + len(frame)]
                    frame[column] = part.reset_index(drop=True)
                start += len(frame)
                for column in wanted:
                    keys.setdefault((name, column), []).append(frame[column])
                yield {name: frame[list(table.columns)]}

    def completed(
        self, given: pd.DataFrame, seed: int, on_progress: OnProgress
    ) -> Iterator[pd.DataFrame]:
        """Rows of the main table with their gaps filled, in the order in which they came."""
        main = next(t for t in self.tables.values() if not t.foreign_keys)
        for frame in completed(main.model, given, seed, on_progress):
            yield frame[list(main.columns)]

    def _specs(self, spec: SampleSpec) -> dict[str, SampleSpec]:
        """What ``spec`` asks of each table. Columns may be written ``table.column``."""
        homes = {
            written: (name, column)
            for name, table in self.tables.items()
            for column in table.model.encoder.columns
            for written in (column, f"{name}.{column}")
        }
        for column in spec.columns:
            if column not in homes:
                raise BadInput(
                    f"No condition can be set on the column “{column}”: it is not learned as a "
                    "column of its own."
                )
        return {
            name: spec.within({w: column for w, (home, column) in homes.items() if home == name})
            for name in self.tables
        }

    def _scale(self, rows: int | None) -> float:
        """By how much every table grows: ``rows`` over the rows of the first root table."""
        root = next(t for t in self.tables.values() if not t.foreign_keys)
        return 1.0 if rows is None else rows / root.model.rows

    def state(self) -> Mapping[str, Any]:
        return {
            "tables": [
                {
                    "name": name,
                    "model": table.model.state(),
                    "foreign_keys": [key.state() for key in table.foreign_keys],
                    "columns": list(table.columns),
                }
                for name, table in self.tables.items()
            ]
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> RelatedTables:
        return cls(
            tables={
                table["name"]: LearnedTable(
                    model=TableModel.from_state(table["model"]),
                    foreign_keys=tuple(ForeignKey.from_state(k) for k in table["foreign_keys"]),
                    columns=tuple(table["columns"]),
                )
                for table in state["tables"]
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedTables:
    """What came of learning the tables."""

    tables: RelatedTables
    notes: tuple[str, ...]
    curves: Mapping[str, tuple[float, ...]]
    """Validation losses by table."""


class _TimeLimit:
    """Shares out the time that is left among the tables that are left, by their rows."""

    def __init__(self, settings: Mapping[str, SettingValue], tables: Tables) -> None:
        self.limit = float(settings["max_seconds"])
        self.end = time.monotonic() + self.limit
        self.rows = {name: len(frame) for name, frame in tables.items()}

    def seconds_for(self, table: str) -> float:
        """Seconds for the next table; 0 where there is no limit."""
        if not self.limit:
            return 0.0
        share = self.rows[table] / max(sum(self.rows.values()), 1)
        del self.rows[table]
        return max(share * (self.end - time.monotonic()), 0.1)


def _plan(settings: Mapping[str, SettingValue], seconds: float) -> TrainingPlan:
    return TrainingPlan(
        seconds=seconds,
        max_steps=int(settings["max_steps"]),
        max_epochs=int(settings["max_epochs"]),
        batch_size=int(settings["batch_size"]),
        learning_rate=float(settings["learning_rate"]),
        dropout=float(settings["dropout"]),
    )


def _parents_first(metadata: Metadata) -> list[str]:
    """Table names with every parent before its children; :class:`BadInput` for a circle."""
    waiting = dict.fromkeys(metadata.tables)
    ordered: list[str] = []
    while waiting:
        ready = [n for n in waiting if not _parents(n, metadata) & set(waiting)]
        if not ready:
            raise BadInput(
                "The relationships between the tables go round in a circle; "
                "remove one of them from the schema."
            )
        ordered += ready
        waiting = dict.fromkeys(n for n in waiting if n not in ready)
    return ordered


def _parents(name: str, metadata: Metadata) -> set[str]:
    return {r.parent_table_name for r in metadata.relationships if r.child_table_name == name}


def _foreign_keys(name: str, tables: Tables, metadata: Metadata) -> tuple[ForeignKey, ...]:
    table = metadata.tables[name]
    kept = {spec.name for spec in table.kept}
    return tuple(
        ForeignKey.fit(r, tables, table.column(r.child_foreign_key))
        for r in metadata.relationships
        if r.child_table_name == name and r.child_foreign_key in kept
    )


def _wanted_keys(name: str, tables: Mapping[str, LearnedTable]) -> set[str]:
    """Columns of table ``name`` that children refer to."""
    return {
        key.parent_key
        for table in tables.values()
        for key in table.foreign_keys
        if key.parent == name
    }


def _references(
    table: LearnedTable,
    name: str,
    keys: Mapping[tuple[str, str], list[pd.Series]],
    scale: float,
    rng: np.random.Generator,
) -> tuple[dict[str, pd.Series], int]:
    """Foreign key columns of a table and its rows. The first foreign key decides how many."""
    count = max(round(table.model.rows * scale), 0)
    references: dict[str, pd.Series] = {}
    for place, key in enumerate(table.foreign_keys):
        parents = pd.concat(keys[key.parent, key.parent_key], ignore_index=True)
        sizes = key.family_sizes(len(parents), rng)
        if place == 0 and sizes.sum():
            count = round(int(sizes.sum()) / (1 - key.missing_share))
        references[key.column] = key.draw(parents, count, rng, sizes)
    return references, count


def _fitted(
    places: NDArray[np.int64], wanted: int, parents: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """``places`` shortened at random, or filled up with more of the same, to ``wanted``."""
    if len(places) >= wanted:
        return rng.permutation(places)[:wanted]
    pool = places if len(places) else np.arange(parents)
    return np.concatenate([places, rng.choice(pool, wanted - len(places))])
