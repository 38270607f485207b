"""Histories as long as they are asked for, from when to when: at the pace that was learned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import BadInput
from domain.synthesis.conditions import Condition, Lengths, Operator
from domain.synthesis.sequences.clock import Clock
from domain.synthesis.sequences.drawing import Asked

Whole = NDArray[np.int64]
_WEEK = 7
_USUAL = 4.0
"""Gaps of the usual length that go with those of a history that is stretched: few tell little."""


def length_conditions(lengths: Lengths | None, column: str) -> tuple[Condition, ...]:
    """A range of lengths as conditions on the ``column`` that counts an entity's events."""
    if lengths is None or lengths.fewest is None:
        return ()
    ends = ((Operator.AT_LEAST, lengths.fewest), (Operator.AT_MOST, lengths.most))
    return tuple(Condition(column=column, test=test, values=(str(n),)) for test, n in ends)


def stretched(
    asked: Asked,
    lengths: Lengths,
    clock: Clock | None,
    learned: tuple[int, int],
    rng: np.random.Generator,
) -> Asked:
    """``asked`` with the lengths and times that are wished for.

    ``learned``: first and last time of the log that was learned, in the clock's units. A history
    that gets more events lasts longer, one that is moved keeps its weekdays.
    """
    if clock is None and (lengths.since or lengths.until):
        raise no_time()
    moved, factors = _moved(asked, lengths, clock, learned)
    counts = _scaled(moved.lengths, factors * lengths.times, rng)
    counts = _spread(counts, lengths)
    if lengths.until is None:
        moved = replace(moved, last=_kept_pace(moved, counts))
    return replace(moved, lengths=counts)


def no_time() -> BadInput:
    """The refusal of dates where there is no clock."""
    return BadInput(
        "This log has no time column, so nothing can begin or end at a date; leave the dates out "
        "and say how many events."
    )


def at(clock: Clock, moment: str) -> int:
    """A canonical moment in the clock's units."""
    return int(clock.moments(pd.Series([np.datetime64(moment, "ns")]))[0])


def count_of(
    lengths: Lengths | None, wanted: int | None, learned: int, rng: np.random.Generator
) -> int:
    """How many events one series shall have, where its end does not say so."""
    if lengths is None or (lengths.fewest is None and lengths.times == 1.0):
        return learned if wanted is None else wanted
    if wanted is not None:
        raise BadInput(
            "Of one series, rows and events count the same thing; ask for one of them only."
        )
    if lengths.fewest is not None and lengths.most is not None:
        return int(rng.integers(lengths.fewest, lengths.most + 1))
    return max(round(learned * lengths.times), 1)


def _moved(
    asked: Asked, lengths: Lengths, clock: Clock | None, learned: tuple[int, int]
) -> tuple[Asked, float]:
    """Histories laid from the learned span into the one asked for, and how much longer that is."""
    if clock is None or not (lengths.since or lengths.until):
        return asked, 1.0
    start, end = learned
    begin = start if lengths.since is None else at(clock, lengths.since)
    if lengths.until is None:
        weeks = -(-(begin - start) // _quantum(clock)) * _quantum(clock)
        return replace(asked, first=asked.first + weeks, last=asked.last + weeks), 1.0
    stop = at(clock, lengths.until)
    if stop < begin:
        raise BadInput(
            "The log would end before it begins; ask for a later end, or for an earlier beginning."
        )
    factor = (stop - begin) / max(end - start, 1)
    step = _quantum(clock)

    def placed(times: Whole) -> Whole:
        wished = begin + (times - start) * factor
        near = times + np.round((wished - times) / step).astype(np.int64) * step
        near = near - np.maximum(-((stop - near) // step), 0) * step
        near = near + np.maximum(-((near - begin) // step), 0) * step
        return np.clip(near, begin, stop)

    first, last = placed(asked.first), placed(asked.last)
    return replace(asked, first=first, last=np.maximum(first, last)), factor


def _quantum(clock: Clock) -> int:
    """By multiples of what a time may move: whole weeks, or steps that no week is made of."""
    week = _WEEK * clock.a_day
    return week if not clock.step or week % clock.step == 0 else clock.step


def _scaled(counts: Whole, factor: float, rng: np.random.Generator) -> Whole:
    """So many times as many; what is left of an event is one or none, by chance."""
    if factor == 1.0:
        return counts
    exact = counts * factor
    drawn: Whole = np.floor(exact + rng.random(len(counts))).astype(np.int64)
    return drawn.clip(1)


def _spread(counts: Whole, lengths: Lengths) -> Whole:
    """Counts outside a range are laid into it: longer histories stay longer."""
    if lengths.fewest is None or lengths.most is None:
        return counts
    if ((counts >= lengths.fewest) & (counts <= lengths.most)).all():
        return counts
    ranks = np.argsort(np.argsort(counts, kind="stable"), kind="stable")
    share = (ranks + 0.5) / max(len(counts), 1)
    room = lengths.most - lengths.fewest + 1
    return lengths.fewest + np.floor(share * room).astype(np.int64)


def _kept_pace(asked: Asked, counts: Whole) -> Whole:
    """When the histories end that have ``counts`` events instead."""
    gaps = np.maximum(asked.lengths - 1, 1)
    lasted = asked.last - asked.first
    several = asked.lengths > 1
    usual = float(lasted[several].sum() / gaps[several].sum()) if several.any() else 0.0
    pace = (np.where(several, lasted, 0) + _USUAL * usual) / (several * gaps + _USUAL)
    same = counts == asked.lengths
    stretched_ = asked.first + np.round(pace * (counts - 1)).astype(np.int64)
    return np.where(same, asked.last, stretched_)
