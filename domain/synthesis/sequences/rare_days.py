"""Waits that few entities ever had: learned as any of the days around them, never as their own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.synthesis.encoding.owners import distinct, shared

Whole = NDArray[np.int64]

_GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it spread evenly from 0 to 1, however many there are (Kronecker sequence)."""


def stand_ins(days: Whole, owners: Whole, least: int, many: int) -> Whole:
    """For each wait of 0 to ``many - 1`` days the first and last it is learned as: (many, 2).

    A wait that ``least`` entities had stands for itself, and so does none at all. The others are
    joined with their neighbours until as many had one of them; where that is never so, they are
    learned as the nearest that stands for itself.
    """
    alone = distinct(days, owners, many) >= least
    alone[0] = True
    found = np.repeat(np.arange(many)[:, np.newaxis], 2, axis=1)
    rare = ~alone[days]
    if not rare.any():
        return found
    rising = np.argsort(days[rare], kind="stable")
    rest, whose = days[rare][rising], owners[rare][rising]
    if len(np.unique(whose)) < least:
        return _nearest(found, alone)
    cuts = shared(np.flatnonzero(np.diff(rest)) + 1, whose, least)
    for part in np.split(rest, cuts):
        found[part] = part[0], part[-1]
    return found


def _nearest(found: Whole, alone: NDArray[np.bool_]) -> Whole:
    known = np.flatnonzero(alone)[1:]
    if not len(known):
        return found
    nearest = known[np.abs(np.arange(len(alone))[:, np.newaxis] - known).argmin(axis=1)]
    found[1:] = nearest[1:, np.newaxis]
    return found


def spread(codes: Whole, stands: Whole) -> Whole:
    """Codes of waits, those of ``stands`` each as one of the days that it is learned as."""
    exact = np.flatnonzero(codes < len(stands))
    first, last = stands[codes[exact]].T
    shares = np.arange(len(exact)) * _GOLDEN % 1
    found = codes.copy()
    found[exact] = first + np.floor(shares * (last - first + 1)).astype(np.int64)
    return found
