"""Fitting and drawing as an earlier fit did: a sum on another device, or over another number of
threads, has other last bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

import torch
from threadpoolctl import threadpool_limits

from domain.synthesis.device import on_processor

_recorded: ContextVar[int | None] = ContextVar("recorded_threads", default=None)


@contextmanager
def as_recorded(device: str, threads: int | None) -> Iterator[None]:
    """Within the block, networks and linear algebra work on ``threads`` threads, whatever an engine
    would choose for itself (``None``: as ever), and on the processor where ``device`` is ``cpu``.
    """
    with on_processor("as at the first fit") if device == "cpu" else nullcontext():
        if threads is None:
            yield
            return
        token, before = _recorded.set(threads), torch.get_num_threads()
        torch.set_num_threads(threads)
        try:
            with threadpool_limits(threads):
                yield
        finally:
            torch.set_num_threads(before)
            _recorded.reset(token)


def threads_for(chosen: int) -> int:
    """``chosen``, unless a record has another number (see :func:`as_recorded`)."""
    return _recorded.get() or chosen
