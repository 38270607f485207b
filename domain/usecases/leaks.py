"""Compare what is about to leave with the real rows it came from, for the last time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa

from domain.compliance.evidence import PackPart
from domain.compliance.leak_check import LeakCheck
from domain.compliance.leak_finding import LeakFinding
from domain.compliance.leak_linter import lint
from domain.compliance.real_values import RealValues
from domain.evaluation.patience import patiently
from domain.kernel import NotFound
from domain.ports import Blobs, Datasets
from domain.synthesis.runs import TrainingRun
from domain.usecases.source_tables import confirmed_metadata, matching_tables, text_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakSearch:
    """The values of the rows that a run learned from and held out, ready to be looked for."""

    real: RealValues | None
    """``None`` where those rows were deleted meanwhile: there is nothing to look for."""
    real_rows: int = 0
    private: bool = False

    def findings(
        self, parts: Iterable[PackPart], beat: Callable[[], None]
    ) -> tuple[LeakFinding, ...]:
        """Every place of ``parts`` where a real value stands."""
        return lint(parts, self.real, beat) if self.real is not None else ()

    def check(self, files: Iterable[str]) -> LeakCheck:
        """The record that nothing was found in ``files``."""
        return LeakCheck(
            files=tuple(files),
            looked_for=self.real.count if self.real is not None else None,
            real_rows=self.real_rows,
            private=self.private,
        )


def leak_search(
    datasets: Datasets,
    blobs: Blobs,
    run: TrainingRun,
    *,
    drawn: int,
    public: Iterable[str],
    beat: Callable[[], None],
) -> LeakSearch:
    """Read the real rows of ``run``; ``drawn`` is how many synthetic ones there are at most, and
    ``public`` what may be said although it is spelled like a real value."""
    private = run.privacy is not None
    tables = _real_tables(datasets, blobs, run, beat)
    if tables is None:
        return LeakSearch(real=None, private=private)
    metadata = confirmed_metadata(datasets.get(run.organisation_id, run.dataset_id))
    known = tuple(public)
    real = patiently(lambda: RealValues.of(tables, metadata, drawn=drawn, public=known), beat)
    return LeakSearch(
        real=real,
        real_rows=sum(len(tables[name]) for name in real.rows),
        private=private,
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
