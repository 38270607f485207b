"""A report's flat scores, grouped as a person reads them: by table, then column by column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.evaluation.report import EvaluationReport, Score

_DISTANCES = ("similarity.ks", "similarity.tv")
_P_VALUES = ("similarity.ks_p", "similarity.chi2_p")
_ADJUSTED = ("similarity.ks_q", "similarity.chi2_q")
_COVERAGES = ("similarity.range_coverage", "similarity.category_coverage")
_ADHERENCES = ("similarity.boundary_adherence", "similarity.category_adherence")
_OF_A_COLUMN = ("similarity.", "detection.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnScores:
    """What was measured about one column."""

    name: str
    distance: Score | None
    p: Score | None
    missing: Score | None
    q: Score | None = None
    """The p-value adjusted for the number of columns (Benjamini–Hochberg)."""
    wasserstein: Score | None = None
    """Of numbers and dates only."""
    js: Score | None = None
    coverage: Score | None = None
    """The share of the real range, or of the real categories, that occurs."""
    adherence: Score | None = None
    """The share of synthetic values within the real range, or of real categories."""
    give_away: Score | None = None
    """Where a classifier knows synthetic rows by this column."""

    @property
    def differs(self) -> bool:
        """Whether the difference is both beyond chance and large enough to matter."""
        return _within(self.q) and _beyond(self.distance)

    @property
    def passed(self) -> bool:
        """Whether the column's test sees no difference."""
        return bool(
            self.p and self.p.value is not None and self.p.value > (self.p.threshold or 0.0)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TableScores:
    """Everything measured about one table."""

    name: str
    """Empty in datasets of one table."""
    similarity: tuple[Score, ...]
    utility: tuple[Score, ...]
    leakage: tuple[Score, ...]
    privacy: tuple[Score, ...]
    columns: tuple[ColumnScores, ...]
    pairs: tuple[Score, ...]
    temporal: tuple[Score, ...] = ()
    """How histories move."""
    give_aways: tuple[Score, ...] = ()
    """The columns that tell synthetic rows from real ones, the most telling first."""


def by_table(report: EvaluationReport) -> tuple[TableScores, ...]:
    """The report's scores, table by table in the report's order."""
    tables: dict[str, list[Score]] = {}
    for score in report.scores:
        tables.setdefault(table_of(score.scope), []).append(score)
    return tuple(_grouped(name, scores) for name, scores in tables.items())


def table_of(scope: str) -> str:
    """``visits`` from ``visits/column:age``; empty when the scope starts with its kind."""
    if scope.startswith(("column:", "pair:")) or scope == "table":
        return ""
    for kind in ("/column:", "/pair:", "/table"):
        if kind in scope:
            return scope[: scope.index(kind)]
    return ""


def _grouped(name: str, scores: list[Score]) -> TableScores:
    whole = [s for s in scores if s.scope.endswith("table") and "column:" not in s.scope]
    return TableScores(
        name=name,
        similarity=tuple(s for s in whole if s.name.startswith(("similarity.", "detection."))),
        utility=tuple(s for s in scores if s.name.startswith("utility.")),
        leakage=tuple(s for s in scores if s.name.startswith("leakage.")),
        privacy=tuple(s for s in whole if s.name.startswith("privacy.")),
        temporal=tuple(s for s in scores if s.name.startswith("temporal.")),
        columns=_columns(s for s in scores if s.name.startswith(_OF_A_COLUMN)),
        pairs=tuple(s for s in scores if s.name == "similarity.pair"),
        give_aways=tuple(s for s in scores if s.name == "detection.give_away"),
    )


def _columns(scores: Iterable[Score]) -> tuple[ColumnScores, ...]:
    found: dict[str, list[Score]] = {}
    for score in scores:
        _, is_column, name = score.scope.partition("column:")
        if is_column and score.name != "similarity.pair":
            found.setdefault(name, []).append(score)
    return tuple(
        ColumnScores(
            name=name,
            distance=_one(of_column, _DISTANCES),
            p=_one(of_column, _P_VALUES),
            missing=_one(of_column, ("similarity.missing_difference",)),
            q=_one(of_column, _ADJUSTED),
            wasserstein=_one(of_column, ("similarity.wasserstein",)),
            js=_one(of_column, ("similarity.js",)),
            coverage=_one(of_column, _COVERAGES),
            adherence=_one(of_column, _ADHERENCES),
            give_away=_one(of_column, ("detection.give_away",)),
        )
        for name, of_column in found.items()
    )


def _one(scores: list[Score], names: tuple[str, ...]) -> Score | None:
    return next((s for s in scores if s.name in names), None)


def _within(score: Score | None) -> bool:
    """Whether the score is known and at most its threshold."""
    if score is None or score.value is None or score.threshold is None:
        return False
    return score.value <= score.threshold


def _beyond(score: Score | None) -> bool:
    """Whether the score is known and above its threshold."""
    if score is None or score.value is None or score.threshold is None:
        return False
    return score.value > score.threshold


def about(scope: str) -> str:
    """The column, or the table of several, that a score is about; empty for the only table."""
    table, is_column, column = scope.partition("column:")
    if is_column:
        return f"of {column}"
    return f"of {table.removesuffix('/table')}" if table.endswith("/table") else ""
