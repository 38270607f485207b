"""Secrets for programs: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from domain.kernel import Actor, ApiKeyId, BadInput, Permission, UserId
from domain.ports import ApiKeys, Atomic, AuditLog, Clock
from domain.usecases.names import checked_name

PREFIX = "sds_"
_SHOWN = 12
_MAX_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """A key just made: the only time its secret is seen."""

    id: ApiKeyId
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateApiKey:
    """Make a key that acts as the person who made it."""

    keys: ApiKeys
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(self, actor: Actor, *, name: str, days: int | None = 365) -> NewApiKey:
        actor.require(Permission.MANAGE_KEYS)
        name = checked_name(name, "A key's")
        if days is not None and not 1 <= days <= _MAX_DAYS:
            raise BadInput(f"A key lives 1 to {_MAX_DAYS} days.")
        secret = PREFIX + secrets.token_urlsafe(32)
        key_id = ApiKeyId(uuid4())
        now = self.clock()
        with self.atomic():
            self.keys.add(
                actor.organisation_id,
                key_id,
                name=name,
                owner=actor.user_id,
                prefix=secret[:_SHOWN],
                secret_sha256=secret_hash(secret),
                created_at=now,
                expires_at=now + timedelta(days=days) if days is not None else None,
            )
            self.audit.append(
                actor.organisation_id, actor.user_id, "key.created", str(key_id), {"name": name}
            )
        return NewApiKey(id=key_id, secret=secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeApiKey:
    """End a key at once."""

    keys: ApiKeys
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(self, actor: Actor, *, key_id: ApiKeyId) -> None:
        actor.require(Permission.MANAGE_KEYS)
        with self.atomic():
            self.keys.revoke(actor.organisation_id, key_id, self.clock())
            self.audit.append(actor.organisation_id, actor.user_id, "key.revoked", str(key_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class FindKeyOwner:
    """Whose key a secret is; ``None`` for an unknown, ended or expired one."""

    keys: ApiKeys
    clock: Clock

    def __call__(self, secret: str) -> UserId | None:
        return self.keys.owner_of(secret_hash(secret), self.clock())


def secret_hash(secret: str) -> str:
    """SHA-256 is enough here: the secret has 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
