from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from domain.synthesis.machine import available_memory


def test_without_a_container_what_the_machine_has_free_counts(tmp_path: Path) -> None:
    free = psutil.virtual_memory().available
    assert available_memory(tmp_path) == pytest.approx(free, rel=0.2)


@pytest.mark.parametrize(
    ("limit", "used"),
    [
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ],
)
def test_a_containers_limit_counts_where_it_is_less(tmp_path: Path, limit: str, used: str) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / limit).write_text("1000000\n")
    (tmp_path / used).write_text("400000\n")
    assert available_memory(tmp_path) == 600_000
    (tmp_path / used).write_text("2000000\n")
    assert available_memory(tmp_path) == 0


def test_a_container_without_a_limit_is_none(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("400000\n")
    assert available_memory(tmp_path) > 1_000_000
