"""API keys in rows, as hashes."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from adapters.orm.models import ApiKeyRow
from adapters.orm.stores.tenancy import change_one
from domain.kernel import ApiKeyId, OrganisationId, UserId


class OrmApiKeys:
    """Keeps the promises of :class:`domain.ports.ApiKeys`."""

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
        ApiKeyRow.objects.create(
            id=key_id,
            organisation_id=organisation_id,
            name=name,
            owner=owner,
            prefix=prefix,
            secret_sha256=secret_sha256,
            created_at=created_at,
            expires_at=expires_at,
        )

    def revoke(self, organisation_id: OrganisationId, key_id: ApiKeyId, at: datetime) -> None:
        unrevoked = ApiKeyRow.objects.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=at),
            organisation_id=organisation_id,
            id=key_id,
            revoked_at__isnull=True,
        )
        change_one(unrevoked, "live API key", revoked_at=at)

    def owner_of(self, secret_sha256: str, now: datetime) -> UserId | None:
        live = ApiKeyRow.objects.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            secret_sha256=secret_sha256,
            revoked_at__isnull=True,
        )
        owner = live.values_list("owner", flat=True).first()
        return UserId(owner) if owner is not None else None
