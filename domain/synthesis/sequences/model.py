"""A fitted event log: its entities, its events, and the network between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from domain.datasets.entities import (
    ColumnSpec,
    PiiAction,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.kernel import BadInput, OnProgress
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.device import THREADS
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequences import people
from domain.synthesis.sequences.calibrating import calibrated
from domain.synthesis.sequences.choosing_columns import event_columns
from domain.synthesis.sequences.clock import DAYS, Clock, moments
from domain.synthesis.sequences.drawing import Asked, DrawnEvents, EventDrawer
from domain.synthesis.sequences.events import Coded, Events, LearnedTotal, totals_before
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.network import EventNetwork, EventShape
from domain.synthesis.sequences.running import RunningTotal, openings, running, running_totals
from domain.synthesis.sequences.training import (
    FEWEST_EVENTS,
    EventOutcome,
    EventPlan,
    Log,
    Pieces,
    train,
    validation_split,
)
from domain.synthesis.sequences.traits import COARSE, coarse, traits
from domain.synthesis.settings import SettingValue
from domain.synthesis.table_model import TableModel, Throttled
from domain.synthesis.training import TrainingPlan, torch_set_up

BLOCK_WINDOWS = 2
"""A long series is learned in blocks of so many windows, each half over the next."""
_MOST_CELLS = 2**20
"""Events times histories that are drawn at once."""
_PILOT = 2**16
"""Events that are drawn to find the shifts."""
_SIDE_BY_SIDE = 32
"""Of one series so many beginnings are drawn for that."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series:
    """What stands for the entities where there is one series only."""

    length: int
    first: int
    openings: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SequenceModel:
    """A fitted log. ``people`` is ``None`` for one series (``series`` then is not)."""

    keys: SequenceKeys
    columns: tuple[str, ...]
    """All columns of the twin, in order."""
    constant: tuple[str, ...]
    called: Mapping[str, str]
    """See ``people.names``."""
    traits: tuple[str, ...]
    """Columns of the entities that are told to the network, but are none of the log's."""
    people: TableModel | None
    series: Series | None
    events: Events
    hidden: int
    block: int
    weights: Mapping[str, NDArray[np.float32]]
    shifts: tuple[NDArray[np.float32], ...]

    @property
    def entities(self) -> int:
        """Learned from so many."""
        return self.people.rows if self.people is not None else 1

    def chunks(
        self, wanted: int | None, seed: int, on_progress: OnProgress, spec: SampleSpec = PLAIN
    ) -> Iterator[pd.DataFrame]:
        """Typed rows, sorted by entity and time. ``wanted``: histories, or of one series events."""
        rng = np.random.default_rng([seed, 1])
        rows, asked = self._asked(wanted, seed, on_progress, spec)
        with torch_set_up(seed, THREADS):
            drawer = EventDrawer(self.events, self._network(), self.shifts)
        codecs = {c.name: c.codec for c in self.events.columns}
        parts = _parts(asked.lengths) if len(asked.lengths) else [np.zeros(0, dtype=np.int64)]
        done = 0
        for part in parts:
            some, total = asked.of(part), len(asked.lengths)

            def on_step(step: int, steps: int, done: int = done, many: int = len(part)) -> None:
                throttled(done + many * step // max(steps, 1), max(total, 1))

            throttled = Throttled(on_progress, "drawing events")
            order = np.argsort(-some.lengths, kind="stable")
            with torch_set_up(seed, THREADS):
                drawn = drawer.draw(some.of(order), rng, on_step)
            people_rows = rows.iloc[part[order]].reset_index(drop=True)
            yield self._frame(drawn, people_rows, np.argsort(order), codecs, rng)
            done += len(part)

    def _asked(
        self, wanted: int | None, seed: int, on_progress: OnProgress, spec: SampleSpec
    ) -> tuple[pd.DataFrame, Asked]:
        """Rows of entities, sorted, and what is asked of their events."""
        if self.series is not None:
            return self._one_series(self.series, wanted, spec)
        assert self.people is not None
        self._refuse_events(spec)
        count = self.entities if wanted is None else wanted
        drawn = list(self.people.chunks(count, seed, on_progress, spec))
        rows = pd.concat(drawn, ignore_index=True)
        if self.keys.entity is not None:
            rows = rows.iloc[_by_name(rows[self.keys.entity])].reset_index(drop=True)
        return rows, self._asked_of(rows)

    def _refuse_events(self, spec: SampleSpec) -> None:
        for column in spec.columns:
            if column not in self.constant:
                raise BadInput(
                    f"No condition can be set on “{column}”: conditions of an event log are on "
                    "columns that stay the same over an entity's whole history."
                )

    def _asked_of(self, rows: pd.DataFrame) -> Asked:
        assert self.people is not None
        lengths = rows[self.called[people.EVENTS]].to_numpy(np.int64).clip(1)
        first, last = people.spans(rows, self.called, self.events.clock)
        opened = {
            t.total.total: rows[self.called[f"opening {t.total.total}"]].to_numpy(np.float64)
            for t in self.events.totals
        }
        return Asked(
            lengths=lengths,
            constants=_constants(self.people, rows, self.constant, self.traits),
            first=first,
            last=last,
            openings=opened,
        )

    def _one_series(
        self, series: Series, wanted: int | None, spec: SampleSpec
    ) -> tuple[pd.DataFrame, Asked]:
        self._refuse_events(spec)
        length = series.length if wanted is None else wanted
        asked = Asked(
            lengths=np.full(1 if length else 0, length, dtype=np.int64),
            constants=np.zeros((1 if length else 0, 0), dtype=np.int16),
            first=np.full(1 if length else 0, series.first, dtype=np.int64),
            last=np.full(1 if length else 0, series.first, dtype=np.int64),
            openings={n: np.full(1 if length else 0, v) for n, v in series.openings.items()},
        )
        return pd.DataFrame(index=range(1 if length else 0)), asked

    def _frame(
        self,
        drawn: DrawnEvents,
        rows: pd.DataFrame,
        order: NDArray[np.int64],
        codecs: Mapping[str, Any],
        rng: np.random.Generator,
    ) -> pd.DataFrame:
        """The drawn events as typed rows; ``order``: in which the histories shall come."""
        real = drawn.real[:, order].T  # (histories, events)
        steps, owners = np.nonzero(real)[1], order[np.nonzero(real)[0]]
        flat = steps * drawn.real.shape[1] + owners
        found: dict[str, pd.Series] = {}
        if self.keys.time is not None and self.events.clock is not None:
            now = drawn.now.reshape(-1)[flat]
            found[self.keys.time] = self.events.clock.column(now)
        for name in rows.columns:
            if name in self.columns:
                found[name] = rows[name].iloc[owners].reset_index(drop=True)
        found |= self._event_values(drawn, flat, codecs, rng)
        frame = pd.DataFrame(found, index=pd.RangeIndex(len(flat)))
        return frame[[name for name in self.columns]]

    def _event_values(
        self,
        drawn: DrawnEvents,
        flat: NDArray[np.int64],
        codecs: Mapping[str, Any],
        rng: np.random.Generator,
    ) -> dict[str, pd.Series]:
        place = {cell.name: i for i, cell in enumerate(self.events.cells())}
        number = np.zeros(drawn.real.size, dtype=np.int64)
        number[flat] = np.arange(len(flat))
        found: dict[str, pd.Series] = {}
        for column in self.events.columns:
            codes = np.zeros(len(flat), dtype=np.int64)
            if column.cell in place:
                codes = drawn.codes.reshape(-1, len(place))[flat, place[column.cell]].astype(int)
            if column.repeats:
                source = number[drawn.sources[column.name].reshape(-1)[flat]]
                own = np.unique(source)
                values = codecs[column.name].decode(codes[own], rng)
                values = values.iloc[np.searchsorted(own, source)].reset_index(drop=True)
            elif column.name in drawn.values:
                values = pd.Series(drawn.values[column.name].reshape(-1)[flat])
                values = _rounded(values, column.codec)
            else:
                values = codecs[column.name].decode(codes, rng)
            if column.name in drawn.values and column.repeats:
                values = _rounded(
                    pd.Series(drawn.values[column.name].reshape(-1)[flat]), column.codec
                )
            if column.since and self.events.clock is not None:
                values = self._moments(values, drawn.now.reshape(-1)[flat])
            found[column.name] = values
        for learned in self.events.totals:
            values = pd.Series(drawn.values[learned.total.total].reshape(-1)[flat])
            found[learned.total.total] = _rounded(values, learned.codec)
        return found

    def _moments(self, since: pd.Series, now: NDArray[np.int64]) -> pd.Series:
        assert self.events.clock is not None
        missing = since.isna().to_numpy(np.bool_)
        at = self.events.clock.column(now + since.fillna(0).to_numpy(np.int64))
        return at.where(~missing)

    def _network(self) -> EventNetwork:
        network = _network(self.events, self._constant_sizes(), self.hidden, self.block)
        network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in self.weights.items()})
        return network

    def _constant_sizes(self) -> tuple[int, ...]:
        return _constant_sizes(self.people, self.constant, self.traits)

    def state(self) -> Mapping[str, Any]:
        series = self.series
        return {
            "keys": [self.keys.entity, self.keys.time],
            "columns": list(self.columns),
            "constant": list(self.constant),
            "traits": list(self.traits),
            "called": [[word, name] for word, name in self.called.items()],
            "people": self.people.state() if self.people else None,
            "series": None
            if series is None
            else [series.length, series.first, [[n, v] for n, v in series.openings.items()]],
            "events": self.events.state(),
            "hidden": self.hidden,
            "block": self.block,
            "weights": dict(self.weights),
            "shifts": list(self.shifts),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> SequenceModel:
        series = state["series"]
        return cls(
            keys=SequenceKeys(entity=state["keys"][0], time=state["keys"][1]),
            columns=tuple(state["columns"]),
            constant=tuple(state["constant"]),
            traits=tuple(state["traits"]),
            called=dict(state["called"]),
            people=TableModel.from_state(state["people"]) if state["people"] else None,
            series=None
            if series is None
            else Series(length=series[0], first=series[1], openings=dict(series[2])),
            events=Events.from_state(state["events"]),
            hidden=state["hidden"],
            block=state["block"],
            weights=state["weights"],
            shifts=tuple(state["shifts"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedLog:
    """What came of learning a log."""

    model: SequenceModel
    notes: tuple[str, ...]
    losses: Mapping[str, tuple[float, ...]]


def learn(
    frame: pd.DataFrame,
    table: TableMetadata,
    *,
    held_out: pd.DataFrame | None,
    settings: Mapping[str, SettingValue],
    seed: int,
    on_progress: OnProgress,
) -> LearnedLog:
    """Fit a typed frame of events whose metadata say that it is a log."""
    return _Learning(frame, table, held_out, settings, seed, on_progress).result()


class _Learning:
    """One fit, step by step."""

    def __init__(
        self,
        frame: pd.DataFrame,
        table: TableMetadata,
        held_out: pd.DataFrame | None,
        settings: Mapping[str, SettingValue],
        seed: int,
        on_progress: OnProgress,
    ) -> None:
        self.table, self.settings, self.seed = table, settings, seed
        self.on_progress = on_progress
        self.keys = table.sequence or SequenceKeys()
        self.rare = int(settings["rare_threshold"])
        self.specs = {spec.name: spec for spec in table.kept}
        _refuse_keys(self.keys, self.specs)
        self.histories = Histories.of(frame, self.keys)
        if not len(self.histories.rows):
            raise BadInput(
                "No row of the log says whose it is and when it happened; check the columns of "
                "entity and time."
            )
        self.one = self.keys.entity is None or self.histories.entities == 1
        self.held_out = None if held_out is None or not len(held_out) else held_out
        self.rng = np.random.default_rng(seed)

    def result(self) -> LearnedLog:
        self._sort_columns()
        self._learn_parts()
        coded = self.events.coded(self.histories, self.frame, self.totals_before)
        entities = self._learn_people()
        outcome, weights, shifts = self._learn_events(coded, entities)
        model = self._model(weights, shifts)
        losses = {"events": outcome.losses} | ({"entities": self.people_losses})
        return LearnedLog(model=model, notes=self._notes(outcome), losses=losses)

    def _sort_columns(self) -> None:
        """Which columns are running totals, constant in a history, or of the events."""
        keyed = {self.keys.entity, self.keys.time}
        free = [s for s in self.specs.values() if s.name not in keyed]
        place = np.arange(len(self.histories.rows))
        now = place if self.keys.time is None else moments(self.histories.rows[self.keys.time], 1)
        numbers = [s for s in free if s.name != self.table.primary_key and not s.unique]
        self.on_progress(0, 0, "looking for running totals")
        self.totals = running_totals(self.histories, numbers, now)
        self.openings = {t.total: openings(t, self.histories, now) for t in self.totals}
        self.totals_before = {
            t.total: totals_before(t, self.histories, self.openings[t.total]) for t in self.totals
        }
        rest = [s for s in free if s.name not in self.openings]
        steady = not self.one and int(self.histories.lengths.max()) > 1
        self.constant = tuple(
            s.name
            for s in rest
            if steady and s.name != self.table.primary_key and self.histories.steady(s.name)
        )
        self.event_specs = [s for s in rest if s.name not in self.constant]
        if self.one and self.keys.entity is not None:
            own = replace(self.specs[self.keys.entity], pii_action=PiiAction.SURROGATE)
            self.event_specs.append(own)

    def _learn_parts(self) -> None:
        """Clock, event columns and totals."""
        self.on_progress(0, 0, "learning the columns")
        rows, clock = self.histories.rows, None
        if self.keys.time is not None:
            spec = self.specs[self.keys.time]
            clock = Clock.fit(self.histories, self.keys.time, spec, self.rare)
        since = [s.name for s in self.event_specs if s.sdtype is SdType.DATETIME and clock]
        self.frame = rows[[s.name for s in self.event_specs]].copy()
        for name in since:
            assert clock is not None
            self.frame[name] = _since(rows[name], rows[self.keys.time], clock)
        entity = None if self.one or self.keys.entity is None else rows[self.keys.entity]
        columns = event_columns(
            self.histories,
            self.frame,
            self.event_specs,
            since=since,
            entity=entity,
            held_out=self.held_out,
            primary_key=self.table.primary_key,
            rare_threshold=self.rare,
            rng=self.rng,
        )
        totals = tuple(self._learned_total(total) for total in self.totals)
        self.events = Events(clock=clock, columns=columns, totals=totals, ends=not self.one)

    def _learned_total(self, total: RunningTotal) -> LearnedTotal:
        spec = self.specs[total.total]
        before = pd.Series(self.totals_before[total.total])
        as_float = replace(spec, sdtype=SdType.FLOAT, decimals=_decimals(spec))
        return LearnedTotal(total=total, codec=NumberCodec.fit(before, as_float, self.rare))

    def _learn_people(self) -> Asked:
        """The entities' own model, and what it would ask of the real histories."""
        self.people: TableModel | None = None
        self.people_notes: tuple[str, ...] = ()
        self.people_losses: tuple[float, ...] = ()
        self.traits = self._traits()
        self.called = people.names(self.specs, [t.total for t in self.totals], self.traits)
        rows = people.entity_rows(
            self.histories,
            self.keys.entity,
            self.constant,
            self.openings,
            self.traits,
            self.called,
            self.events.clock,
        )
        if not self.one:
            self._fit_people(rows)
        constants = np.zeros((len(rows), 0), dtype=np.int16)
        if self.people is not None:
            constants = _constants(self.people, rows, self.constant, self._trait_names())
        first, last = people.spans(rows, self.called, self.events.clock)
        return Asked(
            lengths=self.histories.lengths,
            constants=constants,
            first=first,
            last=last,
            openings=self.openings,
        )

    def _traits(self) -> dict[str, NDArray[np.float64]]:
        if self.one:
            return {}
        totals = {
            n: running(t, self.histories, self.openings[n]) for t in self.totals for n in [t.total]
        }
        now = np.arange(len(self.frame))
        if self.keys.time is not None:
            now = moments(self.histories.rows[self.keys.time], 1)
        return traits(self.histories, self.events.columns, totals, self.frame, now)

    def _trait_names(self) -> tuple[str, ...]:
        return tuple(self.called[trait] for trait in self.traits)

    def _fit_people(self, rows: pd.DataFrame) -> None:
        assert self.keys.entity is not None
        own = [self.specs[name] for name in (self.keys.entity, *self.constant)]
        totals = {t.total: self.specs[t.total] for t in self.totals}
        specs = people.entity_specs(own, self.called, self.events.clock, totals, self.traits)
        learned = TableModel.fit(
            rows,
            specs,
            held_out=self.held_out,
            primary_key=self.keys.entity,
            rare_threshold=self.rare,
            block_size=64,
            plan=_people_plan(),
            seed=self.seed,
            on_progress=self.on_progress,
        )
        self.people, self.people_notes = learned.model, learned.notes
        self.people_losses = learned.losses

    def _learn_events(
        self, coded: Coded, entities: Asked
    ) -> tuple[EventOutcome, dict[str, NDArray[np.float32]], list[NDArray[np.float32]]]:
        cells = [c for c in self.events.cells() if c.asked]
        targets = _counts(self.events, coded)
        with torch_set_up(self.seed, THREADS) as device:
            marginals = [torch.from_numpy(_log_shares(t)).float() for t in targets]
            network = _network(
                self.events,
                _constant_sizes(self.people, self.constant, self._trait_names()),
                *self._sizes(),
                marginals,
            ).to(device)
            outcome = EventOutcome(epochs=0, best_epoch=0, losses=())
            if len(self.frame) >= FEWEST_EVENTS and cells:
                learned, aside = self._pieces()
                log = Log(
                    codes=coded.codes,
                    asked=coded.asked,
                    constants=entities.constants,
                    candidates=self._candidates(),
                )
                outcome = train(
                    network, log, learned, aside, self._plan(), self.rng, self.on_progress
                )
            network = network.cpu()
            shifts = self._shifts(network, targets, entities)
        weights = {k: v.detach().cpu().numpy() for k, v in network.state_dict().items()}
        return outcome, weights, shifts

    def _candidates(self) -> Any:
        clock = self.events.clock
        if clock is None or clock.step:
            return None
        now = clock.moments(self.histories.rows[self.keys.time])
        before = np.where(self.histories.place == 0, now, np.concatenate([now[:1], now[:-1]]))
        return lambda rows: clock.candidates(before[rows])

    def _pieces(self) -> tuple[Pieces, Pieces]:
        if not self.one:
            whole = Pieces(
                starts=self.histories.starts,
                lengths=self.histories.lengths,
                owners=np.arange(self.histories.entities),
            )
            return validation_split(whole, self.rng)
        length = len(self.frame)
        aside = max(length // 10, 1)
        block = BLOCK_WINDOWS * int(self.settings["window"])
        return _blocks(0, length - aside, block), _blocks(length - aside, length, block)

    def _shifts(
        self,
        network: EventNetwork,
        targets: Sequence[NDArray[np.float64]],
        entities: Asked,
    ) -> list[NDArray[np.float32]]:
        if not targets:
            return []
        pilot = entities.of(self._pilot(entities.lengths))
        if self.one:
            pilot = pilot.of(np.zeros(_SIDE_BY_SIDE, dtype=np.int64))
            pilot = replace(pilot, lengths=np.minimum(pilot.lengths, _PILOT // 8 // _SIDE_BY_SIDE))

        def draw(shifts: Sequence[NDArray[np.float32]]) -> DrawnEvents:
            throttled = Throttled(self.on_progress, "checking what is drawn")
            rng = np.random.default_rng([self.seed, 2])
            return EventDrawer(self.events, network, shifts).draw(pilot, rng, throttled)

        return calibrated(self.events.cells(), targets, draw)

    def _pilot(self, lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """Random histories of about ``_PILOT`` events together, the longest first."""
        order = self.rng.permutation(len(lengths))
        enough = int(np.searchsorted(np.cumsum(lengths[order]), _PILOT)) + 1
        some = order[:enough]
        return some[np.argsort(-lengths[some], kind="stable")]

    def _plan(self) -> EventPlan:
        s = self.settings
        return EventPlan(
            max_epochs=int(s["max_epochs"]),
            max_seconds=float(s["max_seconds"]),
            window=int(s["window"]),
            batch_events=int(s["batch_size"]),
            learning_rate=float(s["learning_rate"]),
            dropout=float(s["dropout"]),
        )

    def _sizes(self) -> tuple[int, int]:
        return int(self.settings["memory"]), int(self.settings["block_size"])

    def _model(
        self, weights: dict[str, NDArray[np.float32]], shifts: list[NDArray[np.float32]]
    ) -> SequenceModel:
        hidden, block = self._sizes()
        series = None
        if self.one:
            first = 0
            if self.events.clock is not None:
                first = int(self.events.clock.moments(self.histories.rows[self.keys.time])[0])
            opened = {name: float(values[0]) for name, values in self.openings.items()}
            series = Series(length=len(self.frame), first=first, openings=opened)
        return SequenceModel(
            keys=self.keys,
            columns=tuple(self.specs),
            constant=self.constant,
            traits=self._trait_names(),
            called=self.called,
            people=self.people,
            series=series,
            events=self.events,
            hidden=hidden,
            block=block,
            weights=weights,
            shifts=tuple(shifts),
        )

    def _notes(self, outcome: EventOutcome) -> tuple[str, ...]:
        notes = [t.sentence() for t in self.totals]
        if self.histories.left_out:
            notes.append(
                f"{self.histories.left_out} rows without an entity or a time were left out."
            )
        if self.constant:
            names = ", ".join(f"“{name}”" for name in self.constant)
            notes.append(f"The same in all events of an entity, and learned once: {names}.")
        again = [c.name for c in self.events.columns if c.repeats]
        if again:
            names = ", ".join(f"“{name}”" for name in again)
            notes.append(f"Often repeat an earlier value of the same entity: {names}.")
        if outcome.best_epoch:
            first, best = outcome.losses[0], outcome.losses[outcome.best_epoch]
            notes.append(
                f"The weights of epoch {outcome.best_epoch} of {outcome.epochs} were kept: "
                f"validation loss {best:.2f} nats an event, against {first:.2f} before training."
            )
        return (*notes, *self.people_notes)


def _refuse_keys(keys: SequenceKeys, specs: Mapping[str, ColumnSpec]) -> None:
    for name, meaning in ((keys.entity, "entity"), (keys.time, "time")):
        if name is not None and name not in specs:
            raise BadInput(
                f"The {meaning} column “{name}” is not among the columns that are kept; choose "
                "another, or keep it."
            )
    if keys.time is not None and specs[keys.time].sdtype is not SdType.DATETIME:
        raise BadInput(
            f"The column “{keys.time}” is not read as dates or times; choose the column that says "
            "when each event happened, or none where the rows are in the order of time."
        )


def _since(column: pd.Series, time: pd.Series, clock: Clock) -> pd.Series:
    passed = (column - time) // pd.Timedelta(clock.unit, unit="ns")
    return passed.round().astype("Int64")


def _network(
    events: Events,
    constants: tuple[int, ...],
    hidden: int,
    block: int,
    marginals: Sequence[torch.Tensor] | None = None,
) -> EventNetwork:
    cells = events.cells()
    names = [cell.name for cell in cells]
    asked = tuple(i for i, cell in enumerate(cells) if cell.asked)
    shape = EventShape(
        sizes=tuple(cell.size for cell in cells),
        front=sum(cell.front for cell in cells),
        asked=asked,
        days=names.index(DAYS) if DAYS in names else None,
        constants=constants,
        hidden=hidden,
        block=block,
    )
    return EventNetwork(shape, marginals or [torch.zeros(cells[i].size) for i in asked])


def _counts(events: Events, coded: Coded) -> list[NDArray[np.float64]]:
    """How often each code of the asked cells occurs where it is free."""
    cells = [(i, cell) for i, cell in enumerate(events.cells()) if cell.asked]
    return [
        np.bincount(coded.codes[coded.asked[:, slot], place], minlength=cell.size).astype(float)
        for slot, (place, cell) in enumerate(cells)
    ]


def _log_shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log((counts + 0.1) / (counts.sum() + 0.1 * len(counts)))


def _told(people_model: TableModel, columns: Sequence[str]) -> list[int]:
    """The places of columns among those that the entities' model predicts."""
    modelled = people_model.encoder.modelled
    return [i for i, name in enumerate(modelled) if name in columns]


def _constants(
    people_model: TableModel, rows: pd.DataFrame, constant: Sequence[str], told: Sequence[str]
) -> NDArray[np.int16]:
    """What the network is told of each entity: constant columns, and the traits ``told``."""
    codes = people_model.encoder.encode(rows, lambda done, total: None)
    sizes = people_model.encoder.sizes
    marked = [coarse(codes[:, i], sizes[i]) for i in _told(people_model, told)]
    return np.column_stack([codes[:, _told(people_model, constant)], *marked])


def _constant_sizes(
    people_model: TableModel | None, constant: Sequence[str], told: Sequence[str]
) -> tuple[int, ...]:
    if people_model is None:
        return ()
    sizes = people_model.encoder.sizes
    marked = [min(sizes[i], COARSE) for i in _told(people_model, told)]
    return (*(sizes[i] for i in _told(people_model, constant)), *marked)


def _blocks(start: int, end: int, block: int) -> Pieces:
    """Blocks of a series, each beginning in the middle of the one before."""
    starts = np.arange(start, max(end - block // 2, start + 1), max(block // 2, 1))
    return Pieces(
        starts=starts,
        lengths=np.minimum(block, end - starts),
        owners=np.zeros(len(starts), dtype=np.int64),
    )


def _parts(lengths: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Histories in runs that are drawn together, in bounded memory."""
    parts, start, longest = [], 0, 0
    for place, length in enumerate(lengths):
        longest = max(longest, int(length))
        if place > start and longest * (place - start + 1) > _MOST_CELLS:
            parts.append(np.arange(start, place))
            start, longest = place, int(length)
    return [*parts, np.arange(start, len(lengths))]


def _by_name(keys: pd.Series) -> NDArray[np.int64]:
    """The order of identifiers: numbers by value, texts by length and letters."""
    if pd.api.types.is_numeric_dtype(keys):
        return np.argsort(keys.to_numpy(np.float64), kind="stable")
    texts = keys.astype(str)
    return np.lexsort([texts.to_numpy(object).astype(str), texts.str.len().to_numpy()])


def _decimals(spec: ColumnSpec) -> int | None:
    return 0 if spec.sdtype is SdType.INTEGER else spec.decimals


def _rounded(values: pd.Series, codec: Any) -> pd.Series:
    """On the grid of the column, in its type."""
    grid = codec.grid
    if grid.sdtype is SdType.INTEGER:
        return values.round().astype("Int64")
    decimals = len(str(grid.scale)) - 1
    return values.round(decimals) if grid.step else values


def _people_plan() -> TrainingPlan:
    return TrainingPlan(max_epochs=0, batch_size=0, learning_rate=0.006, dropout=0.5)
