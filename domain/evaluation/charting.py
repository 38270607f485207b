"""The charts of an evaluation, each with its finding in words. Light: pages import it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from domain.charts.bars import bar_chart
from domain.charts.chart import Chart
from domain.charts.courses import Band, course_chart
from domain.charts.heatmaps import association_heatmaps
from domain.charts.intervals import Line, Measured, Sides, interval_chart
from domain.charts.memories import memory_chart
from domain.charts.overlays import Shares, category_overlay, number_overlay
from domain.charts.theme import HELD_OUT, REAL, SYNTHETIC
from domain.evaluation.few_people import RATES_WITHHELD
from domain.evaluation.findings import (
    attacks_finding,
    change_finding,
    course_finding,
    give_away_finding,
    heatmap_findings,
    importance_finding,
    memory_finding,
    overlay_finding,
    utility_finding,
)
from domain.evaluation.pictures import (
    AssociationMatrix,
    Axis,
    ColumnOverlay,
    Course,
    LagLines,
    LogPictures,
    counted_in,
)
from domain.evaluation.report import Score
from domain.evaluation.titles import title

_OUTLIERS = "_outliers"
_GAP, _CHANGE = "_gap", "_change"
_MOST = 12
"""Bars of one chart; the table has them all."""
MOST_COURSES = 3
"""Histories of one chart; reports of before hold more."""
_ERRORS = ("rmse", "mae")
IMPORTANCE = "utility.importance"


def column_chart(
    name: str, overlay: ColumnOverlay, distance: Score | None = None, *, counted: str = "rows"
) -> Chart | None:
    """One column's values, side by side, and its distance; ``None`` where no row has any.

    ``counted`` says what its shares are shares of.
    """
    shares = _shares(overlay)
    if shares is None:
        return None
    finding = overlay_finding(overlay, shares, distance, counted)
    if overlay.axis is Axis.CATEGORY:
        return category_overlay(name, overlay.column, finding, words=overlay.words, shares=shares)
    return number_overlay(
        name,
        overlay.column,
        finding,
        edges=overlay.edges,
        shares=shares,
        dates=overlay.axis is Axis.DATE,
    )


def _shares(overlay: ColumnOverlay) -> Shares | None:
    sides = [_share_of(s) for s in (overlay.real, overlay.held_out, overlay.synthetic)]
    if not sides[0] or not sides[2]:
        return None
    return Shares(real=sides[0], held_out=sides[1], synthetic=sides[2])


def _share_of(counts: Sequence[int]) -> tuple[float, ...]:
    total = sum(counts)
    return tuple(count / total for count in counts) if total else ()


def association_charts(name: str, matrix: AssociationMatrix) -> tuple[Chart, ...]:
    """Heat-maps of the real rows, the synthetic rows and the difference."""
    if len(matrix.columns) < 2:
        return ()
    return association_heatmaps(
        name, heatmap_findings(matrix), matrix.columns, matrix.real, matrix.synthetic
    )


def give_away_chart(name: str, scores: Iterable[Score]) -> Chart | None:
    """The columns by which a classifier knows synthetic rows."""
    told = [s for s in scores if s.value is not None and s.value > 0]
    bars = sorted(((_column(s), s.value or 0.0) for s in told), key=lambda bar: -bar[1])[:_MOST]
    if not bars:
        return None
    return bar_chart(
        name,
        "What gives synthetic rows away",
        give_away_finding(bars),
        bars=bars,
        form=".3~f",
        axis="AUC lost without the column",
    )


def utility_charts(name: str, scores: Sequence[Score]) -> tuple[Chart, ...]:
    """Of each kind of model: trained on synthetic rows beside real ones, and what that costs."""
    models = dict.fromkeys(_model(s) for s in scores if s.name.endswith(_GAP))
    charts = [
        chart
        for number, model in enumerate(models, start=1)
        for of_model in [[s for s in scores if _model(s) == model]]
        for chart in (
            _qualities(f"{name}-models-{number}", model, of_model),
            _changes(f"{name}-costs-{number}", model, of_model),
        )
    ]
    importances = _importances(f"{name}-importances", scores)
    return tuple(chart for chart in [*charts, importances] if chart is not None)


def _model(score: Score) -> str:
    """“Gradient boosting”, of the scores of models."""
    return title(score.name).rpartition(", ")[2].capitalize()


def _metric(score: Score) -> str:
    return title(score.name).partition(", ")[0].removesuffix(" gap in per cent")


def _qualities(name: str, model: str, scores: Sequence[Score]) -> Chart | None:
    """Errors are left out: they have units of their own."""
    gaps = {s.name for s in scores if s.name.endswith(_GAP)}
    told = [s for s in scores if f"{s.name}{_GAP}" in gaps and not _is_error(s)]
    found = [s for s in told if s.value is not None]
    if not found:
        return None
    lines = [
        Line(
            label=_metric(s),
            twin=Measured(value=s.value or 0.0, interval=s.interval),
            other=Measured(value=s.baseline) if s.baseline is not None else None,
        )
        for s in found
    ]
    heading = f"{model}, by what it learned from"
    finding = utility_finding([(_metric(s), s) for s in found])
    return interval_chart(
        name, heading, finding, lines=lines, form=".1~f", sides=Sides(), bars=True
    )


def _is_error(score: Score) -> bool:
    return any(error in score.name for error in _ERRORS)


def _changes(name: str, model: str, scores: Sequence[Score]) -> Chart | None:
    changes = [s for s in scores if s.name.endswith(_CHANGE) and s.value is not None]
    if not changes:
        return None
    lines = [
        Line(
            label=_metric(s),
            twin=Measured(value=s.value or 0.0, interval=s.interval),
            limit=s.threshold,
        )
        for s in changes
    ]
    heading = f"{model}, gained or lost"
    finding = change_finding([(_metric(s), s) for s in changes])
    return interval_chart(name, heading, finding, lines=lines, form="+~%")


def _importances(name: str, scores: Sequence[Score]) -> Chart | None:
    """Which columns matter to a model of the twin and to one of the real rows."""
    known = [s for s in scores if s.name == IMPORTANCE and s.value is not None]
    if not known:
        return None
    most = sorted(known, key=_weight, reverse=True)[:_MOST]
    lines = [
        Line(
            label=_column(s),
            twin=Measured(value=s.value or 0.0, interval=s.interval),
            other=Measured(value=s.baseline) if s.baseline is not None else None,
        )
        for s in most
    ]
    heading = "Columns that matter: lost when shuffled"
    finding = importance_finding([(_column(s), s) for s in most])
    return interval_chart(
        name, heading, finding, lines=lines, form=".3~f", sides=Sides(), bars=True
    )


def _weight(score: Score) -> float:
    return max(score.value or 0.0, score.baseline or 0.0)


def attack_charts(name: str, scores: Sequence[Score]) -> tuple[Chart, ...]:
    """How often attacks succeed, on everybody and on the most outlying people."""
    rated = [s for s in scores if s.rates is not None]
    everybody = [s for s in rated if not s.name.endswith(_OUTLIERS)]
    outlying = [s for s in rated if s.name.endswith(_OUTLIERS)]
    hidden = [s for s in scores if s.sentence.startswith(RATES_WITHHELD)]
    aside = sum(s.name.endswith(_OUTLIERS) for s in hidden)
    return tuple(
        interval_chart(
            f"{name}-{group}",
            heading,
            attacks_finding(found, of, untold=untold),
            lines=[_attack(score) for score in found],
            form="~%",
            sides=Sides(twin="Trained on", other="Control group"),
        )
        for group, heading, of, found, untold in (
            ("everybody", "Attacks on everybody", "everybody", everybody, len(hidden) - aside),
            ("outlying", "Attacks on the most outlying people", "outlying people", outlying, aside),
        )
        if found
    )


def _attack(score: Score) -> Line:
    assert score.rates is not None
    rates = score.rates
    return Line(
        label=attack_label(score),
        twin=Measured(value=rates.attack, interval=rates.attack_interval),
        other=Measured(value=rates.control, interval=rates.control_interval),
        limit=rates.guess,
    )


def log_charts(name: str, log: LogPictures) -> tuple[Chart, ...]:
    """Histories over the band of the real ones, what numbers remember, gaps, lengths, rhythms."""
    courses = (
        _course(f"{name}-course-{n}", c, windows=log.windows)
        for n, c in enumerate(log.courses, start=1)
    )
    spreads = (
        column_chart(f"{name}-spread-{n}", o, counted=counted_in(o.column))
        for n, o in enumerate(log.spreads, start=1)
    )
    return (
        *(chart for chart in courses if chart is not None),
        *(_memory(f"{name}-memory-{n}", m) for n, m in enumerate(log.memories, start=1)),
        *(chart for chart in spreads if chart is not None),
    )


def _course(name: str, course: Course, *, windows: bool) -> Chart | None:
    """The first few histories; ``None`` where there is nothing to draw."""
    shown = replace(course, synthetic=course.synthetic[:MOST_COURSES])
    if not shown.low and not any(v is not None for h in shown.synthetic for v in h):
        return None
    band = Band(low=shown.low, middle=shown.middle, high=shown.high) if shown.low else None
    of = "window" if windows else "history"
    return course_chart(
        name,
        f"{course.column}, event by event",
        course_finding(shown, windows=windows),
        band=band,
        drawn=shown.synthetic,
        event=f"event of the {of}",
        panel=f"Synthetic {of}",
    )


def _memory(name: str, lines: LagLines) -> Chart:
    sides = {REAL: lines.real, HELD_OUT: lines.held_out, SYNTHETIC: lines.synthetic}
    heading = f"{lines.column} and itself, later"
    return memory_chart(name, heading, memory_finding(lines), lines=sides)


def attack_label(score: Score) -> str:
    """What an attack is called on its line; that on a column by the column."""
    column = _column(score)
    words = title(score.name).removesuffix(", outliers")
    return f"{column}, inferred" if column else words


def _column(score: Score) -> str:
    return score.scope.partition("column:")[2]
