"""What the last bits of a sum depend on besides the libraries: the processor."""

from __future__ import annotations

import torch


def instruction_set() -> str:
    """What torch's own arithmetic uses, such as ``AVX512``."""
    return torch.backends.cpu.get_cpu_capability()


def processor_name() -> str:
    """The processor's name as it says itself, such as ``AMD EPYC``; empty where it says none.

    Libraries of linear algebra choose their arithmetic by its maker and model: with the same
    instruction set, those of two makers round differently.
    """
    return str(torch.cpu.get_capabilities().get("cpu_name", ""))
