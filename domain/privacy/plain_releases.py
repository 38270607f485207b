"""What left about people without noise: beside it a sum of ε bounds nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.kernel import DatasetId, SyntheticDatasetId


class PlainWay(StrEnum):
    """How far something without noise has come."""

    LEFT = "in an evidence pack, or approved to leave"
    FIGURES = "figures of an evaluation, in an evidence pack"
    """The twin itself was learned under differential privacy; they were computed on real rows."""
    DRAWN = "drawn, and neither packed nor approved"
    """Whether a person took the rows along nobody knows here."""

    @property
    def has_left(self) -> bool:
        """Whether it left, or was let go, for certain."""
        return self is not PlainWay.DRAWN


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRelease:
    """Rows, or figures of an evaluation, about some of the same people, that no ε is about."""

    synthetic_id: SyntheticDatasetId
    dataset_id: DatasetId
    """Learned from: the dataset itself, one that came with the same file, or kin."""
    way: PlainWay
    at: datetime
    """When the rows were asked for."""


def way_of(*, private: bool, packed: bool, evaluated: bool, approved: bool) -> PlainWay | None:
    """How far a drawn twin has come; ``None`` where ε covers all of it that left.

    ``evaluated``: a sealed pack of it holds an evaluation.
    """
    if private:
        return PlainWay.FIGURES if evaluated else None
    return PlainWay.LEFT if packed or approved else PlainWay.DRAWN


def plain_sentences(releases: Sequence[PlainRelease]) -> Iterator[str]:
    """What is left of a bound on the whole, the gravest first; nothing where nothing was told."""
    left, figures, drawn = (
        sum(release.way is way for release in releases)
        for way in (PlainWay.LEFT, PlainWay.FIGURES, PlainWay.DRAWN)
    )
    if left:
        yield (
            f"Nothing bounds what left about these people in all: {_twins(left)} of them, learned "
            f"without differential privacy, {_were(left)} packed or approved to leave."
        )
    if figures:
        yield (
            f"Figures about these people left without noise, in packs of {_twins(figures)}: ε does "
            "not cover them, and nobody has bounded what they add."
        )
    if drawn:
        yield (
            f"{_twins(drawn)} of these people, learned without differential privacy, "
            f"{_were(drawn)} drawn, and neither packed nor approved here: if such rows left, "
            "nothing bounds the whole."
        )


def _twins(count: int) -> str:
    return "1 twin" if count == 1 else f"{count:,} twins"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"
