"""What is due: the events that a history had one rhythm before, such as on the same day of the
month.

Salaries, rents and standing orders come back on their day. A memory that reads event by event
learns that slowly, so the network is told, of every day that may come next and of the day that
came, which kind of event is due then. An event that is due may be the one whose values come again
(see ``columns.EventColumn``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.sequences.cells import Cell, Codes
from domain.synthesis.sequences.columns import NOWHERE
from domain.synthesis.sequences.histories import Histories

DUE = "due"
"""What the names of the cells begin with that say which kind of event is due."""
DUE_EVENT, DUE_KIND = "event that is due", "kind that is due"
"""Keys of a state: the number of that event by each rhythm, and its kind: (events, rhythms)."""
MONTH = 0
"""The rhythm that is no number of days: the same day of the month before."""
NOTHING = 0
"""The kind that is due where no event is."""
MOST_KINDS = 15
_A_DAY = 4
"""So many events of a day may come again."""
_RING = 128
"""Days that are remembered while drawing: a month before the longest exact gap, and more."""
_LONGEST = 62
_MOST_RHYTHMS = 3
_ASIDE, _MORE_OFTEN = -3, 0.03
"""A rhythm is worth telling by which so many more events meet one of their kind than so many days
aside, of those that meet none by the other rhythms."""
_LOOKED_AT = 50_000

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Echoes:
    """The kinds of events that may be due: the commonest, one for all others, and none."""

    columns: tuple[str, ...]
    """Whose codes together say the kind."""
    sizes: tuple[int, ...]
    kinds: Whole
    """Mixed codes of the commonest kinds, the first of which has the class 1."""
    rhythms: tuple[int, ...]
    """Days after which events come back, or ``MONTH``."""

    @classmethod
    def fit(cls, histories: Histories, days: Whole, codes: Mapping[str, Codes]) -> Echoes | None:
        """Learn the kinds from the ``codes`` of the columns that tell them; ``None`` where events
        have no rhythm. ``days``: the day of every event."""
        sizes = tuple(int(c.max(initial=0)) + 1 for c in codes.values())
        none = np.zeros(0, dtype=np.int64)
        whole = cls(columns=tuple(codes), sizes=sizes, kinds=none, rhythms=())
        mixed, counts = np.unique(whole._mixed(codes), return_counts=True)
        common = mixed[np.argsort(-counts, kind="stable")[:MOST_KINDS]]
        found = replace(whole, kinds=common)
        rhythms = _rhythms(Past.of(histories, days, found.classes(codes), ()))
        return replace(found, rhythms=rhythms) if rhythms else None

    @property
    def size(self) -> int:
        return len(self.kinds) + 2

    def classes(self, codes: Mapping[str, Codes]) -> Codes:
        """The kind of each event, from 1."""
        mixed = self._mixed(codes)
        found = np.full(len(mixed), len(self.kinds) + 1, dtype=np.int64)
        for number, kind in enumerate(self.kinds):
            found[mixed == kind] = number + 1
        return found

    def _mixed(self, codes: Mapping[str, Codes]) -> Codes:
        mixed = np.zeros(len(next(iter(codes.values()))), dtype=np.int64)
        for name, size in zip(self.columns, self.sizes, strict=True):
            mixed = mixed * size + np.minimum(codes[name], size - 1)
        return mixed

    def cells(self) -> list[Cell]:
        """Which kind of event is due on the day of the event, by each rhythm."""
        return [self._cell(number) for number in range(len(self.rhythms))]

    def _cell(self, number: int) -> Cell:
        return Cell(name=f"{DUE} {number}", size=self.size, told=lambda s: s[DUE_KIND][:, number])

    def state(self) -> Mapping[str, Any]:
        return {
            "columns": list(self.columns),
            "sizes": list(self.sizes),
            "kinds": self.kinds,
            "rhythms": list(self.rhythms),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Echoes:
        return cls(
            columns=tuple(state["columns"]),
            sizes=tuple(state["sizes"]),
            kinds=state["kinds"],
            rhythms=tuple(state["rhythms"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """The days of real histories, to be looked up."""

    owner: Whole
    days: Whole
    kinds: Codes
    keys: Whole
    """One number for each day of each history, ascending."""
    starts: Whole
    counts: Whole
    of_day: Whole
    """The number of each event among those of its day, from 0."""
    rhythms: tuple[int, ...]

    @classmethod
    def of(cls, histories: Histories, days: Whole, kinds: Codes, rhythms: tuple[int, ...]) -> Past:
        keys, starts, place, counts = np.unique(
            _key(histories.owner, days, days),
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        return cls(
            owner=histories.owner,
            days=days,
            kinds=kinds,
            keys=keys,
            starts=starts,
            counts=counts,
            of_day=np.arange(len(days)) - starts[place],
            rhythms=rhythms,
        )

    def due(self, rows: Whole, days: Whole) -> Whole:
        """Which event before each of ``rows`` is due if it is on ``days`` (rows, any number), by
        each rhythm: (rows, any number, rhythms), ``NOWHERE`` where none is."""
        return np.stack([self.due_by(r, rows, days) for r in self.rhythms], axis=-1)

    def due_by(self, rhythm: int, rows: Whole, days: Whole) -> Whole:
        """The same by one rhythm."""
        earlier = before(days, rhythm)
        wanted = _key(self.owner[rows][:, np.newaxis], earlier, self.days)
        at = np.searchsorted(self.keys, wanted).clip(0, len(self.keys) - 1)
        last = np.maximum(rows - 1, 0)
        same = (self.owner[last] == self.owner[rows]) & (rows > 0)
        today = np.where(same, self.days[last], -1)[:, np.newaxis]
        seen = np.where(days == today, self.of_day[last][:, np.newaxis] + 1, 0)
        found = self.starts[at] + seen
        there = (self.keys[at] == wanted) & (seen < np.minimum(self.counts[at], _A_DAY))
        return np.where(there & (found < rows[:, np.newaxis]), found, NOWHERE)

    def kinds_due(self, rows: Whole, days: Whole) -> Codes:
        """The kind of what is due on each of ``days``."""
        return kinds_of(self.kinds, self.due(rows, days))

    def of_all(self) -> Whole:
        """What is due of every event on its own day."""
        return self.due(np.arange(len(self.days)), self.days[:, np.newaxis])[:, 0]

    def met(self, rhythm: int, rows: Whole, aside: int) -> NDArray[np.bool_]:
        """Which of ``rows`` are of the kind that was due so many days aside."""
        due = self.due_by(rhythm, rows, (self.days[rows] + aside)[:, np.newaxis])[:, 0]
        found: NDArray[np.bool_] = kinds_of(self.kinds, due) == self.kinds[rows]
        return found


class Ring:
    """The last days of histories while they are drawn."""

    def __init__(self, many: int, events: int, rhythms: tuple[int, ...]) -> None:
        """Of so many histories with so many events together."""
        self.rhythms = rhythms
        self.days = np.full((many, _RING), np.iinfo(np.int32).min, dtype=np.int32)
        self.counts = np.zeros((many, _RING), dtype=np.int32)
        self.events = np.full((many, _RING, _A_DAY), NOWHERE, dtype=np.int32)
        self.kinds = np.zeros(events, dtype=np.int64)

    def add(self, days: Whole, events: Whole, kinds: Codes) -> None:
        """The next event of the first histories: its day, its number and its kind."""
        self.kinds[events] = kinds
        who, at = np.arange(len(days)), days % _RING
        fresh = self.days[who, at] != days
        self.counts[who[fresh], at[fresh]] = 0
        self.days[who, at] = days
        place = self.counts[who, at]
        some = place < _A_DAY
        self.events[who[some], at[some], place[some]] = events[some]
        self.counts[who, at] += 1

    def due(self, who: Whole, days: Whole) -> Whole:
        """Which event is due in each history ``who`` on ``days`` (histories, any number), by each
        rhythm."""
        return np.stack([self._due_by(r, who[:, np.newaxis], days) for r in self.rhythms], -1)

    def _due_by(self, rhythm: int, who: Whole, days: Whole) -> Whole:
        earlier = before(days, rhythm)
        at, today = earlier % _RING, days % _RING
        seen = np.where(self.days[who, today] == days, self.counts[who, today], 0)
        there = (self.days[who, at] == earlier) & (seen < np.minimum(self.counts[who, at], _A_DAY))
        return np.where(there, self.events[who, at, np.minimum(seen, _A_DAY - 1)], NOWHERE)


def kinds_of(kinds: Codes, events: Whole) -> Codes:
    """The kinds of ``events``, ``NOTHING`` where there is none."""
    found: Codes = np.where(events == NOWHERE, NOTHING, kinds[np.maximum(events, 0)])
    return found


def _rhythms(past: Past) -> tuple[int, ...]:
    """The rhythms by which events come back, the best first."""
    step = max(len(past.days) // _LOOKED_AT, 1)
    rows = np.arange(0, len(past.days), step)
    met = {r: past.met(r, rows, 0) for r in (MONTH, *range(2, _LONGEST + 1))}
    aside = {r: past.met(r, rows, _ASIDE) for r in met}
    found: list[int] = []
    unmet = np.ones(len(rows), dtype=np.bool_)
    while len(found) < _MOST_RHYTHMS:
        gains = {r: float((met[r] & unmet).mean() - (aside[r] & unmet).mean()) for r in met}
        best = max(gains, key=lambda r: gains[r])
        if gains[best] <= _MORE_OFTEN + 1 / np.sqrt(len(rows)):  # the best of many, by chance
            break
        found.append(best)
        unmet &= ~met[best]
    return tuple(found)


def before(days: Whole, rhythm: int) -> Whole:
    """The days one rhythm before."""
    return month_before(days) if rhythm == MONTH else days - rhythm


def month_before(days: Whole) -> Whole:
    """The same day of the month before (its last, where it is shorter), in days since 1970."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    starts = months.astype("datetime64[D]").astype(np.int64)
    before = (months - 1).astype("datetime64[D]").astype(np.int64)
    found: Whole = np.minimum(before + days - starts, starts - 1)
    return found


def same_kind(codes: Sequence[Codes], due: Sequence[Codes], events: Whole) -> NDArray[np.bool_]:
    """Where an event is due, and all its codes ``due`` are those of the event itself."""
    same = events != NOWHERE
    for own, other in zip(codes, due, strict=True):
        same = same & (own == other)
    return same


def _key(owner: Whole, days: Whole, all_days: Whole) -> Whole:
    """One number for a history's day; days up to two months beyond all others stay apart."""
    first = int(all_days.min(initial=0))
    width = int(all_days.max(initial=0)) - first + 200
    key: Whole = owner * width + (days - first + 100)
    return key
