"""In whose name the back office uses a use case."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest

from apps.actors import actor_of
from domain.kernel import Actor, NotAllowed, OrganisationId, Role, UserId


def acting_in(request: HttpRequest, organisation_id: UUID) -> Actor:
    """The signed-in person, acting in the organisation of a row.

    A superuser looks after the whole instance and acts as administrator of any organisation;
    anybody else acts in their own, in their own role.
    """
    if request.user.is_superuser:
        return Actor(
            user_id=UserId(request.user.get_username()),
            organisation_id=OrganisationId(organisation_id),
            role=Role.ADMINISTRATOR,
        )
    actor = actor_of(request)
    if actor.organisation_id != organisation_id:
        raise NotAllowed("This belongs to another organisation.")
    return actor
