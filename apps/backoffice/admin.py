"""Everything that the back office shows."""

from apps.backoffice import pack_templates, people, privacy, proofs, rules, work
from apps.backoffice.site import site

__all__ = ["pack_templates", "people", "privacy", "proofs", "rules", "site", "work"]
