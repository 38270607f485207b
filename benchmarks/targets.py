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
"""Share of rows nearer to a training than to a held-out row."""
_ROUNDING = 1e-9


def missed(twin: Figures, real: Figures) -> tuple[str, ...]:
    """The targets that the twin does not reach, in the words of the table's head."""
    checks = {
        "column tests": _below(twin.columns_passed, _less(real.columns_passed)),
        "AUC gap": _below(twin.gap, LOST),
        "detection": _below(-twin.detection if twin.detection else None, -TOLD_APART),
        "closer": _below(-twin.dcr_share if twin.dcr_share else None, -CLOSER),
    }
    return tuple(name for name, failed in checks.items() if failed)


def _less(real: float | None) -> float | None:
    return None if real is None else real - PASSED_BELOW_REAL


def _below(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value < limit - _ROUNDING
