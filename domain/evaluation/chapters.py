"""A report as a person reads it: table by table, and chapter by chapter, pictures before numbers.

Light: pages import it.
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.charts.chart import Chart
from domain.evaluation.charting import (
    IMPORTANCE,
    association_charts,
    attack_charts,
    column_chart,
    give_away_chart,
    log_charts,
    utility_charts,
)
from domain.evaluation.detail_tables import DetailTable, detail_tables
from domain.evaluation.grouping import ColumnScores, TableScores, by_table
from domain.evaluation.keeping import kept_in_words
from domain.evaluation.pictures import LogPictures
from domain.evaluation.report import EvaluationReport, Score

_HISTORIES = "Time: do its histories move as the real ones?"
_SERIES = "Time: does the series move as the real one?"
_QUESTIONS = {
    "similarity": "Similarity: does it look like the real table?",
    "temporal": _HISTORIES,
    "detection": "Detection: can synthetic rows be told apart?",
    "utility": "Utility: do models learn the same from it?",
    "leakage": "Leakage: what does it tell about single people?",
    "privacy": "Privacy, a footnote: does it stand too close to real people?",
    "drift": "Drift: what has changed since the last release?",
}
"""Chapter → its heading, in reading order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One question about one table."""

    key: str
    title: str
    charts: tuple[Chart, ...]
    scores: tuple[Score, ...]
    details: tuple[Score, ...] = ()
    """What is told of single columns."""
    keyed: bool = False
    """Whether its charts need the key of the three sides beside them."""
    notes: tuple[str, ...] = ()
    """What a reader must know of how it was measured."""
    real: str = "Real rows"
    """What the baseline is that of."""

    @property
    def detail_tables(self) -> tuple[DetailTable, ...]:
        """The details, one table a measure."""
        return detail_tables(self.details)

    @property
    def kept(self) -> str:
        """How many of its figures keep their limits, in words; empty where none has one."""
        return kept_in_words(self.scores)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChapters:
    """Everything that is said about one table."""

    name: str
    """Empty in datasets of one table."""
    chapters: tuple[Chapter, ...]
    """Those that have scores."""
    columns: tuple[ColumnScores, ...]
    """Worst first."""
    overlays: tuple[Chart, ...]
    """A chart a column, in the order of ``columns``."""
    pairs: tuple[Score, ...]


def chapters(report: EvaluationReport) -> tuple[TableChapters, ...]:
    """The report, table by table in its own order."""
    tables = enumerate(by_table(report), start=1)
    return tuple(_table(report, table, f"t{number}") for number, table in tables)


def _table(report: EvaluationReport, table: TableScores, mark: str) -> TableChapters:
    columns = tuple(sorted(table.columns, key=_distance, reverse=True))
    return TableChapters(
        name=table.name,
        chapters=tuple(c for c in _chapters(report, table, mark) if c.scores or c.charts),
        columns=columns,
        overlays=_overlays(report, table.name, columns, mark),
        pairs=table.pairs,
    )


def _distance(column: ColumnScores) -> float:
    if column.distance is None or column.distance.value is None:
        return -1.0
    return column.distance.value


def _chapters(report: EvaluationReport, table: TableScores, mark: str) -> list[Chapter]:
    details = {
        "detection": table.give_aways,
        "utility": _importances(table),
        "temporal": tuple(s for s in table.temporal if _is_of_column(s)),
    }
    drift = tuple(s for s in report.scores if _is_drift(s, table.name))
    whole = (
        *table.similarity,
        *table.temporal,
        *table.utility,
        *table.leakage,
        *table.privacy,
        *drift,
    )
    logs = tuple(log for log in report.logs if log.table == table.name)
    charts = {
        "similarity": _associations(report, table.name, f"{mark}-pairs"),
        "temporal": tuple(c for log in logs for c in log_charts(f"{mark}-log", log)),
        "detection": _some(give_away_chart(f"{mark}-give-aways", table.give_aways)),
        "utility": utility_charts(f"{mark}-utility", table.utility),
        "leakage": attack_charts(f"{mark}-attacks", table.leakage),
    }
    return [
        Chapter(
            key=f"{mark}-{key}",
            title=question,
            charts=charts.get(key, ()),
            scores=tuple(s for s in whole if _belongs(s, key)),
            details=details.get(key, ()),
        )
        if key != "temporal"
        else _of_time(f"{mark}-{key}", logs, charts[key], whole, details[key])
        for key, question in _QUESTIONS.items()
    ]


def _of_time(
    key: str,
    logs: tuple[LogPictures, ...],
    charts: tuple[Chart, ...],
    scores: tuple[Score, ...],
    details: tuple[Score, ...],
) -> Chapter:
    """Its events are those of histories, or of one long series."""
    return Chapter(
        key=key,
        title=_SERIES if any(log.windows for log in logs) else _HISTORIES,
        charts=charts,
        scores=tuple(s for s in scores if _belongs(s, "temporal")),
        details=details,
        keyed=bool(charts),
        notes=tuple(log.sampled for log in logs if log.sampled),
        real="Real",
    )


def _is_drift(score: Score, table: str) -> bool:
    return score.name.startswith("drift.") and score.scope == (
        f"{table}/table" if table else "table"
    )


def _importances(table: TableScores) -> tuple[Score, ...]:
    return tuple(s for s in table.utility if s.name == IMPORTANCE)


def _belongs(score: Score, key: str) -> bool:
    is_detail = score.name == IMPORTANCE or _is_of_column(score)
    return score.name.startswith(f"{key}.") and not is_detail


_OF_COLUMNS = frozenset(
    {
        "temporal.event_column",
        "temporal.attribute",
        "temporal.column_autocorrelation",
        "temporal.column_transitions",
    }
)


def _is_of_column(score: Score) -> bool:
    """Whether it tells of one column what another score tells of all."""
    return score.name in _OF_COLUMNS


def _associations(report: EvaluationReport, table: str, mark: str) -> tuple[Chart, ...]:
    found = [m for m in report.matrices if m.table == table]
    return tuple(
        chart
        for number, matrix in enumerate(found, start=1)
        for chart in association_charts(f"{mark}-{number}", matrix)
    )


def _overlays(
    report: EvaluationReport, table: str, columns: tuple[ColumnScores, ...], mark: str
) -> tuple[Chart, ...]:
    place = {column.name: at for at, column in enumerate(columns)}
    found = [o for o in report.overlays if o.table == table]
    ordered = sorted(found, key=lambda o: place.get(o.column, len(place)))
    distances = {column.name: column.distance for column in columns}
    charts = (
        column_chart(f"{mark}-column-{at}", o, distances.get(o.column))
        for at, o in enumerate(ordered, start=1)
    )
    return tuple(chart for chart in charts if chart is not None)


def _some(chart: Chart | None) -> tuple[Chart, ...]:
    return () if chart is None else (chart,)
