"""Template filters of the print templates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template

from domain.evaluation.grouping import TableScores, by_table
from domain.evaluation.report import EvaluationReport
from domain.evaluation.titles import figure, share_words, title
from domain.synthesis.learning_curves import LearningCurve

register = template.Library()


@register.filter
def tables(report: EvaluationReport) -> tuple[TableScores, ...]:
    """The report's scores, table by table."""
    return by_table(report)


@register.filter
def metric(name: str) -> str:
    """The words for a score's name."""
    return title(name)


@register.filter(name="figure")
def written(value: float | None, name: str) -> str:
    """``value`` as the score called ``name`` is written."""
    return figure(name, value)


@register.filter
def span(interval: tuple[float, float] | None, name: str) -> str:
    """An interval, or nothing."""
    return f"{figure(name, interval[0])} to {figure(name, interval[1])}" if interval else ""


@register.filter
def share(part: float) -> str:
    """A share in per cent."""
    return share_words(part)


@register.filter
def day(moment: str) -> str:
    """An ISO time as a person writes it: ``3 May 2026, 14:05 UTC``."""
    at = datetime.fromisoformat(moment)
    return f"{at.day} {at:%B %Y, %H:%M} {at:%Z}".strip()


@register.filter
def thousands(number: int | None) -> str:
    """A count with separators; a dash where it is unknown."""
    return "–" if number is None else f"{number:,}"


@register.filter
def capital(sentence: str) -> str:
    """The sentence with a capital first letter, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


@register.filter
def pair(scope: str) -> str:
    """The two columns of a pair's scope."""
    return scope.partition("pair:")[2].replace(",", " and ", 1)


@register.filter
def sources(report: EvaluationReport) -> list[tuple[str, str]]:
    """Each kind of score with the source of its definition, in the report's order."""
    return list({s.name: s.source for s in report.scores if s.source}.items())


@register.filter
def about(scope: str) -> str:
    """The column, or the table of several, that a score is about; empty for the only table."""
    table, is_column, column = scope.partition("column:")
    if is_column:
        return f"of {column}"
    return f"of {table.removesuffix('/table')}" if table.endswith("/table") else ""


@register.filter
def learning_curve(document: dict[str, Any]) -> LearningCurve:
    """A learning curve of the model card, to be drawn."""
    return LearningCurve.from_document(document)
