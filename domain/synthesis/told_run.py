"""A training run as one reader may see it.

Light: pages import it.
"""

from __future__ import annotations

from dataclasses import replace

from domain.kernel import Actor, Permission
from domain.synthesis.runs import TrainingRun


def told_run(run: TrainingRun, actor: Actor) -> TrainingRun:
    """``run`` without what was counted on real rows and not paid for, unless ``actor`` may see
    the real rows: learning curves and, where the unit of privacy is no row, numbers of rows."""
    if run.privacy is None or actor.may(Permission.SEE_SOURCE):
        return run
    if run.privacy.entity is None:
        return replace(run, curves={})
    return replace(run, curves={}, rows_trained=None, rows_held_out=None)
