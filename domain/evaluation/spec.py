"""What an evaluation is asked to measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self


class Part(StrEnum):
    """A chapter of an evaluation."""

    SIMILARITY = "similarity"
    DETECTION = "detection"
    UTILITY = "utility"
    LEAKAGE = "leakage"
    TEMPORAL = "temporal"
    """How histories move, of tables of events in time."""
    WHITE_BOX = "white box"
    """The attack of someone who holds the model. Fits another model, so it is asked for by name."""


class TaskKind(StrEnum):
    """How the target of a utility test is predicted."""

    AUTO = "auto"
    """Numbers of many values by regression, everything else by classification."""
    CLASSIFICATION = "classification"
    REGRESSION = "regression"


JUDGED_PARTS = frozenset({Part.SIMILARITY, Part.DETECTION, Part.UTILITY, Part.LEAKAGE})
"""What a verdict rests on."""

USUAL_PARTS = JUDGED_PARTS | {Part.TEMPORAL}


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSpec:
    """What to measure, on which target, and whose rows belong together."""

    parts: frozenset[Part] = USUAL_PARTS
    target: str | None = None
    """The column that utility is measured on; ``None`` takes that of the training run."""
    task: TaskKind = TaskKind.AUTO
    entity: str | None = None
    """The column that says whose a row is: people are then attacked whole, not row by row."""
    time: str | None = None
    """The column that orders the rows of an entity."""

    @property
    def whole(self) -> bool:
        """Whether every part that a verdict rests on is measured."""
        return self.parts >= JUDGED_PARTS

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "parts": sorted(self.parts),
            "target": self.target,
            "task": self.task,
            "entity": self.entity,
            "time": self.time,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back; an empty one is the usual evaluation."""
        if not document:
            return cls()
        parts = frozenset(Part(p) for p in document["parts"])
        return cls(**{**document, "parts": parts, "task": TaskKind(document["task"])})


USUAL = EvaluationSpec()
