"""When things happened, as the papers of a private run tell it: to the hour.

How long a fit, a search or an evaluation took depends on the real rows, and nobody paid for that.
An hour hides it but for where an hour ends; which entries of the log came first, their places say.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

GRAIN = timedelta(hours=1)

T = TypeVar("T")


def to_the_hour(at: datetime) -> datetime:
    """The beginning of the hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def still_after(at: datetime, other: datetime) -> datetime:
    """``at``; where it came after ``other``, an hour after it at least, so that both told to the
    hour are in their order."""
    return max(at, other + GRAIN) if at > other else at


def told_to_the_hour(record: T) -> T:
    """A copy of a frozen dataclass in which every moment, also of its parts, is told to the hour.

    Parts are dataclasses and tuples of them; what else it holds stays the very same.
    """
    made: Any = record
    told = {field.name: _told(getattr(made, field.name)) for field in fields(made) if field.init}
    copy: T = replace(made, **told)
    return copy


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_the_hour(value)
    if is_dataclass(value):
        return told_to_the_hour(value)
    if isinstance(value, tuple) and value and is_dataclass(value[0]):
        return tuple(_told(part) for part in value)
    return value
