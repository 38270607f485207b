"""How the columns of a dataset came to be what they are: told wherever something rests on it."""

from __future__ import annotations

from enum import StrEnum


class Confirmation(StrEnum):
    """Who looked at what profiling suggests, before anything was learned from it."""

    SEEN = "seen"
    """Somebody confirmed what the page or the API had shown them."""
    STATED = "stated"
    """Whoever ran a command said that they had reviewed the columns."""
    NAMED = "named"
    """Whoever ran a command named types in a schema; nobody looked at the rest."""
    UNSEEN = "unseen"
    """Taken as suggested: nobody looked. So count datasets from before this was on record."""

    @property
    def by_person(self) -> bool:
        """Whether somebody gave their word on all of it, with or without changing it."""
        return self in (Confirmation.SEEN, Confirmation.STATED)

    @property
    def step(self) -> str:
        """What was done, in the list of steps that card and provenance tell."""
        return _STEPS[self]


_STEPS = {
    Confirmation.SEEN: "confirmed columns",
    Confirmation.STATED: "confirmed columns by a command",
    Confirmation.NAMED: "named columns in a schema",
    Confirmation.UNSEEN: "took columns as suggested",
}
