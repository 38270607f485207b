"""Given histories that go on, so that every new event keeps the rules of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import SequenceKeys
from domain.kernel import BadInput
from domain.synthesis.reshaping import Reshaping
from domain.synthesis.row_rules import Blame, RowRules
from domain.synthesis.sequences.histories import Histories

ROUNDS = 20
"""Futures that are drawn of an entity before its rules are given up."""

Whole = NDArray[np.int64]
GoOn = Callable[[pd.DataFrame, int], Iterator[pd.DataFrame]]
"""``go_on(rows, time)``: reshaped histories with new events behind those of each entity, entities
in their order; each ``time`` gives others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContinuedHistories:
    """Draws the whole future of an entity again where one event of it breaks a rule. Given events
    are never judged."""

    reshaping: Reshaping
    keys: SequenceKeys
    go_on: GoOn

    def rows(self, given: pd.DataFrame) -> Iterator[pd.DataFrame]:
        """The given events, sorted, with those that follow; raises :class:`BadInput` where a rule
        keeps being broken."""
        rules = RowRules(table=self.reshaping.table, conditions=(), blame=Blame())
        histories = Histories.of(given, self.keys)
        if histories.left_out or not len(given):
            yield from self.go_on(self.reshaping.shaped(given), 0)  # which refuses them
            return
        futures, owner = self._drawn(histories, np.arange(histories.entities), 0)
        futures = rules.written(futures)
        for time in range(1, ROUNDS + 1):
            wrong = np.unique(owner[rules.broken(futures)])
            if not len(wrong):
                yield histories.followed_by(futures, owner)
                return
            more, of = self._drawn(histories, wrong, time)
            kept = ~np.isin(owner, wrong)
            futures = pd.concat([futures[kept], rules.written(more)], ignore_index=True)
            owner = np.concatenate([owner[kept], of])
        rule, _ = rules.blame.most_common(1)[0]
        raise BadInput(
            f"The future of some given entities keeps breaking {rule}; ask for fewer events, or "
            "train again without that rule."
        )

    def _drawn(
        self, histories: Histories, entities: Whole, time: int
    ) -> tuple[pd.DataFrame, Whole]:
        """New events of some entities, and whose each one is."""
        some = histories.only(np.isin(histories.owner, entities))
        frames = self.go_on(self.reshaping.shaped(some.rows), time)
        rows = self.reshaping.restored(pd.concat(list(frames), ignore_index=True))
        entity = self.keys.entity
        own = np.zeros(len(rows), dtype=np.int64)
        if entity is not None:
            own = pd.factorize(rows[entity].astype(object))[0].astype(np.int64)
        place = np.arange(len(own)) - np.searchsorted(own, own)
        new = place >= some.lengths[own]
        return rows[new].reset_index(drop=True), entities[own[new]]
