"""What is free on this machine."""

from __future__ import annotations

from pathlib import Path

import psutil

_GROUP = Path("/sys/fs/cgroup")
_FILES = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)
"""Limit and use of a container, as versions 2 and 1 of Linux control groups give them."""


def available_memory(group: Path = _GROUP) -> int:
    """Bytes that can still be allocated: of the machine, or of its container if that is less."""
    free = int(psutil.virtual_memory().available)
    return min([free, *_left_in(group)])


def _left_in(group: Path) -> list[int]:
    for limit, used in _FILES:
        try:
            words = (group / limit).read_text().strip(), (group / used).read_text().strip()
        except OSError:
            continue
        if all(word.isdecimal() for word in words):
            return [max(int(words[0]) - int(words[1]), 0)]
    return []
