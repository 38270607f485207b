"""Proofs and secrets: the audit log, API keys, failed sign-ins."""

from __future__ import annotations

import json

from axes.models import AccessAttempt
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from adapters.orm.models import ApiKeyRow, AuditEntryRow
from apps.backoffice.acting import acting_in
from apps.backoffice.records import Record
from apps.backoffice.site import site
from config.wiring import web
from domain.kernel import ApiKeyId, StudioError


@admin.register(AuditEntryRow, site=site)
class AuditEntries(Record):
    """What happened. The page can check the whole log."""

    change_list_template = "admin/studio/auditentryrow/change_list.html"
    list_display = ["index", "at", "actor", "action", "subject"]
    ordering = ["-index"]
    list_filter = ["action", "at"]
    search_fields = ["actor", "action", "subject", "organisation_id"]
    date_hierarchy = "at"
    fields = [
        *["index", "at", "organisation_id", "actor", "action", "subject"],
        *["details", "hash", "tree_head", "signed"],
    ]

    def get_urls(self) -> list[URLPattern]:
        """The pages of a record, and the check of the log."""
        verify = self.admin_site.admin_view(self.verify)
        return [path("verify/", verify, name="studio_audit_verify"), *super().get_urls()]

    @method_decorator(require_POST)
    def verify(self, request: HttpRequest) -> HttpResponse:
        """Check every hash and signature, and say what was found."""
        check = web.verify_audit()()
        if check.broken is None:
            text = f"The log is intact: {check.entries} entries, every hash and signature fits."
            self.message_user(request, text, messages.SUCCESS)
        else:
            self.message_user(request, check.broken, messages.ERROR)
        return redirect("admin:studio_auditentryrow_changelist")

    @admin.display(description="details")
    def details(self, entry: AuditEntryRow) -> str:
        """Ids, names and counts of what happened."""
        return json.dumps(json.loads(bytes(entry.leaf))["details"], ensure_ascii=False)

    @admin.display(description="leaf hash")
    def hash(self, entry: AuditEntryRow) -> str:
        """Hex."""
        return bytes(entry.leaf_hash).hex()

    @admin.display(description="tree head")
    def tree_head(self, entry: AuditEntryRow) -> str:
        """Hex."""
        return bytes(entry.root).hex()

    @admin.display(description="signature")
    def signed(self, entry: AuditEntryRow) -> str:
        """Hex."""
        return bytes(entry.signature).hex()


@admin.register(ApiKeyRow, site=site)
class ApiKeys(Record):
    """Keys of programs, without their hashes."""

    list_display = [
        *["name", "prefix", "owner", "organisation"],
        *["created_at", "expires_at", "revoked_at"],
    ]
    list_filter = ["organisation", "created_at", "expires_at", "revoked_at"]
    search_fields = ["name", "owner", "prefix"]
    actions = ["revoke"]
    fields = [
        *["id", "organisation", "name", "owner", "prefix"],
        *["created_at", "expires_at", "revoked_at"],
    ]

    @admin.action(description="Revoke the selected keys")
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKeyRow]) -> None:
        """End each key at once; those that cannot say why."""
        for key in keys:
            try:
                actor = acting_in(request, key.organisation_id)
                web.revoke_api_key()(actor, key_id=ApiKeyId(key.id))
            except StudioError as refusal:
                self.message_user(request, f"{key}: {refusal.message}", messages.ERROR)
            else:
                self.message_user(request, f"{key}: revoked.", messages.SUCCESS)


@admin.register(AccessAttempt, site=site)
class FailedSignIns(admin.ModelAdmin):  # type: ignore[type-arg]
    """Failed sign-ins; deleting them unlocks a person or an address."""

    list_display = ["username", "ip_address", "failures_since_start", "attempt_time"]
    search_fields = ["username", "ip_address"]
    date_hierarchy = "attempt_time"
    fields = ["username", "ip_address", "failures_since_start", "attempt_time", "path_info"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: AccessAttempt | None = None) -> bool:
        return False
