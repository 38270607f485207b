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
    """A power of two from 8 to 1,024: 32 for 2,000 rows, 64 for 4,500, 256 for 9,000."""
    return 2 ** min(max(round(1.2 * math.log2(max(rows / 110, 1))), 3), 10)


def automatic_epochs(rows: int) -> int:
    """28 passes over up to 5,000 rows, 12 over 10,000 and more."""
    return round(min(max(12 + 16 * (10_000 - rows) / 5_000, 12), 28))
