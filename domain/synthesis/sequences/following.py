"""Drawing on from given events: the network reads them as its own, and then writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from domain.synthesis.sequences.cells import DRAWN, Codes, State
from domain.synthesis.sequences.drawing import Asked, Drawing, DrawnEvents, EventDrawer, OnStep

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GivenEvents:
    """The first events of histories side by side; arrays of shape ``(events, histories)``."""

    lengths: Whole
    """Shape ``(histories,)``: how many are given of each."""
    codes: NDArray[np.int16]
    """Shape ``(events, histories, cells)``; ``DRAWN`` where nothing is given."""
    now: Whole | None
    values: Mapping[str, Floats]
    """Of amounts, running totals and the scores of paths (see ``DrawnEvents.values``)."""

    def of(self, chosen: Whole) -> GivenEvents:
        """Some of the histories."""
        return GivenEvents(
            lengths=self.lengths[chosen],
            codes=self.codes[:, chosen],
            now=None if self.now is None else self.now[:, chosen],
            values={name: values[:, chosen] for name, values in self.values.items()},
        )


@torch.no_grad()
def followed(
    drawer: EventDrawer,
    asked: Asked,
    given: GivenEvents,
    rng: np.random.Generator,
    on_step: OnStep,
    whole: Whole | None = None,
) -> tuple[DrawnEvents, Floats]:
    """Histories that begin with the ``given`` events, and how likely those are in each
    (logarithms). The longest histories come first. ``whole``: how many events they would have,
    where not all are drawn."""
    drawing = _Following(drawer, asked, given, rng, asked.lengths if whole is None else whole)
    return drawing.run(on_step), drawing.likely


class _Following(Drawing):
    """Replaces whatever is drawn of an event that is given, before the next cell is drawn."""

    def __init__(
        self,
        drawer: EventDrawer,
        asked: Asked,
        given: GivenEvents,
        rng: np.random.Generator,
        whole: Whole,
    ) -> None:
        super().__init__(drawer, asked, rng)
        self.whole, self.given, self.likely = whole, given, np.zeros(len(whole))
        self.step = 0

    def _begun(self, step: int, many: int) -> State:
        self.step = step
        state = super()._begun(step, many)
        self._hold_time(state, many)
        if self.events.ends:
            state["left"] = self.whole[:many] - step
        return state

    def _held(self, many: int) -> NDArray[np.bool_]:
        """Which of the first histories have this event given."""
        held: NDArray[np.bool_] = self.given.lengths[:many] > self.step
        return held

    def _hold_time(self, state: State, many: int) -> None:
        held = self._held(many)
        if self.given.now is not None and self.events.clock is not None and held.any():
            state["now"] = np.where(held, self.given.now[self.step, :many], state["now"])
            state["day"] = state["now"] // self.events.clock.a_day

    def _told(self, place: int, many: int) -> Codes:
        """The given codes of a cell, ``DRAWN`` where there are none."""
        if not self._held(many).any():
            return np.full(many, DRAWN, dtype=np.int64)
        return self.given.codes[self.step, :many, place].astype(np.int64)

    def _settle(self, step: int, place: int, codes: Codes, state: State, embedded: Tensor) -> None:
        given = self._told(place, len(codes))
        super()._settle(step, place, np.where(given == DRAWN, codes, given), state, embedded)

    def _say(
        self, place: int, free: Codes, state: State, embedded: Tensor, recalled: Tensor
    ) -> Codes:
        codes = super()._say(place, free, state, embedded, recalled)
        given = self._told(place, len(state["place"]))[free]
        some = np.flatnonzero(given != DRAWN)
        if len(some):
            logits = self._logits(place, free[some], state, embedded, recalled)
            said = torch.log_softmax(logits.double(), dim=1).numpy()
            # What can never be drawn, such as a rare word, tells no candidate from another.
            own = said[np.arange(len(some)), given[some]]
            self.likely[free[some]] += np.where(np.isfinite(own), own, 0.0)
        return codes

    def _ended(self, step: int, many: int, state: State, embedded: Tensor) -> None:
        self._hold_time(state, many)
        super()._ended(step, many, state, embedded)

    def _add_up(self, step: int, many: int, state: State, own: Codes) -> None:
        super()._add_up(step, many, state, own)
        held = np.flatnonzero(self._held(many))
        if not len(held):
            return
        for learned in self.events.totals:
            for name in (learned.total.amount, learned.total.total):
                self.values[name][step, held] = self.given.values[name][step, held]
            total = learned.total.total
            self.so_far[total][held] = self.given.values[total][step, held]

    def _moved_on(self, step: int, many: int) -> None:
        super()._moved_on(step, many)
        held = np.flatnonzero(self._held(many))
        if self.trail is None or not len(held):
            return
        for place, name in enumerate(self.trail.paths.names):
            scores = self.given.values[name][step, held]
            self.values[name][step, held] = scores
            self.trail.hold(held, place, scores)
