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

MOST_EVENTS_SEEN = 8_000_000
"""Events shown to the network in all: bounds the time on large logs."""
_MOST_LEARNED = 50
_LEAST_LEARNED = 8
_PILOT = 65_536
"""Events that are drawn at most, three times over, to hold what is drawn to what was learned."""
_USUAL_SHARE = 0.9
_CELL_BYTES = 120
"""A cell as text, as a typed value, as codes, and in copies of each."""
_FLOAT = 4
_HELD_STATES = 12
"""Numbers kept for each hidden unit of an event, until errors are propagated back."""


def epochs_of(events: int, wanted: int) -> int:
    """Passes over so many events.

    ``wanted`` 0 chooses by their number: 50 over up to 16,000, 32 over 25,000, 8 over 100,000.
    """
    chosen = wanted or min(max(round(800_000 / max(events, 1)), _LEAST_LEARNED), _MOST_LEARNED)
    return max(min(chosen, MOST_EVENTS_SEEN // max(events, 1)), 1)


def batch_of(events: int, wanted: int) -> int:
    """Events a gradient step; ``wanted`` 0 chooses a fortieth of them, from 64 to 4,096."""
    return wanted or min(max(events // 40, 64), 4_096)


def sequence_effort(load: TableLoad, settings: Mapping[str, SettingValue]) -> Effort:
    """The cost of the recurrent network on one log of events."""
    cells = len(load.sizes) + 1  # the time is several cells, the owner none
    epochs = epochs_of(load.rows, int(settings["max_epochs"]))
    batch = batch_of(load.rows, int(settings["batch_size"]))
    drawn = min(load.rows, _PILOT)
    hidden = int(settings["memory"]) + cells * int(settings["block_size"])
    parameters = hidden**2 + sum(load.sizes) * int(settings["block_size"])
    return Effort(
        steps=math.ceil(_USUAL_SHARE * epochs * load.rows / batch),
        step_seconds=5.5e-3 + 1.3e-3 * cells + batch * (3.8e-5 + 8e-6 * cells),
        other_seconds=0.5 + drawn * (4.3e-4 + 7e-5 * cells),
        rows_bytes=load.rows * len(load.columns) * _CELL_BYTES,
        fit_bytes=_FLOAT * (4 * parameters + _HELD_STATES * batch * hidden),
        limit_seconds=float(settings["max_seconds"]),
    )
