"""What an audit by canaries asks and says. Light: pages and papers read it, nothing computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from domain.kernel import BadInput
from domain.privacy.budget import ROW, PrivacySpec
from domain.synthesis.catalogue import entry
from domain.synthesis.settings import SettingValue, with_defaults

MOST_BYTES = 1_000_000
"""Of a document of an audit."""
FEWEST_CANARIES, MOST_CANARIES = 40, 4_000
USUAL_CANARIES = 1_000
CONFIDENCE = 0.95


class ThreatModel(StrEnum):
    """What the attacker sees who guesses which canaries were learned."""

    WHITE_BOX = "white-box"
    BLACK_BOX = "black-box"

    @property
    def words(self) -> str:
        """For a person."""
        return _SEES[self]


_SEES = {
    ThreatModel.WHITE_BOX: "white box: sees every noisy answer that the fit was given",
    ThreatModel.BLACK_BOX: "black box: sees the synthetic rows alone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSpec:
    """Which promise is put to the test, on which rows, against whom."""

    synthesizer: str
    settings: Mapping[str, SettingValue]
    """All of them, defaults too."""
    privacy: PrivacySpec
    trained_on: str
    """Where the rows come from that the canaries are put among, in words."""
    internal: bool
    """Whether those are private rows whose people did not pay for the answer."""
    threat_model: ThreatModel = ThreatModel.WHITE_BOX
    canaries: int = USUAL_CANARIES
    confidence: float = CONFIDENCE

    def __post_init__(self) -> None:
        if not FEWEST_CANARIES <= self.canaries <= MOST_CANARIES:
            raise BadInput(
                f"An audit takes {FEWEST_CANARIES} to {MOST_CANARIES:,} canaries; "
                f"{USUAL_CANARIES:,} are usual."
            )
        if not 0.5 <= self.confidence < 1:
            raise BadInput("The confidence lies between 0.5 and 1; 0.95 is usual.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesses:
    """One way of guessing that was fixed beforehand, and what came of it."""

    guesses: int
    correct: int
    epsilon_lower_bound: float
    """With a share of what may go wrong, since the best of several ways counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyAudit:
    """A certified lower bound of ε, beside the ε that was promised."""

    synthesizer: str
    settings: Mapping[str, SettingValue]
    epsilon: float
    """As promised, and audited."""
    delta: float
    unit: str
    rows_a_unit: int
    epsilon_lower_bound: float
    """The fit exceeds it with ``confidence``; 0 where the guesses prove nothing."""
    confidence: float
    threat_model: str
    canaries: int
    guesses: int
    correct: int
    ways: tuple[Guesses, ...]
    """Every way of guessing, fixed beforehand; the best counts, corrected for their number."""
    trained_on: str
    rows: int
    """That the canaries were put among."""
    internal: bool
    """Nothing of it may leave the instance: it is about private rows, and nobody paid."""
    seal: str = ""
    """Of the instance that made it, over all the rest; empty before it is sealed."""

    @property
    def broken(self) -> bool:
        """Whether the promise is proved wrong."""
        return self.epsilon_lower_bound > self.epsilon

    @property
    def sentence(self) -> str:
        """What it means, for a person."""
        found = (
            f"{self.correct:,} of {self.guesses:,} guesses which of {self.canaries:,} canaries "
            f"were learned are right: with {self.confidence:.0%} confidence ε is at least "
            f"{self.epsilon_lower_bound:.2f}"
        )
        if self.broken:
            return (
                f"The promise is broken: {found}, but {self.epsilon:g} was promised. Release "
                "nothing of this synthesizer, and report this."
            )
        return (
            f"{found}, which agrees with the promised {self.epsilon:g}. A passed audit is no "
            "proof: it would only have found a gross fault."
        )

    def difference(
        self, synthesizer: str, settings: Mapping[str, SettingValue], privacy: PrivacySpec
    ) -> str:
        """In what the audited fit differs from another one; empty where it speaks for it too."""
        complete = with_defaults(entry(synthesizer).settings, settings)
        pairs = {
            "synthesizer": (self.synthesizer, synthesizer),
            "ε": (self.epsilon, privacy.epsilon),
            "δ": (self.delta, privacy.delta),
            "privacy unit": (self.unit == ROW, privacy.unit == ROW),
            "rows of each unit": (self.rows_a_unit, privacy.rows_a_unit),
            **{
                f"setting “{name}”": (self.settings.get(name), complete.get(name))
                for name in sorted({*self.settings, *complete})
            },
        }
        return next((name for name, (one, other) in pairs.items() if one != other), "")

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        said = {"broken": self.broken, "sentence": self.sentence}
        return {"schema": 1, **asdict(self), "settings": dict(self.settings), **said}

    @classmethod
    def of_text(cls, text: bytes) -> PrivacyAudit:
        """Read the JSON of :meth:`to_document` back; :class:`BadInput` for anything else."""
        try:
            document = json.loads(text)
        except ValueError:
            document = None
        return cls.from_document(document if isinstance(document, dict) else {})

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> PrivacyAudit:
        """Read :meth:`to_document`'s form back; raises :class:`BadInput` for anything else."""
        fields: dict[str, Any] = {name: document.get(name) for name in cls.__dataclass_fields__}
        try:
            fields["seal"] = document.get("seal", "")
            fields["ways"] = tuple(Guesses(**way) for way in document["ways"])
            read = cls(**fields)
            known = read._figures_agree
        except (KeyError, TypeError, ValueError):
            known = False
        if not known:
            raise BadInput(
                "This is no document of an audit; make one with “python manage.py audit_privacy”."
            )
        return read

    @property
    def _figures_agree(self) -> bool:
        """Whether every figure is one, and none is impossible."""
        guessed = 0 <= self.correct <= self.guesses <= self.canaries
        amounts = self.epsilon > 0 and 0 < self.delta < 1 and self.epsilon_lower_bound >= 0
        texts = isinstance(self.trained_on, str) and isinstance(self.seal, str)
        return bool(guessed and amounts and self.sentence and texts)
