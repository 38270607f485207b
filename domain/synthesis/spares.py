"""Rows to take the place of others, drawn as they are needed and within a budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from domain.kernel import BadInput
from domain.synthesis.row_rules import CONDITIONS, RowRules

MIN_BATCH = 1_000
MAX_BATCH = 65_536
MIN_BUDGET = 50_000
"""Rows drawn in place of others before a rule is given up, however few are wanted."""
BUDGET_PER_ROW = 100
_ALLOWANCE = 1.2
"""So many times the rows that should do are drawn, for some of them will not."""

DrawMore = Callable[[int, int], Iterator[pd.DataFrame]]
"""``draw(rows, time)``: about so many other rows of the table; each ``time`` gives others."""


@dataclass(slots=True, kw_only=True, eq=False)
class Spares:
    """Written rows that keep the rules about single rows, each handed out once."""

    rules: RowRules
    draw_more: DrawMore
    _left_over: pd.DataFrame | None = None
    _share: float = 1.0
    """Of drawn rows those that keep the rules, by the latest count."""
    _wanted: int = 0
    _drawn: int = 0
    _times: int = 0

    def expect(self, *, wanted: int, share: float) -> None:
        """So many more rows are to be replaced, and such a share of drawn rows is of use."""
        self._wanted += wanted
        self._share = max(share, 1 / MAX_BATCH)

    def some(self, wanted: int) -> pd.DataFrame:
        """Rows left over from before, else about as many new ones as are wanted.

        Raises :class:`BadInput` where the budget is spent.
        """
        if self._left_over is not None and len(self._left_over):
            left_over, self._left_over = self._left_over, None
            return left_over
        if self._drawn >= max(MIN_BUDGET, BUDGET_PER_ROW * self._wanted):
            raise self._given_up()
        return self._new(int(min(max(_ALLOWANCE * wanted / self._share, MIN_BATCH), MAX_BATCH)))

    def take_back(self, rows: pd.DataFrame) -> None:
        """Rows that were not used, for the next time."""
        self._left_over = rows

    def _new(self, batch: int) -> pd.DataFrame:
        self._times, self._drawn = self._times + 1, self._drawn + batch
        drawn = (self.rules.written(frame) for frame in self.draw_more(batch, self._times))
        kept = pd.concat([f[~self.rules.broken(f)] for f in drawn], ignore_index=True)
        self._share = max(len(kept) / batch, 1 / MAX_BATCH)
        return kept

    def _given_up(self) -> BadInput:
        rule, _ = self.rules.blame.most_common(1)[0]
        if rule == CONDITIONS:
            return BadInput(f"After {self._drawn:,} more rows, too few meet {rule}; widen them.")
        return BadInput(
            f"After {self._drawn:,} more rows, too few meet {rule}; loosen it, or ask for fewer "
            "rows."
        )
