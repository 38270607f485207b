from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.compliance.legal.wording import LegalPaper
from domain.compliance.pack_templates import PackTemplate, TemplateContent
from domain.compliance.pack_templates_review import TemplateReview
from domain.kernel import Conflict, NotFound, OrganisationId, UserId
from tests.contracts.worlds import World

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = UserId("anna")


def a_template(organisation: OrganisationId, version: int = 1) -> PackTemplate:
    return PackTemplate(
        organisation_id=organisation,
        version=version,
        by=ANNA,
        at=NOON + timedelta(days=version),
        note="Why.",
        content=TemplateContent(
            name="Hospital",
            contact="dpo@example.org",
            controller="City Hospital",
            logo=b"\x89PNG\x00",
            wording={LegalPaper.TERMS: "For {dataset}."},
            controls="x = 1",
            review_on=date(2026, 4, 1),
        ),
    )


def test_the_newest_version_counts_and_every_version_stays(
    world: World, organisation: OrganisationId
) -> None:
    assert world.templates.newest(organisation) is None
    versions = [a_template(organisation, number) for number in (1, 2)]
    for template in versions:
        world.templates.add(template)
    assert world.templates.newest(organisation) == versions[1]
    assert [world.templates.get(organisation, n) for n in (1, 2)] == versions


def test_a_version_is_written_once(world: World, organisation: OrganisationId) -> None:
    first = a_template(organisation)
    world.templates.add(first)
    with pytest.raises(Conflict, match="meanwhile"):
        world.templates.add(replace(first, note="Another."))
    assert world.templates.get(organisation, 1) == first


def test_another_organisations_template_is_not_there(
    world: World, organisation: OrganisationId
) -> None:
    world.templates.add(a_template(organisation))
    other = world.organisation()
    assert world.templates.newest(other) is None
    assert world.templates.state(other) is None
    with pytest.raises(NotFound):
        world.templates.get(other, 1)


def test_the_newest_review_stands_beside_the_newest_version_of_each_organisation(
    world: World, organisation: OrganisationId
) -> None:
    other = world.organisation()
    for owner in (organisation, other):
        world.templates.add(a_template(owner))
    reviews = [
        TemplateReview(organisation_id=organisation, version=1, by=ANNA, at=NOON + timedelta(days))
        for days in (5, 9)
    ]
    for review in reviews:
        world.templates.confirm(review)
    found = {s.template.organisation_id: s.review for s in world.templates.states()}
    assert found == {organisation: reviews[1], other: None}
    state = world.templates.state(organisation)
    assert state is not None
    assert state.confirmed_at == NOON + timedelta(9)
