"""What to expect of a fit before it starts: time, memory, and what a person should know.

Knows no torch, so that pages can ask. A worker puts a few timed steps of the real network in the
place of the estimated ones (see :mod:`domain.synthesis.step_timing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.jobs import about
from domain.kernel import BadInput
from domain.synthesis.catalogue import CATALOGUE, MARGINALS, SEQUENCES
from domain.synthesis.effort import (
    PROCESS_BYTES,
    Effort,
    autoregressive_effort,
    whole_rows_effort,
)
from domain.synthesis.fit_warnings import fit_warnings
from domain.synthesis.sequence_effort import sequence_effort
from domain.synthesis.settings import SettingValue
from domain.synthesis.workload import TableLoad

LONG_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What a fit will take, about. ``None``: not known for this synthesizer."""

    seconds: float | None
    memory: int | None
    """Peak of the whole process, in bytes."""
    beyond_rows: int
    """Bytes that fitting needs beside the rows, which are in memory before it starts."""
    timed: bool
    """Whether steps were timed on the machine that will fit; else it is an estimate by size."""
    warnings: tuple[str, ...] = ()
    """One sentence each; they name columns, never a value."""
    private: bool = False
    """Whether nothing may be looked at to know it."""

    @property
    def sentence(self) -> str:
        """The expectation in words."""
        if self.private:
            return (
                "How long training under differential privacy takes is not estimated: neither the "
                "rows nor their profile are looked at for that."
            )
        if self.seconds is None or self.memory is None:
            return "How long this synthesizer takes is not known beforehand; it is slow."
        source = "timed on this machine" if self.timed else "estimated from the size of the table"
        return (
            f"Fitting is expected to take {about(self.seconds)} and "
            f"{memory_words(self.memory)} of memory ({source})."
        )

    def require_memory(self, available: int | None) -> None:
        """Raise :class:`BadInput` where fitting needs more than ``available`` bytes."""
        if available is None or self.beyond_rows <= available:
            return
        raise BadInput(
            f"Fitting this table needs about {memory_words(self.beyond_rows)} of memory, and "
            f"{memory_words(available)} are free on this machine; leave out columns, take fewer "
            "rows, or use a machine with more memory."
        )


PRIVATELY_EXPECTED = Expectation(
    seconds=None, memory=None, beyond_rows=0, timed=False, private=True
)
"""Of a private fit: a time or a warning about columns would be a look at the rows that is not paid
for."""


def expected(
    synthesizer: str,
    loads: Sequence[TableLoad],
    settings: Mapping[str, SettingValue],
    step_seconds: Mapping[str, float] | None = None,
) -> Expectation:
    """The expectation for training ``loads`` with complete ``settings``.

    ``step_seconds``, by table, are times of real steps on the machine that will fit; where they
    differ from the estimate, the machine does, and everything else takes as much longer.
    """
    efforts = {load.name: _effort(synthesizer, load, settings) for load in loads}
    known = [effort for effort in efforts.values() if effort is not None]
    rows = sum(effort.rows_bytes for effort in known)
    seconds = [
        _seconds(effort, (step_seconds or {}).get(name))
        for name, effort in efforts.items()
        if effort is not None
    ]
    beyond = max((effort.fit_bytes for effort in known), default=0)
    complete = len(known) == len(loads)
    total = sum(seconds) if complete else None
    return Expectation(
        seconds=total,
        memory=PROCESS_BYTES + rows + beyond if complete else None,
        beyond_rows=beyond,
        timed=bool(step_seconds),
        warnings=(*_long(total, settings), *fit_warnings(loads)),
    )


def _effort(
    synthesizer: str, load: TableLoad, settings: Mapping[str, SettingValue]
) -> Effort | None:
    if CATALOGUE[synthesizer].from_sdv or synthesizer == MARGINALS:
        return None
    if synthesizer == SEQUENCES:
        return sequence_effort(load, settings)
    if synthesizer == "autoregressive":
        return autoregressive_effort(load, settings)
    return whole_rows_effort(synthesizer, load, settings)


def _seconds(effort: Effort, timed: float | None) -> float:
    if timed is None or not effort.steps:
        return effort.seconds
    slower = timed / effort.step_seconds
    training = effort.steps * timed
    if effort.limit_seconds:
        training = min(training, effort.limit_seconds)
    return training + slower * effort.other_seconds


def _long(seconds: float | None, settings: Mapping[str, SettingValue]) -> list[str]:
    if seconds is None or seconds <= LONG_SECONDS:
        return []
    shorter = "a time limit (max_seconds)" if "max_seconds" in settings else "fewer epochs"
    return [
        f"Fitting will take {about(seconds)}; {shorter}, fewer rows or fewer columns shorten it."
    ]


def memory_words(count: int) -> str:
    """Bytes as a person says them."""
    return f"{count / 1e9:.1f} GB" if count >= 950_000_000 else f"{max(count / 1e6, 1):.0f} MB"
