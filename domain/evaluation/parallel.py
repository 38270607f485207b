"""Work that does not wait for each other, side by side on the cores there are."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from joblib import cpu_count
from threadpoolctl import threadpool_limits

T = TypeVar("T")


def side_by_side(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """The results of ``tasks`` in their order, in threads: as many at a time as there are cores.

    Worth it where gradient boosting, NumPy and SciPy compute for milliseconds, which let other
    threads run meanwhile; of small steps in Python, threads only make more. The first task that
    raises raises here. Results do not depend on the cores.
    """
    if len(tasks) < 2 or cpu_count() < 2:
        return [task() for task in tasks]
    # Threads that silence warnings restore each other's filters; this one has the last word.
    with warnings.catch_warnings(), _threads() as threads:
        return list(threads.map(_done, tasks))


def _threads() -> ThreadPoolExecutor:
    """Threads that open no teams of threads themselves (see :mod:`domain.evaluation.patience`)."""
    alone = partial(threadpool_limits, limits=1)
    return ThreadPoolExecutor(cpu_count(), thread_name_prefix="evaluation", initializer=alone)


def _done(task: Callable[[], T]) -> T:
    return task()
