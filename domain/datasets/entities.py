"""A dataset, its tables, and what is known about their columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

import pandas as pd

from domain.datasets.confirmation import Confirmation
from domain.datasets.constraint_language import parse_constraint
from domain.datasets.constraints import Constraint
from domain.datasets.nesting_plan import NestingPlan
from domain.datasets.time_settings import Companion, UnreadableTimes
from domain.kernel import BadInput, BlobId, DatasetId, OrganisationId, ProjectId, UserId

METADATA_SCHEMA = 1
PROFILE_SCHEMA = 1

FEW_ROWS = 100
"""A table of fewer is too small to learn much from; every face warns of it."""

Tables = Mapping[str, pd.DataFrame]
"""Typed frames by table name (see ``domain.datasets.preparing.typed`` for the dtypes)."""


class SdType(StrEnum):
    """The statistical kind of a column (SDV's word for it)."""

    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    DATETIME = "datetime"
    CATEGORICAL = "categorical"
    ID = "id"
    TEXT = "text"


class PiiKind(StrEnum):
    """The identifiers that the PII check knows."""

    NAME = "name"
    EMAIL = "email"
    PHONE = "phone"
    SSN = "ssn"
    BIRTH_DATE = "date of birth"
    ADDRESS = "address"
    RECORD_NUMBER = "record number"


class PiiAction(StrEnum):
    """What happens to a flagged column before anything is learned from it."""

    KEEP = "keep"
    """Model the column as it is (the flag was wrong, or the values are safe)."""
    SURROGATE = "surrogate"
    """Replace every value by an invented one of the same look."""
    DROP = "drop"
    """Leave the column out of the synthetic twin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PiiFlag:
    """A suspicion that a column identifies people, and what to do about it."""

    table: str
    column: str
    kind: PiiKind
    reason: str
    """Why it was flagged, in words, without quoting a value."""
    share: float
    """Share of non-missing values that match, 0 to 1 (1 when the header alone spoke)."""
    action: PiiAction
    """The suggested action, or the confirmed one once a person has decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnSpec:
    """How one column is written and what it means.

    Enough to turn its text into typed values and typed values back into the same text.
    It never holds a real value beyond spellings from fixed word lists.
    """

    name: str
    sdtype: SdType
    decimals: int | None = None
    """Digits after the point in the file (float); ``None`` writes the shortest exact form."""
    point_zero: bool = False
    """Whole numbers carry “.0” in the file (integer, and float of varying decimals)."""
    decimal_comma: bool = False
    """The file writes ``1,5`` for one and a half (float)."""
    datetime_format: str | None = None
    """strptime format of the text, with the additions of ``domain.datasets.dates`` (datetime)."""
    date_only: bool = False
    time_zone: str | None = None
    """IANA zone whose clock the text shows, with its offset; ``mixed``: each row has an offset of
    its own; ``None``: times stay as written, or are UTC where offsets vary (datetime)."""
    zone_column: str | None = None
    """The column of words such as CST that say which clock each row's text shows (datetime)."""
    unreadable_times: UnreadableTimes = UnreadableTimes.REFUSE
    companion: Companion | None = None
    """Set for a column that stands in no file but says something of the column ``of``."""
    of: str | None = None
    true_word: str = "True"
    false_word: str = "False"
    missing_word: str = ""
    """How a missing cell is written: empty, or a marker such as ``?`` or ``NA``."""
    missing_candidate: str = ""
    """A category that may stand for “missing”, of a fixed word list; empty where there is none."""
    missing_confirmed: bool = False
    """Whether a person has said if the candidate does (then it is ``missing_word``)."""
    pii_action: PiiAction = PiiAction.KEEP
    pii_kind: PiiKind | None = None
    unique: bool = False
    """Every value occurs once (keys)."""

    @property
    def missing_undecided(self) -> bool:
        """Whether one of its categories may mean “missing”, and nobody has said if it does."""
        is_category = self.sdtype is SdType.CATEGORICAL
        return is_category and bool(self.missing_candidate) and not self.missing_confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """A foreign key between two tables (SDV's words)."""

    parent_table_name: str
    parent_primary_key: str
    child_table_name: str
    child_foreign_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceKeys:
    """What makes a table an event log: whose each row is, and when it happened."""

    entity: str | None = None
    """The column that says whose row it is; ``None`` for one long series."""
    time: str | None = None
    """The column that says when; ``None`` where the order of the rows is that of time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMetadata:
    """The columns of one table, in the file's order, and its primary key if it has one."""

    columns: tuple[ColumnSpec, ...]
    primary_key: str | None = None
    constraints: tuple[Constraint, ...] = ()
    """Rules that every row of the twin keeps: suggested, then a person's word."""
    suggested_constraints: tuple[Constraint, ...] = ()
    """What profiling found to hold without exception, whether confirmed or not."""
    sequence: SequenceKeys | None = None
    """Set for tables of events in time: a person's word."""
    suggested_sequence: SequenceKeys | None = None
    """What profiling takes the keys for, whether confirmed or not."""

    def column(self, name: str) -> ColumnSpec:
        """The spec of column ``name``; raises :class:`BadInput` when there is none."""
        for spec in self.columns:
            if spec.name == name:
                return spec
        raise BadInput(
            f"There is no column named “{name}”; the columns are: "
            f"{', '.join(c.name for c in self.columns[:20])}."
        )

    @property
    def kept(self) -> tuple[ColumnSpec, ...]:
        """The columns that the synthetic twin will have (those not dropped as PII)."""
        return tuple(c for c in self.columns if c.pii_action is not PiiAction.DROP)

    @property
    def written(self) -> tuple[ColumnSpec, ...]:
        """The columns of the twin as text: an offset is part of the time, not a column."""
        return tuple(c for c in self.kept if c.companion is not Companion.ZONE)

    def with_column(self, spec: ColumnSpec) -> Self:
        """A copy in which the column of the same name is replaced by ``spec``."""
        return replace(
            self, columns=tuple(spec if c.name == spec.name else c for c in self.columns)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Everything confirmed about a dataset's columns: tables and relationships."""

    tables: Mapping[str, TableMetadata]
    relationships: tuple[Relationship, ...] = ()
    pii_flags: tuple[PiiFlag, ...] = ()
    nesting: NestingPlan | None = None
    """How the tables make one nested document again, where they came from JSON."""

    @property
    def only_table(self) -> str | None:
        """The table's name when there is just one, else ``None``."""
        return next(iter(self.tables)) if len(self.tables) == 1 else None

    @property
    def main_tables(self) -> tuple[str, ...]:
        """The tables that are no other table's child."""
        children = {r.child_table_name for r in self.relationships}
        return tuple(name for name in self.tables if name not in children)

    def table_with(self, column: str) -> str:
        """The name of the first table that has ``column``; :class:`BadInput` when none has."""
        for name, table in self.tables.items():
            if any(c.name == column for c in table.columns):
                return name
        known = [c.name for t in self.tables.values() for c in t.columns]
        raise BadInput(
            f"There is no column named “{column}”; the columns are: {', '.join(known[:20])}."
        )

    def to_document(self) -> dict[str, Any]:
        """The JSON form, with its schema number."""
        return {
            "schema": METADATA_SCHEMA,
            "tables": {
                name: {
                    "primary_key": table.primary_key,
                    "columns": [_column_document(c) for c in table.columns],
                    "constraints": [str(c) for c in table.constraints],
                    "suggested_constraints": [str(c) for c in table.suggested_constraints],
                    "sequence": _keys_document(table.sequence),
                    "suggested_sequence": _keys_document(table.suggested_sequence),
                }
                for name, table in self.tables.items()
            },
            "relationships": [_slots(r) for r in self.relationships],
            "pii_flags": [_slots(f) for f in self.pii_flags],
            "nesting": self.nesting.to_document() if self.nesting else None,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back."""
        return cls(
            tables={
                name: TableMetadata(
                    primary_key=table["primary_key"],
                    columns=tuple(_column(c) for c in table["columns"]),
                    constraints=_constraints(table.get("constraints", ())),
                    suggested_constraints=_constraints(table.get("suggested_constraints", ())),
                    sequence=_sequence(table.get("sequence")),
                    suggested_sequence=_sequence(table.get("suggested_sequence")),
                )
                for name, table in document["tables"].items()
            },
            relationships=tuple(Relationship(**r) for r in document["relationships"]),
            pii_flags=tuple(_flag(f) for f in document["pii_flags"]),
            nesting=_nesting(document.get("nesting")),
        )


def _slots(thing: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__slots__}


def _constraints(texts: Iterable[str]) -> tuple[Constraint, ...]:
    return tuple(parse_constraint(text) for text in texts)


def _keys_document(keys: SequenceKeys | None) -> dict[str, Any] | None:
    return _slots(keys) if keys else None


def _nesting(document: Mapping[str, Any] | None) -> NestingPlan | None:
    return NestingPlan.from_document(document) if document else None


def _sequence(document: Mapping[str, Any] | None) -> SequenceKeys | None:
    return SequenceKeys(**document) if document else None


def _column_document(spec: ColumnSpec) -> dict[str, Any]:
    return _slots(spec)


def _column(document: Mapping[str, Any]) -> ColumnSpec:
    kind, companion = document["pii_kind"], document.get("companion")
    return ColumnSpec(
        **{
            **document,
            "sdtype": SdType(document["sdtype"]),
            "unreadable_times": UnreadableTimes(document.get("unreadable_times", "refuse")),
            "companion": Companion(companion) if companion else None,
            "pii_action": PiiAction(document["pii_action"]),
            "pii_kind": PiiKind(kind) if kind else None,
        }
    )


def _flag(document: Mapping[str, Any]) -> PiiFlag:
    return PiiFlag(
        **{
            **document,
            "kind": PiiKind(document["kind"]),
            "action": PiiAction(document["action"]),
        }
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """An uploaded file, kept encrypted as it came."""

    name: str
    blob_id: BlobId
    sha256: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetTable:
    """One table read from the source files, kept as encrypted Parquet of text columns."""

    name: str
    blob_id: BlobId
    rows: int
    columns: tuple[str, ...]


class DatasetRole(StrEnum):
    """Why a dataset is here."""

    SOURCE = "source"
    HOLDOUT = "holdout"
    """Real rows brought along to evaluate against; never trained on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One or more named tables of real rows, in a project of an organisation."""

    id: DatasetId
    organisation_id: OrganisationId
    project_id: ProjectId
    name: str
    role: DatasetRole
    created_by: UserId
    created_at: datetime
    expires_at: datetime
    files: tuple[SourceFile, ...]
    tables: tuple[DatasetTable, ...]
    notes: tuple[str, ...] = ()
    """What reading decided, for a person: separator, encoding, what was dropped."""
    metadata: Metadata | None = None
    """The suggestion after profiling; the person's word once ``confirmed_at`` is set."""
    profile_blob: BlobId | None = None
    confirmed_by: UserId | None = None
    confirmed_at: datetime | None = None
    confirmation: Confirmation = Confirmation.UNSEEN
    """Who looked, once ``confirmed_at`` is set."""
    deleted_at: datetime | None = None

    @property
    def rows(self) -> int:
        """Rows over all tables."""
        return sum(t.rows for t in self.tables)

    @property
    def blob_ids(self) -> tuple[BlobId, ...]:
        """Every blob that holds something of this dataset."""
        found = [f.blob_id for f in self.files] + [t.blob_id for t in self.tables]
        return tuple(found + ([self.profile_blob] if self.profile_blob else []))

    def table(self, name: str) -> DatasetTable:
        """The table called ``name``."""
        return next(t for t in self.tables if t.name == name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnDecision:
    """What a person says about one column when confirming: anything left out stays as suggested."""

    table: str
    column: str
    sdtype: SdType | None = None
    pii_action: PiiAction | None = None
    missing_word: str | None = None
    """The word that is read as missing, such as ``?``; empty: only empty cells are."""
    unreadable_times: UnreadableTimes | None = None
    time_zone: str | None = None
    """The zone in which times with offsets are written; empty: UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnProfile:
    """Summary of one column's real values. Can quote real values: lives in an encrypted blob."""

    name: str
    sdtype: SdType
    rows: int
    missing: int
    distinct: int
    minimum: str | None = None
    maximum: str | None = None
    mean: float | None = None
    standard_deviation: float | None = None
    top: tuple[tuple[str, int], ...] = ()
    """Most frequent values with their counts (categorical and boolean columns)."""
    histogram: tuple[tuple[float, float, int], ...] = ()
    """``(from, to, count)`` bins (numeric and datetime columns; datetimes as epoch seconds)."""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileReport:
    """What profiling saw, table by table. Can quote real values: lives in an encrypted blob."""

    tables: Mapping[str, tuple[ColumnProfile, ...]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """The JSON form, with its schema number."""
        return {
            "schema": PROFILE_SCHEMA,
            "warnings": list(self.warnings),
            "tables": {name: [asdict(c) for c in columns] for name, columns in self.tables.items()},
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back."""
        return cls(
            warnings=tuple(document["warnings"]),
            tables={
                name: tuple(_column_profile(c) for c in columns)
                for name, columns in document["tables"].items()
            },
        )


def _column_profile(document: Mapping[str, Any]) -> ColumnProfile:
    return ColumnProfile(
        **{
            **document,
            "sdtype": SdType(document["sdtype"]),
            "top": tuple((value, count) for value, count in document["top"]),
            "histogram": tuple((low, high, count) for low, high, count in document["histogram"]),
            "warnings": tuple(document["warnings"]),
        }
    )
