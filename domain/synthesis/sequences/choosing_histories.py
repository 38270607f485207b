"""Learning what tells drawn histories from real ones, once a log is learned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from domain.kernel import OnProgress
from domain.synthesis.sequence_effort import drawing_seconds
from domain.synthesis.sequences.likeness import (
    DRAWN,
    FEWEST_ENTITIES,
    LEARNING_SECONDS,
    MOST_ENTITIES,
    Likeness,
)
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.requesting import drawn_histories
from domain.synthesis.sequences.wholes import CodedHistories

_MOST_EVENTS = 2**16
"""Real events that are looked at, about."""


def learned_likeness(
    model: SequenceModel,
    real: CodedHistories,
    *,
    seconds: float,
    seed: int,
    on_progress: OnProgress,
) -> Likeness | None:
    """What tells histories of ``model`` from the ``real`` ones that it was learned from. ``None``
    where they, or the ``seconds`` that are left, are few."""
    cells = model.events.cells()
    if real.many < FEWEST_ENTITIES or not len(model.shifts):
        return None
    rng = np.random.default_rng([seed, 5])
    some = real.of(_some(real.lengths, rng))
    needed = DRAWN * some.lengths.sum() * drawing_seconds(len(cells))
    if needed + (1 + DRAWN) * some.many * LEARNING_SECONDS > seconds:
        return None

    other = int(rng.integers(2**32))  # who samples with the run's seed gets none of these

    def drawn() -> Iterator[CodedHistories]:
        for events in drawn_histories(model, DRAWN * some.many, other, on_progress):
            yield CodedHistories.drawn(events)

    return Likeness.fit(cells, some, drawn(), seed)


def _some(lengths: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    order = rng.permutation(len(lengths))[:MOST_ENTITIES]
    enough = int(np.searchsorted(np.cumsum(lengths[order]), _MOST_EVENTS)) + 1
    return order[: max(enough, FEWEST_ENTITIES)]
