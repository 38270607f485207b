"""Projects in memory."""

from __future__ import annotations

from uuid import uuid4

from domain.kernel import Conflict, NotFound, OrganisationId, ProjectId


class MemoryProjects:
    """Keeps the promises of :class:`domain.ports.Projects`."""

    def __init__(self) -> None:
        self._names: dict[tuple[OrganisationId, ProjectId], str] = {}

    def add(self, organisation_id: OrganisationId, project_id: ProjectId, name: str) -> None:
        if any(o == organisation_id and n == name for (o, _), n in self._names.items()):
            raise Conflict(f"There is already a project called “{name}”; choose another name.")
        self._names[organisation_id, project_id] = name

    def default(self, organisation_id: OrganisationId) -> ProjectId:
        for organisation, project in self._names:
            if organisation == organisation_id:
                return project
        project = ProjectId(uuid4())
        self.add(organisation_id, project, "Default")
        return project

    def require(self, organisation_id: OrganisationId, project_id: ProjectId) -> None:
        if (organisation_id, project_id) not in self._names:
            raise NotFound("There is no such project here; it may have been deleted.")
