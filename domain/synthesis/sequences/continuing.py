"""The future of given entities: their events stay as they are, new ones follow.

How long a history will be, and what its entity is like beyond what is given, is drawn from the
entities' own model under what is known of it, several times; the drawn possibilities are weighed
by how likely the given events are under each (importance resampling, Rubin 1987).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import BadInput, OnProgress, no_progress
from domain.synthesis.conditions import Lengths
from domain.synthesis.device import THREADS
from domain.synthesis.encoding.references import ReferenceCodec
from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.filling import completed
from domain.synthesis.sequences import people
from domain.synthesis.sequences.drawing import Asked, EventDrawer
from domain.synthesis.sequences.following import GivenEvents, followed
from domain.synthesis.sequences.futures import Future
from domain.synthesis.sequences.given_histories import GivenHistories, trimmed
from domain.synthesis.sequences.lengthening import at, no_time
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.requesting import parts
from domain.synthesis.table_model import TableModel, Throttled
from domain.synthesis.training import torch_set_up

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_POSSIBLE = 48
"""Possibilities that are drawn of each entity."""
_WEIGHED = 8
"""Of those that are possible, how many are weighed at most."""
_WEIGHED_EVENTS = 2**17
"""Events that are read for that, about."""
_USUAL = 4.0
_NOTE = "continuing histories"


def continued(
    model: SequenceModel,
    given: pd.DataFrame,
    lengths: Lengths | None,
    seed: int,
    on_progress: OnProgress,
) -> Iterator[pd.DataFrame]:
    """``given`` (typed, every column there), sorted by entity and time, with new events behind
    those of each entity, in frames of whole histories.

    ``lengths`` counts the events that are added, or says until when; without it histories get as
    long as the learned ones that began like them. Values that were not learned stay, and are to
    the network like rare ones.
    """
    if lengths is not None and lengths.since is not None:
        raise BadInput("Given histories go on from their last events; leave the beginning out.")
    yield from _Continuation(model, given, lengths, seed, on_progress).frames()


class _Continuation:
    """One continuation."""

    def __init__(
        self,
        model: SequenceModel,
        given: pd.DataFrame,
        lengths: Lengths | None,
        seed: int,
        on_progress: OnProgress,
    ) -> None:
        self.model, self.wished, self.seed, self.on_progress = model, lengths, seed, on_progress
        self.whole = GivenHistories.of(model, given)
        self.given = self.whole
        if model.series is not None:
            self.given = replace(self.whole, histories=trimmed(self.whole.histories))
        self.rng = np.random.default_rng([seed, 5])
        self.codecs = {c.name: c.codec for c in model.events.columns}
        with torch_set_up(seed, THREADS):
            self.drawer = EventDrawer(model.events, model.network(), model.shifts)

    def frames(self) -> Iterator[pd.DataFrame]:
        """Whole histories, in the order in which their entities were given."""
        if not len(self.whole.histories.rows):
            yield self.whole.histories.rows
            return
        read = self.given.read()
        asked = self._of_series() if self.model.series is not None else self._of_entities(read)
        for name, codec in self.codecs.items():
            codec = codec.others if isinstance(codec, ReferenceCodec) else codec
            if isinstance(codec, SurrogateCodec):
                codec.avoid(self.whole.histories.rows[name])
        total, done = len(asked.lengths), 0
        for part in parts(asked.lengths):
            yield self._continued(part, asked.of(part), read.of(part), done, total)
            done += len(part)

    def _continued(
        self, part: Whole, asked: Asked, read: GivenEvents, done: int, total: int
    ) -> pd.DataFrame:
        """Some of the histories, with their new events."""
        order = np.argsort(-asked.lengths, kind="stable")
        throttled = Throttled(self.on_progress, _NOTE)
        with torch_set_up(self.seed, THREADS):
            drawn, _ = followed(
                self.drawer,
                asked.of(order),
                read.of(order),
                self.rng,
                lambda step, steps: throttled(done + len(part) * step // max(steps, 1), total),
            )
        future = Future.of(self.given, drawn, part, order)
        rows = future.rows(self.rng)
        time = self.model.keys.time
        if self.wished is not None and self.wished.until is not None and time is not None:
            rows = rows[(rows[time] <= np.datetime64(self.wished.until, "ns")).to_numpy(np.bool_)]
        return self.whole.followed_by(rows, part)

    def _of_series(self) -> Asked:
        """Of one series nothing is known beyond its events."""
        first, last = self.given.times()
        lengths = self.given.histories.lengths
        assert self.model.series is not None
        more = np.full(len(lengths), self.model.series.length, dtype=np.int64)
        asked = Asked(
            lengths=lengths + more,
            constants=np.zeros((len(lengths), 0), dtype=np.int16),
            first=first,
            last=last,
            openings=self.given.openings(),
        )
        return self._wished(asked, lengths, last)

    def _of_entities(self, read: GivenEvents) -> Asked:
        return self._weighed(self._possible(), read)

    def _possible(self) -> Asked:
        """``_POSSIBLE`` futures of every history, those of one side by side."""
        model, histories = self.model, self.given.histories
        people_model = _without(model.people, model.keys.entity)
        rows = self._people_rows(people_model)
        rows = rows.iloc[np.repeat(np.arange(histories.entities), _POSSIBLE)]
        drawn = completed(people_model, rows.reset_index(drop=True), self.seed, self.on_progress)
        asked = model.asked_of(pd.concat(list(drawn), ignore_index=True))
        owner = np.repeat(np.arange(histories.entities), _POSSIBLE)
        first, last = (times[owner] for times in self.given.times())
        opened = {name: values[owner] for name, values in self.given.openings().items()}
        asked = replace(asked, first=first, openings=opened)
        return self._wished(asked, histories.lengths[owner], last)

    def _people_rows(self, people_model: TableModel) -> pd.DataFrame:
        """A typed row of every entity, with gaps where its events do not tell."""
        model, given = self.model, self.given
        like = next(people_model.chunks(1, self.seed, no_progress)).iloc[:0]
        known = people.entity_rows(
            given.histories,
            model.keys.entity,
            model.constant,
            given.openings(),
            {},
            model.called,
            model.events.clock,
        )
        begun = people.begun(model.called, given.openings())
        told = [c for c in like.columns if c in known and c in (*model.constant, *begun)]
        gaps = {c: like[c].dtype for c in like.columns if c not in told}
        return known[told].reindex(columns=like.columns).astype(gaps)

    def _wished(self, asked: Asked, given: Whole, last: Whole) -> Asked:
        """With the lengths and ends that were asked for; as drawn without."""
        wished = self.wished
        if wished is None:
            return asked
        clock = self.model.events.clock
        pace = self._pace(asked, given, last)
        lengths, ends = asked.lengths, asked.last
        if wished.until is not None:
            if clock is None:
                raise no_time()
            end = at(clock, wished.until)
            room = np.maximum(end - last, 0)
            lengths = given + np.floor(room / np.maximum(pace, 1e-9)).clip(0, 10**7).astype(
                np.int64
            )
        if wished.fewest is not None and wished.most is not None:
            lengths = given + self.rng.integers(wished.fewest, wished.most + 1, len(given))
        elif wished.times != 1.0:
            lengths = np.maximum(np.round(given * wished.times).astype(np.int64), given)
        ends = last + self._whole_days(pace * (lengths - given))
        if wished.until is not None and clock is not None:
            ends = np.minimum(ends, np.maximum(at(clock, wished.until), last))
        return replace(asked, lengths=lengths, last=ends)

    def _whole_days(self, passed: Floats) -> Whole:
        """At the same time of day, where it is days that pass."""
        clock = self.model.events.clock
        a_day = clock.a_day if clock is not None else 1
        days = np.round(passed / a_day) * a_day
        return np.where(passed > 3 * a_day, days, np.round(passed)).astype(np.int64)

    def _pace(self, asked: Asked, given: Whole, last: Whole) -> Floats:
        """Time from event to event: what is given, with some of the usual."""
        clock = self.model.events.clock
        if clock is not None and clock.step:
            return np.full(len(given), float(clock.step))
        passed, gaps = (last - asked.first).astype(np.float64), (given - 1).astype(np.float64)
        ahead, more = asked.last - asked.first, np.maximum(asked.lengths - 1, 1)
        known = gaps.sum() > 0
        usual = float(passed.sum() / gaps.sum()) if known else float(ahead.sum() / more.sum())
        pace: Floats = (passed + _USUAL * usual) / (gaps + _USUAL)
        return pace

    def _weighed(self, possible: Asked, read: GivenEvents) -> Asked:
        """One future of every history, by how likely its given events are under it."""
        owner = np.repeat(np.arange(len(read.lengths)), _POSSIBLE)
        last = self.given.times()[1][owner]
        fits = (possible.lengths > read.lengths[owner]) & (possible.last >= last)
        if self.wished is None and not fits.any():
            raise BadInput(
                "The given histories are as long as those that were learned, so none of them is "
                "expected to go on; say how many events to add, or until when."
            )
        most = min(max(_WEIGHED_EVENTS // max(int(read.lengths.sum()), 1), 1), _WEIGHED)
        rank = np.cumsum(fits.reshape(-1, _POSSIBLE), axis=1).ravel()
        tried = np.flatnonzero(fits & (rank <= most))
        chosen = np.arange(len(read.lengths)) * _POSSIBLE  # of those that do not go on, any
        lots = self._likely(possible.of(tried), read.of(owner[tried]))
        lots = lots + self.rng.gumbel(size=len(tried))  # the largest is drawn by its weight
        by_lot = tried[np.lexsort((lots, owner[tried]))]
        chosen[owner[by_lot]] = by_lot  # of several, the last one stays
        found = possible.of(chosen)
        over = ~np.isin(np.arange(len(read.lengths)), owner[tried])
        ended = np.where(over, read.lengths, found.lengths)
        return replace(found, lengths=ended, last=np.maximum(found.last, self.given.times()[1]))

    def _likely(self, possible: Asked, read: GivenEvents) -> Floats:
        """How likely the given events are under each possible future (logarithms)."""
        asked = replace(possible, lengths=np.minimum(possible.lengths, read.lengths))
        likely = np.zeros(len(read.lengths))
        for part in parts(asked.lengths):
            order = part[np.argsort(-asked.lengths[part], kind="stable")]
            throttled = Throttled(self.on_progress, "reading what is given")
            with torch_set_up(self.seed, THREADS):
                likely[order] = followed(
                    self.drawer,
                    asked.of(order),
                    read.of(order),
                    self.rng,
                    throttled,
                    possible.lengths[order],
                )[1]
        return likely


def _without(people_model: TableModel | None, entity: str | None) -> TableModel:
    """The entities' model without their identifiers: none is invented for what is given."""
    assert people_model is not None
    encoder = people_model.encoder
    codecs = {name: codec for name, codec in encoder.codecs.items() if name != entity}
    return replace(people_model, encoder=replace(encoder, codecs=codecs))
