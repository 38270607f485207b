"""People: users, groups, and their roles in organisations."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BooleanField, ModelForm
from django.http import HttpRequest

from adapters.orm.models import MembershipRow, OrganisationRow, ProjectRow
from adapters.orm.stores.release_rules import copy_default_rules
from apps.backoffice.site import site
from domain.kernel import SYSTEM, OrganisationId


class NewUserForm(AdminUserCreationForm):  # type: ignore[type-arg]
    """A new user; the audit log's word for the command line is nobody's name."""

    def clean_username(self) -> str:
        """The name, unless it would be mistaken for the system's."""
        name: str = super().clean_username()
        if name.casefold() == SYSTEM:
            raise ValidationError("This name stands for the command line; choose another.")
        return name


class NewMembershipForm(ModelForm):  # type: ignore[type-arg]
    """A new role: whoever gives it usually gave the password too, which must not stay valid."""

    must_change_password = BooleanField(required=False, initial=True)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        organisations = OrganisationRow.objects.all()[:2]
        if len(organisations) == 1:
            self.initial["organisation"] = organisations[0].pk


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    """The roles of a user."""

    model = MembershipRow
    verbose_name = "role"
    verbose_name_plural = "roles in organisations"

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """Nobody should have to look for the role of a new user: without one they see nothing."""
        return 0 if obj else 1

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Only a new user has a password that an administrator knows."""
        if obj is None:
            kwargs["form"] = NewMembershipForm
        return super().get_formset(request, obj, **kwargs)


@admin.register(User, site=site)
class Users(UserAdmin):  # type: ignore[type-arg]
    """Who may sign in. Names are for ever, because the audit log speaks of people by name: a user
    who leaves is made inactive, not deleted or renamed."""

    add_form = NewUserForm
    inlines = [MembershipInline]
    list_display = ["username", "email", "roles", "is_active", "is_superuser", "last_login"]
    list_filter = ["is_active", "is_superuser", "memberships__role", "memberships__organisation"]

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        """Role and organisation of each membership."""
        places = MembershipRow.objects.filter(user=user).select_related("organisation")
        return ", ".join(f"{p.role} of {p.organisation}" for p in places)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A name cannot be changed once it is given."""
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "username"] if obj else fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


site.register(Group, GroupAdmin)


@admin.register(MembershipRow, site=site)
class Memberships(admin.ModelAdmin):  # type: ignore[type-arg]
    """Roles."""

    list_display = ["user", "role", "organisation", "must_change_password"]
    list_filter = ["role", "organisation"]
    search_fields = ["user__username", "user__email"]
    autocomplete_fields = ["user", "organisation"]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """A role that is added asks for a new password unless the box is cleared."""
        if not change:
            kwargs["form"] = NewMembershipForm
        return super().get_form(request, obj, change=change, **kwargs)


@admin.register(OrganisationRow, site=site)
class Organisations(admin.ModelAdmin):  # type: ignore[type-arg]
    """Tenants."""

    list_display = ["name", "members", "created_at"]
    search_fields = ["name"]
    actions = ["copy_release_rules"]

    @admin.action(description="Copy the product's rules for a release, to edit them")
    def copy_release_rules(
        self, request: HttpRequest, organisations: QuerySet[OrganisationRow]
    ) -> None:
        """Give each organisation rules of its own, equal to the product's at first."""
        for organisation in organisations:
            copied = copy_default_rules(OrganisationId(organisation.pk))
            said = (
                f"{organisation.name} has {copied} rules of its own now; edit them below."
                if copied
                else f"{organisation.name} has rules of its own already; nothing was changed."
            )
            self.message_user(request, said)

    @admin.display(description="members")
    def members(self, organisation: OrganisationRow) -> int:
        """How many people have a role in it."""
        return MembershipRow.objects.filter(organisation=organisation).count()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ProjectRow, site=site)
class Projects(admin.ModelAdmin):  # type: ignore[type-arg]
    """Folders of datasets."""

    list_display = ["name", "organisation", "created_at"]
    list_filter = ["organisation"]
    search_fields = ["name"]
    autocomplete_fields = ["organisation"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A project stays in its organisation, as its datasets do."""
        return ["organisation"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
