"""Rows that are looked at and never edited by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class Record(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read-only: what happened is not changed here. Each record names the fields it shows, so a
    new column of a row stays hidden until somebody decides otherwise."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
