"""A report's flat scores, grouped as a person reads them: by table, then column by column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.evaluation.report import EvaluationReport, Score

_DISTANCES = ("similarity.ks", "similarity.tv")
_P_VALUES = ("similarity.ks_p", "similarity.chi2_p")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnScores:
    """What was measured about one column."""

    name: str
    distance: Score | None
    p: Score | None
    missing: Score | None

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


def by_table(report: EvaluationReport) -> tuple[TableScores, ...]:
    """The report's scores, table by table in the report's order."""
    tables: dict[str, list[Score]] = {}
    for score in report.scores:
        tables.setdefault(_table_of(score.scope), []).append(score)
    return tuple(_grouped(name, scores) for name, scores in tables.items())


def _table_of(scope: str) -> str:
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
        columns=_columns(s for s in scores if s.name.startswith("similarity.")),
        pairs=tuple(s for s in scores if s.name == "similarity.pair"),
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
        )
        for name, of_column in found.items()
    )


def _one(scores: list[Score], names: tuple[str, ...]) -> Score | None:
    return next((s for s in scores if s.name in names), None)
