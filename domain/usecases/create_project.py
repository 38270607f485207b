"""Create a project: a folder of datasets."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from domain.kernel import Actor, Permission, ProjectId
from domain.ports import Atomic, AuditLog, Projects
from domain.usecases.names import checked_name


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProject:
    """Create a project in the actor's organisation."""

    projects: Projects
    audit: AuditLog
    atomic: Atomic

    def __call__(self, actor: Actor, *, name: str) -> ProjectId:
        actor.require(Permission.UPLOAD)
        name = checked_name(name, "A project's")
        project_id = ProjectId(uuid4())
        with self.atomic():
            self.projects.add(actor.organisation_id, project_id, name)
            self.audit.append(
                actor.organisation_id, actor.user_id, "project.created", str(project_id)
            )
        return project_id
