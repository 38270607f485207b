"""The audit log in insert-only rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from adapters.orm.mappers import audit_columns, audit_entity
from adapters.orm.models import AuditEntryRow
from domain.compliance.audit import AuditEntry, leaf_bytes, next_entry
from domain.compliance.inclusion import LogLeaves
from domain.kernel import OrganisationId, UserId

_APPENDING = 0x5D5A0D17
"""Key of the advisory lock that everyone who appends takes; any fixed number will do."""


class OrmAuditLog:
    """Keeps the promises of :class:`domain.ports.AuditLog`."""

    def __init__(self, sign: Callable[[bytes], bytes], clock: Callable[[], datetime]) -> None:
        self._sign = sign
        self._clock = clock

    def append(
        self,
        organisation_id: OrganisationId,
        actor: UserId,
        action: str,
        subject: str,
        details: Mapping[str, Any] | None = None,
    ) -> AuditEntry:
        with transaction.atomic():
            _wait_for_turn()
            previous = self.head()
            at = self._clock()
            leaf = leaf_bytes(
                index=previous.index + 1 if previous else 0,
                at=at,
                organisation_id=str(organisation_id),
                actor=actor,
                action=action,
                subject=subject,
                details=details or {},
            )
            entry = next_entry(previous, leaf, self._sign)
            AuditEntryRow.objects.create(
                at=at,
                organisation_id=organisation_id,
                actor=actor,
                action=action,
                subject=subject,
                **audit_columns(entry),
            )
        return entry

    def entries(self, start: int = 0) -> tuple[AuditEntry, ...]:
        rows = AuditEntryRow.objects.filter(index__gte=start).order_by("index")
        return tuple(audit_entity(row) for row in rows.iterator())

    def about(
        self, organisation_id: OrganisationId, subjects: frozenset[str]
    ) -> tuple[AuditEntry, ...]:
        rows = AuditEntryRow.objects.filter(
            organisation_id=organisation_id, subject__in=sorted(subjects)
        )
        return tuple(audit_entity(row) for row in rows.order_by("index"))

    def head(self) -> AuditEntry | None:
        last = AuditEntryRow.objects.order_by("-index").first()
        return audit_entity(last) if last else None

    def leaves(self, size: int) -> LogLeaves:
        rows = AuditEntryRow.objects.filter(index__lt=size).order_by("index")
        hashes = tuple(map(bytes, rows.values_list("leaf_hash", flat=True)))
        # Random bits came with a release: every entry after the first that has them has them.
        return LogLeaves(hashes, bisect_left(range(len(hashes)), True, key=_blinded))


def _blinded(index: int) -> bool:
    row = AuditEntryRow.objects.filter(index=index).first()
    return row is not None and audit_entity(row).blinded


def _wait_for_turn() -> None:
    """Hold everyone else who appends until this transaction ends.

    SQLite needs nothing: its transactions are immediate, so there is one writer at a time.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPENDING])
