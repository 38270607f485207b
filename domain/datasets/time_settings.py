"""What can be decided about a column of times, beside its format."""

from __future__ import annotations

from enum import StrEnum


class UnreadableTimes(StrEnum):
    """What happens to the cells of a time column that hold no time, or none that can be read."""

    REFUSE = "refuse"
    """Missing cells are missing, and a cell that cannot be read is a mistake to correct."""
    TAG = "tag"
    """They are missing, and a column beside says of each row which of the two it was."""
    INTERPOLATE = "interpolate"
    """They get a time between those of the rows before and after, of the same entity."""


class Companion(StrEnum):
    """What a column says that stands in no file: it is made beside a column of times."""

    ZONE = "zone"
    """The offset from UTC of each row's time, such as ``+02:00``."""
    MISSING = "missing"
    """Whether each row's time could be read: one of the words of ``unreadable_times``."""
