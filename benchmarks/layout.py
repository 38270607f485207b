"""Tables of figures, for a terminal and as Markdown: the same lines serve both."""

from __future__ import annotations

from collections.abc import Sequence

MISSING = "–"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table whose columns line up; the first is flush left, figures flush right."""
    widths = [max(3, *(len(row[i]) for row in [head, *rows])) for i in range(len(head))]
    rule = [_rule(i, width) for i, width in enumerate(widths)]
    lines = [_line(head, widths), "|" + "|".join(rule) + "|"]
    return "\n".join([*lines, *(_line(row, widths) for row in rows)])


def share(value: float | None) -> str:
    """As a percentage without digits after the point."""
    return MISSING if value is None else f"{value:.0%}".replace("%", " %")


def number(value: float | None, digits: int = 3) -> str:
    """With so many digits after the point."""
    return MISSING if value is None else f"{value:,.{digits}f}"


def signed(value: float | None) -> str:
    """With a sign and three digits."""
    return MISSING if value is None else f"{value:+.3f}".replace("-", "−")


def times(value: float | None) -> str:
    """How many times as much."""
    return MISSING if value is None else f"{value:.{0 if value >= 10 else 1}f} ×"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "| " + " | ".join(padded) + " |"


def _rule(place: int, width: int) -> str:
    return "-" * (width + 2) if place == 0 else "-" * (width + 1) + ":"
