"""An organisation's rules for a release, in rows."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError

from adapters.orm.models import OrganisationRow, ReleaseRuleRow
from adapters.orm.stores.release_rules import copy_default_rules, own_release_rules
from config.wiring.adapters import release_rules
from domain.evaluation.report import Verdict
from domain.evaluation.titles import TITLES
from domain.evaluation.verdict import DEFAULT_RULES, When
from domain.kernel import OrganisationId

pytestmark = pytest.mark.django_db


@pytest.fixture
def organisation() -> OrganisationId:
    return OrganisationId(OrganisationRow.objects.create(name=f"Clinic {uuid4()}").pk)


def a_rule(organisation: OrganisationId, score: str = "similarity.quality") -> ReleaseRuleRow:
    return ReleaseRuleRow(
        organisation_id=organisation,
        score=score,
        when=When.BELOW,
        limit=0.95,
        verdict=Verdict.DO_NOT_RELEASE,
        advice="The board asks for it.",
    )


def test_without_rules_of_its_own_an_organisation_goes_by_the_products(organisation):
    assert own_release_rules(organisation) == ()
    assert release_rules(organisation) == DEFAULT_RULES


def test_an_organisations_own_rules_take_their_place(organisation):
    a_rule(organisation).save()
    (rule,) = release_rules(organisation)
    assert (rule.score, rule.when, rule.limit) == ("similarity.quality", When.BELOW, 0.95)
    assert rule.verdict is Verdict.DO_NOT_RELEASE
    assert rule.advice == "The board asks for it."


def test_anothers_rules_are_not_ones_own(organisation):
    other = OrganisationRow.objects.create(name="Bank")
    a_rule(OrganisationId(other.pk)).save()
    assert own_release_rules(organisation) == ()


def test_the_products_rules_can_be_copied_once_and_come_back_the_same(organisation):
    assert copy_default_rules(organisation) == len(DEFAULT_RULES)
    assert copy_default_rules(organisation) == 0
    assert set(own_release_rules(organisation)) == set(DEFAULT_RULES)


def test_a_rule_on_a_score_that_does_not_exist_is_refused(organisation):
    with pytest.raises(ValidationError, match="No evaluation has a score"):
        a_rule(organisation, "similarity.beauty").full_clean()


def test_every_rule_of_the_product_is_about_a_score_that_has_a_title():
    assert {rule.score for rule in DEFAULT_RULES} <= set(TITLES) | {"leakage.white_box"}
