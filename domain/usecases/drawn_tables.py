"""Synthetic rows as files: the same model, seed and request give the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from domain.datasets.entities import Metadata, Tables
from domain.kernel import OnProgress
from domain.ports import Blobs
from domain.synthesis.base import Synthesizer
from domain.synthesis.conditions import SampleSpec
from domain.synthesis.constrained import learned_combinations
from domain.synthesis.reached_shares import ReachedShares
from domain.synthesis.runs import SyntheticDataset, SyntheticTable, TrainingRun
from domain.usecases.given_rows import given_rows
from domain.usecases.table_files import TableFiles


def drawn_tables(
    blobs: Blobs,
    engine: Synthesizer,
    synthetic: SyntheticDataset,
    run: TrainingRun,
    metadata: Metadata,
    artifact: bytes,
    on_progress: OnProgress,
) -> tuple[tuple[SyntheticTable, ...], SampleSpec]:
    """Draw (or complete) what ``synthetic`` asks for from ``artifact``, into blobs.

    ``metadata`` is that of the twin. Returns the tables, and what was asked for with what was
    reached of it. Nothing is left behind where it breaks.
    """
    wanted = metadata.main_tables[:1] if synthetic.completed else tuple(metadata.tables)
    learned = learned_combinations(artifact)
    reached = ReachedShares.of(artifact, synthetic.spec)
    files = {
        name: TableFiles(
            name,
            metadata.tables[name],
            blobs,
            synthetic,
            run.synthesizer,
            learned.get(name, ()),
            run.statement,
        )
        for name in wanted
    }
    try:
        for chunk in _chunks(blobs, engine, synthetic, metadata, artifact, on_progress):
            reached.see(chunk)
            for name, frame in chunk.items():
                files[name].write(frame)
        return tuple(f.finish() for f in files.values()), reached.told(synthetic.spec)
    except BaseException:
        for f in files.values():
            f.abort()
        raise


def discard_tables(
    blobs: Blobs, synthetic: SyntheticDataset, tables: Iterable[SyntheticTable]
) -> None:
    """Delete the files of tables that nobody keeps."""
    for table in tables:
        for blob_id in table.blob_ids:
            blobs.delete(synthetic.organisation_id, blob_id)


def _chunks(
    blobs: Blobs,
    engine: Synthesizer,
    synthetic: SyntheticDataset,
    metadata: Metadata,
    artifact: bytes,
    on_progress: OnProgress,
) -> Iterator[Tables]:
    if synthetic.given_blob is None:
        yield from engine.sample(
            artifact,
            rows=synthetic.rows,
            seed=synthetic.seed,
            spec=synthetic.spec,
            on_progress=on_progress,
        )
        return
    name = metadata.main_tables[0]
    given = given_rows(blobs, synthetic, metadata.tables[name])
    frames = engine.complete(
        artifact, given, seed=synthetic.seed, spec=synthetic.spec, on_progress=on_progress
    )
    for frame in frames:
        yield {name: frame}
