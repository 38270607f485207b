"""What a good twin reaches on any table, beside another real sample."""

from __future__ import annotations

from benchmarks.figures import Figures

PASSED_BELOW_REAL = 0.10
"""Share of columns that may fail although real rows pass."""
LOST = -0.02
"""AUC that a model may lose by learning from the twin."""
TOLD_APART = 0.60
"""Detection AUC, where another real sample gives one half."""
CLOSER = 0.52
"""Share of rows nearer to a training than to a held-out row, where real ones give one half."""
_ROUNDING = 1e-9


def missed(twin: Figures, real: Figures) -> tuple[str, ...]:
    """The targets that the twin does not reach, in the words of the table's head."""
    checks = {
        "column tests": _above(real.columns_passed, twin.columns_passed, PASSED_BELOW_REAL),
        "AUC gap": _above(LOST, twin.gap),
        "detection": _above(twin.detection, TOLD_APART, _beyond_half(real.detection)),
        "closer": _above(twin.dcr_share, CLOSER, _beyond_half(real.dcr_share)),
    }
    return tuple(name for name, failed in checks.items() if failed)


def _beyond_half(real: float | None) -> float:
    """How far chance alone moved another real sample in so few rows."""
    return max((real or 0.5) - 0.5, 0.0)


def _above(value: float | None, limit: float | None, leeway: float = 0.0) -> bool:
    return value is not None and limit is not None and value - limit > leeway + _ROUNDING
