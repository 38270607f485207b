"""Time and peak memory of the engine against rows, columns, cardinality and rows drawn.

    python -m benchmarks.scaling                                # some minutes, small sizes
    python -m benchmarks.scaling --rows 10000 100000 1000000 --columns 15 50 150 500 \\
        --values 10 1000 100000 --drawn 100000 1000000 10000000
    python -m benchmarks.scaling --rows --columns --values --drawn 10000000 --table adult.csv

Each case runs in a process of its own, so that its peak memory is its own. Rows are drawn to an
encrypted Parquet file, as a worker writes it. Prints a table and draws the curves to ``--out``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd

from adapters.blobs.encrypted import EncryptedBlobs
from adapters.blobs.files import FileBlobs
from adapters.memory.blob_keys import MemoryBlobKeys
from adapters.memory.keys import MemoryKeys
from benchmarks.curves import Curve, Panel, drawing
from benchmarks.layout import number, table
from benchmarks.machine import this_machine
from benchmarks.simulated import NAME, simulated
from benchmarks.typed_files import TABLE, metadata_of, text_of, typed_rows
from domain.datasets.entities import Metadata, TableMetadata
from domain.kernel import OrganisationId, RunId, SyntheticDatasetId, UserId
from domain.synthesis.runs import SyntheticDataset
from domain.usecases.table_files import TableFiles

_ROWS, _COLUMNS, _VALUES = 10_000, 15, 50
"""Size of a case where it does not vary; values are distinct values of each category."""
_FEW_COLUMNS = 3
"""Of the cases that vary the values: one category between two numbers."""
_ROWS_A_VALUE = 10
"""At the least, so that no category is too rare to be learned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is fitted and how much is drawn from it."""

    varied: str
    """``rows``, ``columns``, ``values`` or ``drawn``."""
    rows: int = _ROWS
    columns: int = _COLUMNS
    values: int = _VALUES
    drawn: int = _ROWS
    table: str = ""
    """The file that is learned, read by the product's own rules; simulated where there is none."""

    @property
    def size(self) -> int:
        """The number that is varied."""
        return int(getattr(self, self.varied))


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one case took."""

    case: Case
    fit_seconds: float
    fit_cpu: float
    """Processor seconds."""
    passes: int
    """Epochs, 0 where the engine tells none."""
    draw_seconds: float
    draw_cpu: float
    peak_gib: float
    silence: float
    """Longest time without a word about progress, seconds."""

    @property
    def cpu_a_pass(self) -> float | None:
        """Processor seconds of an epoch, with its share of reading the columns."""
        return self.fit_cpu / self.passes if self.passes else None

    @property
    def rows_a_core_second(self) -> float | None:
        """Rows drawn to Parquet for each second of one core."""
        return self.case.drawn / self.draw_cpu if self.draw_cpu else None


def measure(case: Case) -> Taken:
    """Fit and draw one table in this process."""
    from domain.synthesis.constrained import Constrained
    from domain.synthesis.engines import engine as engine_called

    name, frame, metadata = _table_of(case)
    engine, beats = Constrained(engine_called("autoregressive")), [time.monotonic()]

    def beat(done: int, total: int, note: str) -> None:
        beats.append(time.monotonic())

    clock = _Clock()
    fitted = engine.fit(
        {name: frame},
        metadata,
        held_out={},
        settings={},
        privacy=None,
        seed=0,
        on_progress=beat,
    )
    fit_seconds, fit_cpu = clock.lap()
    with tempfile.TemporaryDirectory() as folder:
        files = _files(Path(folder), metadata.tables[name])
        chunks = engine.sample(fitted.artifact, rows=case.drawn, seed=0, on_progress=beat)
        for chunk in chunks:
            files.write(chunk[name])
        files.finish()
    draw_seconds, draw_cpu = clock.lap()
    return Taken(
        case=case,
        fit_seconds=fit_seconds,
        fit_cpu=fit_cpu,
        passes=max((len(curve) - 1 for curve in fitted.curves.values()), default=0),
        draw_seconds=draw_seconds,
        draw_cpu=draw_cpu,
        peak_gib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        silence=float(max(np.diff(beats), default=0.0)),
    )


def _table_of(case: Case) -> tuple[str, pd.DataFrame, Metadata]:
    """Name, typed rows and description of the table that is learned."""
    if not case.table:
        return NAME, *simulated(case.rows, case.columns, case.values)
    text = text_of(Path(case.table))
    metadata = metadata_of(text)
    return TABLE, typed_rows(text, metadata), metadata


class _Clock:
    """Seconds and processor seconds since the last lap."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def lap(self) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.process_time()
        taken = wall - self._wall, cpu - self._cpu
        self._wall, self._cpu = wall, cpu
        return taken


def _files(folder: Path, metadata: TableMetadata) -> TableFiles:
    blobs = EncryptedBlobs(FileBlobs(folder), MemoryKeys(), MemoryBlobKeys())
    synthetic = SyntheticDataset(
        id=SyntheticDatasetId(uuid4()),
        organisation_id=OrganisationId(uuid4()),
        run_id=RunId(uuid4()),
        rows=None,
        seed=0,
        created_by=UserId("benchmark"),
        created_at=datetime.now(UTC),
        csv=False,
    )
    return TableFiles(NAME, metadata, blobs, synthetic, "autoregressive")


def cases(wanted: argparse.Namespace) -> Iterator[Case]:
    """One dimension at a time grows, the others stay."""
    yield from (Case(varied="rows", rows=size) for size in wanted.rows)
    yield from (Case(varied="columns", columns=size) for size in wanted.columns)
    yield from (
        Case(
            varied="values",
            rows=max(_ROWS, size * _ROWS_A_VALUE),
            columns=_FEW_COLUMNS,
            values=size,
        )
        for size in wanted.values
    )
    yield from (_drawn_case(size, wanted.table) for size in wanted.drawn)


def _drawn_case(size: int, path: Path | None) -> Case:
    if path is None:
        return Case(varied="drawn", drawn=size)
    text = text_of(path)
    return Case(
        varied="drawn",
        drawn=size,
        table=str(path),
        rows=text.num_rows,
        columns=text.num_columns,
        values=max(len(column.unique()) for column in text.columns),
    )


def in_a_process_of_its_own(case: Case) -> Taken:
    """Measure a case where nothing else was measured before."""
    words = [sys.executable, "-m", "benchmarks.scaling", "--case", json.dumps(asdict(case))]
    answer = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(answer)
    return Taken(**{**found, "case": Case(**found["case"])})


_HEAD = (
    "varied",
    "rows",
    "columns",
    "values",
    "fit s",
    "fit CPU s",
    "passes",
    "CPU s a pass",
    "drawn",
    "draw s",
    "rows/s a core",
    "peak GiB",
    "silence s",
)


def printed(several: Sequence[Taken]) -> str:
    """The table, a line a case."""
    return table(_HEAD, [_cells(taken) for taken in several])


def _cells(taken: Taken) -> tuple[str, ...]:
    case = taken.case
    return (
        case.varied,
        f"{case.rows:,}",
        f"{case.columns:,}",
        f"{case.values:,}",
        number(taken.fit_seconds, 1),
        number(taken.fit_cpu, 1),
        number(float(taken.passes) if taken.passes else None, 0),
        number(taken.cpu_a_pass, 2),
        f"{case.drawn:,}",
        number(taken.draw_seconds, 1),
        number(taken.rows_a_core_second, 0),
        number(taken.peak_gib, 2),
        number(taken.silence, 1),
    )


def _sentence(taken: Taken) -> str:
    case = taken.case
    return (
        f"{case.varied} {case.size:,}: fit {taken.fit_cpu:.1f} and draw {taken.draw_cpu:.1f} "
        f"CPU seconds, at most {taken.peak_gib:.2f} GiB"
    )


_LABELS = {
    "rows": "training rows",
    "columns": "columns",
    "values": "distinct values of a category",
    "drawn": "rows drawn to Parquet",
}
_TIMES: dict[str, Callable[[Taken], float | None]] = {
    "fit": lambda taken: taken.fit_cpu,
    "one pass": lambda taken: taken.cpu_a_pass,
}
_DRAWING: dict[str, Callable[[Taken], float | None]] = {"draw": lambda taken: taken.draw_cpu}
_MEMORY: dict[str, Callable[[Taken], float | None]] = {"peak": lambda taken: taken.peak_gib}


def panels(several: Sequence[Taken]) -> list[Panel]:
    """For each dimension that was varied its time, then for each its memory."""
    groups = {name: [t for t in several if t.case.varied == name] for name in _LABELS}
    varied = {name: group for name, group in groups.items() if group}
    return [
        _panel(name, group, "CPU seconds", _DRAWING if name == "drawn" else _TIMES)
        for name, group in varied.items()
    ] + [_panel(name, group, "GiB", _MEMORY) for name, group in varied.items()]


def _panel(
    name: str,
    group: Sequence[Taken],
    unit: str,
    quantities: dict[str, Callable[[Taken], float | None]],
) -> Panel:
    curves = tuple(
        Curve(
            name=title,
            points=tuple((float(t.case.size), y) for t in group if (y := of(t)) is not None),
        )
        for title, of in quantities.items()
    )
    return Panel(x_label=_LABELS[name], y_label=unit, curves=curves)


def _wanted(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--columns", type=int, nargs="*", default=[5, 50])
    parser.add_argument("--values", type=int, nargs="*", default=[10, 1_000])
    parser.add_argument("--drawn", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--table", type=Path, help="file to learn where rows drawn vary")
    parser.add_argument("--out", type=Path, default=Path("out/scaling"), help="for all it writes")
    parser.add_argument("--case", type=json.loads, help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Measure all cases, print and write the table, draw the curves."""
    wanted = _wanted(words)
    if wanted.case:
        print(json.dumps(asdict(measure(Case(**wanted.case)))))
        return
    machine = this_machine()
    several: list[Taken] = []
    for case in cases(wanted):
        several.append(in_a_process_of_its_own(case))
        print(_sentence(several[-1]), file=sys.stderr, flush=True)
    text = f"{printed(several)}\n\n{machine.sentence()}\n"
    print(text)
    _write(wanted.out, several, text, {"machine": asdict(machine)})


def _write(folder: Path, several: Sequence[Taken], text: str, about: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scaling.md").write_text(text)
    document = {**about, "cases": [asdict(taken) for taken in several]}
    (folder / "scaling.json").write_text(json.dumps(document, indent=1))
    across = len({taken.case.varied for taken in several}) or 1
    title = "Time and memory against the size of the table"
    (folder / "scaling.svg").write_text(drawing(panels(several), across=across, title=title))


if __name__ == "__main__":
    main()
