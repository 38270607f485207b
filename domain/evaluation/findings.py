"""What each chart of an evaluation shows, in words: its text for those who cannot see it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from domain.charts.courses import Band, span_of
from domain.charts.overlays import Shares
from domain.evaluation.pictures import AssociationMatrix, Axis, ColumnOverlay, Course, LagLines
from domain.evaluation.report import Score
from domain.evaluation.titles import figure, title

_SAME = 0.005
"""A shift of fewer rows than this share is called none."""


def overlay_finding(
    overlay: ColumnOverlay, shares: Shares, distance: Score | None, counted: str = "rows"
) -> str:
    """The column's distance, as its line in the table tells it, and where the chart shows most of
    what is ``counted``."""
    return f"{_distance(distance)}{_where(overlay, shares, counted)}{_missing(overlay)}"


def _distance(score: Score | None) -> str:
    if score is None or score.value is None:
        return ""
    baseline = score.baseline
    among_real = "" if baseline is None else f" (real rows: {figure(score.name, baseline)})"
    return f"{title(score.name)} {figure(score.name, score.value)}{among_real}. "


def _where(overlay: ColumnOverlay, shares: Shares, counted: str) -> str:
    """Where training and synthetic rows differ most; the held-out rows have no part in it."""
    moves = [s - r for r, s in zip(shares.real, shares.synthetic, strict=True)]
    at = max(range(len(moves)), key=lambda bin_: abs(moves[bin_]))
    if sum(abs(move) for move in moves) / 2 < _SAME:
        return f"In this chart synthetic {counted} are spread as the training {counted}."
    return (
        f"In this chart most differs at {_bin(overlay, at)}: {_percent(shares.real[at])} of "
        f"training and {_percent(shares.synthetic[at])} of synthetic {counted}."
    )


def _bin(overlay: ColumnOverlay, at: int) -> str:
    if overlay.axis is Axis.CATEGORY:
        return f"“{overlay.words[at]}”"
    low, high = overlay.edges[at], overlay.edges[at + 1]
    if overlay.open_ended and at == 0:
        return f"below {_edge(overlay, high)}"
    if overlay.open_ended and at == len(overlay.real) - 1:
        return f"{_edge(overlay, low)} and above"
    return f"{_edge(overlay, low)} to {_edge(overlay, high)}"


def _edge(overlay: ColumnOverlay, edge: float) -> str:
    if overlay.axis is Axis.DATE:
        return datetime.fromtimestamp(edge, UTC).strftime("%Y-%m-%d")
    return f"{edge:,.6g}"


def _missing(overlay: ColumnOverlay) -> str:
    """How many cells are missing, where any are."""
    real, _, synthetic = overlay.missing
    if not real and not synthetic:
        return ""
    shares = (real / (real + sum(overlay.real)), synthetic / (synthetic + sum(overlay.synthetic)))
    return (
        f" Missing: {_percent(shares[0])} of training and {_percent(shares[1])} of synthetic cells."
    )


def heatmap_findings(matrix: AssociationMatrix) -> tuple[str, str, str]:
    """The strongest pair of each side, then the pair that differs most."""
    pairs = [(a, b) for a in range(len(matrix.columns)) for b in range(a)]
    gaps = {(a, b): matrix.synthetic[a][b] - matrix.real[a][b] for a, b in pairs}
    a, b = max(gaps, key=lambda pair: abs(gaps[pair]))
    mean = sum(abs(gap) for gap in gaps.values()) / len(gaps)
    return (
        _strongest("real", matrix, matrix.real, pairs),
        _strongest("synthetic", matrix, matrix.synthetic, pairs),
        f"Associations differ by {mean:.2f} on average; most between {matrix.columns[a]} and "
        f"{matrix.columns[b]}: {_signed(matrix.real[a][b])} in real and "
        f"{_signed(matrix.synthetic[a][b])} in synthetic rows.",
    )


def _strongest(
    side: str,
    matrix: AssociationMatrix,
    strengths: Sequence[Sequence[float]],
    pairs: Sequence[tuple[int, int]],
) -> str:
    a, b = max(pairs, key=lambda pair: abs(strengths[pair[0]][pair[1]]))
    return (
        f"In {side} rows {matrix.columns[a]} and {matrix.columns[b]} hang together most: "
        f"{_signed(strengths[a][b])}."
    )


def give_away_finding(bars: Sequence[tuple[str, float]]) -> str:
    """The column that tells most."""
    column, value = bars[0]
    return (
        f"A classifier knows synthetic rows best by {column}: without it, its AUC falls by "
        f"{value:.3f}. Look at {'this column' if len(bars) == 1 else 'these columns'} first."
    )


Named = Sequence[tuple[str, Score]]
"""Scores with the words for their lines."""


def utility_finding(models: Named) -> str:
    """Every measure's two results."""
    told = [
        f"{words} {figure(s.name, s.value)}"
        + (f" (real rows: {figure(s.name, s.baseline)})" if s.baseline is not None else "")
        for words, s in models
    ]
    return f"Trained on synthetic rows: {', '.join(told)}."


def change_finding(changes: Named) -> str:
    """How many are within their limit, and the furthest beyond or nearest to it."""
    within = [s for _, s in changes if s.threshold is None or _room(s) >= 0]
    words, worst = min(changes, key=lambda change: _room(change[1]))
    low, high = worst.interval or (worst.value, worst.value)
    return (
        f"{len(within)} of {len(changes)} within the limit (the upright stroke); worst is {words} "
        f"with {figure(worst.name, worst.value)} (95 %: {figure(worst.name, low)} to "
        f"{figure(worst.name, high)})."
    )


def _room(score: Score) -> float:
    """How far a change is from its limit, below zero beyond it. Errors have a limit above zero."""
    value, limit = score.value or 0.0, score.threshold or 0.0
    return limit - value if limit > 0 else value - limit


def importance_finding(columns: Named) -> str:
    """Which column matters most to either model."""
    twin = max(columns, key=lambda c: c[1].value or 0.0)[0]
    real = max(columns, key=lambda c: c[1].baseline or 0.0)[0]
    if twin == real:
        return f"{twin} matters most to both a model of synthetic and a model of real rows."
    return f"{twin} matters most to a model of synthetic rows, {real} to one of real rows."


def memory_finding(lines: LagLines) -> str:
    """The lag at which real and synthetic differ most."""
    pairs = zip(lines.real, lines.synthetic, strict=True)
    known = [(lag, r, s) for lag, (r, s) in enumerate(pairs, start=1) if None not in (r, s)]
    if not known:
        return "Too few events tell what goes together."
    lag, real, twin = max(known, key=lambda found: abs((found[1] or 0) - (found[2] or 0)))
    later = "one event later" if lag == 1 else f"{lag} events later"
    return (
        f"{lines.column} and itself differ most {later}: {_signed(real or 0)} in real and "
        f"{_signed(twin or 0)} in synthetic events."
    )


def course_finding(course: Course, *, windows: bool = False) -> str:
    """How much of the synthetic histories lies within the band of the real ones."""
    what = "windows" if windows else "histories"
    shown = f"{len(course.synthetic)} synthetic {what}, one below the other"
    if not course.low:
        return f"{shown}, drawn by the seed."
    inside = [
        low <= value <= high
        for history in course.synthetic
        for value, low, high in zip(history, course.low, course.high, strict=True)
        if value is not None
    ]
    share = sum(inside) / max(len(inside), 1)
    return (
        f"{shown} (thin), over the band in which four of five real ones lie, and their middle "
        f"(thick): {_percent(share)} of the synthetic values shown lie in it.{_cut(course)}"
    )


def _cut(course: Course) -> str:
    """How many values are beyond the drawing."""
    band = Band(low=course.low, middle=course.middle, high=course.high)
    beyond = span_of(band, course.synthetic).beyond(course.synthetic)
    if not beyond:
        return ""
    lie = "value lies" if beyond == 1 else "values lie"
    return f" {beyond} {lie} beyond the drawing, cut at its edge."


def attacks_finding(attacks: Sequence[Score], of: str, *, untold: int = 0) -> str:
    """Which attacks succeed more often on people than on the control group; of how many more
    (``untold``) the rates are withheld."""
    return f"{_most_ahead(attacks, of)}{_not_drawn(untold)}"


def _not_drawn(untold: int) -> str:
    if not untold:
        return ""
    attacks = "1 more attack is" if untold == 1 else f"{untold} more attacks are"
    return f" {attacks} not drawn, for few people are behind a rate: see the table."


def _most_ahead(attacks: Sequence[Score], of: str) -> str:
    ahead = [s for s in attacks if _ahead(s)]
    if not ahead:
        return (
            f"None of {len(attacks)} attacks on {of} surely succeeds more often on those the twin "
            "was trained on than on the control group."
        )
    worst = max(ahead, key=_lead)
    assert worst.rates is not None
    return (
        f"{len(ahead)} of {len(attacks)} attacks on {of} succeed more often on those the twin was "
        f"trained on than on the control group, most of all {_named(worst)}: "
        f"{_percent(worst.rates.attack)} against {_percent(worst.rates.control)}."
    )


def _ahead(score: Score) -> bool:
    """Whether the intervals of attack and control do not touch."""
    return score.rates is not None and (
        score.rates.attack_interval[0] > score.rates.control_interval[1]
    )


def _lead(score: Score) -> float:
    assert score.rates is not None
    return score.rates.attack - score.rates.control


def _named(score: Score) -> str:
    column = score.scope.partition("column:")[2]
    words = title(score.name).removesuffix(", outliers")
    words = words[:1].lower() + words[1:]
    return f"{words} of {column}" if column else words


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
