"""Template filters that read a report, the same for pages, paper and pages that open alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template

from domain.charts.chart import Chart
from domain.compliance.belief_words import at_least, at_most
from domain.compliance.dp_charts import privacy_charts
from domain.compliance.folded_looks import folded_looks
from domain.evaluation.chapters import TableChapters, chapters
from domain.evaluation.grouping import about
from domain.evaluation.headline import headline_scores
from domain.evaluation.keeping import kept
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.titles import bounded, figure, share_words, title
from domain.privacy.published import rounded_down
from domain.privacy.published import written as rounded_up
from domain.privacy.unit_words import unit_noun

register = template.Library()


@register.filter
def metric(name: str) -> str:
    """The words for a score's name."""
    return title(name)


@register.filter(name="figure")
def written(value: float | None, name: str) -> str:
    """``value`` as the score called ``name`` is written."""
    return figure(name, value)


@register.filter
def of_score(value: float | None, score: Score) -> str:
    """``value`` or baseline of ``score`` as it is written; a lower bound as one."""
    return bounded(score.name, value, at_least=score.at_least)


@register.filter
def unbroken(words: str) -> str:
    """The words with no line break between a number and its per cent sign."""
    return words.replace(" %", "\u00a0%")


@register.filter
def share(part: float) -> str:
    """A share in per cent."""
    return share_words(part)


@register.filter
def hundredths(part: float | None) -> str:
    """A share as a number from 0 to 100 for ``<progress>`` and SVG, always with a point."""
    return "0" if part is None else f"{100 * part:.1f}"


@register.filter(name="about")
def scope_words(scope: str) -> str:
    """What a score is about."""
    return about(scope)


@register.filter(name="kept")
def keeps(score: Score) -> str:
    """``kept`` or ``beyond``; a dash for what has no limit."""
    return kept(score) or "–"


@register.filter
def sources(scores: Iterable[Score]) -> list[tuple[str, str]]:
    """What is measured after each source of a definition, in the order of ``scores``."""
    found: dict[str, dict[str, None]] = {}
    for score in scores:
        if score.source:
            found.setdefault(score.source, {})[title(score.name)] = None
    return [("; ".join(titles), source) for source, titles in found.items()]


@register.filter
def column(scope: str) -> str:
    """The column that a score is about, where a heading says the rest."""
    return scope.partition("column:")[2]


@register.filter(name="chapters")
def told(report: EvaluationReport) -> tuple[TableChapters, ...]:
    """The report, table by table and chapter by chapter."""
    return chapters(report)


@register.filter
def headlines(report: EvaluationReport) -> tuple[Score, ...]:
    """The few scores that tell most; of several tables, the worst."""
    return tuple(headline_scores(report).values())


@register.filter
def privacy(figure: float | None) -> str:
    """A figure of privacy, rounded up; a dash where there is none."""
    return "–" if figure is None else rounded_up(figure)


@register.filter
def privacy_left(figure: float) -> str:
    """A figure of what is left or proved to be lost: rounded down."""
    return rounded_up(rounded_down(figure))


@register.filter
def folded(looks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Every look at private rows, those that are alike in one line."""
    return folded_looks(looks)


@register.filter
def unit(name: str) -> str:
    """Whom a promise protects, after “one” or “each”."""
    return unit_noun(name)


@register.filter
def per_cent(share: float) -> str:
    """A share of belief in per cent, rounded up."""
    return at_most(share)


@register.filter
def per_cent_down(share: float) -> str:
    """A share of belief in per cent, rounded down."""
    return at_least(share)


@register.filter(name="privacy_charts")
def pictures(report: Mapping[str, Any]) -> dict[str, Chart]:
    """The charts of a privacy report, by field."""
    return privacy_charts(report)
