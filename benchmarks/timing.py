"""What a command takes: seconds, processor seconds and memory, measured from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.kernel import StudioError

_STOPWATCH = Path(__file__).with_name("stopwatch.py")
_LAST_WORDS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one process took, from its start to its end, with the processes it waited for."""

    seconds: float
    cpu_seconds: float
    """User and system time of all its threads."""
    peak_mib: float
    """Resident memory of its largest process."""


class CommandFailed(StudioError):
    """A measured command that did not end well; the message has its last words."""


def timed(words: Sequence[str], *, log: Path, environment: Mapping[str, str] | None = None) -> Cost:
    """Run a command to its end; what it prints goes to ``log``.

    ``environment`` adds to this process's own. Raises :class:`CommandFailed` when it ends with
    another code than 0.
    """
    with tempfile.TemporaryDirectory() as folder, log.open("wb") as printed:
        result = Path(folder) / "cost.json"
        code = subprocess.run(
            [sys.executable, "-I", "-S", str(_STOPWATCH), str(result), *words],
            stdout=printed,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            check=False,
        ).returncode
        if code:
            raise CommandFailed(f"It ended with code {code}: {_last_words(log)}")
        return Cost(**json.loads(result.read_text()))


def _last_words(log: Path) -> str:
    text = log.read_text(errors="replace").strip()
    return text[-_LAST_WORDS:].replace("\n", " ") or "it said nothing."
