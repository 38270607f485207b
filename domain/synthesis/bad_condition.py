"""The refusal of what a person typed about the rows to draw."""

from __future__ import annotations

from domain.kernel import BadInput


class BadCondition(BadInput):
    """A condition that cannot be read or cannot be met; knows the field it was typed in."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
