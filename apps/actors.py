"""Who is asking: the signed-in user of a request as an actor of the domain."""

from __future__ import annotations

from django.http import HttpRequest

from adapters.orm.members import Membership, member
from domain.kernel import Actor, NotAllowed


def actor_of(request: HttpRequest) -> Actor:
    """The actor of the request; raises :class:`NotAllowed` for a user without membership.

    Reads the membership once and keeps the actor as ``request.studio_actor``.
    """
    known = getattr(request, "studio_actor", None)
    if isinstance(known, Actor):
        return known
    actor = membership_of(request).actor
    request.studio_actor = actor  # type: ignore[attr-defined]
    return actor


def membership_of(request: HttpRequest) -> Membership:
    """The place of the signed-in user; raises :class:`NotAllowed` when there is none."""
    found = member(request.user.pk) if request.user.is_authenticated else None
    if found is None:
        raise NotAllowed(
            "Your account belongs to no organisation; ask an administrator to give it a role."
        )
    return found
