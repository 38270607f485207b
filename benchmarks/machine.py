"""The machine that figures were measured on: without it they say nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

_LIBRARIES = ("torch", "numpy", "pandas", "scikit-learn", "sdmetrics", "sdv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Named as far as a reader needs to compare."""

    model: str
    cores: int
    memory_gib: float
    threads: int
    """Threads that torch takes."""
    gpu: str
    python: str
    libraries: Mapping[str, str]
    date: str
    """Day of the measurement (UTC)."""
    load: float
    """Processes that waited for a core in the minute before: 0 on a quiet machine."""

    def sentence(self) -> str:
        """One line for the foot of a table."""
        libraries = ", ".join(f"{name} {number}" for name, number in self.libraries.items())
        busy = f"; not quiet: load {self.load:.1f} at the start" if self.load > 1 else ""
        return (
            f"{self.model}, {self.cores} cores, {self.memory_gib:.0f} GiB, {self.gpu}; "
            f"{self.threads} torch threads; Python {self.python}, {libraries}; {self.date}{busy}."
        )


def this_machine() -> Machine:
    """The machine this runs on, now."""
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else "no GPU"
    return Machine(
        model=processor(Path("/proc/cpuinfo")),
        cores=len(psutil.Process().cpu_affinity()) if _countable() else os.cpu_count() or 1,
        memory_gib=psutil.virtual_memory().total / 2**30,
        threads=torch.get_num_threads(),
        gpu=gpu,
        python=platform.python_version(),
        libraries={name: number for name in _LIBRARIES if (number := _version(name))},
        date=datetime.now(UTC).date().isoformat(),
        load=os.getloadavg()[0],
    )


def processor(cpuinfo: Path) -> str:
    """The processor's name as the kernel gives it, else what Python knows."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return " ".join(value.split())
    return platform.processor() or platform.machine()


def _countable() -> bool:
    return hasattr(psutil.Process, "cpu_affinity")


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
