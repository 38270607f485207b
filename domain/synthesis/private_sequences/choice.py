"""The private synthesizer of logs, loaded when one is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.synthesis.private_sequences.engine import PrivateLogs

PRIVATE = "private"
"""The key of an artifact's state under which a private log is kept."""


def private_logs() -> PrivateLogs:
    """The engine of logs under differential privacy."""
    # Loaded here: noise that is drawn exactly brings scipy, which no other fit of a log needs.
    from domain.synthesis.private_sequences.engine import PrivateLogs

    return PrivateLogs()
