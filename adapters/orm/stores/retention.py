"""How long an organisation keeps real rows, as its administrator has set it."""

from __future__ import annotations

from adapters.orm.models import RetentionRuleRow
from domain.kernel import OrganisationId


def retention_days(organisation_id: OrganisationId) -> int | None:
    """Days of the organisation's rule; ``None`` when it has none."""
    rule = RetentionRuleRow.objects.filter(organisation_id=organisation_id).first()
    return rule.days if rule else None
