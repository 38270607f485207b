"""The rows of a search for ε, from files: public ones, or private ones where ε is given up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

import pandas as pd
import pyarrow as pa

from domain.datasets.entities import Metadata, PiiAction, TableMetadata, Tables
from domain.datasets.preparing import split_by, split_holdout, typed
from domain.datasets.profiling import profile
from domain.datasets.reading import read_file
from domain.datasets.schemas import read_schema
from domain.evaluation.comparison import drawn
from domain.evaluation.tuning_log import TuningSource
from domain.evaluation.tuning_request import Proxy
from domain.kernel import BadInput, OnProgress
from domain.synthesis.requests import InputFile
from domain.usecases.fit_run import kept_metadata

HOLDOUT_SHARE = 0.2

_TABLE = "table"
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningRows:
    """Typed rows of one table to learn from and to be judged by."""

    train: pd.DataFrame
    held_out: pd.DataFrame
    metadata: Metadata
    source: TuningSource
    notes: tuple[str, ...] = ()


def of_proxy(
    proxy: Proxy,
    schema: bytes | None,
    entity: str | None,
    seed: int,
    rows: int | None,
    on_progress: OnProgress,
) -> TuningRows:
    """Rows of a public file, ``rows`` of them at most to learn from."""
    if not (proxy.source.strip() and proxy.person.strip()):
        raise BadInput("Say where the proxy comes from and who says that its rows are public.")
    found = _of_file(proxy.file, schema, entity, seed, on_progress)
    train = found.train if rows is None else drawn(found.train, rows, seed)
    source = replace(
        found.source, source=proxy.source, person=proxy.person, rows_trained=len(train)
    )
    return replace(
        found,
        train=train.reset_index(drop=True),
        source=source,
        notes=tuple(number_notes(len(train), rows)),
    )


def number_notes(learned: int, rows: int | None) -> Iterator[str]:
    """What the number of rows means for a table of another length."""
    if rows is None:
        yield (
            f"Trials learned from {learned:,} rows. Noise weighs the more the fewer rows there "
            "are: a table half as long needs about twice the ε. Say how many rows yours has."
        )
    elif rows > learned:
        yield (
            f"The proxy has only {learned:,} rows to learn from, fewer than your {rows:,}: with "
            f"more rows about {learned / rows:.0%} of the ε may do."
        )


def of_private_file(
    file: InputFile, schema: bytes | None, entity: str | None, seed: int, on_progress: OnProgress
) -> TuningRows:
    """Rows of the private file itself. Its hash is not kept: anyone could test a guess by it."""
    found = _of_file(file, schema, entity, seed, on_progress)
    return replace(
        found,
        source=replace(found.source, source="the private rows", person="", sha256=""),
    )


def _of_file(
    file: InputFile, schema: bytes | None, entity: str | None, seed: int, on_progress: OnProgress
) -> TuningRows:
    on_progress(0, 0, "reading")
    with file.open() as stream:
        sha256 = hash_of(stream)
        stream.seek(0)
        text = _text(file.name, stream)
    expected = read_schema(schema) if schema is not None else None
    _, metadata = profile({_TABLE: text}, expected, on_progress)
    table = with_unit(metadata.tables[_TABLE], entity)
    kept = kept_metadata(Metadata(tables={_TABLE: replace(table, constraints=())}))
    train, held_out = split(typed(text, table, on_progress), kept, entity, seed)
    source = TuningSource(
        name=file.name,
        source="",
        person="",
        sha256=sha256,
        rows_trained=len(train),
        rows_held_out=len(held_out),
    )
    return TuningRows(train=train, held_out=held_out, metadata=kept, source=source)


def hash_of(stream: BinaryIO) -> str:
    """SHA-256 of what is left to read, in hexadecimal."""
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _text(name: str, stream: BinaryIO) -> pa.Table:
    reading = read_file(name, stream)
    if len(reading.tables) != 1:
        raise BadInput(f"The file holds {len(reading.tables)} tables; tune on one table.")
    (table,) = reading.tables
    return pa.Table.from_batches(
        table.batches, schema=pa.schema([(c, pa.string()) for c in table.columns])
    )


def with_unit(table: TableMetadata, entity: str | None) -> TableMetadata:
    """The column of the privacy unit is needed, also where it looks like personal data."""
    if entity is None:
        return table
    return table.with_column(replace(table.column(entity), pii_action=PiiAction.KEEP))


def split(
    rows: pd.DataFrame, metadata: Metadata, entity: str | None, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows to learn from and rows to be judged by; everybody's rows stay together."""
    if entity is not None:
        return split_by(rows, entity, HOLDOUT_SHARE, seed)
    (name,) = metadata.tables
    tables: Tables = {name: rows}
    train, held_out = split_holdout(tables, metadata, HOLDOUT_SHARE, seed)
    return train[name], held_out[name]
