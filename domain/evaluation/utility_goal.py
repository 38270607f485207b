"""What a twin has to reach to be of use, as a person states it: “gap<=0.03”."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from domain.kernel import BadInput


class Measure(StrEnum):
    """What a trial is measured by: quick stand-ins for the scores of an evaluation."""

    GAP = "gap"
    """AUC (of a number: R²) that a model loses by learning from the twin instead of real rows."""
    COLUMNS = "columns"
    """Likeness of single columns: 1 less their mean distance."""
    PAIRS = "pairs"
    """Likeness of pairs of columns: 1 less the mean total variation of their shares."""
    QUALITY = "quality"
    """SDMetrics' quality score."""
    DETECTION = "detection"
    """AUC of a classifier that looks for synthetic rows; one half is a coin."""

    @property
    def at_most(self) -> bool:
        """Whether less is better."""
        return self in (Measure.GAP, Measure.DETECTION)

    @property
    def words(self) -> str:
        """For the axis of a chart and the head of a table."""
        return _WORDS[self]


_WORDS = {
    Measure.GAP: "AUC (or R²) lost to real training",
    Measure.COLUMNS: "likeness of columns",
    Measure.PAIRS: "likeness of pairs of columns",
    Measure.QUALITY: "SDMetrics quality",
    Measure.DETECTION: "AUC of telling rows apart",
}
_FORM = re.compile(r"\s*([a-z]+)\s*(<=|>=|≤|≥)\s*([-+.0-9e]+)\s*", re.IGNORECASE)
_EXAMPLE = "write it as gap<=0.03, pairs>=0.9, columns>=0.95, quality>=0.95 or detection<=0.75"


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilityGoal:
    """One measure and the limit that it has to keep."""

    measure: Measure
    limit: float

    @classmethod
    def of_text(cls, text: str) -> UtilityGoal:
        """Read a goal; raises :class:`BadInput` that shows the form."""
        found = _FORM.fullmatch(text)
        if found is None or found[1].lower() not in set(Measure):
            raise BadInput(f"A goal was not understood; {_EXAMPLE}.")
        measure, limit = Measure(found[1].lower()), _number(found[3])
        if measure.at_most != (found[2] in ("<=", "≤")):
            sign = "<=" if measure.at_most else ">="
            raise BadInput(f"A goal for “{measure}” is a limit with {sign}; {_EXAMPLE}.")
        return cls(measure=measure, limit=limit)

    def kept_by(self, value: float) -> bool:
        """Whether a measured value is good enough."""
        return value <= self.limit if self.measure.at_most else value >= self.limit

    def __str__(self) -> str:
        return f"{self.measure}{'<=' if self.measure.at_most else '>='}{self.limit:g}"

    @property
    def words(self) -> str:
        """For a sentence."""
        bound = "at most" if self.measure.at_most else "at least"
        return f"{self.measure.words} {bound} {self.limit:g}"


def goals_of(texts: tuple[str, ...] | list[str]) -> tuple[UtilityGoal, ...]:
    """Goals that have to be kept together; refuses none, and two for one measure."""
    goals = tuple(UtilityGoal.of_text(text) for text in texts)
    if not goals:
        raise BadInput(f"Say what the twin has to reach; {_EXAMPLE}.")
    if len({goal.measure for goal in goals}) < len(goals):
        raise BadInput("Two goals name the same measure; keep one of them.")
    return goals


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise BadInput(f"A goal was not understood; {_EXAMPLE}.") from None
    if not math.isfinite(value) or not -1 <= value <= 1:
        raise BadInput("The limit of a goal lies between -1 and 1.")
    return value
