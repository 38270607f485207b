"""Rules that administrators write: retention, prices, and what speaks against a release."""

from __future__ import annotations

from django.contrib import admin

from adapters.orm.models import PriceRow, ReleaseRuleRow, RetentionRuleRow
from apps.backoffice.site import site


@admin.register(RetentionRuleRow, site=site)
class RetentionRules(admin.ModelAdmin):  # type: ignore[type-arg]
    """How long real rows are kept; without a rule, as long as the instance's setting says."""

    list_display = ["organisation", "days"]
    search_fields = ["organisation__name"]
    autocomplete_fields = ["organisation"]


@admin.register(ReleaseRuleRow, site=site)
class ReleaseRules(admin.ModelAdmin):  # type: ignore[type-arg]
    """What speaks against releasing a twin. An organisation's own rules replace the product's
    altogether; copy those first (an action on organisations), then edit."""

    list_display = ["organisation", "score", "when", "limit", "surely", "verdict"]
    list_filter = ["organisation", "verdict"]
    search_fields = ["score", "advice"]
    autocomplete_fields = ["organisation"]


@admin.register(PriceRow, site=site)
class Prices(admin.ModelAdmin):  # type: ignore[type-arg]
    """What things cost."""

    list_display = ["name", "amount", "currency", "unit", "valid_from"]
    list_filter = ["currency", "name"]
    search_fields = ["name"]
    date_hierarchy = "valid_from"
