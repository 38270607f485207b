"""Pack templates in memory."""

from __future__ import annotations

from domain.compliance.pack_templates import PackTemplate
from domain.compliance.pack_templates_review import ReviewState, TemplateReview, review_state
from domain.kernel import NotFound, OrganisationId
from domain.ports.pack_templates import changed_meanwhile


class MemoryPackTemplates:
    """Keeps the promises of :class:`domain.ports.pack_templates.PackTemplates`."""

    def __init__(self) -> None:
        self._templates: dict[tuple[OrganisationId, int], PackTemplate] = {}
        self._reviews: dict[OrganisationId, TemplateReview] = {}

    def add(self, template: PackTemplate) -> None:
        key = (template.organisation_id, template.version)
        if key in self._templates:
            raise changed_meanwhile()
        self._templates[key] = template

    def newest(self, organisation_id: OrganisationId) -> PackTemplate | None:
        mine = [t for (owner, _), t in self._templates.items() if owner == organisation_id]
        return max(mine, key=lambda t: t.version, default=None)

    def get(self, organisation_id: OrganisationId, version: int) -> PackTemplate:
        found = self._templates.get((organisation_id, version))
        if found is None:
            raise NotFound("There is no such version of the pack template here.")
        return found

    def confirm(self, review: TemplateReview) -> None:
        self._reviews[review.organisation_id] = review

    def state(self, organisation_id: OrganisationId) -> ReviewState | None:
        template = self.newest(organisation_id)
        review = self._reviews.get(organisation_id)
        return review_state(template, review) if template else None

    def states(self) -> tuple[ReviewState, ...]:
        every = sorted({owner for owner, _ in self._templates}, key=str)
        return tuple(state for owner in every if (state := self.state(owner)) is not None)
