"""Names that people give to things: short, and the same to the eye as in the log."""

from __future__ import annotations

import unicodedata

from domain.kernel import BadInput

MAX_LENGTH = 100
_UNSEEN = frozenset({"Cc", "Cf"})
"""Unicode's control and formatting characters; the latter can turn the line's direction."""


def checked_name(name: str, whose: str) -> str:
    """``name`` without outer blanks; ``whose`` begins the refusal, as in ``A project's``."""
    name = name.strip()
    if not 1 <= len(name) <= MAX_LENGTH:
        raise BadInput(f"{whose} name takes 1 to {MAX_LENGTH} characters.")
    if any(unicodedata.category(character) in _UNSEEN for character in name):
        raise BadInput(f"{whose} name takes no control or invisible characters; type it anew.")
    return name
