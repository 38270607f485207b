"""Read and check the audit log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from domain.compliance.audit import AuditEntry, first_break
from domain.kernel import Actor, Permission
from domain.ports import AuditLog, EvidencePacks


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
class ReadAudit:
    """A page of the organisation's entries, newest last."""

    audit: AuditLog

    def __call__(self, actor: Actor, *, start: int = 0, limit: int = 100) -> tuple[AuditEntry, ...]:
        actor.require(Permission.READ_AUDIT)
        mine = [
            e for e in self.audit.entries(start) if e.organisation == str(actor.organisation_id)
        ]
        return tuple(mine[:limit])
