"""An audit of a promised ε, as asked for. Light: command lines import it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.evaluation.privacy_audit import CONFIDENCE, USUAL_CANARIES, ThreatModel
from domain.synthesis.requests import InputFile, PrivacyRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """An audit as asked for on a command line."""

    rows: InputFile
    """Public rows, or synthetic ones that were released already."""
    source: str
    """Where they come from, in words; the actor is the person who says that they are public."""
    on_real_rows: bool
    """Whether they are private: then nothing of the audit may leave the instance."""
    synthesizer: str
    settings: Mapping[str, str]
    target: str | None
    privacy: PrivacyRequest
    threat_model: ThreatModel
    schema: bytes | None = None
    canaries: int = USUAL_CANARIES
    confidence: float = CONFIDENCE
    seed: int = 0
