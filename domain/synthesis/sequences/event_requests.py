"""What a sample's spec asks of events, apart from what it asks of their entities.

A condition on a column of events leaves out the events that do not fulfil it, as a filter of the
real log would: what is left is distributed as real events under the condition. Amplified events
are made more likely wherever one may happen, given the history so far, until their share among all
events is as large as was asked for; what follows such an event is drawn as it was learned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import BadInput
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Amplification, Condition, SampleSpec
from domain.synthesis.floor import FEWEST_ROWS_BEHIND, too_few_behind
from domain.synthesis.sequences.columns import EventColumn
from domain.synthesis.sequences.drawing import DrawnEvents
from domain.synthesis.sequences.events import Events
from domain.synthesis.share_refusals import of_events, overlapping, too_much

Floats = NDArray[np.float64]
Shifts = Sequence[NDArray[np.float32]]
DrawRound = Callable[[int, int], Iterator[pd.DataFrame]]
"""``draw(entities, time)``: typed rows of so many histories; each ``time`` gives others."""

_ROUNDS, _CLOSE, _FARTHEST = 8, 0.01, 3.0
"""Rounds of finding a tilt, how near its share has to come, and how far one round may go."""
_CAREFUL = 0.5
"""Share of a step that is taken once half of the rounds are over: what is left is chance mostly."""
_PILOT = 256
"""Histories by which it is judged how many have an event that fulfils conditions."""
_MOST_ROUNDS = 200
_SEVERAL = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRequest:
    """The part of a spec that is about columns of events."""

    where: tuple[Condition, ...] = ()
    amplify: tuple[Amplification, ...] = ()
    impute: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, spec: SampleSpec, constant: Collection[str], events: Events
    ) -> tuple[EventRequest, SampleSpec]:
        """``(of events, of entities)``; raises :class:`BadInput` for what events cannot do.

        ``constant``: columns that stay the same over a history.
        """
        own = cls(
            where=tuple(c for c in spec.where if c.column not in constant),
            amplify=tuple(a for a in spec.amplify if a.condition.column not in constant),
            impute=tuple(c for c in spec.impute if c not in constant),
        )
        _refuse_shares(spec, own, constant)
        for amplified in own.amplify:
            _refuse_computed(amplified.condition.column, events)
        rest = replace(
            spec,
            where=tuple(c for c in spec.where if c.column in constant),
            amplify=tuple(a for a in spec.amplify if a.condition.column in constant),
            impute=tuple(c for c in spec.impute if c in constant),
            lengths=None,
        )
        return own, rest


def _refuse_shares(spec: SampleSpec, own: EventRequest, constant: Collection[str]) -> None:
    if spec.stratify is not None and spec.stratify.column not in constant:
        raise of_events(spec.stratify.column)
    if own.where and (own.amplify or (spec.lengths and spec.lengths.fewest is not None)):
        raise BadInput(
            f"A condition on “{own.where[0].column}” leaves out events of drawn histories, so it "
            "does not go together with numbers of events or with more events of one sort; ask for "
            "one of them."
        )


def _refuse_computed(column: str, events: Events) -> None:
    found = {c.name: c for c in events.columns}
    if column not in found or column in events.moving or found[column].since:
        raise BadInput(
            f"Values of “{column}” follow from other events, so they cannot be made more frequent; "
            "amplify a column that they depend on, or set a condition on it."
        )


def without_gaps(events: Events, shifts: Shifts, columns: Collection[str]) -> Shifts:
    """``shifts`` under which no cell of ``columns`` is drawn as missing."""
    filled = {c.cell: c.codec.missing for c in events.columns if c.name in columns}
    found = []
    for cell, shift in zip([c for c in events.cells() if c.asked], shifts, strict=True):
        code = filled.get(cell.name)
        found.append(shift if code is None else _closed(shift, code))
    return found


def _closed(shift: NDArray[np.float32], code: int) -> NDArray[np.float32]:
    closed = shift.copy()
    closed[code] = -np.inf
    return closed


class Tilt:
    """Finds the shifts under which amplified events have the shares that are asked for."""

    def __init__(
        self,
        events: Events,
        shifts: Shifts,
        amplify: Sequence[Amplification],
        learned: Floats | None,
    ) -> None:
        """``learned``: the shares of the real events that each condition holds of; ``None`` takes
        those that are drawn. Raises :class:`BadInput` for what cannot be amplified."""
        name = amplify[0].condition.column
        self.column: EventColumn = next(c for c in events.columns if c.name == name)
        conditions = [a.condition for a in amplify]
        allowed = [self.column.codec.allowed([c], []).weights for c in conditions]
        if any((one * other).any() for i, one in enumerate(allowed) for other in allowed[:i]):
            raise overlapping()
        room = (0, self.column.codes - self.column.codec.size)
        self.weights = np.pad(np.array(allowed), ((0, 0), room))
        self.factors = np.array([a.factor for a in amplify])
        self.shifts, self.learned = shifts, learned
        cells = events.cells()
        asked = [cell.name for cell in cells if cell.asked]
        if self.column.cell not in asked:
            raise BadInput(
                f"All events hold the same in “{name}”, so none can be more frequent; amplify "
                "another column."
            )
        self.place = [cell.name for cell in cells].index(self.column.cell)
        self.slot = asked.index(self.column.cell)

    def found(self, draw: Callable[[Shifts], DrawnEvents], learned_events: float) -> Shifts:
        """The shifts; ``draw`` draws a pilot under some, ``learned_events``: about how many were
        learned from. Raises :class:`BadInput` where the shares cannot be had.

        Every round draws anew, so the nearest of them is taken, not the last.
        """
        shares = self._shares(draw(self.shifts))
        learned = shares if self.learned is None else self.learned
        if (learned * learned_events < FEWEST_ROWS_BEHIND).any():
            raise too_few_behind(round(learned_events), [self.column.name])
        wanted = learned * self.factors
        if wanted.sum() > 1 + 1e-9:
            raise too_much(float(wanted.sum()), list(self.factors))
        tilts = nearest = np.zeros(len(wanted))
        least = off = _off(shares, wanted)
        for number in range(_ROUNDS):
            if off < _CLOSE:
                break
            step = np.clip(_log_odds(wanted) - _log_odds(shares), -_FARTHEST, _FARTHEST)
            tilts = tilts + step * (_CAREFUL if 2 * number >= _ROUNDS else 1.0)
            shares = self._shares(draw(self._tilted(tilts)))
            off = _off(shares, wanted)
            if off < least:
                least, nearest = off, tilts
        return self._tilted(nearest)

    def _shares(self, drawn: DrawnEvents) -> Floats:
        """The share of all drawn events that each condition holds of."""
        codes = drawn.codes[:, :, self.place][drawn.real].astype(np.int64)
        shares: Floats = self.weights[:, codes].mean(axis=1)
        return shares

    def _tilted(self, tilts: Floats) -> Shifts:
        """Odds of each condition times ``exp(tilt)``; of a code that holds in part, in part."""
        more = np.log1p(self.weights * np.expm1(tilts)[:, np.newaxis]).sum(axis=0)
        found = list(self.shifts)
        found[self.slot] = (found[self.slot] + more).astype(np.float32)
        return found


def _off(shares: Floats, wanted: Floats) -> float:
    return float(np.abs(shares / wanted - 1).max())


def _log_odds(shares: Floats) -> Floats:
    held = np.clip(shares, 1e-9, 1 - 1e-6)
    odds: Floats = np.log(held) - np.log1p(-held)
    return odds


def fulfilling(
    draw: DrawRound, where: Sequence[Condition], entity: str, wanted: int, learned: int
) -> Iterator[pd.DataFrame]:
    """Events that fulfil ``where``, of ``wanted`` entities that have any; raises
    :class:`BadInput` where hardly any of the ``learned`` entities would."""
    left, count = wanted, max(wanted, min(learned, _PILOT))
    for time in range(_MOST_ROUNDS):
        found = events = 0
        for frame in draw(count, time):
            kept = frame[matching(frame, where)]
            events += len(kept)
            owners = kept[entity].unique()
            found += len(owners)
            some = kept[kept[entity].isin(owners[: max(left, 0)])]
            left -= min(len(owners), max(left, 0))
            if len(some):
                yield some.reset_index(drop=True)
        if time == 0 and events * learned < FEWEST_ROWS_BEHIND * count:
            raise too_few_behind(learned, [c.column for c in where])
        if left <= 0:
            return
        count = int(min(max(left * count / max(found, 1) * _SEVERAL, _PILOT), 20 * _PILOT))
    raise too_few_behind(learned, [c.column for c in where])
