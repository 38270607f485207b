"""One kind of thing in memory, by organisation and id."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Generic, TypeVar
from uuid import UUID

from domain.kernel import NotFound, OrganisationId

T = TypeVar("T")


class Shelf(dict[UUID, T], Generic[T]):
    """Frozen entities by id; each has ``id`` and ``organisation_id``."""

    def put(self, entity: Any) -> None:
        """Add or replace."""
        self[entity.id] = entity

    def take(self, organisation_id: OrganisationId, key: UUID, thing: str) -> Any:
        """The organisation's entity, or :class:`NotFound`."""
        entity: Any = self.get(key)
        if entity is None or entity.organisation_id != organisation_id:
            raise NotFound(f"There is no such {thing} here; it may have been deleted.")
        return entity

    def change(self, entity: Any, **fields: Any) -> None:
        """Replace ``entity`` by a copy with other ``fields``."""
        self.put(replace(entity, **fields))
