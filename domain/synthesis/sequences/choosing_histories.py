"""Learning what tells drawn histories from real ones, once a log is learned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from domain.kernel import OnProgress
from domain.synthesis.sequence_effort import drawing_seconds
from domain.synthesis.sequences.calibrating import ROUNDS
from domain.synthesis.sequences.likeness import Likeness
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.requesting import drawn_histories
from domain.synthesis.sequences.wholes import CodedHistories
from domain.synthesis.stages import Stages

FEWEST_ENTITIES = 300
"""Of fewer, hardly anything can be told that holds of others too."""
_MOST_ENTITIES = 1_500
"""Of more real histories, so many are looked at."""
_MOST_EVENTS, _FAR_TOO_MANY = 2**16, 2**17
"""Real events that are looked at, about; where the fewest entities have so many, none are."""
_DRAWN = 4
"""Times as many drawn histories are looked at."""
_JUDGING_SECONDS = 1e-3
"""For each history that is looked at, about."""
_STAGES = {"entities": 0.05, "events": 0.5, "judging": 0.45}


class NoTimeLeft(Exception):
    """The time limit of a fit is over before drawn histories can be judged."""


def learned_likeness(
    model: SequenceModel,
    real: CodedHistories,
    *,
    seconds: float,
    seed: int,
    on_progress: OnProgress,
) -> Likeness | None:
    """What tells histories of ``model`` from the ``real`` ones that it was learned from. ``None``
    where they are few or very long, or nothing does. Raises :class:`NoTimeLeft` where it would
    take longer than ``seconds``."""
    if real.many < FEWEST_ENTITIES or not len(model.shifts):
        return None
    rng = np.random.default_rng([seed, 5])
    some = real.of(_some(real.lengths, rng))
    if len(some.codes) > _FAR_TOO_MANY:
        return None
    cells, stages = model.events.cells(), Stages(on_progress, _STAGES)
    if _needed(some, len(cells)) > seconds:
        raise NoTimeLeft
    other = int(rng.integers(2**32))  # who samples with the run's seed gets none of these
    drawn = list(_drawn(model, _DRAWN * some.many, other, stages))
    judging = stages.stage("judging")
    return Likeness.fit(
        cells, some, drawn, seed, lambda done, most: judging(done, most, "judging what is drawn")
    )


def _some(lengths: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    order = rng.permutation(len(lengths))[:_MOST_ENTITIES]
    enough = int(np.searchsorted(np.cumsum(lengths[order]), _MOST_EVENTS)) + 1
    return order[: max(enough, FEWEST_ENTITIES)]


def _needed(some: CodedHistories, cells: int) -> float:
    """Seconds, about."""
    drawing = _DRAWN * len(some.codes) * drawing_seconds(cells) / ROUNDS
    return drawing + (1 + _DRAWN) * some.many * _JUDGING_SECONDS


def _drawn(model: SequenceModel, many: int, seed: int, stages: Stages) -> Iterator[CodedHistories]:
    for events in drawn_histories(model, many, seed, stages):
        yield CodedHistories.drawn(events)
