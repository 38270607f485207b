"""What each figure of a log says about a twin, and what to do, for a person."""

from __future__ import annotations

from dataclasses import dataclass

from domain.evaluation.figures import Figure
from domain.evaluation.titles import figure as written


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """``what`` takes ``{value}`` and ``{about}``; then comes the baseline, then what to do."""

    what: str
    advice: str
    """Where the figure is beyond its limit."""


_LONGER = "Train longer or on more histories"
_WORDS = {
    "temporal.order": _Words(
        what="{value} of steps to the next row of a history go back in time",
        advice="Sort the rows by owner and time before use, and tell the maker of the twin.",
    ),
    "temporal.without_time": _Words(
        what="{value} of synthetic rows have no owner or no time that can be read, and are left "
        "out of all figures of histories",
        advice="Mark missing times when confirming columns, or fill them before training.",
    ),
    "temporal.gaps": _Words(
        what="Of the gaps between events of a history, the two cumulative distributions are at "
        "most {value} apart",
        advice=f"{_LONGER}: look at the chart of gaps to see which are missing.",
    ),
    "temporal.weekday": _Words(
        what="{value} of events would have to change their weekday",
        advice=f"{_LONGER}; do not study weekly rhythm on this twin.",
    ),
    "temporal.hour": _Words(
        what="{value} of events would have to change their hour of the day",
        advice=f"{_LONGER}; do not study daily rhythm on this twin.",
    ),
    "temporal.month_day": _Words(
        what="{value} of events would have to change their day of the month",
        advice=f"{_LONGER}; do not study paydays or month ends on this twin.",
    ),
    "temporal.lengths": _Words(
        what="The numbers of events a history are at most {value} apart, cumulatively",
        advice="Histories end too early or too late: let the longest history be longer, or train "
        "longer.",
    ),
    "temporal.events": _Words(
        what="Of the columns of events, “{about}” is furthest off: its distance is {value}",
        advice="Look at its chart, then train longer or use another synthesizer.",
    ),
    "temporal.event_column": _Words(
        what="Event by event, “{about}” is {value} apart",
        advice="Look at its chart, then train longer or use another synthesizer.",
    ),
    "temporal.attribute_changes": _Words(
        what="In {value} of synthetic histories an attribute changes that never does in a real one",
        advice="Say which column is the owner when training, so that attributes are drawn once.",
    ),
    "temporal.attributes": _Words(
        what="Of the attributes of whole histories, “{about}” is furthest off: its distance is "
        "{value}",
        advice="Bring more histories: each of them teaches an attribute only once.",
    ),
    "temporal.attribute": _Words(
        what="Counted once a history, “{about}” is {value} apart",
        advice="Bring more histories: each of them teaches an attribute only once.",
    ),
    "temporal.autocorrelation": _Words(
        what="Correlations of numbers with the same number one to seven events later are off by "
        "{value} on average",
        advice="The twin forgets, or remembers too well: do not forecast with it; train longer.",
    ),
    "temporal.column_autocorrelation": _Words(
        what="What “{about}” remembers of the last seven events is off by {value} on average",
        advice="Do not forecast “{about}” with this twin; train longer.",
    ),
    "temporal.cross_correlation": _Words(
        what="Correlations of numbers with other numbers of the next event are off by {value} on "
        "average",
        advice="Do not study on this twin what follows from what; train longer.",
    ),
    "temporal.transitions": _Words(
        what="Given a category, the chances of the next one are {value} apart on average",
        advice="Do not study on this twin what follows what; train longer.",
    ),
    "temporal.column_transitions": _Words(
        what="Given “{about}”, the chances of the next are {value} apart",
        advice="Do not study on this twin what follows what; train longer.",
    ),
    "temporal.running_formula": _Words(
        what="{about} holds at {value} of synthetic steps",
        advice="State it as a formula column, so that it is computed and not drawn.",
    ),
    "temporal.spectrum": _Words(
        what="How much of the movement is slow or quick differs by {value}",
        advice="Rhythms are missing or invented: train longer, or on a longer window.",
    ),
    "temporal.daily_profile": _Words(
        what="The means of each hour of the day are off by {value} standard deviations",
        advice="Do not study daily rhythm on this twin; train longer.",
    ),
    "temporal.weekly_profile": _Words(
        what="The means of each weekday are off by {value} standard deviations",
        advice="Do not study weekly rhythm on this twin; train longer.",
    ),
    "temporal.next_category_auc": _Words(
        what="A model that learned from the twin tells the next “{about}” of real histories with "
        "an AUC of {value}",
        advice="",
    ),
    "temporal.next_category_loss": _Words(
        what="Telling the next “{about}” of real histories, a model that learned from the twin has "
        "an AUC that is {value} lower than one that learned from real histories",
        advice="Do not train models of what comes next on it alone; train longer.",
    ),
    "temporal.next_number_error": _Words(
        what="A model that learned from the twin is off by {value} of all values when it tells the "
        "next “{about}” of real histories",
        advice="",
    ),
    "temporal.next_number_loss": _Words(
        what="Telling the next “{about}” of real histories, a model that learned from the twin "
        "errs by {value} more than one that learned from real histories",
        advice="Do not train models of what comes next on it alone; train longer.",
    ),
    "temporal.detection_auc": _Words(
        what="A classifier that sees what whole histories come to tells synthetic from real ones "
        "with an AUC of {value}; one half is a coin",
        advice="Look at the figures above that fail first: they are what gives histories away.",
    ),
}

_BY_REAL = {
    "temporal.next_category_auc": "; learned from real histories it is {baseline}",
    "temporal.next_number_error": "; learned from real histories it is {baseline}",
    "temporal.running_formula": "; of real ones at {baseline}",
}

_CHANCE = (
    "Real histories are as far from each other in one of twenty splits: of so few, that may be "
    "chance. Bring more histories to be sure."
)
_NOTHING_LOST = (
    "Telling the next “{about}” of real histories, a model that learned from the twin does as well "
    "as one that learned from real histories. Nothing to do."
)


def sentence(figure: Figure) -> str:
    """What the figure says, and what to do."""
    if figure.value is None:
        return f"Not measured: {figure.reason}."
    if figure.name.endswith("_loss") and figure.value <= 0:
        return _NOTHING_LOST.format(about=figure.scope.partition("column:")[2])
    words = _WORDS[figure.name]
    about = figure.about or figure.scope.partition("column:")[2]
    what = words.what.format(value=written(figure.name, figure.value), about=about)
    said = f"{what}{_real(figure)}. {_judged(figure, words.advice.format(about=about))}"
    return said.strip()


def _real(figure: Figure) -> str:
    if figure.baseline is None:
        return ""
    words = _BY_REAL.get(figure.name, "; among real histories it is {baseline}")
    return words.format(baseline=written(figure.name, figure.baseline))


def _judged(figure: Figure, advice: str) -> str:
    if figure.passed is None or figure.value is None:
        return ""
    if not figure.passed and figure.chance is not None and figure.value <= figure.chance:
        return f"That is beyond the limit. {_CHANCE}"
    if not figure.passed:
        return f"That is beyond the limit. {advice}"
    if figure.baseline is not None and _no_worse(figure):
        return "No further than real histories are from each other."
    return "That is within the limit."


def _no_worse(figure: Figure) -> bool:
    assert figure.value is not None
    assert figure.baseline is not None
    if figure.more_is_better:
        return False
    return 0 < figure.value <= figure.baseline and figure.name != "temporal.detection_auc"
