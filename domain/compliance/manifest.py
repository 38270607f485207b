"""The manifest of an evidence pack: what is signed, and which names a file may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import rfc8785

from domain.compliance.verifiers.program.names import is_safe_name as is_safe_name
from domain.kernel import PackId

MANIFEST = "manifest.json"
MANIFEST_SCHEMA = 1

SIGNATURE_NOTE = (
    "Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of this manifest without its "
    "“signature” member"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """What the manifest says about one file."""

    sha256: str
    size: int
    """Bytes."""


def manifest_document(
    files: Mapping[str, FileRecord],
    pack_id: PackId,
    created_at: datetime,
    expires_at: datetime,
    public_key: bytes,
) -> dict[str, Any]:
    """The manifest before it is signed. Times are of UTC."""
    return {
        "schema": MANIFEST_SCHEMA,
        "pack_id": str(pack_id),
        "created_at": _moment(created_at),
        "expires_at": _moment(expires_at),
        "public_key": public_key.hex(),
        "signed": SIGNATURE_NOTE,
        "files": {
            name: {"sha256": record.sha256, "size": record.size} for name, record in files.items()
        },
    }


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def signed_message(document: Mapping[str, Any]) -> bytes:
    """The bytes that the signature covers: everything but the signature itself."""
    return rfc8785.dumps({k: v for k, v in document.items() if k != "signature"})
