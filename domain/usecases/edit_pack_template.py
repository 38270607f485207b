"""How an organisation wants its packs: a new version, or a word that the present one is right."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.compliance.pack_templates import PackTemplate, TemplateContent
from domain.compliance.pack_templates_check import checked, checked_note
from domain.compliance.pack_templates_logo import read_logo
from domain.compliance.pack_templates_review import TemplateReview
from domain.kernel import Actor, BadInput, Conflict, Permission
from domain.ports import Atomic, AuditLog, Clock
from domain.ports.pack_templates import PackTemplates, changed_meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class EditPackTemplate:
    """Save a new version of the organisation's template; versions never change.

    The note stays with the version: outside reviewers read the audit log, and it is not for them.

    ``based_on`` is the version that the person had before them, 0 for the product's own: somebody
    else's change is never lost.
    """

    templates: PackTemplates
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(
        self,
        actor: Actor,
        *,
        based_on: int,
        content: TemplateContent,
        note: str,
        logo: bytes | None = None,
    ) -> PackTemplate:
        """``logo`` is a picture as it was uploaded; without one that of ``content`` stays."""
        actor.require(Permission.ADMINISTER)
        said = checked_note(note)
        drawn = replace(content, logo=read_logo(logo)) if logo else content
        before = self._before(actor, based_on)
        template = PackTemplate(
            organisation_id=actor.organisation_id,
            version=before.version + 1,
            content=checked(drawn, self.clock().date()),
            by=actor.user_id,
            at=self.clock(),
            note=said,
        )
        changed = _changed(before.content, template.content)
        with self.atomic():
            self.templates.add(template)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "template.changed",
                str(actor.organisation_id),
                {"version": template.version, "changed": changed},
            )
        return template

    def _before(self, actor: Actor, based_on: int) -> PackTemplate:
        newest = self.templates.newest(actor.organisation_id)
        before = newest or PackTemplate(organisation_id=actor.organisation_id)
        if before.version != based_on:
            raise changed_meanwhile()
        return before


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmPackTemplate:
    """Say that a version was reviewed and stays as it is: good for another while."""

    templates: PackTemplates
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(self, actor: Actor, *, version: int) -> TemplateReview:
        actor.require(Permission.ADMINISTER)
        newest = self.templates.newest(actor.organisation_id)
        if newest is None or newest.version != version:
            raise Conflict(
                "Only the newest version of a pack template is confirmed; open it and read it."
            )
        review = TemplateReview(
            organisation_id=actor.organisation_id,
            version=version,
            by=actor.user_id,
            at=self.clock(),
        )
        with self.atomic():
            self.templates.confirm(review)
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "template.reviewed",
                str(actor.organisation_id),
                {"version": version},
            )
        return review


def _changed(before: TemplateContent, after: TemplateContent) -> list[str]:
    """The titles of the parts that differ; :class:`BadInput` where none does."""
    old = before.texts
    changed = [title for title, text in after.texts.items() if text != old[title]]
    if not changed:
        raise BadInput(
            "Nothing was changed. Where a saved version was read and is right, press “Reviewed, "
            "unchanged” on its own page."
        )
    return changed
