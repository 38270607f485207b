"""The frontier of a search as charts and as a table. Light: pages import it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from domain.charts.chart import Chart
from domain.charts.frontier import Step, frontier_chart
from domain.evaluation.frontier import Point, coverage
from domain.evaluation.tuning_log import TuningLog
from domain.evaluation.utility_goal import Measure, UtilityGoal


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One ε, written out; ``cells`` by the order of :func:`columns`."""

    epsilon: str
    cells: tuple[str, ...]
    kept: str
    found: bool
    """Whether it is the answer."""


def tuning_context(log: TuningLog) -> Mapping[str, object]:
    """What a page about a search shows."""
    found = log.frontier.smallest
    return {
        "log": log,
        "answer": f"{found.epsilon:.3g}" if found else "",
        "frontier": log.frontier,
        "charts": frontier_charts(log),
        "columns": columns(log),
        "rows": table_rows(log),
        "baseline": baseline_cells(log),
        "interval_words": interval_words(log),
    }


def frontier_charts(log: TuningLog, name: str = "frontier") -> tuple[Chart, ...]:
    """A chart for every goal, then for what was measured beside."""
    return tuple(_chart(log, measure, f"{name}-{measure}") for measure in columns(log))


def columns(log: TuningLog) -> tuple[Measure, ...]:
    """What was measured: the goals first."""
    wanted = [goal.measure for goal in log.goals]
    return tuple(dict.fromkeys([*wanted, *log.trials[0].figures]))


def table_rows(log: TuningLog) -> tuple[TableRow, ...]:
    """The frontier, the smallest ε first."""
    found = log.frontier.smallest
    return tuple(
        TableRow(
            epsilon=f"{point.epsilon:.3g}",
            cells=tuple(_cell(point, measure) for measure in columns(log)),
            kept="yes" if point.kept else "no",
            found=found is not None and point.epsilon == found.epsilon,
        )
        for point in log.frontier.points
    )


def baseline_cells(log: TuningLog) -> tuple[str, ...]:
    """What rows of the source reach themselves."""
    return tuple(f"{log.baseline[m]:.3f}" if m in log.baseline else "–" for m in columns(log))


def interval_words(log: TuningLog) -> str:
    """What the two figures in brackets are."""
    seeds = max(point.seeds for point in log.frontier.points)
    if seeds < 2:
        return "One seed an ε: how far chance goes is not known; ask for 3."
    return (
        f"Median of {seeds} seeds; in brackets the lowest and the highest, which enclose the "
        f"median of all seeds in {coverage(seeds):.0%} of such searches."
    )


def _cell(point: Point, measure: Measure) -> str:
    reached = point.reached[measure]
    if point.seeds < 2:
        return f"{reached.median:.3f}"
    return f"{reached.median:.3f} ({reached.low:.3f} to {reached.high:.3f})"


def _chart(log: TuningLog, measure: Measure, name: str) -> Chart:
    limits: Mapping[Measure, UtilityGoal] = {goal.measure: goal for goal in log.goals}
    goal, found = limits.get(measure), log.frontier.smallest
    return frontier_chart(
        name,
        measure.words[:1].upper() + measure.words[1:],
        " ".join(_finding(log, measure, goal)),
        steps=[_step(point, measure) for point in log.frontier.points],
        limit=goal.limit if goal else None,
        found=found.epsilon if goal and found else None,
    )


def _step(point: Point, measure: Measure) -> Step:
    reached = point.reached[measure]
    return Step(epsilon=point.epsilon, value=reached.median, low=reached.low, high=reached.high)


def _finding(log: TuningLog, measure: Measure, goal: UtilityGoal | None) -> Iterator[str]:
    points = log.frontier.points
    first, last = points[0], points[-1]
    yield (
        f"From ε = {first.epsilon:.3g} to {last.epsilon:.3g}, {measure.words} goes from "
        f"{first.reached[measure].median:.3f} to {last.reached[measure].median:.3f}."
    )
    if measure in log.baseline and measure is not Measure.GAP:
        yield f"Rows of the source reach {log.baseline[measure]:.3f} themselves."
    if goal is not None:
        yield f"The goal is {goal.words}."
