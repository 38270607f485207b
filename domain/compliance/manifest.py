"""The manifest of an evidence pack: what is signed, and which names a file may have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import rfc8785

from domain.kernel import PackId

MANIFEST = "manifest.json"
MANIFEST_SCHEMA = 1

SIGNATURE_NOTE = (
    "Ed25519 (RFC 8032) over the canonical JSON (RFC 8785) of this manifest without its "
    "“signature” member"
)

_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """What the manifest says about one file."""

    sha256: str
    size: int
    """Bytes."""


def manifest_document(
    files: Mapping[str, FileRecord], pack_id: PackId, created_at: datetime, public_key: bytes
) -> dict[str, Any]:
    """The manifest before it is signed."""
    return {
        "schema": MANIFEST_SCHEMA,
        "pack_id": str(pack_id),
        "created_at": created_at.isoformat(),
        "public_key": public_key.hex(),
        "signed": SIGNATURE_NOTE,
        "files": {
            name: {"sha256": record.sha256, "size": record.size} for name, record in files.items()
        },
    }


def signed_message(document: Mapping[str, Any]) -> bytes:
    """The bytes that the signature covers: everything but the signature itself."""
    return rfc8785.dumps({k: v for k, v in document.items() if k != "signature"})


def is_safe_name(name: str) -> bool:
    """Whether a file may be called ``name``: relative, no way up, nothing a system could read
    in two ways."""
    parts = name.split("/")
    return (
        0 < len(name) <= _LONGEST_NAME
        and name.isprintable()
        and not any(c in name for c in '\\:*?"<>|')
        and not any(part in ("", ".", "..") or part != part.strip() for part in parts)
        and not PurePosixPath(name).is_absolute()
    )
