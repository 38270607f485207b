"""Several stages of work as one bar, which only grows."""

from __future__ import annotations

from collections.abc import Mapping

from domain.kernel import OnProgress

WHOLE = 1_000
"""The total of the one bar."""


class Stages:
    """Turns the progress of stages that follow each other into that of the whole."""

    def __init__(self, on_progress: OnProgress, shares: Mapping[str, float]) -> None:
        """``shares``: of all the time about how much each stage takes, in their order."""
        self._on_progress, self._furthest = on_progress, 0
        self._places: dict[str, tuple[float, float]] = {}
        begin, total = 0.0, sum(shares.values())
        for name, share in shares.items():
            self._places[name] = (begin / total, share / total)
            begin += share

    def stage(self, name: str) -> OnProgress:
        """What the stage ``name`` reports to; a stage may report less than before, or no total."""
        begin, share = self._places[name]

        def report(done: int, total: int, note: str) -> None:
            passed = min(done / total, 1.0) if total > 0 else 0.0
            self._furthest = max(self._furthest, int(WHOLE * (begin + share * passed)))
            self._on_progress(self._furthest, WHOLE, note)

        return report


def named(on_progress: OnProgress, what: str) -> OnProgress:
    """Progress whose notes begin with ``what`` they are about."""
    return lambda done, total, note: on_progress(done, total, f"{what}: {note}" if note else what)
