"""Time and peak memory of the engine against rows, columns and cardinality.

    python -m benchmarks.scaling                         # a minute, small sizes
    python -m benchmarks.scaling --rows 1000000 --columns 500 --values 100000

Each case runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.synthesis.autoregressive import Autoregressive

_BASE = (10_000, 15, 50)
"""Rows, columns and distinct values of each category, where a case does not vary them."""


def table(rows: int, columns: int, values: int) -> tuple[pd.DataFrame, Metadata]:
    """Numbers and categories in turn, all of which follow one hidden number."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=rows)
    frame, specs = {}, []
    for place in range(columns):
        noisy = hidden + rng.normal(size=rows)
        number = place % 2 == 0
        frame[f"c{place}"] = noisy if number else _category(noisy, values)
        sdtype = SdType.FLOAT if number else SdType.CATEGORICAL
        specs.append(ColumnSpec(name=f"c{place}", sdtype=sdtype))
    return pd.DataFrame(frame), Metadata(tables={"table": TableMetadata(columns=tuple(specs))})


def _category(noisy: np.ndarray, values: int) -> pd.Series:
    ranks = noisy.argsort().argsort() * values // len(noisy)
    return pd.Series(ranks).map("v{}".format).astype("category")


def measure(rows: int, columns: int, values: int) -> str:
    """Fit and sample one table; the figures as a line."""
    frame, metadata = table(rows, columns, values)
    engine, beats = Autoregressive(), [time.monotonic()]

    def beat(done: int, total: int, note: str) -> None:
        beats.append(time.monotonic())

    started = time.process_time()
    fitted = engine.fit(
        {"table": frame},
        metadata,
        held_out={},
        settings={},
        privacy=None,
        seed=0,
        on_progress=beat,
    )
    trained = time.process_time()
    for _ in engine.sample(fitted.artifact, rows=rows, seed=0, on_progress=beat):
        pass
    drawn = time.process_time()
    gib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    silence = max(np.diff(beats), default=0.0)
    return (
        f"{rows:>9,} {columns:>8,} {values:>8,} {trained - started:>8.1f} "
        f"{drawn - trained:>9.1f} {gib:>7.2f} {silence:>9.1f}"
    )


def cases(wanted: argparse.Namespace) -> Iterator[tuple[int, int, int]]:
    """One dimension at a time grows, the others stay."""
    rows, columns, values = _BASE
    yield from ((size, columns, values) for size in wanted.rows)
    yield from ((rows, size, values) for size in wanted.columns)
    yield from ((rows * max(size // 1_000, 1), 3, size) for size in wanted.values)


def main() -> None:
    """Print the table of figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--columns", type=int, nargs="*", default=[5, 50])
    parser.add_argument("--values", type=int, nargs="*", default=[10, 1_000])
    parser.add_argument("--case", type=int, nargs=3, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.case:
        print(measure(*wanted.case))
        return
    print("     rows  columns   values  fit CPUs draw CPUs max GiB silence s", flush=True)
    for case in cases(wanted):
        words = [sys.executable, "-m", "benchmarks.scaling", "--case", *map(str, case)]
        subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
