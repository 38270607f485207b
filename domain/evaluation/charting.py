"""The charts of an evaluation, each with its finding in words. Light: pages import it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.charts.bars import bar_chart
from domain.charts.chart import Chart
from domain.charts.heatmaps import association_heatmaps
from domain.charts.intervals import Line, Measured, Sides, interval_chart
from domain.charts.overlays import Shares, category_overlay, number_overlay
from domain.evaluation.findings import (
    attacks_finding,
    gap_finding,
    give_away_finding,
    heatmap_findings,
    overlay_finding,
    utility_finding,
)
from domain.evaluation.pictures import AssociationMatrix, Axis, ColumnOverlay
from domain.evaluation.report import Score
from domain.evaluation.titles import title

_OUTLIERS = "_outliers"
_GAP = "_gap"
_MOST = 12
"""Bars of one chart; the table has them all."""
_SHARE_LIKE = 1.0
"""Qualities beyond ±1 are in the target's own units and have no axis in common."""


def column_chart(name: str, overlay: ColumnOverlay) -> Chart | None:
    """One column's values, side by side; ``None`` where no row has any."""
    shares = _shares(overlay)
    if shares is None:
        return None
    finding = overlay_finding(overlay, shares)
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
        form=".2~f",
        axis="AUC lost without the column",
    )


def utility_charts(name: str, scores: Sequence[Score]) -> tuple[Chart, ...]:
    """Models trained on synthetic rows beside those trained on real ones, and their gaps."""
    charts = (_qualities(f"{name}-models", scores), _gaps(f"{name}-gaps", scores))
    return tuple(chart for chart in charts if chart is not None)


def _qualities(name: str, scores: Sequence[Score]) -> Chart | None:
    gaps = {s.name for s in scores if s.name.endswith(_GAP)}
    models = [s for s in scores if f"{s.name}{_GAP}" in gaps and _drawable(s)]
    if not models:
        return None
    lines = [
        Line(
            label=title(s.name),
            twin=Measured(value=s.value or 0.0, interval=s.interval),
            other=Measured(value=s.baseline) if s.baseline is not None else None,
        )
        for s in models
    ]
    sides = Sides(twin="Trained on synthetic rows", other="Trained on real rows")
    finding = utility_finding(models)
    heading = "Models, tested on real rows they have not seen"
    return interval_chart(name, heading, finding, lines=lines, form=".1~f", sides=sides, bars=True)


def _gaps(name: str, scores: Sequence[Score]) -> Chart | None:
    gaps = [s for s in scores if s.name.endswith(_GAP) and s.interval and _drawable(s)]
    if not gaps:
        return None
    lines = [
        Line(
            label=title(s.name),
            twin=Measured(value=s.value or 0.0, interval=s.interval),
            limit=s.threshold,
        )
        for s in gaps
    ]
    heading = "What synthetic rows cost a model; the upright stroke is the limit"
    return interval_chart(name, heading, gap_finding(gaps), lines=lines, form="+.2~f")


def _drawable(score: Score) -> bool:
    return score.value is not None and abs(score.value) <= _SHARE_LIKE


def attack_charts(name: str, scores: Sequence[Score]) -> tuple[Chart, ...]:
    """How often attacks succeed, on everybody and on the most outlying people."""
    rated = [s for s in scores if s.rates is not None]
    everybody = [s for s in rated if not s.name.endswith(_OUTLIERS)]
    outlying = [s for s in rated if s.name.endswith(_OUTLIERS)]
    return tuple(
        interval_chart(
            f"{name}-{group}",
            heading,
            attacks_finding(found, of),
            lines=[_attack(score) for score in found],
            form="~%",
            sides=Sides(twin="Trained on", other="Control group"),
        )
        for group, heading, of, found in (
            ("everybody", "Attacks on everybody", "everybody", everybody),
            ("outlying", "Attacks on the most outlying people", "outlying people", outlying),
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


def attack_label(score: Score) -> str:
    """What an attack is called on its line; that on a column by the column."""
    column = _column(score)
    words = title(score.name).removesuffix(", outliers")
    return f"{column}, inferred" if column else words


def _column(score: Score) -> str:
    return score.scope.partition("column:")[2]
