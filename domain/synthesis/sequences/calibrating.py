"""Holding what is drawn to what was learned: small shifts of the logits, found by drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.sequences.cells import Cell
from domain.synthesis.sequences.drawing import Asked, DrawnEvents

Floats = NDArray[np.float64]
ROUNDS = 3
LONG = 1_024
"""Events of a history from which on one round has to do: each takes as long as a sample. Of
longer histories only so many are drawn for it."""
_DAMPING, _FARTHEST = 0.8, 1.0
_BEGINNINGS, SHORTEST, _LONGEST = 32, 256, 2_048
"""Of one series so many beginnings are drawn, of so many events at least and at most."""
_FEW = 20.0
"""Pseudo-events that hold the shift of a code that hardly ever occurs near 0."""


def calibrated(
    cells: Sequence[Cell],
    targets: Sequence[Floats],
    draw: Callable[[Sequence[NDArray[np.float32]]], DrawnEvents],
    over: Callable[[], bool] = lambda: False,
) -> list[NDArray[np.float32]]:
    """Shifts under which the asked cells are drawn about as often as ``targets`` (counts of their
    codes among the real events in which they were free) say; what never occurred never will.
    ``draw`` draws under some shifts; ``over`` says that there is no time for another round."""
    shifts = [_never(target) for target in targets]
    rounds = ROUNDS
    while rounds > 0 and not over():
        events = draw(shifts)
        rounds = 0 if len(events.real) > LONG else rounds - 1
        counts = counted(cells, events)
        shifts = [
            _corrected(shift, target, count)
            for shift, target, count in zip(shifts, targets, counts, strict=True)
        ]
    return shifts


def side_by_side(series: Asked, step: int) -> Asked:
    """One series begun at many places of its span; ``step``: from event to event (0: irregular)."""
    length = int(series.lengths[0])
    each = min(max(2 * length // _BEGINNINGS, SHORTEST), length, _LONGEST)
    begins = np.linspace(0, length - each, _BEGINNINGS).astype(np.int64)
    many = series.of(np.zeros(_BEGINNINGS, dtype=np.int64))
    return replace(many, lengths=np.full(_BEGINNINGS, each), first=many.first + begins * step)


def _never(target: Floats) -> NDArray[np.float32]:
    possible = (target > 0) | (not target.any())
    return np.where(possible, 0.0, -np.inf).astype(np.float32)


def counted(cells: Sequence[Cell], events: DrawnEvents) -> list[Floats]:
    """How often each code of the asked cells was drawn."""
    found, slot = [], 0
    for place, cell in enumerate(cells):
        if cell.asked:
            free = events.drawn[:, :, slot] & events.real
            codes = events.codes[:, :, place][free]
            found.append(np.bincount(codes, minlength=cell.size).astype(np.float64))
            slot += 1
    return found


def _corrected(shift: NDArray[np.float32], target: Floats, count: Floats) -> NDArray[np.float32]:
    if not target.sum() or not count.sum():
        return shift
    wanted = target * count.sum() / target.sum()
    step = np.log((wanted + _FEW) / (count + _FEW))
    moved = shift + _DAMPING * np.clip(step, -_FARTHEST, _FARTHEST)
    return moved.astype(np.float32)
