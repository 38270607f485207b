"""What becomes of each column when several tables are learned as one stream of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from domain.datasets.belonging import Belonging
from domain.datasets.entities import Metadata, Relationship, SdType, TableMetadata
from domain.kernel import BadInput

TIME = "time"
HAPPENED = "has events"
"""Says of an entity whether it has any event, where some have none."""
NOTHING = ""
"""The kind of the event that stands for those of an entity without any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key: a column of one table, and the table whose key it holds."""

    column: str
    parent: str
    key: str

    @classmethod
    def of(cls, link: Relationship) -> Reference:
        return cls(
            column=link.child_foreign_key,
            parent=link.parent_table_name,
            key=link.parent_primary_key,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """The columns of one table that belongs to the entities, by what becomes of them."""

    name: str
    columns: tuple[str, ...]
    """All of the twin, in order."""
    key: str | None
    """Its primary key, which is invented anew."""
    time: str | None
    """When its events happened; ``None``: when their parents did."""
    owner: str | None
    """The foreign key to the entities' own table."""
    parents: tuple[Reference, ...]
    """Foreign keys to other tables of the stream: learned as how many of that table's events
    before."""
    labels: tuple[Reference, ...]
    """Foreign keys to tables outside of the stream: learned as numbers of their rows."""
    days: tuple[str, ...]
    """Columns of dates without a time of day."""

    @property
    def linking(self) -> frozenset[str]:
        """The columns that are no columns of the stream under their own values."""
        own = {c for c in (self.key, self.owner) if c is not None}
        return frozenset(own | {r.column for r in (*self.parents, *self.labels)})

    def called(self, column: str) -> str:
        """The name of a column in the stream."""
        return f"{self.name}.{column}"

    def state(self) -> Mapping[str, Any]:
        return asdict(self)

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> TablePlan:
        lists = {n: tuple(state[n]) for n in ("columns", "days")}
        links = {n: tuple(Reference(**r) for r in state[n]) for n in ("parents", "labels")}
        return cls(**{**state, **lists, **links})


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """How tables are merged into one stream, and told apart again."""

    root: TablePlan
    """The entities' own table: its columns are the same in all events of an entity."""
    tables: tuple[TablePlan, ...]
    """Those with events, parents first."""

    @property
    def entity(self) -> str:
        """The stream's column that says whose an event is."""
        assert self.root.key is not None
        return self.root.called(self.root.key)

    @property
    def timed(self) -> bool:
        """Whether anything says when events happened."""
        return any(table.time is not None for table in self.tables)

    @property
    def labels(self) -> Iterator[tuple[TablePlan, Reference]]:
        """All foreign keys to tables outside of the stream."""
        return ((t, r) for t in (self.root, *self.tables) for r in t.labels)

    def table(self, name: str) -> TablePlan:
        return next(t for t in self.tables if t.name == name)

    def state(self) -> Mapping[str, Any]:
        return {"root": self.root.state(), "tables": [t.state() for t in self.tables]}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> StreamPlan:
        return cls(
            root=TablePlan.from_state(state["root"]),
            tables=tuple(TablePlan.from_state(table) for table in state["tables"]),
        )


def stream_plan(metadata: Metadata, belonging: Belonging) -> StreamPlan:
    """The plan of tables that belong to the same entities. Raises :class:`BadInput` for tables
    that cannot be told as one stream."""
    _refuse_strangers(metadata, belonging)
    tables = tuple(
        _table_plan(metadata, belonging, name, belonging.links[name]) for name in belonging.links
    )
    root = _table_plan(metadata, belonging, belonging.root, ())
    return StreamPlan(root=root, tables=tables)


def _table_plan(
    metadata: Metadata, belonging: Belonging, name: str, links: tuple[Relationship, ...]
) -> TablePlan:
    table = metadata.tables[name]
    kept = {spec.name: spec for spec in table.kept}
    own = [r.child_foreign_key for r in links if r.parent_table_name == belonging.root]
    if len(own) > 1:
        raise BadInput(
            f"The table “{name}” refers to “{belonging.root}” more than once; leave out all such "
            "columns but the one that says whose its rows are."
        )
    inside = {belonging.root, *belonging.links}
    outside = [
        Reference.of(r)
        for r in metadata.relationships
        if r.child_table_name == name
        and r.child_foreign_key in kept
        and r.parent_table_name not in inside
    ]
    parents = [Reference.of(r) for r in links if r.parent_table_name != belonging.root]
    key = belonging.key if name == belonging.root else table.primary_key
    time = _time(name, table)
    return TablePlan(
        name=name,
        columns=tuple(kept),
        key=key if key in kept else None,
        time=time,
        owner=own[0] if own else None,
        parents=tuple(parents),
        labels=tuple(outside),
        days=tuple(n for n, s in kept.items() if s.sdtype is SdType.DATETIME and s.date_only),
    )


def _time(name: str, table: TableMetadata) -> str | None:
    if table.sequence is None or table.sequence.time is None:
        return None
    time = table.sequence.time
    if table.column(time).sdtype is not SdType.DATETIME:
        raise BadInput(
            f"The column “{time}” of the table “{name}” is not read as dates or times; choose the "
            "column that says when each event happened, or none."
        )
    return time


def _refuse_strangers(metadata: Metadata, belonging: Belonging) -> None:
    """Tables of events that have nothing to do with the entities."""
    for name, table in metadata.tables.items():
        if table.sequence is not None and name not in {belonging.root, *belonging.links}:
            raise BadInput(
                f"The table of events “{name}” does not refer to “{belonging.root}”, whose events "
                "are learned; add the foreign key to the schema, or leave that table out."
            )
