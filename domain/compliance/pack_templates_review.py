"""When somebody has to look at a template again: laws, people and addresses change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from domain.compliance.pack_templates import PackTemplate
from domain.kernel import OrganisationId, UserId

REVIEW_EVERY = timedelta(days=90)
"""From one confirmation to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateReview:
    """Somebody's word that a version is still right as it is."""

    organisation_id: OrganisationId
    version: int
    by: UserId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """The newest version of an organisation's template, and who looked at it last."""

    template: PackTemplate
    saved_at: datetime
    review: TemplateReview | None = None
    """The newest, of whichever version."""

    @property
    def confirmed_at(self) -> datetime:
        """When this version was last said to be right: saving it counts."""
        if self.review is None or self.review.version != self.template.version:
            return self.saved_at
        return max(self.saved_at, self.review.at)

    @property
    def due_at(self) -> datetime:
        """From when on a review is due."""
        usual = self.confirmed_at + REVIEW_EVERY
        day = self.template.content.review_on
        if day is None:
            return usual
        wanted = datetime.combine(day, time(), self.saved_at.tzinfo)
        return min(usual, wanted) if wanted > self.confirmed_at else usual

    def is_due(self, now: datetime) -> bool:
        """Whether somebody has to look at it."""
        return now >= self.due_at

    def sentence(self, now: datetime) -> str:
        """What is due and what to do, for a person."""
        days = (now - self.confirmed_at).days
        name = self.template.content.name
        whose = f" of {name}" if name else ""
        return (
            f"Version {self.template.version} of the pack template{whose} was last confirmed "
            f"{days} days ago, on {self.confirmed_at:%Y-%m-%d}, and its review is due: read it in "
            "the back office, then save a new version or press “Reviewed, unchanged”."
        )


def review_state(template: PackTemplate, review: TemplateReview | None) -> ReviewState | None:
    """How it stands; ``None`` for the product's own, which is renewed with the product."""
    if template.at is None:
        return None
    return ReviewState(template=template, saved_at=template.at, review=review)
