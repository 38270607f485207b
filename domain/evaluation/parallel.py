"""Work that does not wait for each other, side by side on the cores there are."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from joblib import cpu_count

from domain.evaluation.patience import on_one_core

T = TypeVar("T")


def side_by_side(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """The results of ``tasks`` in their order, in threads: as many at a time as there are cores.

    Worth it where NumPy, SciPy and gradient boosting compute, which let other threads run
    meanwhile. The first task that raises raises here. Results do not depend on the cores.
    """
    # Threads that silence warnings restore each other's filters; this one has the last word.
    with warnings.catch_warnings():
        if len(tasks) < 2 or cpu_count() < 2:
            return [task() for task in tasks]
        with ThreadPoolExecutor(cpu_count(), thread_name_prefix="evaluation") as pool:
            return list(pool.map(on_one_core, tasks))
