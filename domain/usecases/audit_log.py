"""Read and check the audit log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from domain.compliance.audit import AuditEntry, first_break
from domain.compliance.audit_extract import WithheldEntry, private_subjects, withheld
from domain.kernel import Actor, Permission
from domain.ports import AuditLog, EvidencePacks, PrivacyLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheck:
    """What checking the log found."""

    entries: int
    broken: str | None
    """The first broken thing, or ``None``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAudit:
    """Check the whole log: every hash, every signature, and that nothing was cut off since a
    pack was built on it."""

    audit: AuditLog
    packs: EvidencePacks
    verify: Callable[[bytes, bytes], bool]

    def __call__(self) -> AuditCheck:
        entries = self.audit.entries()
        broken = first_break(entries, self.verify) or self._cut_off(entries)
        return AuditCheck(entries=len(entries), broken=broken)

    def _cut_off(self, entries: tuple[AuditEntry, ...]) -> str | None:
        for pack_id, size, root in self.packs.audit_heads():
            if size > len(entries):
                return (
                    f"The log was cut: it has {len(entries)} entries, but pack {pack_id} was "
                    f"built when it had {size}."
                )
            if size and entries[size - 1].root.hex() != root:
                return f"The log was rewritten before entry {size}, since pack {pack_id} was built."
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Some of an organisation's entries, as one reader may see them."""

    entries: tuple[AuditEntry | WithheldEntry, ...]
    heads_told: bool
    """Whether roots and signatures of the log give nothing away of what is withheld."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAudit:
    """A page of the organisation's entries, newest last.

    Whoever may not see the real rows reads of a private run what its evidence pack tells.
    """

    audit: AuditLog
    ledger: PrivacyLedger

    def __call__(self, actor: Actor, *, start: int = 0, limit: int = 100) -> AuditPage:
        actor.require(Permission.READ_AUDIT)
        hidden = self.hidden(actor)
        mine = self._mine(actor)
        untold = {e.index for e in mine if _untold(e, hidden)}
        page = [e for e in mine if e.index >= start][:limit]
        return AuditPage(
            entries=tuple(WithheldEntry.of(e) if e.index in untold else e for e in page),
            heads_told=all(e.blinded for e in mine if e.index in untold),
        )

    def hidden(self, actor: Actor) -> frozenset[str]:
        """Subjects of which this actor may not read what was counted on real rows."""
        if actor.may(Permission.SEE_SOURCE):
            return frozenset()
        private = {str(found) for found in self.ledger.private_datasets(actor.organisation_id)}
        return private_subjects(self._mine(actor), private) if private else frozenset()

    def _mine(self, actor: Actor) -> list[AuditEntry]:
        home = str(actor.organisation_id)
        return [e for e in self.audit.entries() if e.organisation == home]


def _untold(entry: AuditEntry, hidden: frozenset[str]) -> bool:
    said = entry.document()
    return said["subject"] in hidden and withheld(said["action"])
