"""What is told of single columns, one table a measure. Light: pages import it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domain.evaluation.report import Score
from domain.evaluation.titles import title


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailTable:
    """One measure of many columns."""

    title: str
    says: str
    """What its numbers mean; empty where the title says it."""
    scores: tuple[Score, ...]
    """A score a column, in the report's order; never empty."""

    @property
    def name(self) -> str:
        """The dotted name of the measure."""
        return self.scores[0].name

    @property
    def judged(self) -> bool:
        """Whether its columns are held to a limit."""
        return any(score.threshold is not None for score in self.scores)


_SAYS = {
    "detection.give_away": (
        "What gives rows away, column by column",
        "By how much the AUC of the classifier falls when it may not see the column.",
    ),
    "utility.importance": (
        "What models learn from, column by column",
        "How much worse a model gets when the values of the column are shuffled.",
    ),
    "temporal.event_column": (
        "Events, column by column",
        "How far the values of single events are from real ones, missing cells counted: 0 is the "
        "same, 1 shares nothing.",
    ),
    "temporal.attribute": (
        "Attributes of whole histories, column by column",
        "The same of what never changes within a history, counted once a history.",
    ),
    "temporal.column_autocorrelation": (
        "What numbers remember, column by column",
        "How far the correlations of a number with itself, one to seven events later, are from "
        "the real ones on average.",
    ),
    "temporal.column_transitions": (
        "What follows what, column by column",
        "Given a category, how far the chances of the next one are from the real ones on average.",
    ),
}


def detail_tables(scores: Iterable[Score]) -> tuple[DetailTable, ...]:
    """``scores`` by what they measure, in the order in which measures first appear."""
    found: dict[str, list[Score]] = {}
    for score in scores:
        found.setdefault(score.name, []).append(score)
    return tuple(_table(name, tuple(of_name)) for name, of_name in found.items())


def _table(name: str, scores: tuple[Score, ...]) -> DetailTable:
    heading, says = _SAYS.get(name, (title(name), ""))
    return DetailTable(title=heading, says=says, scores=scores)
