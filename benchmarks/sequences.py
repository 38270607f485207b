"""The sequences synthesizer, untouched, over logs of events and long series.

    python -m benchmarks.sequences trans.csv:account_id:date energy.csv::date stock.csv --seeds 1

Each word is FILE[:ENTITY[:TIME]]. Whole entities are halved with seed 0: one half to learn from,
the other to judge by; one long series is learned whole. Every figure stands beside what real
histories reach among themselves.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pandas as pd

from benchmarks.layout import number, table
from benchmarks.machine import this_machine
from benchmarks.typed_files import TABLE, metadata_of, text_of, typed_rows
from domain.datasets.entities import Metadata, SequenceKeys
from domain.datasets.preparing import split_by
from domain.evaluation.figures import Figure
from domain.evaluation.temporal import temporal_figures
from domain.kernel import no_progress
from domain.synthesis.catalogue import SEQUENCES
from domain.synthesis.engines import engine

_HEAD = ("figure", "of", "twin", "real", "limit", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A log to learn from and one to judge by."""

    title: str
    keys: SequenceKeys
    metadata: Metadata
    train: pd.DataFrame
    holdout: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One twin and what it came to."""

    title: str
    events: int
    fit_seconds: float
    sample_seconds: float
    peak_gb: float
    """Of the whole process so far."""
    notes: tuple[str, ...]
    curve: tuple[float, ...]
    """Validation loss of the events before training and after each epoch."""
    figures: tuple[Figure, ...]


def log_of(path: Path, keys: SequenceKeys) -> Log:
    """Read a file; with an entity column half of the entities are held out."""
    text = text_of(path)
    metadata = metadata_of(text)
    columns = replace(metadata.tables[TABLE], sequence=keys)
    rows = typed_rows(text, metadata)
    train, holdout = rows, rows.iloc[:0]
    if keys.entity is not None:
        train, holdout = split_by(rows.dropna(subset=[keys.entity]), keys.entity, 0.5, 0)
    return Log(
        title=path.name.partition(".")[0],
        keys=keys,
        metadata=replace(metadata, tables={TABLE: columns}),
        train=train,
        holdout=holdout,
    )


def run_of(log: Log, seed: int, settings: dict[str, float], tasks: bool, out: Path) -> Run:
    """Fit, sample and judge once."""
    chosen, started = engine(SEQUENCES), time.perf_counter()
    fitted = chosen.fit(
        {TABLE: log.train},
        log.metadata,
        held_out={TABLE: log.holdout},
        settings=settings,
        privacy=None,
        seed=seed,
        on_progress=no_progress,
    )
    learned = time.perf_counter()
    chunks = chosen.sample(fitted.artifact, rows=None, seed=seed, on_progress=no_progress)
    twin = pd.concat([chunk[TABLE] for chunk in chunks], ignore_index=True)
    drawn = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    twin.to_parquet(out / f"{log.title}.{seed}.parquet")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    figures = temporal_figures(
        log.train,
        log.holdout,
        twin,
        entity=log.keys.entity,
        time=log.keys.time,
        seed=seed,
        learned=tasks,
    )
    return Run(
        title=log.title,
        events=len(log.train),
        fit_seconds=learned - started,
        sample_seconds=drawn - learned,
        peak_gb=peak,
        notes=fitted.notes,
        curve=tuple(fitted.curves["events"]),
        figures=figures,
    )


def printed(run: Run) -> str:
    """The figures of a run, a line each; a cross marks what misses its target."""
    lines = [
        (
            figure.name.removeprefix("temporal."),
            figure.scope.removeprefix("column:"),
            number(figure.value),
            number(figure.baseline),
            number(figure.limit),
            "" if figure.passed in (True, None) else "✗",
        )
        for figure in run.figures
    ]
    head = (
        f"{run.title}: {run.events:,} events, fit {run.fit_seconds:.0f} s, sample "
        f"{run.sample_seconds:.1f} s, {run.peak_gb:.2f} GB at most."
    )
    return f"{head}\n\n{table(_HEAD, lines)}\n"


def _keys(word: str) -> tuple[Path, SequenceKeys]:
    path, entity, when = [*word.split(":"), "", ""][:3]
    return Path(path), SequenceKeys(entity=entity or None, time=when or None)


def _setting(word: str) -> tuple[str, float]:
    name, _, value = word.partition("=")
    return name, float(value) if "." in value else int(value)


def main(words: Sequence[str] | None = None) -> None:
    """Run over all logs, print and write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("logs", nargs="+", metavar="FILE[:ENTITY[:TIME]]", type=_keys)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--settings", nargs="*", default=[], type=_setting, metavar="NAME=VALUE")
    parser.add_argument("--no-tasks", action="store_true", help="no detection, no next event")
    parser.add_argument("--out", type=Path, default=Path("out/sequences"))
    wanted = parser.parse_args(words)
    machine = this_machine()
    for path, keys in wanted.logs:
        log = log_of(path, keys)
        for seed in range(wanted.seeds):
            run = run_of(log, seed, dict(wanted.settings), not wanted.no_tasks, wanted.out)
            text = f"{printed(run)}\n{chr(10).join(run.notes)}\n\n{machine.sentence()}\n"
            print(text, file=sys.stdout, flush=True)
            (wanted.out / f"{log.title}.{seed}.md").write_text(text)
            (wanted.out / f"{log.title}.{seed}.json").write_text(
                json.dumps(asdict(run), indent=1, default=str)
            )


if __name__ == "__main__":
    main()
