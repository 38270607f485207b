"""Remind of pack templates that somebody has to look at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.compliance.pack_templates_review import ReviewState
from domain.kernel import SYSTEM, OrganisationId
from domain.ports import Atomic, AuditLog, Clock
from domain.ports.pack_templates import PackTemplates

REMIND_EVERY = timedelta(days=7)
"""From one reminder to the next, for as long as nobody does anything."""

_REMINDED = "template.review_due"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindReviews:
    """Note in the audit log which reviews are due, once a week for each organisation.

    Run by the schedule every day, for all organisations; returns what it noted, in sentences.
    """

    templates: PackTemplates
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(self) -> tuple[str, ...]:
        now = self.clock()
        due = (state for state in self.templates.states() if state.is_due(now))
        return tuple(self._remind(s, now) for s in due if not self._reminded(s, now))

    def _remind(self, state: ReviewState, now: datetime) -> str:
        organisation_id = state.template.organisation_id
        with self.atomic():
            self.audit.append(
                organisation_id,
                SYSTEM,
                _REMINDED,
                str(organisation_id),
                {"version": state.template.version, "due_at": state.due_at.isoformat()},
            )
        return state.sentence(now)

    def _reminded(self, state: ReviewState, now: datetime) -> bool:
        """Whether that was done within a week."""
        organisation_id = state.template.organisation_id
        since = now - REMIND_EVERY
        about = self.audit.about(organisation_id, frozenset({str(organisation_id)}))
        said = (entry.document() for entry in reversed(about))
        reminders = (s["at"] for s in said if s["action"] == _REMINDED)
        return any(datetime.fromisoformat(at) > since for at in reminders)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewsDue:
    """What is due now, in sentences: for banners and the start of the server."""

    templates: PackTemplates
    clock: Clock

    def __call__(self, organisation_id: OrganisationId) -> str:
        """Of one organisation; empty where nothing is due."""
        now = self.clock()
        state = self.templates.state(organisation_id)
        return state.sentence(now) if state is not None and state.is_due(now) else ""

    def everywhere(self) -> tuple[str, ...]:
        """Of all organisations."""
        now = self.clock()
        return tuple(s.sentence(now) for s in self.templates.states() if s.is_due(now))
