"""API keys in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from domain.kernel import ApiKeyId, NotFound, OrganisationId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptKey:
    """What is known of one key."""

    organisation_id: OrganisationId
    name: str
    owner: UserId
    prefix: str
    secret_sha256: str
    created_at: datetime
    expires_at: datetime | None
    revoked: bool = False

    def lives(self, now: datetime) -> bool:
        """Whether the key still opens anything."""
        return not self.revoked and (self.expires_at is None or self.expires_at > now)


class MemoryApiKeys:
    """Keeps the promises of :class:`domain.ports.ApiKeys`."""

    def __init__(self) -> None:
        self.kept: dict[ApiKeyId, KeptKey] = {}

    def add(
        self,
        organisation_id: OrganisationId,
        key_id: ApiKeyId,
        *,
        name: str,
        owner: UserId,
        prefix: str,
        secret_sha256: str,
        created_at: datetime,
        expires_at: datetime | None,
    ) -> None:
        self.kept[key_id] = KeptKey(
            organisation_id=organisation_id,
            name=name,
            owner=owner,
            prefix=prefix,
            secret_sha256=secret_sha256,
            created_at=created_at,
            expires_at=expires_at,
        )

    def revoke(self, organisation_id: OrganisationId, key_id: ApiKeyId, at: datetime) -> None:
        key = self.kept.get(key_id)
        if key is None or key.organisation_id != organisation_id or not key.lives(at):
            raise NotFound("There is no such live API key here; it may have been deleted.")
        self.kept[key_id] = replace(key, revoked=True)

    def owner_of(self, secret_sha256: str, now: datetime) -> UserId | None:
        for key in self.kept.values():
            if key.secret_sha256 == secret_sha256 and key.lives(now):
                return key.owner
        return None
