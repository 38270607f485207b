"""Merkle trees of RFC 6962 over leaf hashes, and proofs that a leaf is in a signed one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from domain.compliance.audit import hash_node, root_of
from domain.kernel import BadInput


@dataclass(frozen=True, slots=True)
class LogLeaves:
    """The hashes of the first entries of a log."""

    hashes: tuple[bytes, ...]
    blinded_from: int = 0
    """Index of the first entry from which on every hash has 256 random bits in it."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree over ``size`` leaves: all nodes, so that a proof takes log₂(size) look-ups.

    A node without a sibling moves up as it is, which gives the recursive definition of RFC 6962
    §2.1: the left subtree is always the largest perfect one.
    """

    levels: tuple[tuple[bytes, ...], ...]
    """Nodes by height: leaves first, the root alone last. Empty for the empty tree."""

    @classmethod
    def of(cls, hashes: Sequence[bytes]) -> Self:
        """The tree over leaf hashes, 2·size hashes of 32 bytes in memory."""
        levels = [tuple(hashes)] if hashes else []
        while levels and len(levels[-1]) > 1:
            levels.append(_parents(levels[-1]))
        return cls(tuple(levels))

    @property
    def size(self) -> int:
        return len(self.levels[0]) if self.levels else 0

    @property
    def root(self) -> bytes:
        """The tree head; that of the empty tree is the hash of nothing."""
        return self.levels[-1][0] if self.levels else root_of(())

    def node(self, start: int, stop: int) -> bytes:
        """The root over the leaves from ``start`` to before ``stop``, where that is a node: a
        perfect subtree, or what is left at the right end."""
        height = (stop - start - 1).bit_length()
        return self.levels[height][start >> height]

    def path(self, index: int) -> tuple[Sibling, ...]:
        """The audit path of leaf ``index`` (RFC 6962 §2.1.1), from the leaf up.

        Raises :class:`BadInput` for an index that the tree has not.
        """
        if not 0 <= index < self.size:
            raise BadInput(
                f"The tree has {self.size} entries, so there is no proof of entry {index}; ask "
                "for one of a later head."
            )
        return tuple(
            Sibling(
                level[place ^ 1], (place ^ 1) << height, min(((place ^ 1) + 1) << height, self.size)
            )
            for height, level in enumerate(self.levels[:-1])
            if ((place := index >> height) ^ 1) < len(level)
        )


@dataclass(frozen=True, slots=True)
class Sibling:
    """One step of an audit path, with the leaves that it speaks for: ``start`` to ``stop``."""

    hash: bytes
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Telling:
    """Which hashes of a log may be told beside the entries that are told whole.

    A node may go out when all of its leaves are told, or when an untold one has random bits in
    it: 256 bits that nobody knows keep a guess of the other leaves from being tested against the
    node. A node of untold entries from before there were random bits stays inside.
    """

    told: tuple[int, ...]
    """Indexes of the entries told whole, ascending."""
    blinded_from: int

    @classmethod
    def of(cls, told: Iterable[int], leaves: LogLeaves) -> Self:
        """What may be told of a log beside ``told``."""
        return cls(tuple(sorted(told)), leaves.blinded_from)

    def may_tell(self, node: Sibling) -> bool:
        """Whether ``node`` gives nothing away."""
        hidden = self._untold(max(node.start, self.blinded_from), node.stop)
        return hidden > 0 or self._untold(node.start, node.stop) == 0

    def _untold(self, start: int, stop: int) -> int:
        told = bisect_left(self.told, stop) - bisect_left(self.told, start)
        return max(stop - start, 0) - max(told, 0)


def _parents(level: Sequence[bytes]) -> tuple[bytes, ...]:
    pairs = zip(level[::2], level[1::2], strict=False)
    alone = level[-1:] if len(level) % 2 else ()
    return (*(hash_node(left, right) for left, right in pairs), *alone)
