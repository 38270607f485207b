"""What each ε reaches: the privacy-utility frontier, and the smallest ε that keeps the goals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from domain.evaluation.utility_goal import Measure, UtilityGoal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One synthesizer trained at one ε with one seed, and what its rows reached."""

    epsilon: float
    seed: int
    figures: Mapping[Measure, float]
    seconds: float

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Trial:
        """Read :meth:`to_document`'s form back."""
        figures = {Measure(name): value for name, value in document["figures"].items()}
        return cls(**{**document, "figures": figures})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One measure over the seeds of one ε."""

    median: float
    low: float
    high: float
    """The lowest and the highest seed: see :func:`coverage`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What one ε reaches."""

    epsilon: float
    seeds: int
    reached: Mapping[Measure, Reached]
    kept: bool
    """Whether the medians keep every goal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """Every ε that was tried, the smallest first."""

    goals: tuple[UtilityGoal, ...]
    points: tuple[Point, ...]

    @property
    def smallest(self) -> Point | None:
        """The smallest ε that keeps the goals, and so does every larger one that was tried.

        A single ε below others that fail may owe it to luck, so it does not count.
        """
        found = None
        for point in reversed(self.points):
            if not point.kept:
                break
            found = point
        return found

    @property
    def gap(self) -> tuple[float, float] | None:
        """The ε between which the goal begins to be kept; ``None`` where nothing lies between."""
        found = self.smallest
        below = [p.epsilon for p in self.points if found and p.epsilon < found.epsilon]
        return (below[-1], found.epsilon) if found and below else None

    @property
    def sentence(self) -> str:
        """What a person should know of it, and what to do."""
        goals = " and ".join(goal.words for goal in self.goals)
        found = self.smallest
        if found is not None:
            return (
                f"ε = {found.epsilon:.3g} is the smallest of those tried that keeps {goals}"
                f"{self._between()}. {self._sure()}"
            )
        best = self.points[-1]
        reached = ", ".join(
            f"{m.words} {r.median:.3f} (seeds {r.low:.3f} to {r.high:.3f})"
            for m, r in best.reached.items()
            if m in {goal.measure for goal in self.goals}
        )
        return (
            f"No ε that was tried keeps {goals}: at ε = {best.epsilon:.3g} the median is "
            f"{reached}; ask for less, try larger ε, or bring more rows."
        )

    def _between(self) -> str:
        gap = self.gap
        if gap is None:
            return "; smaller ones may do too and were not tried"
        return f", and {gap[0]:.3g} does not"

    def _sure(self) -> str:
        found = self.smallest
        assert found is not None
        unsure = [g for g in self.goals if not _every_seed_keeps(found.reached[g.measure], g)]
        if not unsure:
            return f"Each of its {found.seeds} seeds does."
        return (
            f"Not each of its {found.seeds} seeds does, only their median: take a larger ε to be "
            "sure of one run."
        )


def _every_seed_keeps(reached: Reached, goal: UtilityGoal) -> bool:
    return goal.kept_by(reached.high if goal.measure.at_most else reached.low)


def frontier(goals: Sequence[UtilityGoal], trials: Sequence[Trial]) -> Frontier:
    """Trials grouped by ε."""
    epsilons = sorted({trial.epsilon for trial in trials})
    points = [_point(goals, [t for t in trials if t.epsilon == epsilon]) for epsilon in epsilons]
    return Frontier(goals=tuple(goals), points=tuple(points))


def _point(goals: Sequence[UtilityGoal], trials: Sequence[Trial]) -> Point:
    reached = {
        measure: _reached([trial.figures[measure] for trial in trials])
        for measure in trials[0].figures
    }
    return Point(
        epsilon=trials[0].epsilon,
        seeds=len(trials),
        reached=reached,
        kept=all(goal.kept_by(reached[goal.measure].median) for goal in goals),
    )


def _reached(values: Sequence[float]) -> Reached:
    return Reached(median=median(values), low=min(values), high=max(values))


def coverage(seeds: int) -> float:
    """How often the lowest and the highest of so many seeds enclose the median of all seeds.

    1 − 2^(1−n), whatever the distribution (order statistics; David & Nagaraja 2003, §7.1).
    """
    return float(1 - 2.0 ** (1 - seeds))
