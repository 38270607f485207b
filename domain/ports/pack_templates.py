"""Pack templates of organisations, as the use cases need them."""

from __future__ import annotations

from typing import Protocol

from domain.compliance.pack_templates import PackTemplate
from domain.compliance.pack_templates_review import ReviewState, TemplateReview
from domain.kernel import Conflict, OrganisationId


class PackTemplates(Protocol):
    """Versions of how an organisation wants its packs, and who confirmed them. Insert-only."""

    def add(self, template: PackTemplate) -> None:
        """Keep a new version; :func:`changed_meanwhile` where there is one of that number."""
        ...

    def newest(self, organisation_id: OrganisationId) -> PackTemplate | None:
        """The version that packs are made with from now on."""
        ...

    def get(self, organisation_id: OrganisationId, version: int) -> PackTemplate:
        """A version, however old; ``NotFound`` where the organisation has none of that number."""
        ...

    def confirm(self, review: TemplateReview) -> None:
        """Keep somebody's word that a version is right as it is."""
        ...

    def state(self, organisation_id: OrganisationId) -> ReviewState | None:
        """The newest version with the newest review; ``None`` where there is no template."""
        ...

    def states(self) -> tuple[ReviewState, ...]:
        """The same of every organisation that has a template."""
        ...


def changed_meanwhile() -> Conflict:
    """The refusal of a change that began from an older version."""
    return Conflict(
        "Somebody saved another version of the pack template meanwhile; open it again and make "
        "your change there."
    )
