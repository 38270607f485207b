"""One piece of evidence: file, hash, age, and whether it speaks for a control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.compliance.controls.control import EvidenceKind

VALID_DAYS = 365
"""After a year evidence has to be made anew: evaluations are periodic (45 CFR 164.308(a)(8)), and
what is identifiable changes with what others hold (Recital 26 GDPR)."""

_HEX = 64


class State(StrEnum):
    """What a piece of evidence is worth at a moment."""

    VALID = "valid"
    CONDITIONAL = "valid under conditions"
    EXPIRED = "expired"
    UNDATED = "undated"
    FAILED = "speaks against it"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One kind of evidence in one file of the pack."""

    kind: EvidenceKind
    file: str
    sha256: str
    """Of the file, hex; of the manifest, which holds the hash of this mapping and so cannot be
    hashed by it, the SHA-256 of the public key that signs it."""
    made_at: datetime | None
    expires_at: datetime | None = None
    holds: bool = True
    """Whether it speaks for a control, not against it."""
    conditional: bool = False
    says: str
    """Its finding, in one sentence."""

    @property
    def of_key(self) -> bool:
        """Whether the hash is that of the key that signs."""
        return self.kind is EvidenceKind.MANIFEST

    @property
    def linked(self) -> bool:
        """Whether it names a whole SHA-256: without one nobody could look it up."""
        return len(self.sha256) == _HEX and set(self.sha256) <= set("0123456789abcdef")

    def state(self, at: datetime) -> State:
        """What it is worth at a moment. Nothing older than :data:`VALID_DAYS` is fresh."""
        if not self.holds:
            return State.FAILED
        if self.made_at is None:
            return State.UNDATED
        if at >= self.end(self.made_at):
            return State.EXPIRED
        return State.CONDITIONAL if self.conditional else State.VALID

    def end(self, made_at: datetime) -> datetime:
        """When it expires."""
        end = made_at + timedelta(days=VALID_DAYS)
        return min(end, self.expires_at) if self.expires_at else end


Exhibits = Mapping[EvidenceKind, Exhibit]
"""What a pack holds, by kind."""
