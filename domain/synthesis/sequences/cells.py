"""The cells of an event: what the network is told, and what it has to say, in one order."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
State = MutableMapping[str, Any]
"""Arrays of one entry an event: of all rows while learning, of one step of all entities while
drawing. The codes of the cells before come under the cells' names."""

DRAWN = -1
"""Among the codes that are told: this one is for the network to say."""
BUCKETS = 64


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cell:
    """One small whole number of an event.

    ``told`` gives the codes that follow from what is known already, ``DRAWN`` elsewhere.
    ``learned`` gives the codes of real events; a cell without it is always told. ``settle`` takes
    what drawn codes mean into the state.
    """

    name: str
    size: int
    told: Callable[[State], Codes]
    learned: Callable[[State], Codes] | None = None
    settle: Callable[[State, Codes, np.random.Generator], None] | None = None
    ordered: bool = False
    drawable: NDArray[np.bool_] | None = None
    """Which codes may be drawn; ``None``: all."""
    front: bool = False
    """Known before the event."""
    kind: int | None = None
    """The code of the one kind of events of which it is ever asked; ``None``: of all."""
    lacking: int = 0
    """Its code in events of every other kind."""

    @property
    def asked(self) -> bool:
        """Whether the network has to predict it."""
        return self.learned is not None


def bucket(values: NDArray[np.int64]) -> Codes:
    """Whole numbers from 0 on in ``BUCKETS`` classes: 0 to 7 each alone, then four a doubling."""
    held = np.maximum(values, 0)
    wide = 8 + np.floor(4 * np.log2(np.maximum(held, 8) / 8)).astype(np.int64)
    codes: Codes = np.where(held < 8, held, np.minimum(wide, BUCKETS - 1)).astype(np.int64)
    return codes
