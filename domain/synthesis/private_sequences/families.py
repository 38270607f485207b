"""How a node of a step is drawn, given others: a table of shares, made of noisy counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from domain.synthesis.private_encoding.column import Codes, Floats

_STANDS_OUT = 2.5
"""Standard deviations from which on a count is believed as it is."""
_BELIEF = 0.5
"""How much noise a row of counts has to outweigh, in its standard deviations, before it counts for
as much as what was known without it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Parent:
    """Another node, as it is told."""

    node: int
    size: int
    groups: Codes | None = None
    """Told coarsely: the group of each code."""

    def codes(self, codes: Codes) -> Codes:
        """Its groups in codes of shape (rows, nodes)."""
        own = codes[:, self.node]
        return own if self.groups is None else np.asarray(self.groups[own])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Family:
    """One node and those that it depends on."""

    child: int
    parents: tuple[Parent, ...]
    shares: Floats
    """Of each of the child's codes, for each combination of the parents: rows sum to 1."""

    def rows(self, codes: Codes) -> Codes:
        """The row of ``shares`` for each row of codes of shape (rows, nodes)."""
        return combined(self.parents, codes)

    def with_parent(self, parent: Parent, told: Floats, sigma: float) -> Family:
        """Given one more, by noisy counts of shape (rows × its codes, the child's codes)."""
        known = np.repeat(self.shares, parent.size, axis=0)
        return Family(
            child=self.child,
            parents=(*self.parents, parent),
            shares=corrected(told, known, sigma),
        )

    def drawn(self, codes: Codes, rng: np.random.Generator, forbidden: int = -1) -> Codes:
        """A code for each row; never the ``forbidden`` one, where there is another."""
        shares = self.shares
        if forbidden >= 0 and shares.shape[1] > 1:
            shares = shares.copy()
            shares[:, forbidden] = 0.0
            shares = (shares + 1e-12) / (shares + 1e-12).sum(axis=1, keepdims=True)
            shares[:, forbidden] = 0.0
        levels = np.cumsum(shares, axis=1)
        levels /= levels[:, -1:]
        lots = rng.random(len(codes))
        found = (levels[self.rows(codes)] <= lots[:, np.newaxis]).sum(axis=1)
        return np.asarray(np.minimum(found, shares.shape[1] - 1), dtype=np.int64)

    def state(self) -> Mapping[str, Any]:
        parents = [
            [p.node, p.size, np.zeros(0, dtype=np.int64) if p.groups is None else p.groups]
            for p in self.parents
        ]
        return {"child": self.child, "parents": parents, "shares": self.shares}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Family:
        parents = tuple(
            Parent(node=node, size=size, groups=groups if len(groups) else None)
            for node, size, groups in state["parents"]
        )
        return cls(child=state["child"], parents=parents, shares=state["shares"])


def combined(parents: Sequence[Parent], codes: Codes) -> Codes:
    """One number for each combination of what the parents are told."""
    place = np.zeros(len(codes), dtype=np.int64)
    for parent in parents:
        place = place * parent.size + parent.codes(codes)
    return place


def combinations_of(parents: Sequence[Parent]) -> int:
    """How many there are."""
    return prod(parent.size for parent in parents)


def corrected(told: Floats, known: Floats, sigma: float) -> Floats:
    """Shares of each row of noisy counts, as far as they are more than noise; ``known`` are those
    without them.

    What a row's counts are off from the known shares is kept in the share that noise does not
    explain (James & Stein 1961), whole where it stands out; a row that holds hardly more than
    noise stays as it was known.
    """
    total = np.maximum(told.sum(axis=1, keepdims=True), 0.0)
    even = total * known
    off = told - even
    plain = np.abs(off) <= _STANDS_OUT * sigma
    scatter = np.where(plain, off**2, 0.0).sum(axis=1) / np.maximum(plain.sum(axis=1), 1)
    signal = np.maximum(scatter - sigma**2, 0.0) / np.maximum(scatter, 1e-12)
    kept = np.where(plain, even + signal[:, np.newaxis] * off, told)
    weights = np.maximum(kept, 0.0) + (_BELIEF * sigma + 1e-9) * known
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
