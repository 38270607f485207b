"""Whether a private run learned anything but noise: told by its noisy counts alone, at no cost."""

from __future__ import annotations

from collections.abc import Mapping

from domain.synthesis.private_encoding.categories import CategoryColumn
from domain.synthesis.private_encoding.column import SIGNIFICANT, PrivateColumn

_WORTH_SAYING = 0.25
"""Share of the columns; a few columns of one value only are nothing to warn of."""


def drowned(columns: Mapping[str, PrivateColumn]) -> tuple[str, ...]:
    """Columns of which fewer than two values stand out of the noise: nothing tells them apart."""
    return tuple(name for name, column in columns.items() if _standing_out(column) < 2)


def noise_warning(columns: Mapping[str, PrivateColumn]) -> tuple[str, ...]:
    """One sentence where much of what was learned is noise; it names no value."""
    lost = len(drowned(columns))
    if not lost or lost < _WORTH_SAYING * len(columns):
        return ()
    return (
        f"In {lost} of {len(columns)} columns no two values stood out of the noise, so what is "
        "drawn there is hardly more than noise: bring more rows, a code book or a larger ε.",
    )


def _standing_out(column: PrivateColumn) -> int:
    """Values or ranges whose noisy count is more than noise; “any other word” is none of them."""
    if isinstance(column, CategoryColumn):
        return int((column.cells[:-1] >= SIGNIFICANT * column.spreads.min()).sum())
    return int((column.counts >= SIGNIFICANT * column.spreads).sum())
