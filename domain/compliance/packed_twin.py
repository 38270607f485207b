"""What a pack says of its rows and of where they come from."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from domain.kernel import BadInput, RunId, SyntheticDatasetId

NO_PROVENANCE = "The pack has no provenance that can be read; ask the sender for another one."


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedTwin:
    """What a pack says of its rows. The pack was verified before."""

    run_id: RunId
    synthetic_id: SyntheticDatasetId
    model_sha256: str
    files: Mapping[str, str]
    """SHA-256 in hex by name."""
    archive: zipfile.ZipFile

    @classmethod
    def of(cls, archive: zipfile.ZipFile) -> Self:
        """Raises :class:`BadInput` for a pack without provenance."""
        try:
            told = json.loads(archive.read("provenance.json"))
            return cls(
                run_id=RunId(UUID(told["ids"]["run"])),
                synthetic_id=SyntheticDatasetId(UUID(told["ids"]["synthetic"])),
                model_sha256=told["model"]["digest"]["sha256"],
                files={f["name"]: f["digest"]["sha256"] for f in told["synthetic_files"]},
                archive=archive,
            )
        except (KeyError, TypeError, ValueError):
            raise BadInput(NO_PROVENANCE) from None
