"""Everything that the back office shows."""

from apps.backoffice import people, privacy, proofs, rules, work
from apps.backoffice.site import site

__all__ = ["people", "privacy", "proofs", "rules", "site", "work"]
