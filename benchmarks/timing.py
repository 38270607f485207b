"""What a command takes: seconds, processor seconds and memory, measured from outside."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.kernel import StudioError

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
    started = time.perf_counter()
    with log.open("wb") as printed:
        process = subprocess.Popen(
            list(words),
            stdout=printed,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
        )
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandFailed(f"It ended with code {process.returncode}: {_last_words(log)}")
    return Cost(
        seconds=seconds,
        cpu_seconds=used.ru_utime + used.ru_stime,
        peak_mib=used.ru_maxrss / 1024,
    )


def _last_words(log: Path) -> str:
    text = log.read_text(errors="replace").strip()
    return text[-_LAST_WORDS:].replace("\n", " ") or "it said nothing."
