"""Compare what is about to leave with the real rows it came from, for the last time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import pyarrow as pa

from domain.compliance.evidence import PackPart
from domain.compliance.leak_check import LeakCheck
from domain.compliance.leak_linter import lint
from domain.compliance.real_values import RealValues
from domain.evaluation.patience import patiently
from domain.kernel import NotFound
from domain.ports import Blobs, Datasets
from domain.synthesis.runs import TrainingRun
from domain.usecases.source_tables import confirmed_metadata, matching_tables, text_tables


def check_leaks(
    datasets: Datasets,
    blobs: Blobs,
    run: TrainingRun,
    parts: Sequence[PackPart],
    *,
    drawn: int,
    public: Iterable[str],
    beat: Callable[[], None],
) -> LeakCheck:
    """Look in ``parts`` for values of the rows that ``run`` learned from and held out.

    Where those rows were deleted meanwhile there is nothing to look for, and the check says so.
    """
    files = tuple(part.name for part in parts)
    tables = _real_tables(datasets, blobs, run, beat)
    if tables is None:
        return LeakCheck(files=files, looked_for=None, private=run.privacy is not None)
    metadata = confirmed_metadata(datasets.get(run.organisation_id, run.dataset_id))
    known = tuple(public)
    real = patiently(lambda: RealValues.of(tables, metadata, drawn=drawn, public=known), beat)
    return LeakCheck(
        files=files,
        looked_for=real.count,
        real_rows=sum(len(table) for table in tables.values()),
        private=run.privacy is not None,
        findings=lint(parts, real, beat),
    )


def _real_tables(
    datasets: Datasets, blobs: Blobs, run: TrainingRun, beat: Callable[[], None]
) -> dict[str, pa.Table] | None:
    """The rows learned from and held out as text, dropped columns too; ``None`` once deleted."""
    try:
        dataset = datasets.get(run.organisation_id, run.dataset_id)
        tables = text_tables(blobs, dataset, lambda done, total, note: beat())
        if run.holdout.dataset_id is None:
            return tables
        other = datasets.get(run.organisation_id, run.holdout.dataset_id)
        held_out = text_tables(blobs, matching_tables(other, dataset))
    except NotFound:
        return None
    return {
        name: pa.concat_tables([table, held_out[name].select(table.column_names)])
        for name, table in tables.items()
    }
