"""The table of peers: each synthesizer's figures, what it took, and ratios to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from benchmarks.figures import Figures, Measured, median_figures, median_of
from benchmarks.layout import number, share, signed, table, times
from benchmarks.timing import Cost

_HEAD = (
    "synthesizer",
    "column tests",
    "quality",
    "AUC gap",
    "detection",
    "closer",
    "seconds",
    "CPU s",
    "peak MiB",
    "time ratio",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One synthesizer; of several runs the medians, and each run for whoever wants to see."""

    name: str
    title: str
    figures: Figures
    real: Figures
    cost: Cost
    runs: tuple[tuple[Cost, Figures], ...]


def median_line(name: str, title: str, runs: Sequence[tuple[Cost, Measured]]) -> Line:
    """The line of one synthesizer that ran once or several times."""
    several = f" (median of {len(runs)})" if len(runs) > 1 else ""
    return Line(
        name=name,
        title=title + several,
        figures=median_figures([measured.twin for _, measured in runs]),
        real=median_figures([measured.real for _, measured in runs]),
        cost=median_cost([cost for cost, _ in runs]),
        runs=tuple((cost, measured.twin) for cost, measured in runs),
    )


def median_cost(costs: Sequence[Cost]) -> Cost:
    """Median seconds, processor seconds and memory."""
    return Cost(
        **{
            f.name: median_of([getattr(cost, f.name) for cost in costs]) or 0.0
            for f in fields(Cost)
        }
    )


def ratio(line: Line, lines: Sequence[Line], reference: str) -> float | None:
    """How many times as long as ``reference`` it took; ``None`` where that did not run."""
    for other in lines:
        if other.name == reference and other.cost.seconds > 0:
            return line.cost.seconds / other.cost.seconds
    return None


def printed(lines: Sequence[Line], reference: str) -> str:
    """The table, with what real rows reach in the first line."""
    rows = [_real(lines[0])] if lines else []
    rows += [
        (
            line.title,
            *_figures(line.figures),
            number(line.cost.seconds, 1),
            number(line.cost.cpu_seconds, 1),
            number(line.cost.peak_mib, 0),
            times(ratio(line, lines, reference)),
        )
        for line in lines
    ]
    return table(_HEAD, rows)


def _real(line: Line) -> tuple[str, ...]:
    return ("real training rows", *_figures(line.real), *(number(None),) * 4)


def _figures(figures: Figures) -> tuple[str, ...]:
    return (
        share(figures.columns_passed),
        number(figures.quality),
        signed(figures.gap),
        number(figures.detection),
        number(figures.dcr_share),
    )
