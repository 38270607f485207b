"""A thing that is not the organisation's is refused as if it did not exist."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, QuerySet

from domain.kernel import NotFound

R = TypeVar("R", bound=Model)


def the_one(rows: QuerySet[R], thing: str) -> R:
    """The only row of ``rows``; :class:`NotFound` when there is none."""
    row = rows.first()
    if row is None:
        raise not_found(thing)
    return row


def change_one(rows: QuerySet[R], thing: str, **columns: object) -> None:
    """Write ``columns`` into the only row of ``rows``; :class:`NotFound` when there is none."""
    if not rows.update(**columns):
        raise not_found(thing)


def not_found(thing: str) -> NotFound:
    """The refusal."""
    return NotFound(f"There is no such {thing} here; it may have been deleted.")
