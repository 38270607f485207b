"""A search for ε, as asked for. Light: pages and command lines import it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.evaluation.tuning_log import TuningLog
from domain.evaluation.utility_goal import UtilityGoal
from domain.kernel import BadInput
from domain.privacy.budget import TuningMode
from domain.synthesis.catalogue import MARGINALS
from domain.synthesis.requests import InputFile, PrivacyRequest

EPSILONS = (0.3, 1.0, 3.0, 10.0)
SEEDS = 3
REFINEMENTS = 2
_MOST_TRIALS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSpec:
    """How ε is searched for."""

    goals: tuple[UtilityGoal, ...]
    epsilons: tuple[float, ...] = EPSILONS
    """Tried first, all of them; two ends and many ``refinements`` make a plain bisection."""
    seeds: tuple[int, ...] = tuple(range(SEEDS))
    """Each ε is tried with every one of them."""
    refinements: int = REFINEMENTS
    """How often the stretch in which the goal begins to be kept is halved, on a log scale."""

    def __post_init__(self) -> None:
        if not self.epsilons or not all(math.isfinite(e) and e > 0 for e in self.epsilons):
            raise BadInput("Every ε to try must be a number above 0, such as 0.3,1,3,10.")
        if not self.seeds:
            raise BadInput("Ask for 1 seed or more at each ε; 3 show how far chance goes.")
        if self.refinements < 0:
            raise BadInput("The number of refinements is 0 or more.")
        if self.most_trials > _MOST_TRIALS:
            raise BadInput(
                f"That makes {self.most_trials} trials, and {_MOST_TRIALS} are the most; ask for "
                "fewer values of ε or fewer seeds."
            )

    @property
    def most_trials(self) -> int:
        """How many trials there can be."""
        return len(self.seeds) * (len(set(self.epsilons)) + self.refinements)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Rows that stand in for the private ones, and who says that they are public."""

    file: InputFile
    source: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningRequest:
    """What is searched for, and on which rows."""

    real: InputFile
    """Opened in exploratory mode only."""
    mode: TuningMode
    search: SearchSpec
    privacy: PrivacyRequest
    """But for ε, which is the trial's."""
    proxy: Proxy | None = None
    rows: int | None = None
    """How many rows the private table has, as told: no more of the proxy are learned from."""
    synthesizer: str = MARGINALS
    settings: Mapping[str, object] = field(default_factory=dict)
    target: str | None = None
    schema: bytes | None = None
    seed: int = 0
    """Of the split into rows to learn from and rows to be judged by."""
    void_epsilon: bool = False
    """Whether the person has said that exploring private rows voids ε."""
    workers: int | None = None
    """Trials side by side; ``None``: as many as there are cores."""
    earlier: TuningLog | None = None
    """Trials of a search that was set up alike are taken over."""
