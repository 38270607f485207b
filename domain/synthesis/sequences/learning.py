"""Fitting an event log, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, PiiAction, SdType, SequenceKeys, TableMetadata
from domain.kernel import BadInput, OnProgress
from domain.synthesis.device import THREADS
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.grid import Grid
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequence_effort import block_of, drawing_seconds
from domain.synthesis.sequences.calibrating import LONG, calibrated, side_by_side
from domain.synthesis.sequences.choosing_columns import telling
from domain.synthesis.sequences.choosing_histories import NoTimeLeft, learned_likeness
from domain.synthesis.sequences.clock import Clock
from domain.synthesis.sequences.code_shares import CodeShares, code_shares
from domain.synthesis.sequences.columns import EventColumn, encoded
from domain.synthesis.sequences.companions import companions
from domain.synthesis.sequences.drawing import Asked, DrawnEvents, EventDrawer
from domain.synthesis.sequences.echoes import Echoes
from domain.synthesis.sequences.events import Coded, Events, LearnedTotal
from domain.synthesis.sequences.fit_notes import (
    CHECKED_LESS,
    CHECKING,
    CHOOSING,
    CHOSEN,
    CHOSEN_LESS,
    ENTITIES,
    EVENTS,
    fit_notes,
)
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.kinds import ONE_KIND, Kinds, columns_of_kinds
from domain.synthesis.sequences.learning_entities import (
    LearnedEntities,
    SortedLog,
    learn_entities,
)
from domain.synthesis.sequences.likeness import Likeness
from domain.synthesis.sequences.model import (
    SequenceModel,
    Series,
    network_of,
    told_sizes,
)
from domain.synthesis.sequences.network import EventNetwork
from domain.synthesis.sequences.partners import Partner
from domain.synthesis.sequences.paths import paths_of
from domain.synthesis.sequences.roles import Roles
from domain.synthesis.sequences.running import RunningTotal
from domain.synthesis.sequences.time_limit import TimeLimit
from domain.synthesis.sequences.training import (
    FEWEST_EVENTS,
    EventOutcome,
    EventPlan,
    Log,
    Pieces,
    in_runs,
    series_pieces,
    train,
    validation_split,
)
from domain.synthesis.sequences.traits import FEWEST_ENTITIES
from domain.synthesis.sequences.wholes import CodedHistories
from domain.synthesis.settings import SettingValue
from domain.synthesis.stages import Stages, named
from domain.synthesis.table_model import Throttled
from domain.synthesis.training import torch_set_up

RUN_WINDOWS = 16
"""Longer histories are learned in runs of so many windows, not from end to end."""
BLOCK_WINDOWS = 2
"""A long series is learned in blocks of so many windows."""
_PILOT = 2**16
"""Events that are drawn to find the shifts."""
_STAGES = {"columns": 0.05, ENTITIES: 0.15, EVENTS: 0.6, CHECKING: 0.1, CHOOSING: 0.1}
"""Of the time that fitting takes, about how much goes into what."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedLog:
    """What came of learning a log."""

    model: SequenceModel
    notes: tuple[str, ...]
    losses: Mapping[str, tuple[float, ...]]
    shares: CodeShares


def learn(
    frame: pd.DataFrame,
    table: TableMetadata,
    *,
    held_out: pd.DataFrame | None,
    settings: Mapping[str, SettingValue],
    seed: int,
    on_progress: OnProgress,
    kinds: Kinds = ONE_KIND,
    limit: TimeLimit | None = None,
) -> LearnedLog:
    """Fit a typed frame of events whose metadata say that it is a log. ``limit``: that of a fit
    that has begun already."""
    limit = limit or TimeLimit.from_now(float(settings["max_seconds"]))
    return _Learning(frame, table, held_out, settings, seed, on_progress, kinds, limit).result()


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
        kinds: Kinds,
        limit: TimeLimit,
    ) -> None:
        self.table, self.settings, self.seed = table, settings, seed
        self.kinds, self.limit, self.stages = kinds, limit, Stages(on_progress, _STAGES)
        self.on_progress = self.stages.stage("columns")
        self.limit_notes: tuple[str, ...] = ()
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
        coded = self.events.coded(self.histories, self.frame, dict(self.roles.before))
        self.entities = self._learn_entities()
        outcome, weights, shifts = self._learn_events(coded, self.entities.asked)
        model = self._model(weights, shifts)
        model = replace(model, likeness=self._likeness(model, coded))
        losses = {"events": outcome.told, "entities": self.entities.losses}
        notes = fit_notes(self.roles, self.histories, self.events, outcome)
        chosen = (CHOSEN,) if model.likeness else ()
        notes = (*notes, *self.entities.notes, *chosen, *self.limit_notes)
        shares = code_shares(self.events.columns, self.frame)
        return LearnedLog(model=model, notes=notes, losses=losses, shares=shares)

    def _sort_columns(self) -> None:
        """Which columns are running totals, constant in a history, or of the events."""
        keyed = {self.keys.entity, self.keys.time}
        free = [s for s in self.specs.values() if s.name not in keyed]
        self.on_progress(0, 0, "looking for running totals")
        entity = None if self.one else self.keys.entity
        self.roles = Roles.of(self.histories, free, self.table, self.kinds, entity)
        for total in self.roles.totals:
            values = self.histories.rows[total.total]
            self.specs[total.total] = _with_decimals(self.specs[total.total], values)
        self.event_specs = list(self.roles.events)
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
        self._learn_paths(clock)
        entity = None if self.one or self.keys.entity is None else rows[self.keys.entity]
        columns = columns_of_kinds(
            self.histories,
            self.frame,
            self.event_specs,
            self.kinds,
            since=since,
            entity=entity,
            held_out=self.held_out,
            primary_key=self.table.primary_key,
            rare_threshold=self.rare,
            rng=self.rng,
        )
        totals = tuple(self._learned_total(total, columns) for total in self.roles.totals)
        # Of few entities, the entities' model learns no dependence between first and last times;
        # where there is none, amounts went astray all the same (docs/histories.md).
        many = self.histories.entities >= FEWEST_ENTITIES
        self.events = Events(
            clock=clock,
            columns=columns,
            companions=companions(
                columns,
                telling(columns),
                encoded(columns, self.frame),
                self.histories.owners(self.rare),
                self.rare,
            ),
            echoes=self._echoes(clock, columns),
            totals=totals,
            ends=not self.one,
            until=many,
            paths=self.paths,
        )

    def _learn_paths(self, clock: Clock | None) -> None:
        """In one series, columns that move on are learned as their surprises."""
        taken = {*self.kinds.of, *(t.amount for t in self.roles.totals), self.table.primary_key}
        free = [s for s in self.event_specs if s.name not in taken]
        now = None
        if clock is not None:
            now = clock.moments(self.histories.rows[self.keys.time])
        self.paths = paths_of(self.frame, free, clock, now, self.rare) if self.one else None
        learned = self.paths.learned(self.frame, now) if self.paths else {}
        self.frame = self.frame.assign(**learned)
        self.event_specs = [
            replace(s, sdtype=SdType.FLOAT, decimals=None) if s.name in learned else s
            for s in self.event_specs
        ]

    def _learned_total(self, total: RunningTotal, columns: Sequence[EventColumn]) -> LearnedTotal:
        spec = self.specs[total.total]
        before = pd.Series(self.roles.before[total.total])
        as_float = replace(spec, sdtype=SdType.FLOAT)
        owners = self.histories.owners(self.rare)
        codec = NumberCodec.fit(before, as_float, self.rare, owners)
        words = next((c.codec for c in columns if c.name == total.by), None)
        if isinstance(words, CategoryCodec):
            total = total.known({*words.values, *words.tail})
        return LearnedTotal(total=total, codec=codec)

    def _learn_entities(self) -> LearnedEntities:
        log = SortedLog(
            histories=self.histories,
            frame=self.frame,
            keys=self.keys,
            specs=self.specs,
            roles=self.roles,
            events=self.events,
        )
        return learn_entities(
            log,
            one=self.one,
            held_out=self.held_out,
            rare_threshold=self.rare,
            seed=self.seed,
            limit=self.limit,
            on_progress=named(self.stages.stage(ENTITIES), "entities"),
        )

    def _over(self) -> bool:
        """Whether another round of checking what is drawn has to be left out."""
        if self.limit.over:
            self.limit_notes = (CHECKED_LESS,)
        return self.limit.over

    def _learn_events(
        self, coded: Coded, entities: Asked
    ) -> tuple[EventOutcome, dict[str, NDArray[np.float32]], list[NDArray[np.float32]]]:
        cells = [c for c in self.events.cells() if c.asked]
        targets = _counts(self.events, coded)
        with torch_set_up(self.seed, THREADS) as device:
            marginals = [torch.from_numpy(_log_shares(t)).float() for t in targets]
            network = network_of(
                self.events,
                told_sizes(self.entities.model, self.roles.constant, self.entities.traits),
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
                shown = named(self.stages.stage(EVENTS), "events")
                plan = EventPlan.of(self.settings, self.limit.for_events())
                outcome = train(network, log, learned, aside, plan, self.rng, shown)
            network = network.cpu()
            shifts = self._shifts(network, targets, entities)
        weights = {k: v.detach().cpu().numpy() for k, v in network.state_dict().items()}
        return outcome, weights, shifts

    def _candidates(self) -> Callable[[NDArray[np.int64]], NDArray[np.int64]] | None:
        clock = self.events.clock
        if clock is None or clock.step:
            return None
        now = clock.moments(self.histories.rows[self.keys.time])
        before = np.where(self.histories.place == 0, now, np.concatenate([now[:1], now[:-1]]))
        if self.events.echoes is None:
            return lambda rows: clock.candidates(before[rows])
        past = self.events.past(self.histories, encoded(self.events.columns, self.frame))

        def features(rows: NDArray[np.int64]) -> NDArray[np.int64]:
            days = clock.days_ahead(before[rows])
            due = past.kinds_due(rows, days)
            return np.concatenate([clock.candidates(before[rows]), due], axis=2)

        return features

    def _echoes(self, clock: Clock | None, columns: Sequence[EventColumn]) -> Echoes | None:
        """What comes back month after month in a log of many histories without a regular clock."""
        names = telling(columns)
        if clock is None or clock.step or self.one or not names:
            return None
        days = clock.moments(self.histories.rows[self.keys.time]) // clock.a_day
        codes = encoded(columns, self.frame)
        return Echoes.fit(self.histories, days, {name: codes[name] for name in names})

    def _pieces(self) -> tuple[Pieces, Pieces]:
        if not self.one:
            whole = Pieces(
                starts=self.histories.starts,
                lengths=self.histories.lengths,
                owners=np.arange(self.histories.entities),
            )
            learned, aside = validation_split(whole, self.rng)
            return in_runs(learned, RUN_WINDOWS * int(self.settings["window"])), aside
        block = BLOCK_WINDOWS * int(self.settings["window"])
        return series_pieces(len(self.frame), block, self.rng)

    def _shifts(
        self,
        network: EventNetwork,
        targets: Sequence[NDArray[np.float64]],
        entities: Asked,
    ) -> list[NDArray[np.float32]]:
        if not targets:
            return []
        pilot = self._pilot(entities)
        if self.one:
            regular = self.events.clock is None or self.events.clock.step
            step = self.events.clock.step if self.events.clock else 1
            pilot = side_by_side(pilot, step if regular else 0)

        def draw(shifts: Sequence[NDArray[np.float32]]) -> DrawnEvents:
            checking = self.stages.stage(CHECKING)
            throttled = Throttled(checking, "checking what is drawn")
            rng = np.random.default_rng([self.seed, 2])
            return EventDrawer(self.events, network, shifts).draw(pilot, rng, throttled)

        shifts = calibrated(self.events.cells(), targets, draw, over=self._over)
        if self.events.paths is not None:
            corrected = self.events.paths.corrected(draw(shifts).values, pilot.first)
            self.events = replace(self.events, paths=corrected)
            settled = corrected.settled(draw(shifts).values)
            self.events = replace(self.events, paths=settled)
        return shifts

    def _likeness(self, model: SequenceModel, coded: Coded) -> Likeness | None:
        """What tells drawn histories from real ones, of which some are drawn for it."""
        try:
            return learned_likeness(
                model,
                CodedHistories(codes=coded.codes, lengths=self.histories.lengths),
                seconds=self.limit.left,
                seed=self.seed,
                on_progress=named(self.stages.stage(CHOOSING), "histories"),
            )
        except NoTimeLeft:
            self.limit_notes = (*self.limit_notes, CHOSEN_LESS)
            return None

    def _pilot(self, entities: Asked) -> Asked:
        """Random histories of about ``_PILOT`` events together, the longest first; of very long
        ones the beginning."""
        lengths = np.minimum(entities.lengths, LONG if not self.one else entities.lengths)
        order = self.rng.permutation(len(lengths))
        most = self.limit.checked(_PILOT, drawing_seconds(len(self.events.cells())))
        some = order[: int(np.searchsorted(np.cumsum(lengths[order]), most)) + 1]
        some = some[np.argsort(-lengths[some], kind="stable")]
        return replace(entities.of(some), lengths=lengths[some], whole=entities.lengths[some])

    def _sizes(self) -> tuple[int, int]:
        """Of the memory and of the block of each predicted cell."""
        predicted = sum(cell.asked for cell in self.events.cells())
        block = block_of(predicted, int(self.settings["block_size"]))
        return int(self.settings["memory"]), block

    def _model(
        self, weights: dict[str, NDArray[np.float32]], shifts: list[NDArray[np.float32]]
    ) -> SequenceModel:
        hidden, block = self._sizes()
        series = None
        if self.one:
            first = 0
            if self.events.clock is not None:
                first = int(self.events.clock.moments(self.histories.rows[self.keys.time])[0])
            opened = {name: float(values[0]) for name, values in self.roles.openings.items()}
            series = Series(length=len(self.frame), first=first, openings=opened)
        return SequenceModel(
            keys=self.keys,
            columns=tuple(self.specs),
            constant=self.roles.constant,
            partners=tuple(self._partners()),
            traits=self.entities.traits,
            called=self.entities.called,
            people=self.entities.model,
            series=series,
            events=self.events,
            hidden=hidden,
            block=block,
            weights=weights,
            shifts=tuple(shifts),
        )

    def _partners(self) -> Iterator[Partner]:
        columns, rows = self.events.columns, self.histories.rows
        owners = self.histories.owners(self.rare)
        for pair in self.roles.pairs:
            boolean = self.specs[pair[0]].sdtype is SdType.BOOLEAN
            yield Partner.of(pair, columns, rows, owners, self.rare, boolean=boolean)


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
    passed = (column - time).dt.total_seconds() * (10**9 / clock.unit)
    return passed.round().astype("Int64")


def _counts(events: Events, coded: Coded) -> list[NDArray[np.float64]]:
    """How often each code of the asked cells occurs where it is free."""
    cells = [(i, cell) for i, cell in enumerate(events.cells()) if cell.asked]
    return [
        np.bincount(coded.codes[coded.asked[:, slot], place], minlength=cell.size).astype(float)
        for slot, (place, cell) in enumerate(cells)
    ]


def _log_shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log((counts + 0.1) / (counts.sum() + 0.1 * len(counts)))


def _with_decimals(spec: ColumnSpec, values: pd.Series) -> ColumnSpec:
    """With the decimals of the values themselves, which sums of them have no more."""
    decimals = Grid.fit(values, spec).decimals
    return spec if decimals is None else replace(spec, decimals=decimals)
