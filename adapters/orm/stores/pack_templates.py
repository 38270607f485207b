"""Pack templates and their reviews in insert-only rows."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from adapters.orm.models import PackTemplateRow, TemplateReviewRow
from adapters.orm.stores.tenancy import the_one
from domain.compliance.legal.wording import LegalPaper
from domain.compliance.pack_templates import PackTemplate, TemplateContent
from domain.compliance.pack_templates_review import ReviewState, TemplateReview, review_state
from domain.kernel import OrganisationId, UserId
from domain.ports.pack_templates import changed_meanwhile


class OrmPackTemplates:
    """Keeps the promises of :class:`domain.ports.pack_templates.PackTemplates`."""

    def add(self, template: PackTemplate) -> None:
        try:
            with transaction.atomic():
                PackTemplateRow.objects.create(**_columns(template))
        except IntegrityError:
            raise changed_meanwhile() from None

    def newest(self, organisation_id: OrganisationId) -> PackTemplate | None:
        row = _own(organisation_id).order_by("-version").first()
        return template_entity(row) if row else None

    def get(self, organisation_id: OrganisationId, version: int) -> PackTemplate:
        mine = _own(organisation_id).filter(version=version)
        return template_entity(the_one(mine, "version of the pack template"))

    def confirm(self, review: TemplateReview) -> None:
        TemplateReviewRow.objects.create(
            organisation_id=review.organisation_id,
            version=review.version,
            by=review.by,
            at=review.at,
        )

    def state(self, organisation_id: OrganisationId) -> ReviewState | None:
        template = self.newest(organisation_id)
        return review_state(template, _reviewed(organisation_id)) if template else None

    def states(self) -> tuple[ReviewState, ...]:
        ids = PackTemplateRow.objects.order_by("organisation_id")
        every = ids.values_list("organisation_id", flat=True).distinct()
        found = (self.state(OrganisationId(organisation_id)) for organisation_id in every)
        return tuple(state for state in found if state is not None)


def template_entity(row: PackTemplateRow) -> PackTemplate:
    """The version that a row keeps."""
    return PackTemplate(
        organisation_id=OrganisationId(row.organisation_id),
        version=row.version,
        content=TemplateContent(
            name=row.name,
            contact=row.contact,
            controller=row.controller,
            logo=bytes(row.logo),
            wording={LegalPaper(name): text for name, text in row.wording.items()},
            controls=row.controls,
            review_on=row.review_on,
        ),
        by=UserId(row.by),
        at=row.at,
        note=row.note,
    )


def _columns(template: PackTemplate) -> dict[str, Any]:
    content = template.content
    return {
        "organisation_id": template.organisation_id,
        "version": template.version,
        "name": content.name,
        "contact": content.contact,
        "controller": content.controller,
        "logo": content.logo,
        "wording": {paper.value: text for paper, text in content.wording.items()},
        "controls": content.controls,
        "review_on": content.review_on,
        "by": template.by,
        "at": template.at,
        "note": template.note,
    }


def _reviewed(organisation_id: OrganisationId) -> TemplateReview | None:
    rows = TemplateReviewRow.objects.filter(organisation_id=organisation_id)
    row = rows.order_by("-at", "-id").first()
    if row is None:
        return None
    return TemplateReview(
        organisation_id=organisation_id, version=row.version, by=UserId(row.by), at=row.at
    )


def _own(organisation_id: OrganisationId) -> QuerySet[PackTemplateRow]:
    return PackTemplateRow.objects.filter(organisation_id=organisation_id)
