"""The back office: Django's admin with exactly what is registered in this package."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from apps.actors import actor_of
from config.wiring import web
from domain.kernel import NotAllowed


class BackOffice(AdminSite):
    """An admin of its own, so that no library adds a page to it (django-q2's would let a person
    schedule any function)."""

    site_header = "Synthetic Data Studio · back office"
    site_title = "Back office"
    index_title = "People, rules and records"

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page shows: also which reviews of pack templates are due."""
        due = reviews_due(request) if self.has_permission(request) else ()
        return {**super().each_context(request), "reviews_due": due}


def reviews_due(request: HttpRequest) -> tuple[str, ...]:
    """What is due in the organisations that the signed-in person looks after, in sentences."""
    due = web.reviews_due()
    if request.user.is_superuser:
        return due.everywhere()
    try:
        sentence = due(actor_of(request).organisation_id)
    except NotAllowed:
        return ()
    return (sentence,) if sentence else ()


site = BackOffice()
