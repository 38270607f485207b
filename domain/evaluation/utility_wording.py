"""What the numbers of a utility test say, for a person, and what to do about them."""

from __future__ import annotations

from domain.evaluation.task import Task
from domain.evaluation.task_metrics import Metric
from domain.evaluation.titles import figure

MODELS = {"": "gradient boosting", "_linear": "a linear model"}

SEEN = (
    " These held-out rows may have been learned from, so the twin may look more useful than it is."
)
NO_HOLDOUT = "Not measured: real training needs a holdout to be tested on."

_CHOSEN = (
    " Nobody named a target; it was chosen as the column that real rows predict best (two "
    "classes before numbers, numbers before several classes). Name another where you have a task."
)


def asked(task: Task, metric: Metric) -> str:
    """What is predicted, in words."""
    return f"“{task.target}” ({metric.of})" if metric.of else f"“{task.target}”"


def context(task: Task) -> str:
    """What a reader must know of the task and of the rows it is tested on; may be empty."""
    sides = task.comparison
    known = not sides.unseen or sides.seen > 0
    seen = SEEN if sides.has_holdout and known else ""
    return (_CHOSEN if task.chosen else "") + seen


def quality_sentence(
    task: Task, metric: Metric, suffix: str, value: float, real: float | None, blind: float
) -> str:
    """How well models of synthetic rows predict real ones."""
    name = f"utility.{metric.name}"
    beside = (
        f"trained on real rows it reaches {figure(name, real)}"
        if real is not None
        else "it was tested on the training rows, for want of a holdout"
    )
    return (
        f"Trained on synthetic rows, {MODELS[suffix]} predicts {asked(task, metric)} of the "
        f"{task.comparison.against} with {metric.words} {figure(name, value)}; {beside}, and "
        f"without looking at any column one reaches {figure(name, blind)}."
    )


def gap_sentence(
    task: Task,
    metric: Metric,
    suffix: str,
    gap: float,
    interval: tuple[float, float] | None,
    share: str,
) -> str:
    """What training on synthetic instead of real rows costs."""
    name = f"utility.{metric.name}_gap"
    return (
        f"Learning {asked(task, metric)} from synthetic instead of real rows changes "
        f"{metric.words} by {figure(name, gap)}{share} with {MODELS[suffix]}"
        f"{_within(name, interval)}. "
    )


def share_of_real(change: float | None) -> str:
    """A change in per cent of the real model's, in brackets."""
    if change is None:
        return ""
    return f" ({figure('utility.auc_change', change)} of the real model's)"


def change_sentence(
    task: Task, metric: Metric, suffix: str, change: float, interval: tuple[float, float] | None
) -> str:
    """The same in per cent of what real rows reach."""
    name = f"utility.{metric.name}_change"
    return (
        f"In {asked(task, metric)}, {metric.words} of {MODELS[suffix]} that learned from synthetic "
        f"rows is {figure(name, change)} beside the real model's{_within(name, interval)}. "
    )


def _within(name: str, interval: tuple[float, float] | None) -> str:
    if interval is None:
        return ""
    return f" (95 %: {figure(name, interval[0])} to {figure(name, interval[1])})"


_VOID = (
    "Real rows teach nothing sure about this target either, so this task cannot judge the twin: "
    "choose another target."
)


def advice(
    lost: float, interval: tuple[float, float] | None, limit: float, *, learnable: bool = True
) -> str:
    """What a gap means, as far as the rows it was tested on can tell.

    All three point the same way: below zero is worse than real, and ``limit`` is below zero.
    ``learnable`` says whether the model of real rows surely beats guessing.
    """
    if not learnable and (interval is None or interval[1] >= limit):
        return _VOID
    if lost >= limit:
        return "The twin can stand in for the real rows in this task."
    if interval is not None and interval[1] < limit:
        return "Models lose noticeably on the twin: train longer or use another synthesizer."
    if interval is not None and interval[1] < 0:
        return (
            "Models lose something on the twin; whether more than the limit allows, these held-out "
            "rows are too few to tell: bring more of them."
        )
    return "The held-out rows are too few to tell whether that is chance: bring more of them."


def no_change_sentence(task: Task, metric: Metric) -> str:
    """Why a change cannot be told in per cent."""
    return (
        f"Not told in per cent: real rows reach no {metric.words} above nought in "
        f"“{task.target}”. Read the difference, or choose a target that can be predicted."
    )
