"""What is said when something is broken."""

from __future__ import annotations

import zlib

UNREADABLE = (
    *(zlib.error, EOFError, OSError, ArithmeticError, RuntimeError),
    *(ValueError, KeyError, TypeError, AttributeError),
)
"""What reading broken or hostile bytes raises; RecursionError is a RuntimeError."""


class BrokenError(Exception):
    """The first break was found; the text names it in one sentence."""


def shown(name: str) -> str:
    """A hostile name made fit for a terminal."""
    printable = "".join(c if c.isprintable() else "?" for c in name)
    return printable if len(printable) <= 80 else printable[:77] + "…"
