"""Choices of a column, taken from the domain's enums."""

from enum import StrEnum


def choices_of(words: type[StrEnum]) -> list[tuple[str, str]]:
    """``(value, label)`` pairs for Django."""
    return [(word.value, word.value.capitalize()) for word in words]
