"""The log of an earlier search for ε, from a file."""

from __future__ import annotations

from pathlib import Path

from domain.evaluation.tuning_log import MOST_BYTES, TuningLog, log_of_text
from domain.kernel import BadInput


def read_log(path: Path) -> TuningLog:
    """The log of an earlier search; refuses any other file."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"{path} is too long for a tuning log.")
    return log_of_text(path.read_bytes())
