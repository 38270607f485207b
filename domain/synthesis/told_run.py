"""A training run as one reader may see it.

Light: pages import it.
"""

from __future__ import annotations

from dataclasses import replace

from domain.kernel import Actor, Permission
from domain.synthesis.runs import TrainingRun


def told_run(run: TrainingRun, actor: Actor) -> TrainingRun:
    """``run`` without what was counted on real rows and not paid for, unless ``actor`` may see
    the real rows: learning curves, where the unit of privacy is no row numbers of rows, and of a
    charged choice the time it took."""
    if run.privacy is None or actor.may(Permission.SEE_SOURCE):
        return run
    told = replace(run, curves={})
    if hides_time(run, actor):
        told = replace(told, fit_seconds=None)
    if run.privacy.entity is None:
        return told
    return replace(told, rows_trained=None, rows_held_out=None)


def hides_time(run: TrainingRun, actor: Actor) -> bool:
    """Whether the time that fitting took is kept from ``actor``: the proof of a charged choice
    needs the number of trials hidden, and the time all but tells it (Liu & Talwar 2019)."""
    charged = run.privacy is not None and bool(run.privacy.candidates)
    return charged and not actor.may(Permission.SEE_SOURCE)
