"""What comes next: models of histories learn it from the twin and from real rows, and are tested
on people whom neither has seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.boosting import boosted
from domain.evaluation.bootstrap import DRAWS, interval95
from domain.evaluation.event_log import EventLog
from domain.evaluation.figures import Figure, unmeasured
from domain.evaluation.gaps import has_hours
from domain.evaluation.history_features import features_so_far
from domain.evaluation.log_sides import LogSides
from domain.evaluation.task_metrics import weighted_auc

AUC_LIMIT, ERROR_LIMIT = 0.03, 0.05
MAX_LEARNED, MAX_TESTED = 15_000, 8_000
"""Events that a model learns from, and that it is tested on."""
MOST_WORDS = 40
"""A column of more words is a name or a key, of which the next says little."""
MOST_CLASSES = 6
"""The commonest words are told apart; the others are one class."""
_FEWEST = 50
"""Events to learn from, and to test on."""
_RARE = 5
"""Words that came next fewer times are neither learned nor tested."""
_BLOCK = 32
"""Events of one series that are drawn together."""
_LATER = 0.2
"""Of one series without held-out rows the last part is tested on."""
_TASK = (
    "Train on synthetic, test on real (Esteban, Hyland & Rätsch 2017), gradient boosting on what "
    f"the history tells so far; 95 % interval: {DRAWS} bootstrap draws of tested histories"
)
_AUC_SOURCE = f"{_TASK}; limit: {AUC_LIMIT} AUC (this product's target)"
_ERROR_SOURCE = (
    f"{_TASK}; errors in quantiles of the training values; limit: {ERROR_LIMIT:.0%} (this "
    "product's target)"
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lesson:
    """Events that have a next one: what is known at each, and what came next."""

    features: Floats
    coded: list[bool]
    next: Floats
    owners: Ints


def next_event_figures(sides: LogSides) -> Iterator[Figure]:
    """The next word and the next number, each where there is a column of that kind."""
    word, number = _word(sides), _number(sides)
    learn, test = _parts(sides)
    for name, column in (("category", word), ("number", number)):
        if column is None:
            continue
        scope, reason = f"column:{column}", _impossible(sides, learn, test)
        if reason:
            yield unmeasured(f"temporal.next_{name}_loss", reason, _TASK, scope=scope)
        else:
            outcome = _classes if name == "category" else _quantiles
            lessons = _lessons(sides, learn, test, partial(outcome, sides, column))
            measured = _category_figures if name == "category" else _number_figures
            yield from measured(lessons, scope, sides.seed)


def _impossible(sides: LogSides, learn: EventLog, test: EventLog) -> str:
    if not len(sides.holdout) and not sides.windows:
        return "no histories were held out to test on"
    if min(len(log.pairs(1)) for log in (learn, sides.whole_twin, test)) < _FEWEST:
        return f"it takes {_FEWEST} events that have a next one, of every side"
    return ""


def _parts(sides: LogSides) -> tuple[EventLog, EventLog]:
    """What is learned from and tested on; of one series the last part is tested on."""
    if not sides.windows or len(sides.holdout.pairs(1)) >= 2 * _FEWEST:
        return sides.train, sides.holdout
    log = sides.train
    later = np.arange(len(log)) >= len(log) * (1 - _LATER)
    first, last = np.flatnonzero(~later), np.flatnonzero(later)
    return (
        log.taken(first, log.owners[first], log.histories),
        log.taken(last, log.owners[last], log.histories),
    )


def _word(sides: LogSides) -> str | None:
    """The column whose commonest word says least; ``None`` where one word is nearly all."""
    log = sides.train
    if not len(log):
        return None
    words = [n for n in sides.columns.words if sides.columns.codes(n) <= MOST_WORDS + 2]
    found = {n: np.bincount(log.words[n]).max() / len(log) for n in words}
    open_ones = {n: share for n, share in found.items() if share <= 1 - 0.05}
    return min(open_ones, key=lambda name: open_ones[name]) if open_ones else None


def _number(sides: LogSides) -> str | None:
    """The first column of numbers that changes; one with fractions before whole numbers, which
    may be codes."""
    found = {
        name: bool((known != np.round(known)).any())
        for name in sides.columns.numbers
        for known in [sides.train.numbers[name][~np.isnan(sides.train.numbers[name])]]
        if name not in sides.columns.dates and len(np.unique(known)) > 2
    }
    return max(found, key=lambda name: found[name]) if found else None


def _classes(sides: LogSides, column: str, log: EventLog) -> Floats:
    """0 and up for the commonest real words, the last for all others."""
    counts = np.bincount(sides.train.words[column], minlength=sides.columns.codes(column))
    kept = np.argsort(-counts, kind="stable")[: min(MOST_CLASSES, int((counts > 0).sum()))]
    number = np.full(len(counts), len(kept))
    number[kept] = np.arange(len(kept))
    return number[log.words[column]].astype(float)


def _quantiles(sides: LogSides, column: str, log: EventLog) -> Floats:
    """Numbers by their place among the training values, 0 to 1: long tails weigh no more. In one
    series, of which the level may drift, the move since the event before."""
    train, told = sides.train.numbers[column], log.numbers[column]
    if sides.windows:
        train, told = _moves(train), _moves(told)
    known = np.sort(train[~np.isnan(train)])
    place = (np.searchsorted(known, told, "left") + np.searchsorted(known, told, "right")) / 2
    return np.where(np.isnan(told), np.nan, place / max(len(known), 1))


def _moves(values: Floats) -> Floats:
    return np.r_[np.nan, np.diff(values)]


def _lessons(
    sides: LogSides, learn: EventLog, test: EventLog, outcome: partial[Floats]
) -> tuple[_Lesson, _Lesson, _Lesson]:
    """By the twin, by as many real events, and for the test."""
    random = np.random.default_rng([sides.seed, 9])
    by_hour = has_hours(sides.train)
    logs = [sides.whole_twin, learn, test]
    if sides.windows:  # parts of one history carry no attributes, so nothing may be learned by any
        logs = [replace(log, fixed_numbers={}, fixed_words={}) for log in logs]
    lessons = [_lesson(sides, log, outcome, by_hour) for log in logs]
    few = min(MAX_LEARNED, *(len(lesson.next) for lesson in lessons[:2]))
    twin, real = (_some(lesson, few, random) for lesson in lessons[:2])
    return twin, real, _some(lessons[2], MAX_TESTED, random)


def _lesson(sides: LogSides, log: EventLog, outcome: partial[Floats], by_hour: bool) -> _Lesson:
    features, coded = features_so_far(log, sides.columns, by_hour=by_hour)
    at = log.pairs(1)
    after = outcome(log)[at + 1]
    at, after = at[~np.isnan(after)], after[~np.isnan(after)]
    owners = at // _BLOCK if sides.windows else log.owners[at]
    return _Lesson(features=features[at], coded=coded, next=after, owners=owners)


def _some(lesson: _Lesson, events: int, random: np.random.Generator) -> _Lesson:
    if len(lesson.next) <= events:
        return lesson
    chosen = np.sort(random.choice(len(lesson.next), events, replace=False))
    return _Lesson(
        features=lesson.features[chosen],
        coded=lesson.coded,
        next=lesson.next[chosen],
        owners=lesson.owners[chosen],
    )


def _category_figures(
    lessons: tuple[_Lesson, _Lesson, _Lesson], scope: str, seed: int
) -> Iterator[Figure]:
    twin, real, test = lessons
    name = "temporal.next_category"
    classes = np.flatnonzero(np.bincount(test.next.astype(int)) >= _RARE)
    if len(classes) < 2:
        yield unmeasured(f"{name}_loss", "one word is all that comes next", _TASK, scope=scope)
        return
    counts = _draws(test.owners, seed)
    by_twin, by_real = (_aucs(lesson, test, classes, counts, seed) for lesson in (twin, real))
    yield Figure(
        name=f"{name}_auc",
        scope=scope,
        value=float(by_twin[0]),
        interval=interval95(by_twin[1:]),
        baseline=float(by_real[0]),
        source=_TASK,
    )
    loss = by_real - by_twin
    yield _loss(f"{name}_loss", scope, loss, AUC_LIMIT, _AUC_SOURCE)


def _aucs(lesson: _Lesson, test: _Lesson, classes: Ints, counts: Floats, seed: int) -> Floats:
    """The mean over ``classes`` of one-versus-rest AUC, of each draw; one half for a class that
    the lesson never had."""
    found = np.full((len(classes), counts.shape[1]), 0.5)
    learned, times = np.unique(lesson.next, return_counts=True)
    learned = learned[times >= _RARE]
    if len(learned) < 2:
        return np.asarray(found.mean(axis=0))
    of_learned = np.isin(lesson.next, learned)
    x, y = lesson.features[of_learned], lesson.next[of_learned]
    model, judged = boosted(x, y, test.features, lesson.coded, classify=True, seed=seed)
    told = model.predict_proba(judged)
    for place, code in enumerate(classes):
        at = np.flatnonzero(learned == code)
        if len(at):
            found[place] = weighted_auc(test.next == code, told[:, at[0]], counts)
    known = ~np.isnan(found)
    return np.asarray(np.where(known, found, 0.0).sum(0) / np.maximum(known.sum(0), 1))


def _number_figures(
    lessons: tuple[_Lesson, _Lesson, _Lesson], scope: str, seed: int
) -> Iterator[Figure]:
    twin, real, test = lessons
    counts = _draws(test.owners, seed)
    by_twin, by_real = (_errors(lesson, test, counts, seed) for lesson in (twin, real))
    yield Figure(
        name="temporal.next_number_error",
        scope=scope,
        value=float(by_twin[0]),
        interval=interval95(by_twin[1:]),
        baseline=float(by_real[0]),
        source=_TASK,
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        more = by_twin / by_real - 1
    yield _loss("temporal.next_number_loss", scope, more, ERROR_LIMIT, _ERROR_SOURCE)


def _errors(lesson: _Lesson, test: _Lesson, counts: Floats, seed: int) -> Floats:
    """The mean absolute error of each draw."""
    model, judged = boosted(
        lesson.features, lesson.next, test.features, lesson.coded, classify=False, seed=seed
    )
    off = np.abs(model.predict(judged) - test.next)
    return np.asarray(off @ counts / counts.sum(axis=0))


def _loss(name: str, scope: str, draws: Floats, limit: float, source: str) -> Figure:
    return Figure(
        name=name,
        scope=scope,
        value=float(draws[0]),
        interval=interval95(draws[1:]),
        limit=limit,
        exact=True,
        source=source,
    )


def _draws(owners: Ints, seed: int) -> Floats:
    """How often each event counts: once, then in each resample of whole histories."""
    _, codes = np.unique(owners, return_inverse=True)
    people = int(codes.max()) + 1
    random = np.random.default_rng([seed, 10])
    counts = random.multinomial(people, np.full(people, 1 / people), DRAWS).T
    return np.column_stack([np.ones(people), counts])[codes]
