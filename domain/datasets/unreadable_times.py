"""Cells of a time column that hold no time: found, tagged, filled, or refused."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.datasets import dates
from domain.datasets.entities import ColumnSpec
from domain.datasets.spelling import MISSING_WORDS, missing_words_of
from domain.datasets.values import ColumnValues
from domain.kernel import BadInput

READABLE_SHARE = 0.9
"""Of the filled cells: from here on a column of one format is a column of times, the rest of which
cannot be read. Two formats, or a column of notes with dates in between, stay below."""
LEAST_READABLE = 0.5
"""A column of which less can be read is not taken for times, whoever asks."""
READ, MISSING, UNREADABLE = "read", "missing", "unreadable"
"""What a tag says of a cell."""

_SHAPES_TRIED = 20
_TRIES = 5_000


class Readable(NamedTuple):
    """How much of a column one format reads."""

    form: str
    cells: int
    """Filled cells that it reads."""

    filled: int

    @property
    def share(self) -> float:
        """Of the filled cells, 0 to 1."""
        return self.cells / self.filled if self.filled else 0.0


def most_readable(values: ColumnValues) -> Readable | None:
    """The format that reads most of the filled cells; ``None`` where none reads any."""
    best: Readable | None = None
    for form in _forms_tried(values):
        texts, counts = values.texts, values.counts
        read = dates.fits(texts, form)
        read[read] = ~np.isnat(dates.parse(texts.filter(pa.array(read)), form))
        found = Readable(form, int(counts[read].sum()), values.filled)
        if found.cells and (best is None or found.cells > best.cells):
            best = found
    return best


def _forms_tried(values: ColumnValues) -> list[str]:
    """Formats of the commonest looks, digits and letters alike."""
    texts = values.texts[:_TRIES]
    looks = pc.replace_substring_regex(
        pc.replace_substring_regex(texts, r"[0-9]", "0"), r"[A-Za-z]+", "a"
    )
    _, first, counts = np.unique(
        np.array(looks.to_pylist(), dtype=object).astype(str), return_index=True, return_counts=True
    )
    samples = first[np.argsort(-counts, kind="stable")][:_SHAPES_TRIED]
    forms = (form for at in samples.tolist() for form in dates.candidates(texts[at].as_py()))
    return list(dict.fromkeys(forms))


def refuse_unreadable_time(rows: pa.Table, column: str) -> None:
    """Raise :class:`BadInput` if a text column that was named as the time cannot be read as one."""
    values = ColumnValues.of(column, rows[column])
    filled = values.only(pc.invert(pc.is_in(values.texts, value_set=pa.array(MISSING_WORDS))))
    if not filled.filled:
        raise BadInput(f"The column “{column}” is empty, so it cannot say when; name another one.")
    found = most_readable(filled)
    if found is not None and found.share >= LEAST_READABLE:
        return
    cells = found.cells if found else 0
    several = "text of several forms" if found else "text that is no time"
    raise BadInput(
        f"The column “{column}” cannot be read as a time: it holds {several}, and at most {cells} "
        f"of {filled.filled} filled cells could be read as dates of one form; write all of them "
        "alike, such as 2024-01-31 17:05:00, or name another column."
    )


def tags_of(column: pa.ChunkedArray, times: pd.Series, spec: ColumnSpec) -> pd.Series:
    """For each cell: read, missing, or unreadable."""
    absent = pc.is_in(column, value_set=pa.array(missing_words_of(spec), pa.string()))
    empty = pc.or_kleene(pc.is_null(column), absent).to_numpy(zero_copy_only=False).astype(np.bool_)
    unread = times.isna().to_numpy()
    codes = np.where(~unread, 1, np.where(empty, 0, 2)).astype(np.int64)
    return pd.Series(
        pd.Categorical.from_codes(codes, categories=pd.Index([MISSING, READ, UNREADABLE]))
    )


def filled_in(times: pd.Series, owners: pd.Series | None) -> pd.Series:
    """Times for the rows without one, from those of the same owner alone, in the file's order.

    Between two of them evenly; before the first and after the last by the median gap between the
    owner's times. An owner without any time stays without.
    """
    if not times.isna().any():
        return times
    moments = times.to_numpy("datetime64[ns]").copy()
    whose = np.zeros(len(times), dtype=np.int64)
    if owners is not None:
        whose = pd.factorize(owners.astype(object))[0].astype(np.int64)
    order = np.argsort(whose, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(whose[order])) + 1):
        if whose[rows[0]] >= 0 and np.isnat(moments[rows]).any():
            moments[rows] = _filled(moments[rows])
    return pd.Series(moments, index=times.index)


def _filled(moments: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    there = np.flatnonzero(~np.isnat(moments))
    if not len(there):
        return moments
    known = moments[there].astype(np.int64)
    gap = int(np.median(np.diff(known) // np.diff(there))) if len(there) > 1 else 0
    at = np.arange(len(moments))
    between = known[0] + np.interp(at, there, (known - known[0]).astype(np.float64)).astype(
        np.int64
    )
    ends = np.minimum(at - there[0], 0) + np.maximum(at - there[-1], 0)
    unit = _unit(known)
    whole = (between + ends * gap + unit // 2) // unit * unit
    whole[there] = known
    return whole.astype("datetime64[ns]")


def _unit(known: NDArray[np.int64]) -> int:
    """The day, hour, minute or second on which all known times are: an invented one is too."""
    for unit in (86_400, 3_600, 60, 1):
        if not (known % (unit * 10**9)).any():
            return unit * 10**9
    return 1


def refuse_mostly_unreadable(column: pa.ChunkedArray, times: pd.Series, spec: ColumnSpec) -> None:
    """Raise :class:`BadInput` if less than half of the filled cells could be read as times."""
    unreadable = int((tags_of(column, times, spec) == UNREADABLE).sum())
    filled = int(times.notna().sum()) + unreadable
    if filled and filled - unreadable < LEAST_READABLE * filled:
        raise BadInput(
            f"Of the {filled} filled cells of column “{spec.name}”, {unreadable} cannot be read as "
            "times, which is too many to go by the others; write them alike, or choose another "
            "type for the column."
        )
