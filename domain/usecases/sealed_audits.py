"""Audits by canaries in files of people's own: nobody else's word, and none that was changed."""

from __future__ import annotations

import hmac
from dataclasses import replace

import rfc8785

from domain.evaluation.privacy_audit import PrivacyAudit
from domain.kernel import BadInput
from domain.ports import Keys

_PURPOSE = "audit by canaries"


def sealed(audit: PrivacyAudit, keys: Keys) -> PrivacyAudit:
    """``audit`` with the seal of this instance over all of it."""
    return replace(audit, seal=_seal(audit, keys))


def check_seal(audit: PrivacyAudit, keys: Keys) -> None:
    """Raise :class:`BadInput` unless this instance made ``audit`` and nobody has changed it since:
    one edit would turn an audit of private rows into one that may leave."""
    if not hmac.compare_digest(audit.seal.encode(), _seal(audit, keys).encode()):
        raise BadInput(
            "This audit was not made on this instance, or was changed since; make it here with "
            "“python manage.py audit_privacy”, or leave it out."
        )


def _seal(audit: PrivacyAudit, keys: Keys) -> str:
    document = replace(audit, seal="").to_document()
    return keys.keyed_digest(_PURPOSE, rfc8785.dumps(document)).hex()
