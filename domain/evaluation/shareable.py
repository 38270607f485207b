"""The release-safe rendering of a report: for eyes that may not see the real rows.

Light: pages import it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import floor

from domain.evaluation.coarse import (
    DIGITS,
    Rounding,
    at_least,
    at_least_in_words,
    hundredths,
    reworded,
    significant,
    to_step,
)
from domain.evaluation.few_people import FEW, RATES_WITHHELD, FewPeople
from domain.evaluation.grouping import table_of
from domain.evaluation.keeping import Kept, kept
from domain.evaluation.pictures import AssociationMatrix, ColumnOverlay, LagLines, LogPictures
from domain.evaluation.report import (
    AttackRates,
    EvaluationReport,
    Rendering,
    Score,
    ShareShift,
)
from domain.evaluation.small_cells import (
    SMALLEST_CELL,
    is_small,
    lumped_cells,
    rare_words,
    without_small_cells,
)
from domain.evaluation.verdict import without_figures

_RULE = (
    f"In charts no cell of 1 to {SMALLEST_CELL - 1} people is shown (the smallest cell is that of "
    "the US Centers for Medicare & Medicaid Services), and no share of so few copied rows or "
    "people found out is told."
)
_RISKS_STAY = (
    "Risks of attacks stay, with their intervals, however few were found out: they may tell how "
    "many, and never who."
)
_WITHHELD = "(withheld)"
_NO_BANDS = "Synthetic histories are drawn without the band in which real ones lie."
_FEW_PEOPLE = f"Charts of histories of {FEW} people are left out."
_NO_DRIFT = (
    "What has changed since the last release is left out: it quotes figures of another twin."
)
_DRIFT = "drift."
_FEW_BEHIND = f"withheld, for {FEW} people are behind it"
_LEFT_OUT = "withheld in this rendering"

_OF_EXTREMES = frozenset(
    f"similarity.{name}"
    for name in (
        "coverage",
        "adherence",
        "range_coverage",
        "boundary_adherence",
        "category_coverage",
    )
)
"""With the twin's own values, digits of these give the ends of what is real."""
_OF_PAIRS = frozenset(f"similarity.{name}" for name in ("pair", "pairs", "pearson", "two_way"))

_COUNTED = re.compile(
    r"(?<![\d.,–-])(?:[1-9]|10)(?= (?:(?:more|real|held-out|training|single)\s)*"
    r"(?:rows?|people|persons?|values?|cells?|entities|histories)\b)"
)
"""A number of one to ten real people or values, as sentences write it."""

_SHARE = re.compile(r"(\d+(?:\.\d+)?)% of (?=(?:held-out )?(?:real|training) rows)")
"""A share of real rows, as sentences write it."""

_BY_CHANCE = re.compile(r"; of [^;]*held-out real \w+ \d[^;]*by chance \(95 %: [^)]*\)")
"""What a holdout says about copies that chance makes."""

_CHANCE = re.compile(
    r"(?<=; of )(?P<many>[\d,]+) (?P<those>[a-z -]+?) \d[\d.]*% (?P<do>do|repeat another) "
    r"by chance \(95 %: [^)]*\)"
)
"""How many of known many real rows repeat another, as the sentence about copies writes it."""

_AFTER_RATES = re.compile(r"^.*: a risk of ", re.DOTALL)
"""An attack in words, with its rates."""

_OFF_ALONE = re.compile(r"(?<=Its own distribution is off) by [^:]*(?=:)")
"""By how much, as advice writes it."""

_STRAYING = re.compile(r"\d+(?:\.\d+)?% of its values lie(?= outside the real range)")
"""How many synthetic values lie beyond the ends of what is real, as advice writes it."""


def shareable(report: EvaluationReport) -> EvaluationReport:
    """``report`` with small cells lumped, rare words masked, extremes clipped, numbers coarse and
    what rests on few people withheld.

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
        scores=tuple(masked.score(s) for s in report.scores if not masked.leaves_out(s)),
        reasons=tuple(masked.reason(r) for r in report.reasons),
        notes=(
            *(masked.text(n) for n in report.notes),
            *_suppressed(overlays, report.scores, masked),
            *([_NO_DRIFT] if any(s.name.startswith(_DRIFT) for s in report.scores) else []),
            *([_NO_BANDS] if any(log.courses for log in report.logs) else []),
            *([_FEW_PEOPLE] if any(log.few for log in report.logs) else []),
        ),
        shifts=tuple(s for s in report.shifts if s not in masked.shifts),
        overlays=tuple(shown for _, shown in overlays if shown is not None),
        matrices=tuple(_coarse(m) for m in map(masked.few.without, report.matrices) if m),
        logs=tuple(_without_bands(log, masked) for log in report.logs),
        backing=(),
    )


def _without_bands(log: LogPictures, masked: _Masked) -> LogPictures:
    """Spreads with small cells lumped; synthetic histories without the band of the real ones,
    whose lines are single people's values. Of few people nothing real is left."""
    few = log.few or log.table in masked.few.tables
    shown = () if few else (without_small_cells(o) for o in log.spreads)
    return replace(
        log,
        sampled=masked.text(log.sampled),
        spreads=tuple(o for o in shown if o is not None),
        memories=() if few else tuple(map(_coarse_lines, log.memories)),
        courses=tuple(replace(c, low=(), middle=(), high=()) for c in log.courses),
    )


def _coarse(matrix: AssociationMatrix) -> AssociationMatrix:
    real = tuple(tuple(map(hundredths, row)) for row in matrix.real)
    synthetic = tuple(tuple(map(hundredths, row)) for row in matrix.synthetic)
    return replace(matrix, real=real, synthetic=synthetic)


def _coarse_lines(lines: LagLines) -> LagLines:
    def coarse(values: tuple[float | None, ...]) -> tuple[float | None, ...]:
        return tuple(_by(hundredths, v) for v in values)

    return replace(lines, real=coarse(lines.real), held_out=coarse(lines.held_out))


def rendered(report: EvaluationReport, rendering: Rendering) -> EvaluationReport:
    """The report in the rendering asked for."""
    return shareable(report) if rendering is Rendering.SHAREABLE else report


@dataclass(frozen=True, slots=True)
class _Masked:
    """What must not be read in any sentence of one report."""

    few: FewPeople
    shifts: tuple[ShareShift, ...]
    """Changed shares with few training rows, or unknown many, behind them."""
    words: tuple[str, ...]
    """Rare categories, and the conditions of :attr:`shifts`; the longest first."""
    untold: tuple[Score, ...]
    """Scores whose figures no reason may quote."""
    rows: int
    """Of the smaller real side; 0 where no chart tells."""

    @classmethod
    def of(cls, report: EvaluationReport) -> _Masked:
        few = FewPeople.behind(report)
        shifts = tuple(s for s in report.shifts if s.rows is None or s.rows < SMALLEST_CELL)
        conditions = {part for s in shifts for part in (s.what, *s.what.split(" and "))}
        quoted = {f"“{word}”" for word in rare_words(report.overlays) - _columns(report)}
        return cls(
            few=few,
            shifts=shifts,
            words=tuple(sorted(conditions | quoted, key=len, reverse=True)),
            untold=tuple(
                s
                for s in report.scores
                if s.name.startswith(_DRIFT) or s.name in _OF_EXTREMES or few.why_withheld(s)
            ),
            rows=min((_rows(o) for o in report.overlays), default=0),
        )

    def text(self, text: str, rounding: Rounding = significant) -> str:
        for word in self.words:
            text = text.replace(word, _WITHHELD)
        text = _STRAYING.sub("Some of its values lie", _COUNTED.sub(FEW, text))
        return reworded(_SHARE.sub(self._share, text), rounding)

    def reason(self, reason: str) -> str:
        few = [s for s in self.untold if self.few.why_withheld(s)]
        others = [s for s in self.untold if s not in few]
        reason = without_figures(reason, few, _FEW_BEHIND)
        return self.text(without_figures(reason, others, _LEFT_OUT))

    def _share(self, found: re.Match[str]) -> str:
        """A share that stands for one to ten real rows, or leaves as few, is not told."""
        rows = float(found[1]) / 100 * self.rows
        if not self.rows or SMALLEST_CELL <= rows <= self.rows - SMALLEST_CELL:
            return found[0]
        return "hardly any of " if rows < SMALLEST_CELL else "nearly all of "

    def leaves_out(self, score: Score) -> bool:
        """Whether even that there is such a score would tell: which pairs are the worst, say."""
        worst_of_few = score.name == "similarity.pair" and self.few.why_withheld(score)
        return score.name.startswith(_DRIFT) or bool(worst_of_few)

    def score(self, score: Score) -> Score:
        why = self.few.why_withheld(score)
        if not why and table_of(score.scope) in self.few.tables:
            score = _without_chance(score)
        score = _without_few_hits(_without_few_doubles(score), self.few)
        if score.scope in self.few.cells:
            score = replace(score, sentence=_OFF_ALONE.sub("", score.sentence))
        if why and score.value is not None:
            return _withheld(score, why)
        if score.name in _OF_EXTREMES and score.value is not None:
            return _of_extremes(score)
        rounding = self._rounding(score)
        low_high = score.interval
        told = replace(
            score,
            value=_by(rounding, score.value),
            interval=(rounding(low_high[0]), rounding(low_high[1])) if low_high else None,
            baseline=None if why else _by(rounding, score.baseline),
            threshold=_threshold(score, rounding),
            sentence=self.text(score.sentence, rounding),
            rates=_rounded_rates(score.rates) if score.rates else None,
        )
        return told if kept(told) is kept(score) else replace(told, threshold=None)

    def _rounding(self, score: Score) -> Rounding:
        if (step := self.few.step(score)) is not None:
            return to_step(step)
        return hundredths if score.name in _OF_PAIRS else significant


def _by(rounding: Rounding, number: float | None) -> float | None:
    return None if number is None else rounding(number)


def _threshold(score: Score, rounding: Rounding) -> float | None:
    """A stated limit as it is; one that follows from real rows as coarse as these."""
    limit = score.threshold
    return limit if limit is None or limit == hundredths(limit) else rounding(limit)


def _of_extremes(score: Score) -> Score:
    assert score.value is not None
    baseline = None if score.baseline is None else at_least(score.baseline)
    return replace(
        score,
        value=at_least(score.value),
        baseline=baseline,
        sentence=at_least_in_words(score.value),
        at_least=True,
    )


def _without_chance(score: Score) -> Score:
    """Copies of many training rows, without what few held-out ones say about chance."""
    sentence = _BY_CHANCE.sub("", score.sentence)
    return replace(score, baseline=None, threshold=None, sentence=sentence)


def _without_few_doubles(score: Score) -> Score:
    """Copies, without the share of real rows that repeat another where these are few.

    Nor is there a limit, which follows from that share, but one that is broken, in per cent.
    """
    told = _CHANCE.search(score.sentence)
    if told is None or not is_small(_doubles(told, score)):
        return score
    beyond = score.threshold if kept(score) is Kept.BEYOND else None
    most = rf"\g<many> \g<those> at most {SMALLEST_CELL - 1} \g<do> by chance"
    return replace(
        score,
        baseline=None,
        threshold=None if beyond is None else floor(100 * beyond) / 100,
        sentence=_CHANCE.sub(most, score.sentence),
    )


def _doubles(told: re.Match[str], score: Score) -> int:
    """How many rows a share of rows is."""
    return round((score.baseline or 0.0) * int(told["many"].replace(",", "")))


def _without_few_hits(score: Score, few: FewPeople) -> Score:
    """The risk of an attack, without the rates that tell how few it found out."""
    if not few.rates_withheld(score):
        return score
    risk, found = _AFTER_RATES.subn("A risk of ", score.sentence)
    said = f"{RATES_WITHHELD} {risk}" if found else RATES_WITHHELD
    return replace(score, rates=None, sentence=said)


def _columns(report: EvaluationReport) -> set[str]:
    """Names of columns: a category that is spelled alike is not given away by them."""
    return {o.column for o in report.overlays}


def _rows(overlay: ColumnOverlay) -> int:
    sides = (sum(overlay.real) + overlay.missing[0], sum(overlay.held_out) + overlay.missing[1])
    return min((rows for rows in sides if rows), default=0)


def _withheld(score: Score, why: str) -> Score:
    return replace(
        score, value=None, interval=None, baseline=None, threshold=None, sentence=why, rates=None
    )


def _rounded_rates(rates: AttackRates) -> AttackRates:
    return AttackRates(
        attack=significant(rates.attack),
        attack_interval=(
            significant(rates.attack_interval[0]),
            significant(rates.attack_interval[1]),
        ),
        attacks=rates.attacks,
        control=significant(rates.control),
        control_interval=(
            significant(rates.control_interval[0]),
            significant(rates.control_interval[1]),
        ),
        controls=rates.controls,
        guess=significant(rates.guess),
    )


def _suppressed(
    overlays: list[tuple[ColumnOverlay, ColumnOverlay | None]],
    scores: Sequence[Score],
    masked: _Masked,
) -> Iterator[str]:
    """What this rendering does not show, in words and numbers of cells."""
    yield (
        f"This is the shareable rendering. {_RULE} Numbers have {DIGITS} digits at most; how much "
        "of what is real is covered is told in steps of 10 %."
    )
    if any(map(masked.few.rates_withheld, scores)):
        yield _RISKS_STAY
    if masked.few.tables:
        yield f"Figures that rest on a side of {FEW} real people are withheld."
    if masked.few.columns:
        yield (
            f"{_columns_are(len(masked.few.columns))} left out of figures: {FEW} real rows have a "
            "value there."
        )
    if masked.few.cells:
        yield (
            f"Distances of {_in_columns(len(masked.few.cells))} are told in steps that stand for "
            f"{SMALLEST_CELL} real rows or more: {FEW} hold one of its values."
        )
    cells = sum(lumped_cells(before, after) for before, after in overlays)
    if cells:
        yield f"{_cells(cells)} with {FEW} real rows, or beside such, are lumped with others."
    if any(after and after.open_ended for _, after in overlays):
        yield "The ends of charts are open, so that no extreme value is shown."
    dropped = sum(after is None for _, after in overlays)
    if dropped:
        yield f"{_charts(dropped)} left out: they would have shown a single lump."
    if masked.few.missing:
        yield (
            f"In {_in_columns(len(masked.few.missing))} {FEW} real cells are missing; they are "
            "counted with the largest bin."
        )
    if masked.shifts:
        yield (
            f"{_shares(len(masked.shifts))} left out: {FEW} training rows, or an unknown number, "
            "are behind them."
        )


def _plural(one: str, many: str, count: int) -> str:
    return one if count == 1 else many.format(count)


_cells: Callable[[int], str] = partial(_plural, "One cell", "{} cells")
_columns_are: Callable[[int], str] = partial(_plural, "One column is", "{} columns are")
_charts: Callable[[int], str] = partial(_plural, "One chart is", "{} charts are")
_in_columns: Callable[[int], str] = partial(_plural, "one column", "{} columns")
_shares: Callable[[int], str] = partial(_plural, "One changed share is", "{} changed shares are")
