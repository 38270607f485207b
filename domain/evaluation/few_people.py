"""What in a report rests on one to ten real people. Light: pages import it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from domain.evaluation.coarse import step_over
from domain.evaluation.grouping import table_of
from domain.evaluation.pictures import AssociationMatrix, Axis, ColumnOverlay
from domain.evaluation.report import Backing, EvaluationReport, Score
from domain.evaluation.small_cells import SMALLEST_CELL, few_missing, is_small

FEW = f"fewer than {SMALLEST_CELL}"
_OF_TABLE = f"Withheld in this rendering: one side of real rows holds {FEW} people."
_OF_COLUMN = f"Withheld in this rendering: {FEW} real rows have a value here."
_OF_MISSING = f"Withheld in this rendering: {FEW} real rows have no value here."
_OF_CELL = f"Withheld in this rendering: {FEW} real rows have one of these values."
_OF_ATTACK = f"Withheld in this rendering: it rests on {FEW} people."
RATES_WITHHELD = f"Success rates are withheld in this rendering: one stands for {FEW} people."
_MISSING = "missing_difference"
_PATTERNS = "similarity.missing_patterns"
_COPIES = "privacy.exact_copies"
_INVERTIBLE = frozenset(
    f"similarity.{name}" for name in ("js", "wasserstein", "ks_p", "ks_q", "chi2_p", "chi2_q")
)
"""With the twin's own counts, each of these gives those of a column of few values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FewPeople:
    """Where one to ten real people stand behind a report's figures."""

    tables: frozenset[str]
    copies: frozenset[str]
    """Those of :attr:`tables` in which enough rows were trained on to count copies of them."""
    histories: frozenset[str]
    """Tables with few people behind their histories."""
    columns: Mapping[str, str]
    """Scopes of columns in which few real cells have a value; by it the column's name."""
    missing: frozenset[str]
    """Scopes of columns in which few real cells are missing."""
    cells: Mapping[str, float]
    """Scopes of columns of few values, one of which few real rows have; by it the least step in
    which a share of real rows may be told."""
    patterns: Mapping[str, float]
    """By table with few missing cells somewhere, that step for shares of missing patterns."""

    @classmethod
    def behind(cls, report: EvaluationReport) -> FewPeople:
        """Found in the counts of an internal report."""
        backing = report.backing or tuple(_told_by_charts(report))
        few = [b for b in backing if is_small(b.trained) or is_small(b.held_out)]
        tables = frozenset(b.table for b in few)
        told = [o for o in report.overlays if o.table not in tables]
        step = {b.table: _step(b) for b in backing}
        return cls(
            tables=tables,
            copies=frozenset(b.table for b in few if not is_small(b.trained)),
            histories=frozenset(log.table for log in report.logs if log.few),
            columns={scope_of(o): o.column for o in told if _few_values(o)},
            missing=frozenset(scope_of(o) for o in report.overlays if few_missing(o)),
            cells={
                scope_of(o): step.get(o.table, 1.0)
                for o in told
                if _is_of_few_words(o) and _has_small_cell(o)
            },
            patterns={o.table: step.get(o.table, 1.0) for o in report.overlays if few_missing(o)},
        )

    def why_withheld(self, score: Score) -> str:
        """What to say instead of ``score``; empty where it may be told."""
        table = table_of(score.scope)
        if table in self.tables and not (score.name == _COPIES and table in self.copies):
            return _OF_TABLE
        if score.name.startswith("temporal.") and table in self.histories:
            return _OF_TABLE
        if any(_is_about(score.scope, scope, name) for scope, name in self.columns.items()):
            return _OF_COLUMN
        if score.name.endswith(_MISSING) and score.scope in self.missing:
            return _OF_MISSING
        if score.name in _INVERTIBLE and score.scope in self.cells:
            return _OF_CELL
        if score.rates and (is_small(score.rates.attacks) or is_small(score.rates.controls)):
            return _OF_ATTACK
        return ""

    def rates_withheld(self, score: Score) -> bool:
        """Whether one to ten people were found out: a rate of known many people is a count."""
        rates = score.rates
        return rates is not None and (
            is_small(round(rates.attack * rates.attacks))
            or is_small(round(rates.control * rates.controls))
        )

    def step(self, score: Score) -> float | None:
        """In which steps a share of real rows may be told; ``None`` where digits will do."""
        if score.name == _PATTERNS:
            return self.patterns.get(table_of(score.scope))
        return self.cells.get(score.scope) if score.name.startswith("similarity.") else None

    def without(self, matrix: AssociationMatrix) -> AssociationMatrix | None:
        """The matrix without columns of few values; ``None`` where it rests on few people."""
        prefix = f"{matrix.table}/" if matrix.table else ""
        kept = [
            at
            for at, column in enumerate(matrix.columns)
            if f"{prefix}column:{column}" not in self.columns
        ]
        if matrix.table in self.tables or len(kept) < 2:
            return None
        return replace(
            matrix,
            columns=tuple(matrix.columns[at] for at in kept),
            real=_among(matrix.real, kept),
            synthetic=_among(matrix.synthetic, kept),
        )


def scope_of(overlay: ColumnOverlay) -> str:
    """The scope of scores about a chart's column."""
    prefix = f"{overlay.table}/" if overlay.table else ""
    return f"{prefix}column:{overlay.column}"


def _told_by_charts(report: EvaluationReport) -> Iterator[Backing]:
    """Of reports that do not say how many rows they rest on: those of the tables' charts."""
    for table in dict.fromkeys(o.table for o in report.overlays):
        sides = [_rows(o) for o in report.overlays if o.table == table]
        yield Backing(
            table=table, trained=min(s[0] for s in sides), held_out=min(s[1] for s in sides)
        )


def _rows(overlay: ColumnOverlay) -> tuple[int, int]:
    return sum(overlay.real) + overlay.missing[0], sum(overlay.held_out) + overlay.missing[1]


def _step(backing: Backing) -> float:
    """So wide that a share tells no fewer people apart than a cell may hold."""
    known = min(filter(None, (backing.trained, backing.held_out)), default=1)
    return step_over(SMALLEST_CELL, known)


def _few_values(overlay: ColumnOverlay) -> bool:
    return is_small(sum(overlay.real)) or is_small(sum(overlay.held_out))


def _has_small_cell(overlay: ColumnOverlay) -> bool:
    return any(map(is_small, (*overlay.real, *overlay.held_out)))


def _is_of_few_words(overlay: ColumnOverlay) -> bool:
    """Whether each bin is one value: then a distance is a sum of few unknown counts."""
    if overlay.axis is Axis.CATEGORY:
        return True
    pairs = zip(overlay.edges, overlay.edges[1:], strict=False)
    return overlay.axis is Axis.NUMBER and all(high - low == 1.0 for low, high in pairs)


def _is_about(scope: str, column: str, name: str) -> bool:
    """Whether a scope is that of a column, or of a pair with it."""
    if scope == column:
        return True
    start, is_pair, pair = scope.partition("pair:")
    of_table = start == column.removesuffix(f"column:{name}")
    return bool(is_pair) and of_table and (pair.startswith(f"{name},") or pair.endswith(f",{name}"))


def _among(square: tuple[tuple[float, ...], ...], kept: list[int]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(square[a][b] for b in kept) for a in kept)
