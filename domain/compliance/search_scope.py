"""How much the last look at a pack could have found at all: gates tell it, so pages load it too."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class SearchScope(StrEnum):
    """How much a search could have found."""

    VALUES = "values"
    """Identifiers and values so telling that chance would not repeat them, in every file."""
    ROWS = "whole rows"
    """Copies of whole real rows alone."""
    PAPERS = "papers"
    """Of a private run: drawn rows are not searched, and what was looked for is not told."""
    NOTHING = "nothing"
    """There was nothing to recognise a real row by."""
    TOO_LATE = "too late"
    """The real rows were deleted before."""


def search_scope(check: Mapping[str, Any]) -> SearchScope:
    """Of ``leak-check.json``."""
    if not check["checked"]:
        return SearchScope.TOO_LATE
    if check["real_values"] is None:
        return SearchScope.PAPERS
    if check["real_values"]:
        return SearchScope.VALUES
    return SearchScope.ROWS if check["real_rows"] else SearchScope.NOTHING
