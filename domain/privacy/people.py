"""Whom a dataset is about, in digests that only this instance can make.

They serve one purpose: to find the same people again in another dataset, so that both draw on one
budget. A digest is cut to eight bytes: of two datasets of a million people that share nobody, one
in ten million would be taken for kin by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Digest = Callable[[bytes], bytes]
"""A keyed digest of a name, at least eight bytes long."""

_BYTES = 8
_DTYPE = np.dtype("<u8")
_BETWEEN = "\x1f"


@dataclass(frozen=True, slots=True)
class People:
    """Digests of everybody: by what their rows hold, and by the names of entities where one was
    named. Each sorted, and each once."""

    rows: NDArray[np.uint64]
    entities: NDArray[np.uint64]

    def share_somebody(self, other: People) -> bool:
        """Whether a row, or an entity, is in both."""
        return bool(
            np.isin(self.rows, other.rows).any() or np.isin(self.entities, other.entities).any()
        )

    def within(self, other: People) -> bool:
        """Whether all rows, or all entities, are in ``other``."""
        rows = np.isin(self.rows, other.rows).all()
        named = len(self.entities) and np.isin(self.entities, other.entities).all()
        return bool(rows or named)

    def joined(self, other: People) -> People:
        """Everybody of both."""
        return People(np.union1d(self.rows, other.rows), np.union1d(self.entities, other.entities))

    def to_bytes(self) -> bytes:
        """How many rows, their digests, those of entities; little-endian."""
        count = np.array([len(self.rows)], _DTYPE)
        return b"".join(a.astype(_DTYPE).tobytes() for a in (count, self.rows, self.entities))

    @classmethod
    def from_bytes(cls, data: bytes) -> People:
        """Read :meth:`to_bytes`'s form back."""
        numbers = np.frombuffer(data, _DTYPE).astype(np.uint64)
        count = int(numbers[0])
        return cls(numbers[1 : 1 + count], numbers[1 + count :])


NOBODY = People(np.zeros(0, np.uint64), np.zeros(0, np.uint64))


def people(
    digest: Digest, rows: Iterable[Sequence[str | None]], entities: Iterable[str | None]
) -> People:
    """Everybody in a table: its rows as text, and whose each is where an entity was named."""
    return People(
        _digests(digest, (_row_name(cells) for cells in rows)),
        _digests(digest, (_entity_name(value) for value in entities)),
    )


def _row_name(cells: Sequence[str | None]) -> bytes:
    """The same for rows with the same cells, in whatever order the columns are; empty for a row
    without any."""
    found = sorted(text for cell in cells if cell and (text := cell.strip()))
    return f"row {len(cells)}{_BETWEEN}{_BETWEEN.join(found)}".encode() if found else b""


def _entity_name(value: str | None) -> bytes:
    return f"entity{_BETWEEN}{value.strip()}".encode() if value and value.strip() else b""


def _digests(digest: Digest, names: Iterable[bytes]) -> NDArray[np.uint64]:
    found = (int.from_bytes(digest(name)[:_BYTES], "big") for name in names if name)
    return np.unique(np.fromiter(found, np.uint64))
