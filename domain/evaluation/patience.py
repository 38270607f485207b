"""Long library calls that still report progress and hear a cancel."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from joblib import cpu_count
from threadpoolctl import threadpool_limits

T = TypeVar("T")

BEAT_SECONDS = 0.4


def patiently(work: Callable[[], T], beat: Callable[[], None]) -> T:
    """Do ``work`` in a thread and call ``beat`` here about twice a second until it is done.

    What ``beat`` raises (a cancel) is raised at once; the thread then ends with its library
    call and its result is thrown away.
    """
    (result,) = all_patiently([work], lambda done, at: beat())
    return result


def all_patiently(works: Sequence[Callable[[], T]], beat: Callable[[int, int], None]) -> list[T]:
    """The results of ``works`` in their order, done side by side on two cores at most.

    ``beat(done, at)`` is called about twice a second: how many works are done, and the place of
    the first that is not. The first work that fails, and what ``beat`` raises, is raised here;
    works that have not begun never do. More than two at a time would hold more memory than the
    cores of a small machine could make use of.
    """
    workers = max(1, min(2, cpu_count(), len(works)))
    executor = ThreadPoolExecutor(workers, thread_name_prefix="evaluation")
    # Works that silence warnings restore each other's filters; this one has the last word.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            futures = [executor.submit(_on_one_core, work) for work in works]
            _beat_until_done(futures, beat)
            return [future.result() for future in futures]
        finally:
            executor.shutdown(wait=False, cancel_futures=True)


def _beat_until_done(futures: Sequence[Future[T]], beat: Callable[[int, int], None]) -> None:
    left = set(futures)
    while left:
        ended, left = wait(left, timeout=BEAT_SECONDS)
        at = next((i for i, future in enumerate(futures) if future in left), len(futures))
        beat(len(futures) - len(left), at)
        for future in ended:
            future.result()


def _on_one_core(work: Callable[[], T]) -> T:
    """What ``work`` returns, without teams of threads.

    Gradient boosting and linear algebra open a team for every small step; where another work
    or process wants a core too, the team waits for its slowest member by spinning, and a second
    of work takes a minute.
    """
    with threadpool_limits(limits=1):
        return work()
