"""The JSON documents of a pack, read once, with the hashes of their bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

CARD, EVALUATION, DP_REPORT = "model-card.json", "evaluation.json", "dp-report.json"
AUDIT, LEAKS, DELETION = "audit.json", "leak-check.json", "deletion-certificate.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackDocuments:
    """Documents and hashes (SHA-256, hex), both by file name."""

    documents: Mapping[str, Mapping[str, Any]]
    hashes: Mapping[str, str]

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Self:
        """Read ``files``, those whose names end in ``.json``, as they stand in the pack."""
        read = {name: data for name, data in files.items() if name.endswith(".json")}
        return cls(
            documents={name: json.loads(data) for name, data in read.items()},
            hashes={name: hashlib.sha256(data).hexdigest() for name, data in read.items()},
        )

    def document(self, name: str) -> Mapping[str, Any] | None:
        """One document; ``None`` where the pack has no such file."""
        return self.documents.get(name)

    def audited(self) -> tuple[Mapping[str, Any], ...]:
        """What the entries of the audit extract say, withheld ones as far as they may be told."""
        entries = self.documents.get(AUDIT, {}).get("entries", ())
        return tuple(json.loads(e["leaf"]) if "leaf" in e else e for e in entries)


def moment(text: str) -> datetime:
    """A time as the documents write it: ISO 8601 with its offset."""
    return datetime.fromisoformat(text)


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is not one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
