"""Projects in rows."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from adapters.orm.models import ProjectRow
from adapters.orm.stores.tenancy import not_found
from domain.kernel import Conflict, OrganisationId, ProjectId


class OrmProjects:
    """Keeps the promises of :class:`domain.ports.Projects`."""

    def add(self, organisation_id: OrganisationId, project_id: ProjectId, name: str) -> None:
        try:
            with transaction.atomic():
                ProjectRow.objects.create(id=project_id, organisation_id=organisation_id, name=name)
        except IntegrityError:
            raise Conflict(
                f"There is already a project called “{name}”; choose another name."
            ) from None

    def default(self, organisation_id: OrganisationId) -> ProjectId:
        first = ProjectRow.objects.filter(organisation_id=organisation_id).first()
        if first is None:  # get_or_create: two first uploads at once make one project
            first, _ = ProjectRow.objects.get_or_create(
                organisation_id=organisation_id, name="Default"
            )
        return ProjectId(first.id)

    def require(self, organisation_id: OrganisationId, project_id: ProjectId) -> None:
        if not ProjectRow.objects.filter(organisation_id=organisation_id, id=project_id).exists():
            raise not_found("project")
