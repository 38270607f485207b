"""Drawing what was asked for from a fitted log: how many histories, how long, and which events."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import BadInput, OnProgress
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import PLAIN, Lengths, SampleSpec
from domain.synthesis.device import THREADS
from domain.synthesis.sequences import people
from domain.synthesis.sequences.candidates import Candidates, Part, with_candidates
from domain.synthesis.sequences.code_shares import NO_SHARES, CodeShares, learned_shares
from domain.synthesis.sequences.drawing import Asked, DrawnEvents, EventDrawer, OnStep
from domain.synthesis.sequences.event_requests import (
    EventRequest,
    Shifts,
    Tilt,
    fulfilling,
    without_gaps,
)
from domain.synthesis.sequences.lengthening import (
    at,
    count_of,
    length_conditions,
    no_time,
    stretched,
)
from domain.synthesis.sequences.model import SequenceModel, Series
from domain.synthesis.stages import Stages
from domain.synthesis.table_model import TableModel, Throttled
from domain.synthesis.training import torch_set_up

_MOST_CELLS = 2**20
"""Events times histories that are drawn at once."""
_MOST_HISTORIES = 2**15
_PILOT_EVENTS = 2**14
"""Events that are drawn, about, to find how to amplify some."""
_SIDE_BY_SIDE = 32
_PLAIN_STAGES = {"entities": 0.1, "events": 0.9}
_STAGES = {"entities": 0.05, "amplifying": 0.65, "events": 0.3}
"""Of the time that drawing takes, about how much goes into what."""
_LONGEST = 2**24
"""Events at most of a series that is to last until some time."""


def requested(
    model: SequenceModel,
    wanted: int | None,
    seed: int,
    on_progress: OnProgress,
    spec: SampleSpec = PLAIN,
    shares: CodeShares = NO_SHARES,
) -> Iterator[pd.DataFrame]:
    """Typed rows, sorted by entity and time. ``wanted``: histories, or of one series events.
    ``shares``: of the real events, see ``code_shares``."""
    own, rest = EventRequest.of(spec, model.constant, model.events)
    draw = _Draw(
        model=model,
        own=own,
        spec=rest,
        lengths=spec.lengths,
        shares=shares,
        stages=Stages(on_progress, _STAGES if own.amplify else _PLAIN_STAGES),
    )
    return draw.chunks(wanted, seed) if not own.where else draw.fulfilling(wanted, seed)


def drawn_histories(
    model: SequenceModel, wanted: int, seed: int, stages: Stages
) -> Iterator[DrawnEvents]:
    """The events of so many histories as they come, none chosen, in parts of bounded size.
    ``stages`` has “entities” and “events”."""
    draw = _Draw(
        model=replace(model, people=model.people and model.people.issuing_anew(), likeness=None),
        own=EventRequest(),
        spec=PLAIN,
        lengths=None,
        shares=NO_SHARES,
        stages=stages,
    )
    rng = np.random.default_rng([seed, 6])
    for part in draw.parts(draw.candidates(wanted, seed, rng), model.shifts, seed, rng):
        yield part.events


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draw:
    """One request of a model."""

    model: SequenceModel
    own: EventRequest
    spec: SampleSpec
    """Of the entities."""
    lengths: Lengths | None
    shares: CodeShares
    stages: Stages

    def chunks(self, wanted: int | None, seed: int) -> Iterator[pd.DataFrame]:
        """Whole histories, in frames of bounded size."""
        rng = np.random.default_rng([seed, 1])
        candidates = self.candidates(wanted, seed, rng)
        if self._open_end:
            yield self._until(candidates, seed, rng)
            return
        shifts = self._shifts(candidates.asked, seed, rng)
        for frame in self._drawn(candidates, shifts, seed, rng):
            yield self._ended(frame)

    def fulfilling(self, wanted: int | None, seed: int) -> Iterator[pd.DataFrame]:
        """The events that fulfil conditions, sorted by entity; without ``wanted``, those of as
        many histories as were learned."""
        entity, where = self.model.keys.entity, self.own.where
        if wanted is None or entity is None or self.model.series is not None:
            for frame in self.chunks(wanted, seed):
                yield frame[matching(frame, where)].reset_index(drop=True)
            return
        found = fulfilling(
            lambda count, time: self.chunks(count, _seed(seed, time)),
            where,
            entity,
            wanted,
            self.model.entities,
        )
        rows = pd.concat(list(found), ignore_index=True)
        yield rows.iloc[by_name(rows[entity])].reset_index(drop=True)

    def candidates(self, wanted: int | None, seed: int, rng: np.random.Generator) -> Candidates:
        """Rows of entities, sorted, and what is asked of their events: several for each that is
        kept, where the likelier ones are."""
        model = self.model
        if model.series is not None:
            rows, asked = self._one_series(model.series, wanted, rng)
            return Candidates(rows=rows, asked=asked)
        assert model.people is not None
        count = model.entities if wanted is None else wanted
        people_model, rows = model.people, self._people_rows(model.people, count, seed)
        if self._chosen:
            return with_candidates(
                rows,
                model.asked_of,
                lambda time: self._people_rows(
                    people_model.issuing_anew(), count, _seed(seed, time)
                ),
            )
        asked = model.asked_of(rows)
        if self.lengths is None:
            return Candidates(rows=rows, asked=asked)
        learned = (0, 0)
        if model.events.clock is not None:
            learned = people.limits(model.people.encoder.codecs, model.called, model.events.clock)
        longer = stretched(asked, self.lengths, model.events.clock, learned, rng)
        return Candidates(rows=rows, asked=longer)

    @property
    def _chosen(self) -> bool:
        """Whether the likelier histories are kept: not where something is asked of them."""
        plain = self.own == EventRequest() and self.spec == PLAIN and self.lengths is None
        return self.model.likeness is not None and plain

    def _people_rows(self, people_model: TableModel, count: int, seed: int) -> pd.DataFrame:
        """Of a range of lengths the learned ones, where enough entities have such."""
        model = self.model
        on_progress = self.stages.stage("entities")
        within = length_conditions(self.lengths, model.called[people.EVENTS])
        ranged = replace(self.spec, where=(*self.spec.where, *within))
        try:
            drawn = list(people_model.chunks(count, seed, on_progress, ranged))
        except BadInput:
            if not within:
                raise
            drawn = list(people_model.chunks(count, seed, on_progress, self.spec))
        rows = pd.concat(drawn, ignore_index=True)
        rows = people.matched(rows, model.called, model.events.clock)
        if model.keys.entity is not None:
            rows = rows.iloc[by_name(rows[model.keys.entity])].reset_index(drop=True)
        return rows

    def _one_series(
        self, series: Series, wanted: int | None, rng: np.random.Generator
    ) -> tuple[pd.DataFrame, Asked]:
        length, first = count_of(self.lengths, wanted, series.length, rng), series.first
        if self.lengths is not None and (self.lengths.since or self.lengths.until):
            first, length = self._placed(self.lengths, series, length)
        many = 1 if length else 0
        asked = Asked(
            lengths=np.full(many, length, dtype=np.int64),
            constants=np.zeros((many, 0), dtype=np.int16),
            first=np.full(many, first, dtype=np.int64),
            last=np.full(many, first, dtype=np.int64),
            openings={n: np.full(many, v) for n, v in series.openings.items()},
        )
        return pd.DataFrame(index=range(many)), asked

    def _placed(self, lengths: Lengths, series: Series, length: int) -> tuple[int, int]:
        """When one series begins, and how many events a regular one has until its end."""
        clock = self.model.events.clock
        if clock is None:
            raise no_time()
        first = series.first if lengths.since is None else at(clock, lengths.since)
        if lengths.until is not None and clock.step:
            length = min(max((at(clock, lengths.until) - first) // clock.step + 1, 0), _LONGEST)
        return first, length

    @property
    def _open_end(self) -> bool:
        """Whether one irregular series is to last until some time."""
        clock, lengths = self.model.events.clock, self.lengths
        if self.model.series is None or lengths is None or lengths.until is None:
            return False
        return clock is not None and not clock.step

    def _until(self, series: Candidates, seed: int, rng: np.random.Generator) -> pd.DataFrame:
        """The series until its end: of more and more events, until one is later."""
        shifts, time = self._shifts(series.asked, seed, rng), self.model.keys.time
        while True:
            frame = pd.concat(list(self._drawn(series, shifts, seed, rng)))
            kept = self._ended(frame)
            longest = int(series.asked.lengths.max(initial=0))
            if time is None or len(kept) < len(frame) or not 0 < longest < _LONGEST:
                return kept
            longer = replace(series.asked, lengths=series.asked.lengths * 2)
            series = replace(series, asked=longer)

    def _ended(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Without events after the end that was asked for."""
        time = self.model.keys.time
        if self.lengths is None or self.lengths.until is None or time is None:
            return frame
        end = np.datetime64(self.lengths.until, "ns")
        return frame[(frame[time] <= end).to_numpy(np.bool_)].reset_index(drop=True)

    def _drawn(
        self, candidates: Candidates, shifts: Shifts, seed: int, rng: np.random.Generator
    ) -> Iterator[pd.DataFrame]:
        model = self.model
        for part in self.parts(candidates, shifts, seed, rng):
            rows, kept = part.kept(model.likeness, model.constant, model.own_codecs, rng)
            yield model.frame(part.events, rows, kept, rng)

    def parts(
        self, candidates: Candidates, shifts: Shifts, seed: int, rng: np.random.Generator
    ) -> Iterator[Part]:
        """The events of all candidates."""
        drawer, done, total = self._drawer(shifts, seed), 0, len(candidates.rows)
        lengths = candidates.asked.lengths.reshape(candidates.each, -1).max(axis=0)
        for places in parts(lengths, candidates.each) if total else [np.zeros(0, dtype=np.int64)]:
            some, of = candidates.of(places).longest_first()
            on_step = _steps(self.stages.stage("events"), done, len(of), total)
            with torch_set_up(seed, THREADS):
                drawn = drawer.draw(some.asked, rng, on_step)
            wanted = candidates.rows.iloc[places]
            yield Part(events=drawn, candidates=some, places=of, wanted=wanted)
            done += len(of)

    def _drawer(self, shifts: Shifts, seed: int) -> EventDrawer:
        with torch_set_up(seed, THREADS):
            return EventDrawer(self.model.events, self.model.network(), shifts)

    def _filled(self) -> set[str]:
        """The columns whose gaps are filled, and those that say them."""
        says = {p.by for p in self.model.partners if p.column in self.own.impute}
        return {*self.own.impute, *says}

    def _shifts(self, asked: Asked, seed: int, rng: np.random.Generator) -> Shifts:
        """Those that were learned, without gaps that are filled, tilted to what is amplified."""
        model = self.model
        shifts: Shifts = model.shifts
        if self.own.impute:
            shifts = without_gaps(model.events, shifts, self._filled())
        if not self.own.amplify or not len(asked.lengths):
            return shifts
        pilot, chance = self._pilot(asked, seed, rng)
        throttled = Throttled(self.stages.stage("amplifying"), "finding how to amplify")

        def draw(tilted: Shifts) -> DrawnEvents:
            with torch_set_up(seed, THREADS):
                return self._drawer(tilted, seed).draw(pilot, deepcopy(chance), throttled)

        events = float(asked.lengths.mean()) * model.entities
        learned = learned_shares(model.events, self.own.amplify, self.shares)
        return Tilt(model.events, shifts, self.own.amplify, learned).found(draw, events)

    def _pilot(
        self, asked: Asked, seed: int, rng: np.random.Generator
    ) -> tuple[Asked, np.random.Generator]:
        """Histories to try shifts on, and the chance to draw them with: where few are asked for
        those themselves, as they will be drawn."""
        few = int(asked.lengths.sum()) <= 2 * _PILOT_EVENTS and len(parts(asked.lengths)) == 1
        if few and not self._open_end:
            return asked.of(np.argsort(-asked.lengths, kind="stable")), deepcopy(rng)
        some = _pilot(asked, np.random.default_rng([seed, 3]), one=self.model.series is not None)
        return some, np.random.default_rng([seed, 4])


def _pilot(asked: Asked, rng: np.random.Generator, *, one: bool) -> Asked:
    """Random histories of about ``_PILOT_EVENTS`` events together, the longest first."""
    if one:
        many = np.zeros(_SIDE_BY_SIDE, dtype=np.int64)
        length = max(_PILOT_EVENTS // _SIDE_BY_SIDE, 1)
        return replace(asked.of(many), lengths=np.minimum(asked.lengths[many], length))
    enough = max(round(_PILOT_EVENTS / float(asked.lengths.mean())), 1)
    some = np.resize(rng.permutation(len(asked.lengths)), enough)
    return asked.of(some[np.argsort(-asked.lengths[some], kind="stable")])


def parts(lengths: NDArray[np.int64], each: int = 1) -> list[NDArray[np.int64]]:
    """Histories in runs that are drawn together, ``each`` so often, in bounded memory."""
    found, start, longest = [], 0, 0
    for place, length in enumerate(lengths):
        longest = max(longest, int(length))
        many = (place - start + 1) * each
        if place > start and (longest * many > _MOST_CELLS or many > _MOST_HISTORIES):
            found.append(np.arange(start, place))
            start, longest = place, int(length)
    return [*found, np.arange(start, len(lengths))]


def by_name(keys: pd.Series) -> NDArray[np.int64]:
    """The order of identifiers: numbers by value, texts by length and letters; rows of one keep
    their order."""
    if pd.api.types.is_numeric_dtype(keys):
        return np.argsort(keys.to_numpy(np.float64), kind="stable")
    texts = keys.astype(str)
    return np.lexsort([texts.to_numpy(object).astype(str), texts.str.len().to_numpy()])


def _steps(on_progress: OnProgress, done: int, many: int, total: int) -> OnStep:
    """Progress in events of ``many`` histories as progress in all ``total`` of them."""
    throttled = Throttled(on_progress, "drawing events")
    return lambda step, steps: throttled(done + many * step // max(steps, 1), max(total, 1))


def _seed(seed: int, time: int) -> int:
    return int(np.random.SeedSequence([seed, time]).generate_state(1)[0]) if time else seed
