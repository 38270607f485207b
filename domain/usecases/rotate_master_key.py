"""Wrap every data key with a new master key."""

from __future__ import annotations

from dataclasses import dataclass

from domain.kernel import Actor, Permission
from domain.ports import Atomic, AuditLog, BlobKeys, Keys


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateMasterKey:
    """Make a new master key and bring the wrapped keys of all blobs over to it.

    The blobs themselves stay as they are. The old master key stays in the ring, since a backup
    may still need it.
    """

    keys: Keys
    blob_keys: BlobKeys
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor) -> int:
        actor.require(Permission.ADMINISTER)
        self.keys.rotate()
        with self.atomic():
            count = self.blob_keys.rewrap(lambda wrapped: self.keys.wrap(self.keys.unwrap(wrapped)))
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "master key.rotated",
                "instance",
                {"blobs": count},
            )
        return count
