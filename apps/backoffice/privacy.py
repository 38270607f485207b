"""Whose privacy is spent, how much of it may be, and the ledger of what was."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path

from adapters.orm.models import PopulationRow, PrivacySpendRow
from apps.backoffice.acting import acting_in
from apps.backoffice.records import Record
from apps.backoffice.site import site
from config.wiring import web
from domain.kernel import DatasetId, StudioError

_LONGEST_REASON = 500


class BudgetForm(forms.Form):
    """An administrator's word on a budget."""

    epsilon = forms.FloatField(label="ε in all")
    delta = forms.FloatField(label="δ in all")
    reason = forms.CharField(
        max_length=_LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stays in the audit log.",
    )


@admin.register(PopulationRow, site=site)
class Populations(Record):
    """The people of a dataset and what may be spent of their privacy."""

    change_form_template = "admin/studio/populationrow/change_form.html"
    list_display = ["dataset", "epsilon", "delta", "decided", "organisation"]
    list_filter = ["organisation", "decided"]
    list_select_related = ["dataset", "organisation"]
    search_fields = ["id", "dataset__name"]
    actions = ["forget_people"]
    fields = [
        *["id", "organisation", "dataset", "unit", "epsilon", "delta", "decided"],
        *["recognised", "forecast"],
    ]

    def get_urls(self) -> list[URLPattern]:
        """The pages of a record, and the one that sets a budget."""
        budget = self.admin_site.admin_view(self.budget)
        name = "studio_populationrow_budget"
        return [path("<uuid:population_id>/budget/", budget, name=name), *super().get_urls()]

    def budget(self, request: HttpRequest, population_id: Any) -> HttpResponse:
        """Ask for a budget and a reason; what is refused is said beside the form."""
        row = get_object_or_404(PopulationRow, pk=population_id)
        actor = acting_in(request, row.organisation_id)
        form = BudgetForm(
            request.POST or None, initial={"epsilon": row.epsilon, "delta": row.delta}
        )
        if request.method == "POST" and form.is_valid():
            try:
                web.set_privacy_budget()(
                    actor, dataset_id=DatasetId(row.dataset_id), **form.cleaned_data
                )
            except StudioError as refusal:
                form.add_error(None, refusal.message)
            else:
                self.message_user(request, "The budget is set.", messages.SUCCESS)
                return redirect("admin:studio_populationrow_change", row.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Privacy budget of {row.dataset.name}",
            "left": self.forecast(row),
            "form": form,
        }
        return render(request, "admin/studio/populationrow/budget.html", context)

    @admin.display(description="recognised in other datasets", boolean=True)
    def recognised(self, row: PopulationRow) -> bool:
        """Whether digests of its people are kept."""
        return bool(row.people_blob)

    @admin.display(description="what is left")
    def forecast(self, row: PopulationRow) -> str:
        """As a number of releases."""
        return web.privacy_forecast(row.organisation_id, row.dataset_id)

    @admin.action(description="Forget the people: later uploads of them begin a new budget")
    def forget_people(self, request: HttpRequest, rows: QuerySet[PopulationRow]) -> None:
        """Shred the digests of each; what was spent stays."""
        for row in rows.select_related("dataset"):
            try:
                web.forget_people()(
                    acting_in(request, row.organisation_id),
                    dataset_id=DatasetId(row.dataset_id),
                    reason="By the back office.",
                )
            except StudioError as refusal:
                self.message_user(request, f"{row.dataset}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, f"{row.dataset}: forgotten.", messages.SUCCESS)


@admin.register(PrivacySpendRow, site=site)
class PrivacySpends(Record):
    """The ledger of spent privacy, line by line."""

    list_display = [
        *["population", "kind", "subject_id", "state", "epsilon", "delta"],
        *["by", "recorded_at"],
    ]
    list_filter = ["organisation", "kind", "state", "recorded_at"]
    list_select_related = ["population__dataset"]
    search_fields = ["subject_id", "population__dataset__name", "by"]
    date_hierarchy = "recorded_at"
    fields = [
        *["organisation", "population", "kind", "subject_id", "state", "epsilon", "delta"],
        *["unit", "void", "note", "by", "recorded_at"],
    ]
