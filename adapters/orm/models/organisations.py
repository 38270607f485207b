"""Organisations, who belongs to them, and their projects."""

from uuid import uuid4

from django.conf import settings
from django.db import models

from adapters.orm.models.choices import choices_of
from domain.kernel import Role


class OrganisationRow(models.Model):
    """A tenant."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "organisation"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class MembershipRow(models.Model):
    """A person's role in an organisation."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    organisation = models.ForeignKey(
        OrganisationRow, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=choices_of(Role))
    must_change_password = models.BooleanField(default=False)

    class Meta:
        verbose_name = "membership"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="one_membership")
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.role}"


class ProjectRow(models.Model):
    """A folder of datasets."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(
        OrganisationRow, on_delete=models.PROTECT, related_name="projects"
    )
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "project"
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="one_project_of_a_name")
        ]

    def __str__(self) -> str:
        return self.name
