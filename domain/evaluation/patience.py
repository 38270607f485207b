"""Long library calls that still report progress and hear a cancel."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from threadpoolctl import threadpool_limits

T = TypeVar("T")

BEAT_SECONDS = 0.4


def patiently(work: Callable[[], T], beat: Callable[[], None]) -> T:
    """Do ``work`` in a thread and call ``beat`` here about twice a second until it is done.

    What ``beat`` raises (a cancel) is raised at once; the thread then ends with its library
    call and its result is thrown away.
    """
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="evaluation")
    try:
        future: Future[T] = executor.submit(_on_one_core, work)
        while not wait([future], timeout=BEAT_SECONDS).done:
            beat()
        return future.result()
    finally:
        executor.shutdown(wait=False)


def _on_one_core(work: Callable[[], T]) -> T:
    """What ``work`` returns, without teams of threads.

    Gradient boosting opens a team of threads for every small step; where another process
    wants a core too, the team waits for its slowest member by spinning, and a second of work
    takes a minute.
    """
    with threadpool_limits(limits=1, user_api="openmp"):
        return work()
