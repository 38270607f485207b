"""What a search for ε did, in a form that suffices to do it again. Light: pages read it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from domain.evaluation.frontier import Frontier, Trial, frontier
from domain.evaluation.utility_goal import Measure, UtilityGoal
from domain.kernel import BadInput
from domain.privacy.budget import ROW, TuningMode, TuningRecord

SCHEMA = 1
MARK = "synthetic-data-studio privacy tuning"
MOST_BYTES = 4_000_000
"""A log is read whole, so a file may be no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningSource:
    """The rows that trials learned from and were judged by, and why that costs nothing."""

    name: str
    source: str
    """Where they come from: a published data set, a synthetic dataset released under privacy."""
    person: str
    """Who says that they are public."""
    sha256: str
    """Of the file; empty where the rows are private, since anyone could test a guess against it."""
    rows_trained: int
    rows_held_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TuningLog:
    """One search: how it was set up, every trial, and what follows."""

    mode: TuningMode
    source: TuningSource
    synthesizer: str
    settings: Mapping[str, Any]
    target: str | None
    goals: tuple[UtilityGoal, ...]
    delta: float
    unit: str = ROW
    rows_a_unit: int = 1
    seeds: tuple[int, ...]
    split_seed: int
    """Of the split into rows to learn from and rows to judge by."""
    epsilons: tuple[float, ...]
    """Those asked for; more were tried between them."""
    refinements: int
    trials: tuple[Trial, ...]
    baseline: Mapping[Measure, float] = field(default_factory=dict)
    """What rows of the source reach in the place of synthetic ones."""
    code_book: Mapping[str, Any] | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def frontier(self) -> Frontier:
        """What each ε reaches."""
        return frontier(self.goals, self.trials)

    @property
    def charged_epsilon(self) -> float | None:
        """What the search spent of anyone's privacy: nothing, or (``None``) more than is known."""
        return 0.0 if self.mode is TuningMode.PROXY else None

    @property
    def record(self) -> TuningRecord:
        """What runs with what was found carry with them."""
        return TuningRecord(
            mode=self.mode, configurations=len(self.frontier.points), account=self.account
        )

    @property
    def account(self) -> str:
        """How ε was chosen and what that cost, in one sentence."""
        tried = f"{len(self.trials)} trials at {len(self.frontier.points)} values of ε"
        if self.mode is TuningMode.PROXY:
            return (
                f"ε was chosen by {tried} on public rows or rows released under privacy before "
                f"({self.source.source}; declared by {self.source.person}); no private row was "
                "read, so nothing is charged."
            )
        return (
            f"ε was chosen by {tried} on the private rows with scores without noise; nothing was "
            "charged, so ε is void: tuned on private data."
        )

    @property
    def advice(self) -> str:
        """What the result is good for."""
        if self.mode is TuningMode.PROXY:
            return (
                "A recommendation: it was measured on other rows than yours and holds for yours "
                "as far as they are alike, in their number too. Check the twin that you train."
            )
        return (
            "For exploring only: whatever is trained with what was found here has no ε. To keep "
            "one, tune on public rows."
        )

    def to_document(self) -> dict[str, Any]:
        """The JSON form, with what follows from the trials."""
        found = self.frontier
        return {
            "what": MARK,
            "schema": SCHEMA,
            "mode": self.mode,
            "source": asdict(self.source),
            "synthesizer": self.synthesizer,
            "settings": dict(self.settings),
            "target": self.target,
            "goals": [str(goal) for goal in self.goals],
            "delta": self.delta,
            "unit": self.unit,
            "rows_a_unit": self.rows_a_unit,
            "seeds": list(self.seeds),
            "split_seed": self.split_seed,
            "epsilons": list(self.epsilons),
            "refinements": self.refinements,
            "code_book": self.code_book,
            "versions": dict(self.versions),
            "trials": [trial.to_document() for trial in self.trials],
            "baseline": dict(self.baseline),
            "notes": list(self.notes),
            "found": {
                "smallest_epsilon": found.smallest.epsilon if found.smallest else None,
                "sentence": found.sentence,
                "charged_epsilon": self.charged_epsilon,
                "advice": self.advice,
            },
            "record": asdict(self.record),
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> TuningLog:
        """Read :meth:`to_document`'s form back; what follows from the trials is worked out anew."""
        derived = ("what", "schema", "found", "record")
        plain = {name: value for name, value in document.items() if name not in derived}
        return cls(
            **{
                **plain,
                "mode": TuningMode(document["mode"]),
                "source": TuningSource(**document["source"]),
                "goals": tuple(UtilityGoal.of_text(text) for text in document["goals"]),
                "seeds": tuple(document["seeds"]),
                "epsilons": tuple(document["epsilons"]),
                "trials": tuple(Trial.from_document(trial) for trial in document["trials"]),
                "baseline": {Measure(name): v for name, v in document["baseline"].items()},
                "notes": tuple(document["notes"]),
            }
        )


def log_of_text(text: bytes) -> TuningLog:
    """The log in a file; raises :class:`BadInput` for anything else."""
    try:
        document = json.loads(text)
        if document["what"] != MARK or document["schema"] != SCHEMA:
            raise ValueError
        log = TuningLog.from_document(document)
    except (ValueError, TypeError, KeyError, AttributeError, BadInput):
        raise BadInput(
            "That is no tuning log; bring the tuning.json that tune_privacy wrote."
        ) from None
    if not log.trials:
        raise BadInput("The tuning log holds no trial; bring one of a finished search.")
    return log
