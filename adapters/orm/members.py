"""Who belongs to which organisation, as the faces ask."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from adapters.orm.models import MembershipRow, OrganisationRow
from domain.kernel import SYSTEM, Actor, NotFound, OrganisationId, Role, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """One person's place: the actor they are, and whether their password was a one-time one."""

    actor: Actor
    must_change_password: bool


def member(user_pk: int) -> Membership | None:
    """The membership of the user with this primary key (the oldest, where there are several);
    ``None`` for a user who has none."""
    row = (
        MembershipRow.objects.filter(user_id=user_pk)
        .values_list("user__username", "organisation_id", "role", "must_change_password")
        .first()
    )
    return _membership(*row) if row else None


def actor_named(username: str) -> Actor:
    """The actor whom an active user of that name is; raises :class:`NotFound`."""
    row = (
        MembershipRow.objects.filter(user__username=username, user__is_active=True)
        .values_list("user__username", "organisation_id", "role", "must_change_password")
        .first()
    )
    if row is None:
        raise NotFound(f"There is no active user “{username}” with a role in an organisation.")
    return _membership(*row).actor


def system_actor(organisation_name: str) -> Actor:
    """The local system actor, an administrator of :func:`the_instance_of`."""
    return Actor(
        user_id=SYSTEM,
        organisation_id=the_instance_of(organisation_name),
        role=Role.ADMINISTRATOR,
    )


def the_instance_of(name: str) -> OrganisationId:
    """The organisation that an instance is of: that of the name, else the oldest, whose name has
    changed since; made when there is none."""
    known = OrganisationRow.objects
    with transaction.atomic():
        row = known.filter(name=name).first() or known.order_by("created_at").first()
        return OrganisationId((row or known.create(name=name)).id)


def password_changed(user_pk: int) -> None:
    """Note that the user has a password of their own now."""
    MembershipRow.objects.filter(user_id=user_pk).update(must_change_password=False)


def _membership(username: str, organisation_id: object, role: str, must: bool) -> Membership:
    actor = Actor(
        user_id=UserId(username),
        organisation_id=OrganisationId(organisation_id),  # type: ignore[arg-type]
        role=Role(role),
    )
    return Membership(actor=actor, must_change_password=must)
