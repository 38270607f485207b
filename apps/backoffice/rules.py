"""Rules that administrators write: retention, prices, and what speaks against a release."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from adapters.orm.models import PriceRow, ReleaseRuleRow, RetentionRuleRow
from adapters.orm.stores.release_rules import copy_default_rules
from apps.backoffice.site import site
from domain.kernel import OrganisationId


@admin.register(RetentionRuleRow, site=site)
class RetentionRules(admin.ModelAdmin):  # type: ignore[type-arg]
    """How long real rows are kept; without a rule, as long as the instance's setting says."""

    list_display = ["organisation", "days"]
    search_fields = ["organisation__name"]
    autocomplete_fields = ["organisation"]


@admin.register(ReleaseRuleRow, site=site)
class ReleaseRules(admin.ModelAdmin):  # type: ignore[type-arg]
    """What speaks against releasing a twin. An organisation's own rules take the place of the
    product's; its first one brings copies of those."""

    list_display = ["organisation", "score", "when", "limit", "surely", "verdict"]
    list_filter = ["organisation", "verdict"]
    search_fields = ["score", "advice"]
    autocomplete_fields = ["organisation"]

    def save_model(
        self, request: HttpRequest, obj: ReleaseRuleRow, form: Any, change: bool
    ) -> None:
        """The first rule of an organisation would switch all of the product's off unseen, so that
        it brings copies of them."""
        copied = 0 if change else copy_default_rules(OrganisationId(obj.organisation_id))
        super().save_model(request, obj, form, change)
        if copied:
            said = (
                f"{obj.organisation} has rules of its own from now on: this one and copies of the "
                f"product's {copied}. Edit or delete those that are not wanted."
            )
            self.message_user(request, said, messages.WARNING)


@admin.register(PriceRow, site=site)
class Prices(admin.ModelAdmin):  # type: ignore[type-arg]
    """What things cost."""

    list_display = ["name", "amount", "currency", "unit", "valid_from"]
    list_filter = ["currency", "name"]
    search_fields = ["name"]
    date_hierarchy = "valid_from"
