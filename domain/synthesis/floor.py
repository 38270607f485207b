"""How many learned rows conditions must leave, and what is said where they leave fewer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from domain.kernel import BadInput
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Condition
from domain.synthesis.settings import RARE_ROWS

FEWEST_ROWS_BEHIND = RARE_ROWS
"""Learned rows that conditions must leave: how fewer people look is neither known nor shown."""
_BATCH = 8_192
_MOST = 65_536
_CLEAR = 50
"""Rows found that make the share sure enough to draw no more."""

DrawPlain = Callable[[int, int], Iterator[pd.DataFrame]]
"""``draw(rows, time)``: so many rows under no condition; each ``time`` gives others."""


def too_few_behind(learned_rows: int, columns: Sequence[str]) -> BadInput:
    """The refusal of conditions on ``columns`` that hardly any learned row fulfils."""
    names = ", ".join(f"“{name}”" for name in dict.fromkeys(columns))
    return BadInput(
        f"Too few of the {learned_rows:,} rows to learn from fulfil the conditions on {names} "
        f"(none, or fewer than about {FEWEST_ROWS_BEHIND}) to know what such rows look like; "
        "widen them."
    )


def refuse_too_few(where: Sequence[Condition], draw: DrawPlain, learned_rows: int) -> None:
    """Raise :class:`BadInput` where too few learned rows stand behind all of ``where``.

    Judged by the share of drawn rows that fulfil them: about as many are drawn as were learned,
    at least 8,192 however few are wanted and at most 65,536.
    """
    if not learned_rows:
        raise BadInput(
            "This model does not say how many rows it learned from, which conditions on columns "
            "that a rule ties together need; train it again."
        )
    found = drawn = time = 0
    while drawn < min(max(learned_rows, _BATCH), _MOST) and found < _CLEAR:
        time += 1
        for frame in draw(_BATCH, time):
            drawn += len(frame)
            found += int(matching(frame, where).sum())
    if found * learned_rows < FEWEST_ROWS_BEHIND * drawn:
        raise too_few_behind(learned_rows, [c.column for c in where])
