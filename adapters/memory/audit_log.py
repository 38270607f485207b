"""The audit log in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from threading import RLock
from typing import Any
from uuid import UUID

from domain.compliance.audit import AuditEntry, leaf_bytes, next_entry
from domain.compliance.inclusion import LogLeaves
from domain.kernel import OrganisationId, UserId


class MemoryAuditLog:
    """Keeps the promises of :class:`domain.ports.AuditLog`."""

    def __init__(self, sign: Callable[[bytes], bytes], clock: Callable[[], datetime]) -> None:
        self._sign = sign
        self._clock = clock
        self._lock = RLock()
        self._entries: list[tuple[UUID, str, AuditEntry]] = []

    def append(
        self,
        organisation_id: OrganisationId,
        actor: UserId,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
    ) -> AuditEntry:
        with self._lock:
            leaf = leaf_bytes(
                index=len(self._entries),
                at=self._clock(),
                organisation_id=str(organisation_id),
                actor=actor,
                action=action,
                subject=subject,
                details=details or {},
            )
            entry = next_entry(self.head(), leaf, self._sign)
            self._entries.append((organisation_id, subject, entry))
        return entry

    def entries(self, start: int = 0) -> tuple[AuditEntry, ...]:
        return tuple(entry for _, _, entry in self._entries[start:])

    def about(
        self, organisation_id: OrganisationId, subjects: frozenset[str]
    ) -> tuple[AuditEntry, ...]:
        return tuple(
            entry
            for organisation, subject, entry in self._entries
            if organisation == organisation_id and subject in subjects
        )

    def head(self) -> AuditEntry | None:
        return self._entries[-1][2] if self._entries else None

    def leaves(self, size: int) -> LogLeaves:
        first = self.entries()[:size]
        plain = (e.index for e in reversed(first) if not e.blinded)
        return LogLeaves(tuple(e.leaf_hash for e in first), next(plain, -1) + 1)
