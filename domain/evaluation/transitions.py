"""Which category follows which."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from domain.evaluation.event_log import EventLog
from domain.evaluation.figures import Figure, figure_of, unmeasured
from domain.evaluation.halves import SOURCE, Apart, apart
from domain.evaluation.log_sides import LogSides
from domain.evaluation.tallies import tally

LIMIT = 0.08
MOST_STATES = 30
"""Beyond the commonest so many categories, all others are one state."""
_SOURCE = (
    "Total variation distance of each row of the transition matrix, weighted by how often the "
    f"first category occurs in real histories; {SOURCE}; limit: {LIMIT} (this product's target)"
)
_NONE = "no column of words changes within histories of two events or more"

Floats = NDArray[np.float64]


def transition_figures(sides: LogSides) -> Iterator[Figure]:
    """The mean over columns of words, then each column."""
    found = {name: _of_column(sides, name) for name in sides.columns.words}
    known = {name: one for name, one in found.items() if one.value is not None}
    if not known:
        yield unmeasured("temporal.transitions", _NONE, _SOURCE)
        return
    mean = Apart(
        twin=np.mean([one.twin for one in known.values()], axis=0),
        real=np.mean([one.real for one in known.values()], axis=0),
        many=all(one.many for one in known.values()),
    )
    yield figure_of("temporal.transitions", mean, LIMIT, _SOURCE)
    for name, one in known.items():
        yield figure_of("temporal.column_transitions", one, LIMIT, _SOURCE, scope=f"column:{name}")


def _of_column(sides: LogSides, name: str) -> Apart:
    states = min(sides.columns.codes(name), MOST_STATES + 2)
    summary = partial(_tally_of_steps, name, states)
    return apart(sides.real, sides.twin, sides.split, summary, partial(_rows_apart, states))


def _tally_of_steps(name: str, states: int, log: EventLog, weights: Floats) -> Floats:
    codes = np.minimum(log.words[name], states - 1)
    at = log.pairs(1)
    steps = codes[at] * states + codes[at + 1]
    return tally(steps, log.owners[at], weights, states * states)


def _rows_apart(states: int, one: Floats, other: Floats) -> Floats:
    """Weighted by the rows of ``other``; a row that ``one`` lacks is wholly apart."""
    first, second = (side.reshape(states, states, -1) for side in (one, other))
    totals, weights = first.sum(1), second.sum(1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rows = np.abs(first / totals[:, None] - second / weights[:, None]).sum(1) / 2
    rows = np.where(totals > 0, rows, 1.0)
    known = weights > 0
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (np.where(known, rows, 0.0) * weights).sum(0) / weights.sum(0)
    return found
