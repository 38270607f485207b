"""What speaks against releasing a twin, as an organisation's administrator has written it."""

from __future__ import annotations

from adapters.orm.models import ReleaseRuleRow
from domain.evaluation.report import Verdict
from domain.evaluation.verdict import DEFAULT_RULES, ReleaseRule, When
from domain.kernel import OrganisationId


def own_release_rules(organisation_id: OrganisationId) -> tuple[ReleaseRule, ...]:
    """The organisation's own rules; none where it goes by the product's."""
    rows = ReleaseRuleRow.objects.filter(organisation_id=organisation_id)
    return tuple(_rule(row) for row in rows)


def copy_default_rules(organisation_id: OrganisationId) -> int:
    """Write the product's rules as the organisation's own, to be edited; returns how many.

    Does nothing where it has rules already.
    """
    if ReleaseRuleRow.objects.filter(organisation_id=organisation_id).exists():
        return 0
    rows = [_row(organisation_id, rule) for rule in DEFAULT_RULES]
    return len(ReleaseRuleRow.objects.bulk_create(rows))


def _rule(row: ReleaseRuleRow) -> ReleaseRule:
    return ReleaseRule(
        score=row.score,
        when=When(row.when),
        limit=row.limit,
        surely=row.surely,
        verdict=Verdict(row.verdict),
        advice=row.advice,
    )


def _row(organisation_id: OrganisationId, rule: ReleaseRule) -> ReleaseRuleRow:
    return ReleaseRuleRow(
        organisation_id=organisation_id,
        score=rule.score,
        when=rule.when,
        limit=rule.limit,
        surely=rule.surely,
        verdict=rule.verdict,
        advice=rule.advice,
    )
