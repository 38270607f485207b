"""Find the smallest ε that keeps a goal: a grid, then halving where the goal begins to be kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from domain.datasets.entities import Metadata
from domain.evaluation.frontier import Trial, frontier
from domain.evaluation.trial_scores import TrialJudge, measures_of
from domain.evaluation.trials import Asked, Bench, RunTrials, room_for, workshop
from domain.evaluation.tuning_log import TuningLog, TuningSource
from domain.evaluation.tuning_request import SearchSpec
from domain.evaluation.utility_goal import Measure
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec, TuningMode
from domain.synthesis.base import Synthesizer
from domain.synthesis.settings import SettingValue

_CLOSE = 1.02
"""Values of ε whose ratio is smaller are not worth telling apart."""


@dataclass(slots=True)
class Search:
    """One search. What was measured once is never measured again."""

    spec: SearchSpec
    run: RunTrials
    measured: dict[tuple[float, int], Trial] = field(default_factory=dict)
    """Trials by (ε, seed): those of an earlier search with the same set-up may be given."""

    def trials(self) -> tuple[Trial, ...]:
        """Every trial, the grid's and those of the refinements, by ε and seed."""
        self._at(sorted(set(self.spec.epsilons)))
        for _ in range(self.spec.refinements):
            gap = frontier(self.spec.goals, self._all()).gap
            if gap is None or gap[1] / gap[0] < _CLOSE:
                break
            self._at([halfway(*gap)])
        return self._all()

    def _at(self, epsilons: Sequence[float]) -> None:
        wanted = [Asked(epsilon=e, seed=s) for e in epsilons for s in self.spec.seeds]
        missing = [a for a in wanted if (a.epsilon, a.seed) not in self.measured]
        if missing:
            found = self.run(missing)
            self.measured |= {(trial.epsilon, trial.seed): trial for trial in found}

    def _all(self) -> tuple[Trial, ...]:
        seeds = set(self.spec.seeds)
        return tuple(trial for key, trial in sorted(self.measured.items()) if key[1] in seeds)


def halfway(low: float, high: float) -> float:
    """The geometric mean, to three digits."""
    return float(f"{math.sqrt(low * high):.3g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningSetup:
    """The rows of a search, and how trials are made of them."""

    mode: TuningMode
    source: TuningSource
    train: pd.DataFrame
    """Typed rows to learn from."""
    held_out: pd.DataFrame
    """Typed rows to be judged by; trials learn nothing from them."""
    metadata: Metadata
    """Of one table."""
    synthesizer: str
    settings: Mapping[str, SettingValue]
    target: str | None
    privacy: PrivacySpec
    """But for ε, which is the trial's."""
    search: SearchSpec
    split_seed: int
    versions: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def log(self, trials: tuple[Trial, ...], baseline: Mapping[Measure, float]) -> TuningLog:
        """All of it but the rows."""
        book = self.privacy.code_book
        return TuningLog(
            mode=self.mode,
            source=self.source,
            synthesizer=self.synthesizer,
            settings=self.settings,
            target=self.target,
            goals=self.search.goals,
            delta=self.privacy.delta,
            unit=self.privacy.unit,
            rows_a_unit=self.privacy.rows_a_unit,
            seeds=self.search.seeds,
            split_seed=self.split_seed,
            epsilons=self.search.epsilons,
            refinements=self.search.refinements,
            trials=trials,
            baseline=baseline,
            code_book=book.to_document() if book else None,
            versions=self.versions,
            notes=self.notes,
        )

    def judge(self) -> TrialJudge:
        """What every trial is measured against."""
        (table,) = self.metadata.tables.values()
        return TrialJudge(
            train=self.train,
            held_out=self.held_out,
            table=table,
            measures=measures_of([goal.measure for goal in self.search.goals]),
            target=self.target,
            seed=self.split_seed,
        )


def tuned(
    setup: TuningSetup,
    engine: Callable[[], Synthesizer],
    *,
    workers: int | None = None,
    earlier: TuningLog | None = None,
    on_progress: OnProgress,
) -> TuningLog:
    """Run the search. ``workers`` trials are run at a time (``None``: as many as there are cores).

    Trials of ``earlier`` are taken over where it was set up alike.
    """
    on_progress(0, 0, "measuring what real rows reach")
    judge = setup.judge()
    judge.check()
    baseline = judge.baseline()
    bench = Bench(
        engine=engine,
        settings=setup.settings,
        privacy=setup.privacy,
        metadata=setup.metadata,
        judge=judge,
    )
    measured = taken_over(setup.log((), baseline), earlier)
    with workshop(bench, workers or room_for(setup.search.most_trials), on_progress) as run:
        trials = Search(setup.search, run, measured).trials()
    return setup.log(trials, baseline)


_OF_ONE_SEARCH = ("trials", "seeds", "epsilons", "refinements", "goals", "notes", "baseline")
"""May differ between searches whose trials are the same."""


def taken_over(begun: TuningLog, earlier: TuningLog | None) -> dict[tuple[float, int], Trial]:
    """The trials of ``earlier`` by (ε, seed).

    Raises :class:`BadInput` where it was set up otherwise, or measured other things.
    """
    if earlier is None:
        return {}
    alike = replace(earlier, **{name: getattr(begun, name) for name in _OF_ONE_SEARCH})
    wanted = measures_of([goal.measure for goal in begun.goals])
    if alike != begun or any(set(t.figures) != set(wanted) for t in earlier.trials):
        raise BadInput(
            "The earlier search was set up otherwise (rows, settings, versions or measures), so "
            "its trials cannot be taken over; start without it."
        )
    return {(trial.epsilon, trial.seed): trial for trial in earlier.trials}
