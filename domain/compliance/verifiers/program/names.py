"""Which names a file of a pack may have."""

from __future__ import annotations

LONGEST_NAME = 255


def is_safe_name(name: str) -> bool:
    """Whether a name is relative, with no way up and nothing a system could read in two ways:
    Windows drops a dot at the end, unzip a semicolon with a number."""
    return (
        0 < len(name) <= LONGEST_NAME
        and name.isprintable()
        and not any(c in name for c in '\\:*?"<>|;')
        and all(part and part == part.strip().rstrip(".") for part in name.split("/"))
    )
