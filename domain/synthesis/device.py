"""Which device the networks work on: a GPU where there is one that works, else the processor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch

THREADS = 1
"""Torch threads; fixed, since another count gives other last bits. The matrices are small: a
second thread gains little, and workers beside each other would slow each other down."""

_given_up: ContextVar[str] = ContextVar("given_up", default="")
"""Why the GPU is left alone here; empty while nothing speaks against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Where networks are trained and drawn from."""

    torch: torch.device
    name: str
    """The GPU's name, or ``cpu``."""
    why: str
    """Why it is not a GPU; empty for one."""

    @property
    def now(self) -> str:
        """What is being done, for progress."""
        return self._says("training")

    @property
    def afterwards(self) -> str:
        """What was done, one plain sentence for the run's notes."""
        said = self._says("trained")
        return f"{said[0].upper()}{said[1:]}."

    def _says(self, verb: str) -> str:
        if not self.why:
            return f"{verb} on the GPU {self.name}"
        threads = "1 thread" if THREADS == 1 else f"{THREADS} threads"
        return f"{self.why}: {verb} on the processor, {threads}"


def best_device() -> Device:
    """The first GPU if it is there and works, else the processor."""
    if reason := _given_up.get():
        return _processor(reason)
    if not torch.cuda.is_available():
        return _processor("no GPU was found")
    try:
        name = torch.cuda.get_device_name(0)
        _try_out(torch.device("cuda", 0))
    except (RuntimeError, AssertionError):  # what torch raises for a driver that does not fit
        return _processor("the GPU of this machine could not be used")
    return Device(torch=torch.device("cuda", 0), name=name, why="")


def _processor(why: str) -> Device:
    return Device(torch=torch.device("cpu"), name="cpu", why=why)


def _try_out(device: torch.device) -> None:
    """A small product, which a broken driver or a full memory does not survive."""
    square = torch.ones((8, 8), device=device)
    float((square @ square).sum())


@contextmanager
def on_processor(why: str) -> Iterator[None]:
    """Within the block, GPUs are left alone."""
    token = _given_up.set(why)
    try:
        yield
    finally:
        _given_up.reset(token)


def trouble(error: RuntimeError) -> str:
    """What is wrong with the GPU, in a few words; empty for any other error."""
    if isinstance(error, torch.OutOfMemoryError):
        return "the GPU had too little free memory"
    if isinstance(error, torch.AcceleratorError) or "CUDA" in str(error):
        return "the GPU broke off its work"
    return ""
