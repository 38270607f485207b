"""Filling the gaps of partly given rows: what is given comes first, the gaps are drawn given it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.kernel import OnProgress
from domain.synthesis.device import THREADS
from domain.synthesis.drawing import Codes, Drawer, Drawn, OnColumn
from domain.synthesis.encoding.table import TableEncoder
from domain.synthesis.settling import settled, settled_at_once
from domain.synthesis.table_model import TableModel, Throttled, missing_codes
from domain.synthesis.training import torch_set_up

_CHUNK_ROWS = 16_384
_FEW_ROWS = 2_048


def completed(
    model: TableModel, given: pd.DataFrame, seed: int, on_progress: OnProgress
) -> Iterator[pd.DataFrame]:
    """``given`` (typed, every column there) with each missing cell drawn, in frames in order.

    A gap is never filled with "missing", unless the column never held anything. A value that was
    not learned says nothing about its row, but stays.
    """
    rng = np.random.default_rng(seed)
    for start in range(0, max(len(given), 1), _CHUNK_ROWS):
        part = given.iloc[start : start + _CHUNK_ROWS].reset_index(drop=True)
        for group in model.encoder.flags:
            part = part.assign(**group.deduced(part))
        on_progress(start, max(len(given), 1), "completing rows")
        drawn = _drawn(model, part, seed, rng, on_progress)
        yield pd.DataFrame({name: _merged(part[name], drawn[name]) for name in drawn})


def _drawn(
    model: TableModel,
    part: pd.DataFrame,
    seed: int,
    rng: np.random.Generator,
    on_progress: OnProgress,
) -> pd.DataFrame:
    """Whole rows under what is given: every pattern of gaps is drawn for itself."""
    encoder = model.encoder
    on_column = Throttled(on_progress, "completing rows")
    codes = encoder.encode(part, on_column)
    known = _known(encoder, part)
    ruled_out, places = _ruled_out(encoder, part, known)
    never = missing_codes(encoder, [n for n in encoder.modelled if _fillable(encoder, n)])
    patterns, pattern_of = _patterns(np.hstack([known, ruled_out]))
    with torch_set_up(seed, THREADS) as device:
        natural = model.drawer(device, never=never, calibrated=False)
        for number, pattern in enumerate(patterns):
            rows = np.flatnonzero(pattern_of == number)
            first = np.flatnonzero(pattern[: known.shape[1]]).tolist()
            closed = [places[i] for i in np.flatnonzero(pattern[known.shape[1] :])]
            drawer = natural.in_order(first, [*never, *closed])
            codes[rows] = _settled(natural, drawer, codes[rows], rng, on_column)
    return encoder.decode(codes, rng, on_column)


def _settled(
    natural: Drawer, drawer: Drawer, given: Codes, rng: np.random.Generator, on_column: OnColumn
) -> Codes:
    if len(given) > _FEW_ROWS:
        return settled(natural, lambda: drawer.fill(given, rng, on_column), rng)

    def propose(times: int) -> Drawn:
        return drawer.fill(np.tile(given, (times, 1)), rng, on_column)

    return settled_at_once(natural, propose, rng)


def _known(encoder: TableEncoder, part: pd.DataFrame) -> NDArray[np.bool_]:
    """Which modelled columns each row gives, shape ``(rows, modelled columns)``."""
    known = np.zeros((len(part), len(encoder.modelled)), dtype=np.bool_)
    for place, name in enumerate(encoder.modelled):
        whole = part[list(encoder.members(name))].notna().all(axis=1).to_numpy(np.bool_)
        known[:, place] = whole & encoder.knows(name, part)
    return known


def _ruled_out(
    encoder: TableEncoder, part: pd.DataFrame, known: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], list[tuple[int, int]]]:
    """Codes that given flags leave no room for, shape ``(rows, codes)``, and each one's
    ``(column, code)``."""
    found, places = [np.zeros((len(part), 0), dtype=np.bool_)], []
    for group in encoder.flags:
        column = encoder.modelled.index(group.columns[0])
        ruled = group.ruled_out(part, encoder.codecs[group.columns[0]])
        found.append(ruled & ~known[:, [column]])
        places += [(column, code) for code in range(ruled.shape[1])]
    return np.hstack(found), places


def _patterns(given: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """The distinct rows of ``given``, and which of them each row is."""
    if not given.shape[1]:
        return given[:1], np.zeros(len(given), dtype=np.int64)
    patterns, pattern_of = np.unique(given, axis=0, return_inverse=True)
    return patterns, pattern_of.ravel()


def _fillable(encoder: TableEncoder, name: str) -> bool:
    missing = encoder.codecs[name].missing
    return missing is not None and encoder.codecs[name].size > 1


def _merged(given: pd.Series, drawn: pd.Series) -> pd.Series:
    """The given cells, and the drawn ones where there are none."""
    gaps = given.isna().to_numpy(np.bool_)
    if isinstance(given.dtype, pd.CategoricalDtype):
        merged = np.where(gaps, drawn.astype(object), given.astype(object))
        return pd.Series(pd.Categorical(merged))
    return given.where(~gaps, drawn.astype(given.dtype))
