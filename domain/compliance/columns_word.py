"""What a model card says about who looked at the columns, for whatever rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from domain.compliance.summary_wording import counted, day_words, fitted
from domain.datasets.confirmation import Confirmation
from domain.datasets.entities import Dataset
from domain.kernel import SYSTEM

_SAID = {
    Confirmation.SEEN: "Confirmed by “{by}” on {day}",
    Confirmation.STATED: "“{by}” said on {day}, with the command, that they had been reviewed",
    Confirmation.NAMED: "Types were named in a schema by “{by}” on {day}, the rest was taken as "
    "suggested: nobody looked",
    Confirmation.UNSEEN: "Taken as suggested by the check on {day}: nobody looked",
}
_UNDECLARED = (
    "A program inferred types, formats and treatments of columns from the real cells, a look at "
    "the rows that no ε covers, and nobody declared public what it found"
)
WITHDRAWN = (
    "Column names, types, formats, the primary key, which columns are unique, how personal data "
    "is treated and the words for “missing” were confirmed by a person who saw the table; they are "
    "taken as public."
)
"""What every proof claimed before it was on record whether anybody looked."""
_STEPS = {how.step: how for how in Confirmation}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsWord:
    """The word on the columns that a pack tells of."""

    how: Confirmation
    by: str
    at: datetime
    late: bool
    """Whether it came after the training had started."""
    suspected: int
    """Columns that may identify people."""

    @classmethod
    def of(cls, card: Mapping[str, Any]) -> Self | None:
        """From a model card; ``None`` where nothing was confirmed."""
        steps = {step["step"]: step for step in card["provenance"]}
        given = next((name for name in steps if name in _STEPS), None)
        if given is None:
            return None
        at, started = (_moment(steps[name]) for name in (given, "started training"))
        return cls(
            how=_STEPS[given],
            by=steps[given]["by"],
            at=at,
            late=at > started,
            suspected=len(card["training_data"]["pii_decisions"]),
        )

    @classmethod
    def on(cls, dataset: Dataset, started: datetime) -> Self | None:
        """On ``dataset``, for a training that ``started`` then; ``None`` where there is none."""
        if dataset.confirmed_at is None:
            return None
        return cls(
            how=dataset.confirmation,
            by=str(dataset.confirmed_by),
            at=dataset.confirmed_at,
            late=dataset.confirmed_at > started,
            suspected=len(dataset.metadata.pii_flags) if dataset.metadata else 0,
        )

    @property
    def by_person(self) -> bool:
        """Whether a named person had given their word on all columns before anything was learned.

        :data:`~domain.kernel.SYSTEM` is whoever has a shell: its word is nobody's.
        """
        return self._looked and not self.late

    @property
    def sentence(self) -> str:
        """Who looked and when, and what became of columns that may identify people."""
        told = _SAID[self.how].format(by=fitted(self.by, 30), day=day_words(self.at))
        shared = ", an account that names no person" if self._unnamed else ""
        after = ", after the training had started" if self.late else ""
        return f"{told}{shared}{after}; {self._suspicions}."

    @property
    def ground(self) -> str:
        """On whose word a private run takes as public what its columns are."""
        if self.by_person:
            return f"On whose word what the columns are is taken as public: {self.sentence}"
        return f"{_UNDECLARED}. {self.sentence}"

    @property
    def _suspicions(self) -> str:
        if not self.suspected:
            return "none was suspected to identify people"
        done = "decided about" if self._looked else "treated as suggested"
        return f"{counted(self.suspected, 'suspected identifier')} {done}"

    @property
    def _looked(self) -> bool:
        return self.how.by_person and self.by != SYSTEM

    @property
    def _unnamed(self) -> bool:
        """Whether the sentence names the account that everybody shares."""
        return self.by == SYSTEM and self.how is not Confirmation.UNSEEN


def _moment(step: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(step["at"])
