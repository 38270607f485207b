"""Drawing histories: all entities side by side, event by event, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from domain.synthesis.encoding.codec import nested_strata
from domain.synthesis.sequences.allowing import Allowing
from domain.synthesis.sequences.cells import DRAWN, Cell, Codes, State
from domain.synthesis.sequences.columns import KIND, NOWHERE, EventColumn
from domain.synthesis.sequences.echoes import (
    DUE,
    DUE_EVENT,
    DUE_KIND,
    Ring,
    kinds_of,
    same_kind,
)
from domain.synthesis.sequences.events import Events
from domain.synthesis.sequences.network import EventNetwork
from domain.synthesis.sequences.one_kind import OneKind, rows_of
from domain.synthesis.sequences.own_values import Own
from domain.synthesis.sequences.paths import Trail
from domain.synthesis.sequences.repeats import Repeat
from domain.synthesis.sequences.tables import MOST_CODES, MOST_HISTORIES, Tables, chosen
from domain.synthesis.sequences.within import Within

Floats = NDArray[np.float64]
OnStep = Callable[[int, int], None]
"""``on_step(done, total)`` after each event of all entities."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """What is known of the histories before any event is drawn; an entry a history."""

    lengths: NDArray[np.int64]
    constants: NDArray[np.int16]
    first: NDArray[np.int64]
    """The time of the first event, in units of the clock (0 without one)."""
    last: NDArray[np.int64]
    openings: Mapping[str, Floats]
    """The value of every running total before the first event."""
    whole: NDArray[np.int64] | None = None
    """How many events the histories would have, where only the first ``lengths`` are drawn."""

    def of(self, chosen: NDArray[np.int64]) -> Asked:
        """Some of the histories."""
        return Asked(
            lengths=self.lengths[chosen],
            constants=self.constants[chosen],
            first=self.first[chosen],
            last=self.last[chosen],
            openings={name: values[chosen] for name, values in self.openings.items()},
            whole=None if self.whole is None else self.whole[chosen],
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnEvents:
    """Events side by side; arrays of shape ``(events, histories)`` unless said otherwise."""

    codes: NDArray[np.int16]
    """Shape ``(events, histories, cells)``."""
    drawn: NDArray[np.bool_]
    """Which of the asked cells were drawn: ``(events, histories, asked cells)``."""
    real: NDArray[np.bool_]
    now: NDArray[np.int64]
    sources: Mapping[str, NDArray[np.int64]]
    """By column that repeats: the flat number of the event whose value an event has."""
    values: Mapping[str, Floats]
    """Of the amounts and running totals: they are decoded while drawing."""


class EventDrawer:
    """Draws events from a network. ``shifts`` are added to the logits of the asked cells."""

    def __init__(
        self, events: Events, network: EventNetwork, shifts: Sequence[NDArray[np.float32]]
    ) -> None:
        self.events, self.network = events, network.eval()
        self.cells = events.cells()
        self.shifts = [
            torch.from_numpy(_forbidding(cell, shift))
            for cell, shift in zip([c for c in self.cells if c.asked], shifts, strict=True)
        ]
        self.slot = {place: i for i, place in enumerate(network.shape.asked)}

    @torch.no_grad()
    def draw(self, asked: Asked, rng: np.random.Generator, on_step: OnStep) -> DrawnEvents:
        """Histories of the lengths asked for; all are drawn to the longest, ``real`` says which
        events count. Ask for the longest histories first: those that end are left alone."""
        return Drawing(self, asked, rng).run(on_step)


def _forbidding(cell: Cell, shift: NDArray[np.float32]) -> NDArray[np.float32]:
    if cell.drawable is None or not cell.drawable.any():
        return shift
    forbidden: NDArray[np.float32] = np.where(cell.drawable, shift, -np.inf).astype(np.float32)
    return forbidden


class Drawing:
    """The state of one draw."""

    def __init__(self, drawer: EventDrawer, asked: Asked, rng: np.random.Generator) -> None:
        self.drawer, self.asked, self.rng = drawer, asked, rng
        self.events, self.network, self.cells = drawer.events, drawer.network, drawer.cells
        self.place = {cell.name: i for i, cell in enumerate(self.cells)}
        self.lacking = {i: c.lacking for i, c in enumerate(self.cells) if c.kind is not None}
        self.groups = _groups(self.cells, self.network.shape.front)
        self.steps, self.many = int(asked.lengths.max(initial=0)), len(asked.lengths)
        shape = (self.steps, self.many)
        self.codes = np.zeros((*shape, len(self.cells)), dtype=np.int16)
        for place, code in self.lacking.items():
            self.codes[:, :, place] = code
        self.drawn = np.zeros((*shape, len(self.network.shape.asked)), dtype=np.bool_)
        self.now = np.zeros(shape, dtype=np.int64)
        self.repeats = [self._repeat(c) for c in self.events.columns if c.repeats]
        self.beginning = {r.column.cells()[0].name: r for r in self.repeats}
        self.sources = {r.column.name: self._own() for r in self.repeats}
        names = {n for t in self.events.totals for n in (t.total.total, t.total.amount)}
        self.values = {name: np.zeros(shape) for name in sorted(names)}
        self.so_far = {name: values.copy() for name, values in asked.openings.items()}
        self.trail = self._trail()
        echoes = self.events.echoes
        self.ring = None
        if echoes is not None:
            self.ring = Ring(self.many, self.steps * self.many, echoes.rhythms)
        self.allowing = Allowing(self.events, self.values)
        self.before = asked.first.copy()
        shape_ = self.network.shape
        self.constant = self.network.constant(torch.from_numpy(asked.constants.astype(np.int64)))
        self.memory = torch.zeros(1, self.many, shape_.hidden)
        self.last = torch.zeros(self.many, len(self.cells), shape_.width)
        self.blank = self._blank()
        few = self.many <= MOST_HISTORIES and sum(shape_.sizes) <= MOST_CODES
        self.tables = None
        if few:
            self.tables = Tables(self.network, self.constant, self.many, self.lacking)
        self.recall = self.network.recalled()
        self.within = self._within() if self.tables is None else {}

    def run(self, on_step: OnStep) -> DrawnEvents:
        real = np.arange(self.steps)[:, np.newaxis] < self.asked.lengths
        for step in range(self.steps):
            self._event(step, int(real[step].sum()))
            on_step(step + 1, self.steps)
        return DrawnEvents(
            codes=self.codes,
            drawn=self.drawn,
            real=real,
            now=self.now,
            sources=self.sources,
            values=self.values,
        )

    def _event(self, step: int, many: int) -> None:
        """The next event of the first ``many`` histories."""
        state = self._begun(step, many)
        if self.tables is not None:
            self.tables.begin(many)
        front = self.network.shape.front
        embedded = self.blank.repeat(many, 1, 1)
        for place in range(front):
            self._settle(step, place, self.cells[place].told(state), state, embedded)
        recalled = self._recalled(embedded, many)
        for kind, places in self.groups:
            of_kind = state if kind is None else self._entered(kind, places, state)
            if of_kind is not None:
                for place in places:
                    self._cell(step, place, of_kind, embedded, recalled)
            if isinstance(of_kind, OneKind):
                self._left(step, places, of_kind)
        self._ended(step, many, state, embedded)

    def _entered(self, kind: int, places: range, state: State) -> OneKind | None:
        """The state of the events of a kind; ``None`` where there are none."""
        kinds = state[f"column {KIND}"]
        for place in places:
            state[self.cells[place].name] = np.full(len(kinds), self.lacking[place])
        who = np.flatnonzero(kinds == kind)
        if not len(who):
            return None
        if self.tables is not None:
            self.tables.enter(kind, who)
        return OneKind(state, who)

    def _left(self, step: int, places: range, of_kind: OneKind) -> None:
        """Back to all events, which learn what those of the kind were."""
        own = step * self.many + of_kind.who
        for place in places:
            name = self.cells[place].name
            of_kind.state[name][of_kind.who] = of_kind[name]
            if name in self.beginning:
                self._keep(self.beginning[name], own, of_kind)
        if self.tables is not None:
            self.tables.leave()

    def _begun(self, step: int, many: int) -> State:
        state: State = {
            "place": np.full(many, step, dtype=np.int64),
            "before": self.before[:many],
        }
        if self.events.until:
            state["end"] = self.asked.last[:many]
        if self.events.ends:
            lengths = self.asked.lengths if self.asked.whole is None else self.asked.whole
            state["left"] = lengths[:many] - step
        for name, values in self.so_far.items():
            state[f"so far {name}"] = values[:many]
        if self.events.clock is not None:
            self.events.clock.tick(state)
        if self.trail is not None:
            self.trail.begin(state, many)
        return state

    def _recalled(self, embedded: Tensor, many: int) -> Tensor:
        """What the memory says to every slot: (histories, slots * block)."""
        if self.tables is not None:
            self.tables.remember()
            return embedded
        inputs = self.network.inputs(
            self.last[:many].unsqueeze(1), embedded.unsqueeze(1), self.constant[:many]
        )
        remembered, self.memory = self.network.memory(inputs, self.memory[:, :many].contiguous())
        return functional.linear(remembered[:, 0], *self.recall)

    def _cell(
        self, step: int, place: int, state: State, embedded: Tensor, recalled: Tensor
    ) -> None:
        cell = self.cells[place]
        self._look_back(cell, state)
        codes = np.array(cell.told(state), dtype=np.int64)
        if cell.asked:
            free = np.flatnonzero(codes == DRAWN)
            who = free if not isinstance(state, OneKind) else state.who[free]
            self.drawn[step, who, self.drawer.slot[place]] = True
            if len(free):
                codes[free] = self._say(place, free, state, embedded, recalled)
        self._settle(step, place, codes, state, embedded)

    def _settle(self, step: int, place: int, codes: Codes, state: State, embedded: Tensor) -> None:
        """Take the codes of a cell into the state."""
        cell, who = self.cells[place], rows_of(state)
        state[cell.name] = codes
        self.codes[step, who, place] = codes
        if cell.settle is not None:
            cell.settle(state, codes, self.rng)
        if self.tables is not None:
            self.tables.hear(place, codes, who if isinstance(state, OneKind) else slice(None))
            return
        numbers = torch.from_numpy(np.ascontiguousarray(codes, dtype=np.int64))
        start = self.network.starts[place]
        embedded[who, place] = functional.embedding(numbers + start, self.network.embedding)

    def _say(
        self, place: int, free: Codes, state: State, embedded: Tensor, recalled: Tensor
    ) -> Codes:
        """What the network says, drawn from its distribution."""
        return _chosen(self._logits(place, free, state, embedded, recalled), self.rng)

    def _logits(
        self, place: int, free: Codes, state: State, embedded: Tensor, recalled: Tensor
    ) -> Tensor:
        """What the network says of a cell of the events ``free``: (events, codes)."""
        network, slot = self.network, self.drawer.slot[place]
        who = free if not isinstance(state, OneKind) else state.who[free]
        candidates = None
        if place == network.shape.days and self.events.clock is not None:
            candidates = torch.from_numpy(self._days(free, state["before"][free]))
        if self.tables is not None:
            logits = self.tables.logits(slot, who, candidates)
        else:
            hidden = self._hidden(place, who, embedded, recalled)
            logits = network.logits(slot, hidden, candidates)
        logits = logits + self.drawer.shifts[slot]
        return self.allowing.of(self.cells[place].name, free, state, logits)

    def _hidden(self, place: int, free: Codes, embedded: Tensor, recalled: Tensor) -> Tensor:
        slot, rows = self.drawer.slot[place], torch.from_numpy(free)
        places, weights = self.within[slot]
        seen = embedded[rows if isinstance(places, slice) else rows[:, None], places].flatten(1)
        own = self.network.units(range(slot, slot + 1))
        return functional.silu(recalled[rows, own] + seen @ weights)

    def _own(self) -> Codes:
        """The flat number of every event."""
        return np.arange(self.steps * self.many).reshape(self.steps, self.many)

    def _blank(self) -> Tensor:
        """An embedded event of no kind: (1, cells, width)."""
        blank = torch.zeros(1, len(self.cells), self.network.shape.width)
        for place, code in self.lacking.items():
            start = int(self.network.starts[place])
            blank[0, place] = self.network.embedding[start + code]
        return blank

    def _within(self) -> dict[int, tuple[Tensor | slice, Tensor]]:
        """By slot the cells that its hidden units see, and their weights: (inputs, block)."""
        found: dict[int, tuple[Tensor | slice, Tensor]] = {}
        block = self.network.shape.block
        for slots, within in zip(self.network.runs, self.network.within, strict=True):
            assert isinstance(within, Within)
            own = within.weights().split(block)
            for slot in slots:
                places = within.before(self.network.shape.asked[slot])
                seen = own[slot - slots.start][:, : len(places) * within.width]
                cells = slice(len(places)) if within.all else torch.from_numpy(places)
                found[slot] = cells, seen.T
        return found

    def _days(self, free: Codes, before: Codes) -> Codes:
        """What the network is told of the days that may come next."""
        clock = self.events.clock
        assert clock is not None
        days = clock.candidates(before)
        if self.ring is None:
            return days
        due = kinds_of(self.ring.kinds, self.ring.due(free, clock.days_ahead(before)))
        return np.concatenate([days, due], axis=2)

    def _fall_due(self, state: State) -> None:
        assert self.ring is not None
        who = np.arange(len(state["place"]))
        state[DUE_EVENT] = self.ring.due(who, state["day"][:, np.newaxis])[:, 0]
        state[DUE_KIND] = kinds_of(self.ring.kinds, state[DUE_EVENT])

    def _look_back(self, cell: Cell, state: State) -> None:
        """Before the first cell of a column that repeats: find the event whose value may come."""
        if cell.name == f"{DUE} 0":
            self._fall_due(state)
        repeat = self.beginning.get(cell.name)
        if repeat is None:
            return
        name, source = repeat.column.name, self._source(repeat, state)
        state[f"source {name}"] = source
        known = np.maximum(source, 0)
        where = self.place.get(repeat.column.cell)
        flat = self.codes.reshape(-1, len(self.cells))
        last = flat[known, where] if where is not None else np.zeros(len(source))
        state[f"last {name}"] = last.astype(np.int64)

    def _source(self, repeat: Repeat, state: State) -> NDArray[np.int64]:
        """Of the same key what is due, else the last event."""
        source = repeat.look(state, self.rng)
        if self.ring is None or not repeat.key or repeat.own is not None:
            return source
        names = [name for name, _ in repeat.key]
        own = [state[name] for name in names]
        for due in state[DUE_EVENT].T[::-1]:
            flat = self.codes.reshape(-1, len(self.cells))[np.maximum(due, 0)]
            others = [flat[:, self.place[name]].astype(np.int64) for name in names]
            source = np.where(same_kind(own, others, due), due, source)
        return source

    def _ended(self, step: int, many: int, state: State, embedded: Tensor) -> None:
        """Keep what the next events need to know."""
        own = step * self.many + np.arange(many)
        for repeat in self.repeats:
            if repeat.column.kind is None:
                self._keep(repeat, own, state)
        self._add_up(step, many, state, own)
        self.now[step, :many] = state.get("now", 0)
        self.before[:many] = state.get("now", 0)
        self._remember(own, state)
        self._moved_on(step, many)
        if self.tables is not None:
            self.tables.end()
        self.last = embedded

    def _keep(self, repeat: Repeat, own: Codes, state: State) -> None:
        """Of whose value the events ``own`` (flat numbers) have, and that they are the last."""
        column = repeat.column
        source = np.where(state[column.again] == 1, state[f"source {column.name}"], own)
        known = self.sources[column.name].reshape(-1)
        known[own] = np.where(source == own, own, known[source])
        repeat.keep(own % self.many, own, state)

    def _remember(self, own: Codes, state: State) -> None:
        """Which kind of event there was on its day."""
        if self.ring is None or self.events.echoes is None:
            return
        assert self.events.clock is not None
        told = {name: state[f"column {name}"] for name in self.events.echoes.columns}
        days = self.before[: len(own)] // self.events.clock.a_day
        self.ring.add(days, own, self.events.echoes.classes(told))

    def _trail(self) -> Trail | None:
        if self.events.paths is None:
            return None
        names = self.events.paths.names
        self.values |= {name: np.zeros((self.steps, self.many)) for name in names}
        codecs = {c.name: c.codec for c in self.events.columns}
        return Trail(self.events.paths, self.asked.first, [codecs[name] for name in names])

    def _moved_on(self, step: int, many: int) -> None:
        if self.trail is not None:
            scores = self.trail.end(self.rng)
            for place, name in enumerate(self.trail.paths.names):
                self.values[name][step, :many] = scores[:, place]

    def _add_up(self, step: int, many: int, state: State, own: Codes) -> None:
        for learned in self.events.totals:
            total, amounts = learned.total, self.values[learned.total.amount]
            column = next(c for c in self.events.columns if c.name == total.amount)
            codes = state.get(column.cell, np.zeros(many, dtype=np.int64))
            by = np.zeros(many, dtype=np.int64)
            if total.by is not None:
                by = state.get(f"column {total.by}", by)
            signs, so_far = learned.signs(self.events.columns), self.so_far[total.total]
            drawn = _numbers(column, codes, state.get(column.grain), self.rng)
            for holder in self.allowing.holders:
                if holder.learned is learned:
                    drawn = holder.inside(so_far[:many], signs[by], codes, drawn)
            amounts[step, :many] = drawn
            if column.repeats:
                flat, source = amounts.reshape(-1), self.sources[column.name].reshape(-1)[own]
                flat[own] = flat[source]
            so_far[:many] += signs[by] * np.nan_to_num(amounts[step, :many])
            self.values[total.total][step, :many] = so_far[:many]

    def _repeat(self, column: EventColumn) -> Repeat:
        sizes = {c.name: c.codes for c in self.events.columns}
        key = [(f"column {name}", sizes[name]) for name in column.key]
        keys = int(np.prod([size for _, size in key], initial=1))
        last = np.full((self.many, keys), NOWHERE, dtype=np.int64)
        own = Own(self.many, self.steps) if column.anywhere else None
        return Repeat(column, key, last, own=own)


def _groups(cells: Sequence[Cell], front: int) -> list[tuple[int | None, range]]:
    """The cells that are not known before the event, in runs of the same kind of events."""
    runs = groupby(range(front, len(cells)), lambda place: cells[place].kind)
    found = [(kind, list(places)) for kind, places in runs]
    return [(kind, range(places[0], places[-1] + 1)) for kind, places in found]


def _chosen(logits: Tensor, rng: np.random.Generator) -> Codes:
    """A code of each row; the uniforms that choose are stratified among the rows."""
    if len(logits) <= MOST_HISTORIES:
        return chosen(logits.numpy(), rng)
    shares = torch.softmax(logits.double(), dim=1).cumsum(1)
    points = torch.from_numpy(nested_strata(len(logits), rng).astype(np.float64))
    points = points.clamp(max=1 - 1e-9) * shares[:, -1]
    found: Codes = torch.searchsorted(shares, points.unsqueeze(1), right=True).squeeze(1).numpy()
    return found


def _numbers(
    column: EventColumn, codes: Codes, grains: Codes | None, rng: np.random.Generator
) -> Floats:
    has = codes < column.codec.size
    values = column.decoded(codes[has], None if grains is None else grains[has], rng)
    numbers = np.full(len(codes), np.nan)
    numbers[has] = values.astype("Float64").to_numpy(np.float64, na_value=np.nan)
    return numbers
