"""The evaluation document: every number with its meaning, baseline, threshold and sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from domain.evaluation.pictures import AssociationMatrix, ColumnOverlay, LogPictures
from domain.evaluation.spec import USUAL, EvaluationSpec
from domain.kernel import BlobId, EvaluationId, OrganisationId, SyntheticDatasetId, UserId

EVALUATION_SCHEMA = 2
"""1 had no pictures, reasons and renderings; it still loads."""


class Verdict(StrEnum):
    """The overall advice of an evaluation."""

    RELEASE = "release"
    CONDITIONS = "release with conditions"
    DO_NOT_RELEASE = "do not release"


class Rendering(StrEnum):
    """For whose eyes a report is."""

    INTERNAL = "internal"
    """True numbers: for those who may see the real rows."""
    SHAREABLE = "shareable"
    """Small cells suppressed, rare categories masked, extremes clipped, numbers coarse: for
    everybody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttackRates:
    """How often an attack succeeds, with 95 % intervals; shares of 0 to 1."""

    attack: float
    """On people the twin was trained on."""
    attack_interval: tuple[float, float]
    attacks: int
    control: float
    """The same attack on people it was not trained on."""
    control_interval: tuple[float, float]
    controls: int
    guess: float
    """Without the twin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One measured number about a synthetic dataset.

    ``baseline`` is the same measurement with real training rows in the place of the synthetic
    ones (train versus holdout), so a reader sees what "as good as real" would be.
    """

    name: str
    """Dotted, stable: ``similarity.ks``, ``utility.auc_gap``, ``privacy.dcr_share`` …"""
    scope: str
    """What it is about: ``table``, a column (``column:age``) or a pair (``pair:age,income``);
    in datasets of several tables prefixed by the table (``visits/column:age``)."""
    value: float | None
    """``None`` where it cannot be measured; the sentence says why."""
    interval: tuple[float, float] | None = None
    """95 % confidence interval."""
    baseline: float | None = None
    threshold: float | None = None
    """The limit that separates good from not good, where there is one."""
    source: str = ""
    """Where metric and threshold come from (paper, standard, library)."""
    sentence: str = ""
    """What the number says about this dataset and what to do, for a person."""
    rates: AttackRates | None = None
    """For the risk of an attack, the rates it comes from."""
    at_least: bool = False
    """Whether value and baseline are lower bounds, in steps of 10 %, and the numbers themselves
    are not told: of shareable reports."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareShift:
    """How a sample was asked to differ from what was learned."""

    what: str
    """The rows in question, such as ``is_fraud = true``."""
    learned: float
    """Their share of the real training rows, 0 to 1."""
    drawn: float
    """Their share of the synthetic rows."""
    rows: int | None = None
    """How many real training rows they are; unknown in reports of before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backing:
    """How many real people the figures of one table rest on; rows, where nobody says whose they
    are."""

    table: str
    """Empty in datasets of one table."""
    trained: int
    held_out: int
    """0 without a holdout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationReport:
    """The document (schema 2): scores, what charts are drawn from, and the verdict on them."""

    scores: tuple[Score, ...]
    verdict: Verdict | None = None
    """``None`` where only some parts were asked for."""
    reasons: tuple[str, ...] = ()
    """Why the verdict is what it is, the gravest first."""
    notes: tuple[str, ...] = ()
    """What a reader must know of how the comparison was made: conditions, changed shares."""
    shifts: tuple[ShareShift, ...] = ()
    overlays: tuple[ColumnOverlay, ...] = ()
    matrices: tuple[AssociationMatrix, ...] = ()
    logs: tuple[LogPictures, ...] = ()
    """Of tables of events in time."""
    backing: tuple[Backing, ...] = ()
    """Of every table; unknown in reports of before, and not told in shareable ones."""
    rendering: Rendering = Rendering.INTERNAL

    def score(self, name: str, scope: str = "table") -> Score | None:
        """The score called ``name`` for ``scope``, or ``None``."""
        for score in self.scores:
            if score.name == name and score.scope == scope:
                return score
        return None

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "schema": EVALUATION_SCHEMA,
            "rendering": self.rendering,
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "notes": list(self.notes),
            "shifts": [asdict(s) for s in self.shifts],
            "scores": [
                {
                    "name": s.name,
                    "scope": s.scope,
                    "value": s.value,
                    "interval": list(s.interval) if s.interval else None,
                    "baseline": s.baseline,
                    "threshold": s.threshold,
                    "source": s.source,
                    "sentence": s.sentence,
                    "rates": asdict(s.rates) if s.rates else None,
                    "at_least": s.at_least,
                }
                for s in self.scores
            ],
            "overlays": [o.to_document() for o in self.overlays],
            "matrices": [m.to_document() for m in self.matrices],
            "logs": [log.to_document() for log in self.logs],
            "backing": [asdict(b) for b in self.backing],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back."""
        verdict = document["verdict"]
        return cls(
            verdict=Verdict(verdict) if verdict else None,
            reasons=tuple(document.get("reasons", ())),
            notes=tuple(document.get("notes", ())),
            shifts=tuple(ShareShift(**s) for s in document.get("shifts", ())),
            scores=tuple(_score(s) for s in document["scores"]),
            overlays=tuple(ColumnOverlay.from_document(o) for o in document.get("overlays", ())),
            matrices=tuple(
                AssociationMatrix.from_document(m) for m in document.get("matrices", ())
            ),
            logs=tuple(LogPictures.from_document(log) for log in document.get("logs", ())),
            backing=tuple(Backing(**b) for b in document.get("backing", ())),
            rendering=Rendering(document.get("rendering", Rendering.INTERNAL)),
        )


def _score(document: Mapping[str, Any]) -> Score:
    interval, rates = document["interval"], document.get("rates")
    return Score(
        **{
            **document,
            "interval": tuple(interval) if interval else None,
            "rates": _rates(rates) if rates else None,
        }
    )


def _rates(document: Mapping[str, Any]) -> AttackRates:
    intervals = {k: tuple(document[k]) for k in ("attack_interval", "control_interval")}
    return AttackRates(**{**document, **intervals})


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """One evaluation of one synthetic dataset. Many per synthetic dataset."""

    id: EvaluationId
    organisation_id: OrganisationId
    synthetic_dataset_id: SyntheticDatasetId
    seed: int
    created_by: UserId
    created_at: datetime
    asked: EvaluationSpec = USUAL
    report_blob: BlobId | None = None
    """The encrypted :class:`EvaluationReport`, once measured."""
    verdict: Verdict | None = None
    headline: Mapping[str, float | None] | None = None
    """The few scores that lists show, by name."""
    seconds: float | None = None
