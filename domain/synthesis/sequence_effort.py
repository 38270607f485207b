"""What fitting histories costs, by the number of events and of their columns. Knows no torch.

The constants were measured on one thread of a two-core machine with other work on it (see
docs/guide/preflight.md).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from domain.synthesis.effort import Effort
from domain.synthesis.settings import SettingValue
from domain.synthesis.workload import TableLoad

MOST_EVENTS_SEEN = 4_000_000
"""Events shown to the network in all: bounds the time on large logs."""
_MOST_LEARNED = 50
_LEAST_LEARNED = 8
_FEW_LEARNED = 6
_MOST_UNITS, _NARROWEST = 2_048, 16
_PILOT = 65_536
"""Events that are drawn at most, three times over, to hold what is drawn to what was learned."""
_CHECKED_AND_CHOSEN = 2.5
"""Times that: four times as many are drawn, and judged, to learn which histories to keep."""
_USUAL_SHARE = 0.9
_CELL_BYTES = 120
"""A cell as text, as a typed value, as codes, and in copies of each."""
_FLOAT = 4
_HELD_STATES = 12
"""Numbers kept for each hidden unit of an event, until errors are propagated back."""


def epochs_of(events: int, wanted: int, histories: int | None = None) -> int:
    """Passes over so many events.

    ``wanted`` 0 chooses by their number: 50 over up to 16,000, 32 over 25,000, 8 over 100,000, 4
    over 1,000,000; and fewer of few ``histories`` (``None``: there are many), which are soon known
    by heart: 14 of 4.
    """
    most = _MOST_LEARNED if histories is None else _FEW_LEARNED + 2 * histories
    chosen = min(max(round(800_000 / max(events, 1)), _LEAST_LEARNED), _MOST_LEARNED, most)
    return max(min(wanted or chosen, MOST_EVENTS_SEEN // max(events, 1)), 1)


def block_of(predicted: int, wanted: int) -> int:
    """Hidden units of each of so many predicted cells: ``wanted``, fewer of more than 32."""
    return min(wanted, max(_MOST_UNITS // max(predicted, 1), _NARROWEST))


def batch_of(events: int, wanted: int) -> int:
    """Events a gradient step; ``wanted`` 0 chooses a fortieth of them, from 64 to 4,096."""
    return wanted or min(max(events // 40, 64), 4_096)


def sequence_effort(load: TableLoad, settings: Mapping[str, SettingValue]) -> Effort:
    """The cost of the recurrent network on one log of events."""
    cells = len(load.sizes) + 1  # the time is several cells, the owner none
    epochs = epochs_of(load.rows, int(settings["max_epochs"]))
    batch = batch_of(load.rows, int(settings["batch_size"]))
    drawn = min(load.rows, _PILOT)
    limit = float(settings["max_seconds"])
    other = 0.5 + _CHECKED_AND_CHOSEN * drawn * drawing_seconds(cells)
    hidden = int(settings["memory"]) + cells * int(settings["block_size"])
    parameters = hidden**2 + sum(load.sizes) * int(settings["block_size"])
    return Effort(
        steps=math.ceil(_USUAL_SHARE * epochs * load.rows / batch),
        step_seconds=5.5e-3 + 1.3e-3 * cells + batch * (3.8e-5 + 8e-6 * cells),
        other_seconds=other,
        rows_bytes=load.rows * len(load.columns) * _CELL_BYTES,
        fit_bytes=_FLOAT * (4 * parameters + _HELD_STATES * batch * hidden),
        limit_seconds=max(limit - other, 1.0) if limit else 0.0,  # of the whole fit
    )


def drawing_seconds(cells: int) -> float:
    """Seconds for an event that is drawn to check it, in all rounds together."""
    return 4.3e-4 + 7e-5 * cells
