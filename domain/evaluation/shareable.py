"""The release-safe rendering of a report: for eyes that may not see the real rows.

Light: pages import it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from domain.evaluation.pictures import ColumnOverlay, LogPictures
from domain.evaluation.report import (
    AttackRates,
    EvaluationReport,
    Rendering,
    Score,
    ShareShift,
)
from domain.evaluation.small_cells import (
    SMALLEST_CELL,
    few_missing,
    is_small,
    lumped_cells,
    rare_words,
    without_small_cells,
)

_RULE = (
    f"Cells of 1 to {SMALLEST_CELL - 1} people are not shown (cell size suppression policy of the "
    "US Centers for Medicare & Medicaid Services)."
)
_FEW = f"fewer than {SMALLEST_CELL}"
_WITHHELD = "(withheld)"
_WITHHELD_SCORE = (
    f"Withheld in this rendering: it rests on {_FEW} people. See the internal rendering."
)
_WITHHELD_MISSING = (
    f"Withheld in this rendering: {_FEW} real rows have no value here. See the internal rendering."
)
_MISSING = "missing_difference"
_NO_BANDS = "Synthetic histories are drawn without the band in which real ones lie."
_DIGITS = 4
"""Significant digits of shared numbers: an exact share of known many rows is a count."""

_COUNTED = re.compile(
    r"(?<![\d.,–-])(?:[1-9]|10)(?= (?:(?:more|real|held-out|training|single)\s)*"
    r"(?:rows?|people|persons?|values?|cells?|entities|histories)\b)"
)
"""A number of one to ten real people or values, as sentences write it."""

_SHARE = re.compile(r"(\d+(?:\.\d+)?)% of (?=(?:held-out )?(?:real|training) rows)")
"""A share of real rows, as sentences write it."""


def shareable(report: EvaluationReport) -> EvaluationReport:
    """``report`` with small cells lumped, rare words masked and extremes clipped.

    Says in its notes what was suppressed. A report that is shareable already comes back as it is;
    the internal one is not touched.
    """
    if report.rendering is Rendering.SHAREABLE:
        return report
    masked = _Masked.of(report)
    overlays = [(o, without_small_cells(o)) for o in report.overlays]
    return replace(
        report,
        rendering=Rendering.SHAREABLE,
        scores=tuple(masked.score(s) for s in report.scores),
        reasons=tuple(masked.text(r) for r in report.reasons),
        notes=(
            *(masked.text(n) for n in report.notes),
            *_suppressed(overlays, masked),
            *([_NO_BANDS] if any(log.courses for log in report.logs) else []),
        ),
        shifts=tuple(s for s in report.shifts if s not in masked.shifts),
        overlays=tuple(shown for _, shown in overlays if shown is not None),
        logs=tuple(_without_bands(log) for log in report.logs),
    )


def _without_bands(log: LogPictures) -> LogPictures:
    """Spreads with small cells lumped; synthetic histories without the band of the real ones,
    whose lines are single people's values."""
    shown = (without_small_cells(o) for o in log.spreads)
    return replace(
        log,
        spreads=tuple(o for o in shown if o is not None),
        courses=tuple(replace(c, low=(), middle=(), high=()) for c in log.courses),
    )


def rendered(report: EvaluationReport, rendering: Rendering) -> EvaluationReport:
    """The report in the rendering asked for."""
    return shareable(report) if rendering is Rendering.SHAREABLE else report


@dataclass(frozen=True, slots=True)
class _Masked:
    """What must not be read in any sentence of one report."""

    shifts: tuple[ShareShift, ...]
    """Changed shares with few training rows, or unknown many, behind them."""
    words: tuple[str, ...]
    """Rare categories, and the conditions of :attr:`shifts`; the longest first."""
    few_missing: frozenset[str]
    """Scopes of columns in which few real cells are missing."""
    rows: int
    """Of the smaller real side; 0 where no chart tells."""

    @classmethod
    def of(cls, report: EvaluationReport) -> _Masked:
        shifts = tuple(s for s in report.shifts if s.rows is None or s.rows < SMALLEST_CELL)
        conditions = {part for s in shifts for part in (s.what, *s.what.split(" and "))}
        quoted = {f"“{word}”" for word in rare_words(report.overlays) - _columns(report)}
        return cls(
            shifts=shifts,
            words=tuple(sorted(conditions | quoted, key=len, reverse=True)),
            few_missing=frozenset(_scope(o) for o in report.overlays if few_missing(o)),
            rows=min((_rows(o) for o in report.overlays), default=0),
        )

    def text(self, text: str) -> str:
        for word in self.words:
            text = text.replace(word, _WITHHELD)
        return _SHARE.sub(self._share, _COUNTED.sub(_FEW, text))

    def _share(self, found: re.Match[str]) -> str:
        """A share that stands for one to ten real rows (or none) is not told."""
        rows = float(found[1]) / 100 * self.rows
        return "hardly any of " if self.rows and rows < SMALLEST_CELL else found[0]

    def score(self, score: Score) -> Score:
        if score.name.endswith(_MISSING) and score.scope in self.few_missing:
            return _withheld(score, _WITHHELD_MISSING)
        if score.rates and (is_small(score.rates.attacks) or is_small(score.rates.controls)):
            return _withheld(score, _WITHHELD_SCORE)
        low_high = score.interval
        return replace(
            score,
            value=_round(score.value),
            interval=(_rounded(low_high[0]), _rounded(low_high[1])) if low_high else None,
            baseline=_round(score.baseline),
            threshold=_round(score.threshold),
            sentence=self.text(score.sentence),
            rates=_rounded_rates(score.rates) if score.rates else None,
        )


def _columns(report: EvaluationReport) -> set[str]:
    """Names of columns: a category that is spelled alike is not given away by them."""
    return {o.column for o in report.overlays}


def _rows(overlay: ColumnOverlay) -> int:
    sides = (sum(overlay.real) + overlay.missing[0], sum(overlay.held_out) + overlay.missing[1])
    return min((rows for rows in sides if rows), default=0)


def _scope(overlay: ColumnOverlay) -> str:
    prefix = f"{overlay.table}/" if overlay.table else ""
    return f"{prefix}column:{overlay.column}"


def _withheld(score: Score, why: str) -> Score:
    return replace(
        score, value=None, interval=None, baseline=None, threshold=None, sentence=why, rates=None
    )


def _rounded(number: float) -> float:
    return float(f"{number:.{_DIGITS}g}")


def _round(number: float | None) -> float | None:
    return None if number is None else _rounded(number)


def _rounded_rates(rates: AttackRates) -> AttackRates:
    return AttackRates(
        attack=_rounded(rates.attack),
        attack_interval=(_rounded(rates.attack_interval[0]), _rounded(rates.attack_interval[1])),
        attacks=rates.attacks,
        control=_rounded(rates.control),
        control_interval=(_rounded(rates.control_interval[0]), _rounded(rates.control_interval[1])),
        controls=rates.controls,
        guess=_rounded(rates.guess),
    )


def _suppressed(
    overlays: list[tuple[ColumnOverlay, ColumnOverlay | None]], masked: _Masked
) -> Iterator[str]:
    """What this rendering does not show, in words and numbers of cells."""
    yield f"This is the shareable rendering. {_RULE} Numbers have {_DIGITS} digits."
    cells = sum(lumped_cells(before, after) for before, after in overlays)
    if cells:
        yield f"{_cells(cells)} with {_FEW} real rows, or beside such, are lumped with others."
    if any(after and after.open_ended for _, after in overlays):
        yield "The ends of charts are open, so that no extreme value is shown."
    dropped = sum(after is None for _, after in overlays)
    if dropped:
        yield f"{_charts(dropped)} left out: they would have shown a single lump."
    if masked.few_missing:
        yield (
            f"In {_in_columns(len(masked.few_missing))} {_FEW} real cells are missing; they are "
            "counted with the largest bin."
        )
    if masked.shifts:
        yield (
            f"{_shares(len(masked.shifts))} left out: {_FEW} training rows, or an unknown number, "
            "are behind them."
        )


def _plural(one: str, many: str, count: int) -> str:
    return one if count == 1 else many.format(count)


_cells: Callable[[int], str] = partial(_plural, "One cell", "{} cells")
_charts: Callable[[int], str] = partial(_plural, "One chart is", "{} charts are")
_in_columns: Callable[[int], str] = partial(_plural, "one column", "{} columns")
_shares: Callable[[int], str] = partial(_plural, "One changed share is", "{} changed shares are")
