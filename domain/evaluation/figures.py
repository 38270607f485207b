"""One figure of how a log moves: the twin's, that among real histories, and the limit."""

from __future__ import annotations

from dataclasses import dataclass

from domain.evaluation.halves import Apart

MARGIN = 0.03
"""A twin may be this much further from real histories than they are from each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured figure. Less is better, unless ``more_is_better``."""

    name: str
    """Dotted: ``temporal.gaps``."""
    scope: str = "table"
    value: float | None = None
    """``None`` where it cannot be measured; ``reason`` says why."""
    baseline: float | None = None
    interval: tuple[float, float] | None = None
    chance: float | None = None
    """What real histories reach in one of twenty splits: no more may be chance."""
    limit: float | None = None
    """The absolute one; ``None`` for figures that are told, not judged."""
    exact: bool = False
    """Whether nothing is added to the baseline: an order is kept or it is not."""
    more_is_better: bool = False
    source: str = ""
    reason: str = ""
    many: bool | None = None
    """Of a distance: whether it is between very many histories. ``None`` of other figures."""
    about: str = ""
    """The column or formula that it is about, for a sentence."""

    @property
    def threshold(self) -> float | None:
        """What the figure is held to.

        A distance: with many histories the absolute limit, or that of real ones where it is
        larger; with fewer that of real ones and a margin. Other figures: the absolute limit, or
        where real histories differ by more, theirs and a margin.
        """
        if self.limit is None or self.exact or self.baseline is None:
            return self.limit
        if self.many is not None:
            return max(self.limit, self.baseline) if self.many else self.baseline + MARGIN
        if self.more_is_better:
            return min(self.limit, self.baseline - MARGIN)
        return max(self.limit, self.baseline + MARGIN)

    @property
    def passed(self) -> bool | None:
        """``None`` where it was not measured, or has no limit."""
        if self.value is None or self.threshold is None:
            return None
        if self.more_is_better:
            return self.value >= self.threshold
        return self.value <= self.threshold


def figure_of(
    name: str, found: Apart, limit: float | None, source: str, *, scope: str = "table"
) -> Figure:
    """The figure of distances over all splits."""
    return Figure(
        name=name,
        scope=scope,
        value=found.value,
        baseline=found.baseline,
        interval=found.interval,
        chance=found.chance,
        limit=limit,
        many=found.many,
        source=source,
    )


def unmeasured(name: str, reason: str, source: str = "", *, scope: str = "table") -> Figure:
    """A figure that could not be had, and why."""
    return Figure(name=name, scope=scope, reason=reason, source=source)
