"""Create a project: a folder of datasets."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from domain.kernel import Actor, BadInput, Permission, ProjectId
from domain.ports import Atomic, AuditLog, Projects


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProject:
    """Create a project in the actor's organisation."""

    projects: Projects
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor, *, name: str) -> ProjectId:
        actor.require(Permission.UPLOAD)
        name = name.strip()
        if not 1 <= len(name) <= 100:
            raise BadInput("A project's name takes 1 to 100 characters.")
        project_id = ProjectId(uuid4())
        with self.atomic():
            self.projects.add(actor.organisation_id, project_id, name)
            self.audit.append(
                actor.organisation_id, actor.user_id, "project.created", str(project_id)
            )
        return project_id
