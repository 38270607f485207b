"""Words that every part of the domain shares: ids, the actor, permissions, refusals, progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

OrganisationId = NewType("OrganisationId", UUID)
ProjectId = NewType("ProjectId", UUID)
DatasetId = NewType("DatasetId", UUID)
PopulationId = NewType("PopulationId", UUID)
RunId = NewType("RunId", UUID)
SyntheticDatasetId = NewType("SyntheticDatasetId", UUID)
EvaluationId = NewType("EvaluationId", UUID)
PackId = NewType("PackId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
TuningId = NewType("TuningId", UUID)
JobId = NewType("JobId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
BlobId = NewType("BlobId", str)
UserId = NewType("UserId", str)
"""Who acted, as the audit log writes it: a user name, or :data:`SYSTEM`."""
SYSTEM = UserId("system")
"""The command line without a user, and what the product does at a set time: nobody can sign in by
this name."""

OnProgress = Callable[[int, int, str], None]
"""``on_progress(done, total, note)``: called at least every half second by anything that takes
time. It may raise :class:`Cancelled`, which the caller lets through. Notes never quote data."""


def no_progress(done: int, total: int, note: str) -> None:
    """Ignore progress (for callers who do not watch)."""


class Permission(StrEnum):
    """What an actor may do. Roles are sets of these."""

    VIEW = "view"
    SEE_SOURCE = "see source"
    UPLOAD = "upload"
    CONFIRM = "confirm columns"
    TRAIN = "train"
    EVALUATE = "evaluate"
    DOWNLOAD = "download synthetic data"
    DOWNLOAD_PACK = "download evidence packs"
    APPROVE = "approve"
    READ_AUDIT = "read the audit log"
    MANAGE_KEYS = "manage API keys"
    DELETE = "delete"
    ADMINISTER = "administer"


class Role(StrEnum):
    """A person's place in an organisation."""

    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    APPROVER = "approver"
    VIEWER = "viewer"
    REVIEWER = "outside reviewer"


_MEMBER = frozenset(
    {
        Permission.VIEW,
        Permission.SEE_SOURCE,
        Permission.UPLOAD,
        Permission.CONFIRM,
        Permission.TRAIN,
        Permission.EVALUATE,
        Permission.DOWNLOAD,
        Permission.DOWNLOAD_PACK,
        Permission.MANAGE_KEYS,
        Permission.DELETE,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMINISTRATOR: frozenset(Permission),
    Role.MEMBER: _MEMBER,
    Role.APPROVER: _MEMBER | {Permission.APPROVE, Permission.READ_AUDIT},
    Role.VIEWER: frozenset({Permission.VIEW}),
    Role.REVIEWER: frozenset({Permission.DOWNLOAD_PACK, Permission.READ_AUDIT}),
}


class StudioError(Exception):
    """A refusal: one clear sentence for a person, which never quotes a cell value."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class BadInput(StudioError):
    """What was handed in cannot be used; the sentence says what is wrong and what to do."""

    code = "bad_input"


class TooLarge(BadInput):
    """The request is larger than this face accepts; the sentence points to the command line."""

    code = "too_large"


class NotFound(StudioError):
    """No such thing in the actor's organisation."""

    code = "not_found"


class NotAllowed(StudioError):
    """The actor's role does not include the permission."""

    code = "not_allowed"


class Conflict(StudioError):
    """The thing is not in a state that allows this; the sentence says which step comes first."""

    code = "conflict"


class BudgetExceeded(StudioError):
    """The privacy budget of the population does not cover the request."""

    code = "budget_exceeded"


class Cancelled(StudioError):
    """A person asked for the job to stop."""

    code = "cancelled"

    def __init__(self) -> None:
        super().__init__("Cancelled on request.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is asking, in which organisation and in which role."""

    user_id: UserId
    organisation_id: OrganisationId
    role: Role

    def may(self, permission: Permission) -> bool:
        """Say whether the actor's role includes ``permission``."""
        return permission in ROLE_PERMISSIONS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise :class:`NotAllowed` unless the actor's role includes ``permission``."""
        if not self.may(permission):
            raise NotAllowed(
                f"Your role ({self.role}) may not {permission}; ask an administrator for access."
            )


def utc_now() -> datetime:
    """The current time, in UTC. The only clock of the product; use cases get it passed in."""
    return datetime.now(UTC)
