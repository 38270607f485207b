"""How organisations want their packs: versions to read, to compare, to change and to confirm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from adapters.orm.models import OrganisationRow, PackTemplateRow
from adapters.orm.stores.pack_templates import OrmPackTemplates
from apps.backoffice.acting import acting_in
from apps.backoffice.records import Record
from apps.backoffice.site import site
from apps.backoffice.template_form import TemplateForm
from apps.uploads import received
from config.wiring import web
from domain.compliance.legal.placeholders import PLACEHOLDERS
from domain.compliance.legal.wording import LegalPaper
from domain.compliance.pack_templates import PackTemplate
from domain.compliance.pack_templates_diff import template_diff
from domain.compliance.pack_templates_logo import logo_address
from domain.kernel import BadInput, OrganisationId, StudioError

_MOST_DIGITS = 9


@admin.register(PackTemplateRow, site=site)
class PackTemplates(Record):
    """Versions of the template. Nothing is edited in place: a change is a new version."""

    change_list_template = "admin/studio/packtemplaterow/change_list.html"
    change_form_template = "admin/studio/packtemplaterow/change_form.html"
    list_display = ["organisation", "version", "note", "review", "by", "at"]
    list_display_links = ["organisation", "version"]
    list_filter = ["organisation"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "note", "by"]
    date_hierarchy = "at"
    fields = [
        *["organisation", "version", "by", "at", "note", "review"],
        *["name", "contact", "picture", "own_words", "controls", "review_on"],
    ]

    def get_urls(self) -> list[URLPattern]:
        """The pages of a record, and those that compare, change and confirm."""
        pages = {
            "edit": self.edit,
            "preview": self.preview,
            "compare": self.compare,
            "confirm": self.confirm,
        }
        own = [
            path(
                f"<uuid:organisation_id>/{name}/",
                self.admin_site.admin_view(page),
                name=f"studio_packtemplaterow_{name}",
            )
            for name, page in pages.items()
        ]
        return [*own, *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The list, and a way to a new version for each organisation of the person's."""
        organisations = OrganisationRow.objects.order_by("name")
        if not request.user.is_superuser:
            organisations = organisations.filter(memberships__user=request.user.pk)
        return super().changelist_view(
            request, {**(extra_context or {}), "organisations": organisations}
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """One version; only the newest can be confirmed."""
        row = self.get_object(request, object_id)
        newest = row is not None and _newest(row.organisation_id).version == row.version
        return super().change_view(
            request, object_id, form_url, {**(extra_context or {}), "is_newest": newest}
        )

    def edit(self, request: HttpRequest, organisation_id: UUID) -> HttpResponse:
        """The newest version as a form, which saves another; a refusal is said beside it."""
        home = get_object_or_404(OrganisationRow, pk=organisation_id)
        actor = acting_in(request, home.pk)
        before = _newest(home.pk)
        form = TemplateForm.about(before, request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                saved = web.edit_pack_template()(
                    actor, logo=received(request).logo, **form.wanted(before.content)
                )
            except StudioError as refusal:
                form.add_error(None, refusal.message)
            else:
                said = f"Version {saved.version} is saved; packs are made with it from now on."
                self.message_user(request, said, messages.SUCCESS)
                return redirect("admin:studio_packtemplaterow_changelist")
        return self._edit_page(request, home, before, form)

    def preview(self, request: HttpRequest, organisation_id: UUID) -> HttpResponse:
        """The legal papers as PDF: of a form that is not saved, or of a saved version."""
        home = get_object_or_404(OrganisationRow, pk=organisation_id)
        actor = acting_in(request, home.pk)
        before = _newest(home.pk)
        if request.method != "POST":
            saved = _version(home.pk, request.GET.get("version"), before.version)
            return _shown(web.preview_pack_template()(actor, template=saved))
        form = TemplateForm.about(before, request.POST, request.FILES)
        form.fields["note"].required = False
        if form.is_valid():
            draft = replace(
                before, version=before.version + 1, at=None, content=form.content(before.content)
            )
            try:
                paper = web.preview_pack_template()(
                    actor, template=draft, logo=received(request).logo
                )
            except StudioError as refusal:
                form.add_error(None, refusal.message)
            else:
                return _shown(paper)
        return self._edit_page(request, home, before, form)

    def _edit_page(
        self, request: HttpRequest, home: OrganisationRow, before: PackTemplate, form: TemplateForm
    ) -> HttpResponse:
        return self._page(
            request,
            "edit",
            f"Pack template of {home}",
            form=form,
            before=before,
            organisation_id=home.pk,
            logo=logo_address(before.content.logo),
            placeholders=PLACEHOLDERS,
        )

    @method_decorator(require_safe)
    def compare(self, request: HttpRequest, organisation_id: UUID) -> HttpResponse:
        """What differs between two versions; of the newest and the one before if none is named."""
        home = get_object_or_404(OrganisationRow, pk=organisation_id)
        acting_in(request, home.pk)
        newest = _newest(home.pk)
        new = _version(home.pk, request.GET.get("new"), newest.version)
        old = _version(home.pk, request.GET.get("old"), max(new.version - 1, 0))
        return self._page(
            request,
            "compare",
            f"Pack template of {home}: version {old.version} and version {new.version}",
            old=old,
            new=new,
            versions=range(newest.version + 1),
            parts=template_diff(old.content, new.content),
        )

    @method_decorator(require_POST)
    def confirm(self, request: HttpRequest, organisation_id: UUID) -> HttpResponse:
        """Reviewed, unchanged."""
        home = get_object_or_404(OrganisationRow, pk=organisation_id)
        actor = acting_in(request, home.pk)
        try:
            seen = _number(request.POST.get("version", ""))
            web.confirm_pack_template()(actor, version=seen)
        except StudioError as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.message_user(request, "Confirmed for another 90 days.", messages.SUCCESS)
        return redirect("admin:studio_packtemplaterow_changelist")

    def _page(self, request: HttpRequest, name: str, title: str, **more: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "title": title, **more}
        return render(request, f"admin/studio/packtemplaterow/{name}.html", context)

    @admin.display(description="review")
    def review(self, row: PackTemplateRow) -> str:
        """Until when the newest version is good."""
        state = OrmPackTemplates().state(OrganisationId(row.organisation_id))
        if state is None or state.template.version != row.version:
            return "–"
        due = f"{state.due_at:%Y-%m-%d}"
        return f"due since {due}" if state.is_due(timezone.now()) else f"due on {due}"

    @admin.display(description="logo")
    def picture(self, row: PackTemplateRow) -> str:
        """As packs print it."""
        address = logo_address(bytes(row.logo))
        return format_html('<img class="logo" alt="Logo" src="{}">', address) if address else "–"

    @admin.display(description="own wording of")
    def own_words(self, row: PackTemplateRow) -> str:
        """Which papers it words itself; their text is on the page that compares."""
        return ", ".join(LegalPaper(name).heading for name in row.wording) or "–"


def _shown(paper: bytes) -> HttpResponse:
    """In the browser; the name is for whoever saves it."""
    answer = HttpResponse(paper, content_type="application/pdf")
    answer["Content-Disposition"] = 'inline; filename="legal-preview.pdf"'
    return answer


def _newest(organisation_id: UUID) -> PackTemplate:
    owner = OrganisationId(organisation_id)
    return OrmPackTemplates().newest(owner) or PackTemplate(organisation_id=owner)


def _version(organisation_id: UUID, asked: str | None, otherwise: int) -> PackTemplate:
    """The version asked for; 0 is the product's own."""
    number = otherwise if asked is None else _number(asked)
    owner = OrganisationId(organisation_id)
    return OrmPackTemplates().get(owner, number) if number else PackTemplate(organisation_id=owner)


def _number(asked: str) -> int:
    if not (asked.isascii() and asked.isdigit() and len(asked) < _MOST_DIGITS):
        raise BadInput("Name a version by its number.")
    return int(asked)
