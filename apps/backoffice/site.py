"""The back office: Django's admin with exactly what is registered in this package."""

from __future__ import annotations

from django.contrib.admin import AdminSite


class BackOffice(AdminSite):
    """An admin of its own, so that no library adds a page to it (django-q2's would let a person
    schedule any function)."""

    site_header = "Synthetic Data Studio · back office"
    site_title = "Back office"
    index_title = "People, rules and records"


site = BackOffice()
