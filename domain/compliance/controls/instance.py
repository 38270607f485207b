"""What an instance says of its own settings when a pack is built: evidence for access and keys.

Schema 1, ``domain/compliance/schemas/instance.json``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.compliance.controls.control import EvidenceKind
from domain.compliance.product import PRODUCT
from domain.kernel import ROLE_PERMISSIONS

INSTANCE_SCHEMA = 1
INSTANCE_FILE = "instance.json"

_NOTE = (
    "Read from the settings of the running instance when the pack was built. They say nothing of "
    "the host, the network and the database beneath it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSettings:
    """The settings that reviewers ask about, as the instance runs."""

    cipher: str
    """Of blobs, such as ``AES-256-GCM``; empty where they are not encrypted."""
    master_key: str
    """Where the master key is, in words: “a file”, “AWS KMS”."""
    https: bool
    """Whether pages and API answer over TLS only."""
    shortest_password: int
    """Characters."""
    locks_out: bool
    """Whether too many failed sign-ins lock the account for a while; after how many and for how
    long is no recipient's business, and would help whoever guesses."""
    session_hours: float
    """From the sign-in until a session ends by itself."""
    second_factor: bool = False


def instance_statement(
    settings: InstanceSettings, *, product_version: str, created_at: datetime
) -> dict[str, Any]:
    """The statement, ready for ``json.dumps``: one line for each kind of evidence."""
    return {
        "schema": INSTANCE_SCHEMA,
        "created_at": created_at.isoformat(),
        "product": {"name": PRODUCT, "version": product_version},
        "note": _NOTE,
        "lines": [
            {"kind": str(kind), "holds": holds, "says": says}
            for kind, holds, says in _lines(settings)
        ],
    }


def _lines(settings: InstanceSettings) -> Iterator[tuple[EvidenceKind, bool, str]]:
    yield EvidenceKind.ENCRYPTION_AT_REST, bool(settings.cipher), _at_rest(settings)
    yield EvidenceKind.ENCRYPTION_IN_TRANSIT, settings.https, _in_transit(settings)
    yield EvidenceKind.ACCESS_CONTROL, True, _roles()
    yield EvidenceKind.SIGN_IN, settings.locks_out, _sign_in(settings)
    yield (
        EvidenceKind.SECOND_FACTOR,
        settings.second_factor,
        "Sign-in asks for a second factor."
        if settings.second_factor
        else "The product asks for no second factor.",
    )


def _at_rest(settings: InstanceSettings) -> str:
    if not settings.cipher:
        return "Stored files are not encrypted."
    return (
        f"Every stored file is encrypted with {settings.cipher} under a key of its own, which the "
        f"master key wraps; the master key is in {settings.master_key}."
    )


def _in_transit(settings: InstanceSettings) -> str:
    if settings.https:
        return "Pages and API answer over TLS only, with strict transport security."
    return "TLS is not switched on."


def _roles() -> str:
    roles = ", ".join(ROLE_PERMISSIONS)
    return f"Every use case asks for a permission of the person's role: {roles}."


def _sign_in(settings: InstanceSettings) -> str:
    lock = "lock the account for a while" if settings.locks_out else "lock nobody out"
    return (
        f"Passwords have at least {settings.shortest_password} characters; a session ends "
        f"{settings.session_hours:g} hours after the sign-in; too many failed sign-ins {lock}."
    )
