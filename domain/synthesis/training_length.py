"""How long the autoregressive network trains on a table of a given size. Knows no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass

FEWEST_ROWS = 20
"""With fewer rows nothing is learned but the columns one by one."""
MAX_VALIDATION_ROWS = 5_000
MAX_ROWS_SEEN = 6_000_000
"""Training rows shown to the network in all: bounds the time on large tables."""
MAX_ROWS_AN_EPOCH = 250_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingLength:
    """Rows a gradient step, steps an epoch, and steps in all."""

    batch: int
    steps_an_epoch: int
    steps: int

    @classmethod
    def of(
        cls, rows: int, learned: int, *, max_epochs: int, batch_size: int, max_steps: int
    ) -> TrainingLength:
        """For ``rows``, of which ``learned`` are not kept aside; 0 leaves a limit to the rows."""
        batch = batch_size or automatic_batch_size(learned)
        an_epoch = math.ceil(min(learned, MAX_ROWS_AN_EPOCH) / batch)
        affordable = max(MAX_ROWS_SEEN // (an_epoch * batch), 1)
        steps = min(max_epochs or automatic_epochs(rows), affordable) * an_epoch
        return cls(batch=batch, steps_an_epoch=an_epoch, steps=min(steps, max_steps or steps))


def validation_rows(rows: int) -> int:
    """Rows kept aside to see when to stop."""
    return min(max(rows // 10, 1), MAX_VALIDATION_ROWS)


def automatic_batch_size(rows: int) -> int:
    """About 80 steps an epoch, as a power of two from 8 to 1,024."""
    return 2 ** min(max(round(math.log2(max(rows / 80, 1))), 3), 10)


def automatic_epochs(rows: int) -> int:
    """14 passes over 10,000 rows and more, up to twice as many over fewer."""
    return round(min(max(14 * 10_000 / max(rows, 1), 14), 28))
