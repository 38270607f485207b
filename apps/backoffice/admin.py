"""Everything that the back office shows."""

from apps.backoffice import people, proofs, rules, work
from apps.backoffice.site import site

__all__ = ["people", "proofs", "rules", "site", "work"]
