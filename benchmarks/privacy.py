"""Differential privacy on one split: what each ε costs in quality.

    python -m benchmarks.privacy TRAIN HOLDOUT --target COLUMN --epsilons 0.3 1 3 10 --seeds 5

Fits the private synthesizer to TRAIN once an ε and seed, each time with a sealed seed of its own,
and lets the product's own evaluation judge every twin against HOLDOUT. Prints medians and the
spread over seeds beside what the field is said to reach on Adult, and writes them, every run and
the frontier (ε against AUC gap and detection) to ``--out``. ``--code-book`` names what is public;
without it everything is asked of the rows and charged.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import pandas as pd
import vl_convert

from benchmarks.figures import Figures, measure, median_figures
from benchmarks.layout import MISSING, number, share, signed, table
from benchmarks.machine import this_machine
from benchmarks.privacy_field import ON_ADULT
from benchmarks.typed_files import TABLE, metadata_of, text_of, typed_rows
from domain.charts.chart import sheet
from domain.charts.frontier import Step, frontier_chart
from domain.charts.theme import PAPER, config
from domain.datasets.entities import Metadata
from domain.kernel import no_progress
from domain.privacy.budget import ROW, PrivacySpec
from domain.privacy.code_book import CodeBook
from domain.synthesis.catalogue import MARGINALS
from domain.synthesis.constrained import Constrained
from domain.synthesis.engines import engine

_HEAD = (
    "synthesizer",
    "ε",
    "fit s",
    "quality",
    "spread",
    "AUC gap",
    "spread",
    "detection",
    "spread",
    "column tests",
)
_WIDTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Real rows to learn from and to judge by."""

    train: pd.DataFrame
    holdout: pd.DataFrame
    metadata: Metadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One fit."""

    epsilon: float
    proved: float
    seed: int
    fit_seconds: float
    figures: Figures


def split_of(train: Path, holdout: Path) -> Split:
    """The types are those that the product suggests for the training file."""
    text = text_of(train)
    metadata = metadata_of(text)
    return Split(
        train=typed_rows(text, metadata),
        holdout=typed_rows(text_of(holdout), metadata),
        metadata=metadata,
    )


def run_of(split: Split, asked: PrivacySpec, target: str | None, seed: int) -> Run:
    """Fit, draw as many rows, judge."""
    chosen = Constrained(engine(MARGINALS))
    started = time.perf_counter()
    fitted = chosen.fit(
        {TABLE: split.train},
        split.metadata,
        held_out={},
        settings={"target": target or ""},
        privacy=asked,
        seed=seed,
        on_progress=no_progress,
    )
    took = time.perf_counter() - started
    drawn = chosen.sample(fitted.artifact, rows=None, seed=seed, on_progress=no_progress)
    twin = pd.concat([chunk[TABLE] for chunk in drawn], ignore_index=True)
    judged = measure(split.train, split.holdout, twin, split.metadata, target=target, seed=seed)
    assert fitted.statement is not None  # the fit was private
    return Run(
        epsilon=asked.epsilon,
        proved=fitted.statement.epsilon,
        seed=seed,
        fit_seconds=took,
        figures=judged.twin,
    )


def printed(runs: Sequence[Run]) -> str:
    """Medians, a line an ε; below them the field's figures as they were given."""
    measured = [_cells(several) for several in _by_epsilon(runs)]
    given = [
        (
            f"{g.name} (given)",
            f"{g.epsilon:g}",
            number(g.fit_seconds, 0),
            number(g.quality),
            MISSING,
            signed(g.gap),
            MISSING,
            number(g.detection),
            MISSING,
            MISSING,
        )
        for g in ON_ADULT
    ]
    return table(_HEAD, [*measured, *given])


def frontier(runs: Sequence[Run]) -> str:
    """ε against the AUC gap and detection as one SVG: medians, lowest and highest of the seeds."""
    charts = [
        frontier_chart(name, title, f"{title} at each ε.", steps=steps)
        for name, title in (("gap", "AUC gap"), ("detection", "Detection AUC"))
        if (steps := [step for several in _by_epsilon(runs) if (step := _step(several, name))])
    ]
    spec = sheet(charts, columns=2, width=_WIDTH)
    return str(vl_convert.vegalite_to_svg(json.dumps(spec), config=config(PAPER), vl_version="6.4"))


def _by_epsilon(runs: Sequence[Run]) -> list[list[Run]]:
    epsilons = sorted({run.epsilon for run in runs})
    return [[run for run in runs if run.epsilon == epsilon] for epsilon in epsilons]


def _step(runs: Sequence[Run], name: str) -> Step | None:
    known = [v for run in runs if (v := getattr(run.figures, name)) is not None]
    if not known:
        return None
    epsilon = runs[0].epsilon
    return Step(epsilon=epsilon, value=median(known), low=min(known), high=max(known))


def _cells(runs: Sequence[Run]) -> tuple[str, ...]:
    figures = [run.figures for run in runs]
    middle = median_figures(figures)
    return (
        f"{MARGINALS} (measured, seeds: {len(runs)})",
        f"{runs[0].epsilon:g}",
        number(median([run.fit_seconds for run in runs]), 1),
        number(middle.quality),
        number(_spread([f.quality for f in figures])),
        signed(middle.gap),
        number(_spread([f.gap for f in figures])),
        number(middle.detection),
        number(_spread([f.detection for f in figures])),
        share(middle.columns_passed),
    )


def _spread(values: Sequence[float | None]) -> float | None:
    """Between the lowest and the highest of all seeds."""
    known = [v for v in values if v is not None]
    return max(known) - min(known) if known else None


def _wanted(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("train", type=Path)
    parser.add_argument("holdout", type=Path)
    parser.add_argument("--target")
    parser.add_argument("--epsilons", type=float, nargs="+", default=[0.3, 1.0, 3.0, 10.0])
    parser.add_argument("--delta", type=float, default=1e-5)
    parser.add_argument("--entity")
    parser.add_argument("--code-book", type=Path)
    parser.add_argument("--seeds", type=int, default=5, help="how many; medians are shown")
    parser.add_argument("--out", type=Path, default=Path("out/privacy"), help="for table and JSON")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> None:
    """Run every ε with every seed."""
    wanted = _wanted(words)
    split = split_of(wanted.train, wanted.holdout)
    book = CodeBook.of_text(wanted.code_book.read_bytes()) if wanted.code_book else None
    runs: list[Run] = []
    for epsilon in wanted.epsilons:
        for seed in range(wanted.seeds):
            asked = PrivacySpec(
                epsilon=epsilon, delta=wanted.delta, unit=wanted.entity or ROW, code_book=book
            )
            runs.append(run_of(split, asked, wanted.target, seed))
            print(f"ε = {epsilon:g}, seed {seed} done", file=sys.stderr, flush=True)
    text = f"{printed(runs)}\n\n{this_machine()}\n"
    wanted.out.mkdir(parents=True, exist_ok=True)
    (wanted.out / "privacy.md").write_text(text, encoding="utf-8")
    document = json.dumps([asdict(run) for run in runs], indent=2)
    (wanted.out / "privacy.json").write_text(document + "\n", encoding="utf-8")
    (wanted.out / "privacy.svg").write_text(frontier(runs), encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
