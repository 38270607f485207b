"""The same recipe, untouched, over any tables: how near it comes to another real sample.

    python -m benchmarks.quality TABLE[:TARGET] … --seeds 5 --rows-limit 50000

Each table is shuffled with seed 0 and halved: one half to learn from, the other to judge by.
Medians over seeds stand beside what the training half itself reaches, another real sample.
Columns whose values are invented (keys, free text, surrogates) or always the same carry no
statistics: they are left out of the comparison, and the table says how many.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa

from benchmarks.figures import Figures, Measured, measure, median_figures, median_of
from benchmarks.layout import number, share, signed, table
from benchmarks.machine import this_machine
from benchmarks.targets import missed
from benchmarks.typed_files import TABLE, metadata_of, text_of, typed_rows, without
from domain.datasets.entities import Metadata, PiiAction, SdType
from domain.kernel import StudioError, no_progress
from domain.synthesis.catalogue import AUTO
from domain.synthesis.choosing import TableShape, choose
from domain.synthesis.constrained import Constrained
from domain.synthesis.engines import engine

_INVENTED = frozenset({SdType.ID, SdType.TEXT})
_HEAD = (
    "table",
    "rows × columns",
    "left out",
    "column tests",
    "real",
    "AUC gap",
    "detection",
    "real",
    "closer",
    "real",
    "seconds",
    "misses",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Halves:
    """A table to learn from and one to judge by."""

    train: pd.DataFrame
    holdout: pd.DataFrame
    metadata: Metadata
    compared: Metadata
    """Without the columns that carry no statistics."""
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one table gave."""

    title: str
    rows: int
    columns: int
    left_out: tuple[str, ...]
    target: str | None
    twin: Figures
    real: Figures
    seconds: float
    """Fit and sample, median over seeds."""
    runs: tuple[tuple[float, Figures], ...]


def shuffled_halves(text: pa.Table, limit: int) -> tuple[pa.Table, pa.Table]:
    """Two halves of at most ``limit`` random rows; always the same ones."""
    order = pd.Series(range(len(text))).sample(frac=1, random_state=0).to_numpy()[:limit]
    middle = len(order) // 2
    return text.take(order[:middle]), text.take(order[middle:])


def left_out(train: pd.DataFrame, metadata: Metadata) -> tuple[str, ...]:
    """The columns whose values are invented or always the same."""
    return tuple(
        spec.name
        for spec in metadata.tables[TABLE].columns
        if spec.sdtype in _INVENTED
        or spec.pii_action is PiiAction.SURROGATE
        or train[spec.name].nunique(dropna=False) < 2
    )


def halves_of(path: Path, limit: int) -> Halves:
    """Read, shuffle, halve; the types are those of the first half, as the product sees it."""
    first, second = shuffled_halves(text_of(path), limit)
    metadata = metadata_of(first)
    train = typed_rows(first, metadata)
    useless = left_out(train, metadata)
    return Halves(
        train=train,
        holdout=typed_rows(second, metadata),
        metadata=metadata,
        compared=without(metadata, frozenset(useless)),
        left_out=useless,
    )


def twin_of(halves: Halves, synthesizer: str, seed: int) -> tuple[pd.DataFrame, float]:
    """A twin with as many rows as were learned from, and the seconds it took."""
    shape = TableShape(
        tables=1, rows=len(halves.train), columns=len(halves.metadata.tables[TABLE].columns)
    )
    name = choose(shape, private=False).synthesizer.name if synthesizer == AUTO else synthesizer
    chosen = Constrained(engine(name))
    started = time.perf_counter()
    fitted = chosen.fit(
        {TABLE: halves.train},
        halves.metadata,
        held_out={TABLE: halves.holdout},
        settings={},
        privacy=None,
        seed=seed,
        on_progress=no_progress,
    )
    drawn = [
        chunk[TABLE]
        for chunk in chosen.sample(fitted.artifact, rows=None, seed=seed, on_progress=no_progress)
    ]
    return pd.concat(drawn, ignore_index=True), time.perf_counter() - started


def result_of(
    title: str, halves: Halves, target: str | None, synthesizer: str, seeds: int
) -> Result:
    """Train and judge once a seed."""
    seconds: list[float] = []
    measured: list[Measured] = []
    for seed in range(seeds):
        twin, took = twin_of(halves, synthesizer, seed)
        judged = measure(
            halves.train, halves.holdout, twin, halves.compared, target=target, seed=seed
        )
        seconds.append(took)
        measured.append(judged)
    return Result(
        title=title,
        rows=len(halves.train),
        columns=len(halves.metadata.tables[TABLE].columns),
        left_out=halves.left_out,
        target=target,
        twin=median_figures([one.twin for one in measured]),
        real=median_figures([one.real for one in measured]),
        seconds=median_of(seconds) or 0.0,
        runs=tuple(zip(seconds, [one.twin for one in measured], strict=True)),
    )


def printed(results: Sequence[Result]) -> str:
    """The table, a line a result."""
    return table(_HEAD, [_cells(result) for result in results])


def _cells(result: Result) -> tuple[str, ...]:
    twin, real = result.twin, result.real
    return (
        result.title,
        f"{result.rows:,} × {result.columns}",
        str(len(result.left_out)),
        share(twin.columns_passed),
        share(real.columns_passed),
        signed(twin.gap),
        number(twin.detection),
        number(real.detection),
        number(twin.dcr_share),
        number(real.dcr_share),
        number(result.seconds, 1),
        ", ".join(missed(twin, real)) or "none",
    )


def path_and_target(word: str) -> tuple[Path, str | None]:
    """``TABLE:TARGET`` or ``TABLE``; a file whose name has a colon is taken as it is."""
    path, colon, target = word.rpartition(":")
    if not colon or Path(word).is_file():
        return Path(word), None
    return Path(path), target


def _wanted(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", metavar="TABLE[:TARGET]", type=path_and_target)
    parser.add_argument("--seeds", type=int, default=5, help="how many; medians are shown")
    parser.add_argument("--rows-limit", type=int, default=50_000, help="of both halves together")
    parser.add_argument("--synthesizer", default=AUTO)
    parser.add_argument("--out", type=Path, default=Path("out/quality"), help="for table and JSON")
    return parser.parse_args(words)


def _tried(path: Path, target: str | None, wanted: argparse.Namespace) -> Result | None:
    print(f"{path.name} …", file=sys.stderr, flush=True)
    try:
        if not path.is_file():
            raise StudioError("there is no such file.")
        halves = halves_of(path, wanted.rows_limit)
        title = path.name.partition(".")[0] + (f", {target}" if target else "")
        result = result_of(title, halves, target, wanted.synthesizer, wanted.seeds)
    except StudioError as refusal:
        print(f"{path.name} is left out: {refusal}", file=sys.stderr, flush=True)
        return None
    print(f"  misses: {', '.join(missed(result.twin, result.real)) or 'none'}", file=sys.stderr)
    return result


def main(words: Sequence[str] | None = None) -> None:
    """Run over all tables, print and write the table."""
    wanted = _wanted(words)
    warnings.simplefilter("ignore")  # SciPy's on samples of a few rows
    machine = this_machine()
    tried = [_tried(path, target, wanted) for path, target in wanted.tables]
    results = [result for result in tried if result is not None]
    text = f"{printed(results)}\n\nSeeds: {wanted.seeds}, medians. {machine.sentence()}\n"
    print(text)
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "quality.md").write_text(text)
    document = {
        "machine": asdict(machine),
        "synthesizer": wanted.synthesizer,
        "results": [asdict(result) for result in results],
    }
    (wanted.out / "quality.json").write_text(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
