"""Histories of events that break a rule are replaced by others, whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import BadInput
from domain.synthesis.row_rules import CONDITIONS, RowRules
from domain.synthesis.spares import DrawMore

_MIN_BATCH = 20
_MAX_BATCH = 2_000
_MIN_BUDGET = 1_000
"""Histories drawn in place of others before a rule is given up, however few are wanted."""
_BUDGET_PER_HISTORY = 30
_ALLOWANCE = 1.2


@dataclass(slots=True, kw_only=True, eq=False)
class HistoryKeeper:
    """Sees that every event of a log keeps its rules, as the events are written.

    A history with one event that does not is replaced by another whole history under the same
    entity: cells of a single event from elsewhere would tear what comes before from what follows.
    """

    entity: str
    rules: RowRules
    draw_more: DrawMore
    """``draw(entities, time)``: so many other histories; each ``time`` gives others."""
    _spares: list[pd.DataFrame] = field(default_factory=list)
    _drawn: int = 0
    _wanted: int = 0
    _times: int = 0

    def kept(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame, in the same order of entities, with every event keeping every rule.

        Raises :class:`BadInput` where that cannot be had within the budget.
        """
        frame = self.rules.written(frame)
        wrong = self._broken(frame)
        if not wrong:
            return frame
        self._wanted += len(wrong)
        histories = [
            self._another(entity, len(wrong)) if entity in wrong else history
            for entity, history in _histories(frame, self.entity)
        ]
        return pd.concat(histories, ignore_index=True)

    def _broken(self, frame: pd.DataFrame) -> set[object]:
        return set(frame[self.entity].to_numpy(object)[self.rules.broken(frame)])

    def _another(self, entity: object, missing: int) -> pd.DataFrame:
        """A history that keeps the rules, under the name of ``entity``."""
        while not self._spares:
            self._refuse_in_vain()
            self._draw(int(np.clip(_ALLOWANCE * missing, _MIN_BATCH, _MAX_BATCH)))
        history = self._spares.pop()
        same = pd.Series([entity] * len(history), index=history.index)
        return history.assign(**{self.entity: same.astype(history[self.entity].dtype)})

    def _draw(self, batch: int) -> None:
        self._times, self._drawn = self._times + 1, self._drawn + batch
        for frame in self.draw_more(batch, self._times):
            written = self.rules.written(frame)
            wrong = self._broken(written)
            self._spares += [h for e, h in _histories(written, self.entity) if e not in wrong]

    def _refuse_in_vain(self) -> None:
        if self._drawn < max(_MIN_BUDGET, _BUDGET_PER_HISTORY * self._wanted):
            return
        rule, _ = self.rules.blame.most_common(1)[0]
        what = "widen them" if rule == CONDITIONS else "loosen it, or ask for fewer entities"
        raise BadInput(
            f"After {self._drawn:,} more histories, too few meet {rule} in every event; {what}."
        )


def _histories(frame: pd.DataFrame, entity: str) -> Iterator[tuple[object, pd.DataFrame]]:
    """The rows of each entity; they stand together."""
    names = frame[entity].to_numpy(object)
    firsts: NDArray[np.intp] = np.flatnonzero(np.r_[True, names[1:] != names[:-1]])
    for start, end in zip(firsts, np.r_[firsts[1:], len(frame)], strict=True):
        yield names[start], frame.iloc[start:end]
