"""The forms in which a mapping can stand in a pack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.kernel import BadInput

FORMATS: Mapping[str, str] = {
    "json": "one document for programs",
    "pdf": "a paper to read",
    "xlsx": "a workbook to filter",
    "oscal": "OSCAL 1.2.1 for compliance tools",
}


def wants(formats: Sequence[str], name: str) -> bool:
    """Whether ``name`` is among the formats; :class:`BadInput` for one that nobody knows."""
    require_formats(formats)
    return name in formats


def require_formats(formats: Sequence[str]) -> None:
    """Raise :class:`BadInput` for a format that nobody knows, or none at all."""
    if not formats or any(known not in FORMATS for known in formats):
        raise BadInput(f"Choose formats among these: {', '.join(FORMATS)}.")
