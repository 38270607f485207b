"""The same seed, data and settings give the same file, bit for bit, in another process."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.small_tables import people_csv

ROOT = Path(__file__).parents[2]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_bytes(people_csv(rows=400))
    return path


class Instance:
    """An instance of its own, and one run of the command in a fresh process."""

    def __init__(self, folder: Path, hash_seed: int) -> None:
        self.folder = folder
        usual = {name: text for name, text in os.environ.items() if name != "OMP_NUM_THREADS"}
        self.environment = {
            **usual,  # the product itself sees to the number of threads
            "STUDIO_DATA_DIR": str(folder / "data"),
            "STUDIO_DATABASE_URL": f"sqlite:///{folder / 'studio.sqlite3'}",
            "STUDIO_MASTER_KEY_FILE": str(folder / "master-key.json"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONHASHSEED": str(hash_seed),
        }
        folder.mkdir()

    def synthesize(self, source: Path, *settings: str) -> str:
        """The hash of the synthetic file."""
        out = self.folder / "out"
        words = ["--out", str(out), "--seed", "7", "--no-evaluate", "--no-pack", "--set"]
        done = subprocess.run(
            [sys.executable, "manage.py", "synthesize", str(source), *words, *settings],
            cwd=ROOT,
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return hashlib.sha256((out / "synthetic.csv").read_bytes()).hexdigest()

    def run(self) -> dict[str, Any]:
        """What the run remembers of itself."""
        with sqlite3.connect(self.folder / "studio.sqlite3") as database:
            [(notes, versions)] = database.execute(
                "SELECT notes, versions FROM studio_trainingrunrow"
            )
        return {"notes": " ".join(json.loads(notes)), "versions": json.loads(versions)}


@pytest.fixture
def two(tmp_path: Path) -> tuple[Instance, Instance]:
    return Instance(tmp_path / "one", hash_seed=1), Instance(tmp_path / "two", hash_seed=2)


@pytest.mark.slow
def test_two_processes_write_the_same_file_bit_for_bit(
    people: Path, two: tuple[Instance, Instance]
) -> None:
    one, other = (instance.synthesize(people, "max_epochs=3") for instance in two)
    assert one == other
    versions = two[0].run()["versions"]
    assert versions == two[1].run()["versions"]
    assert {"torch", "numpy", "pandas", "python", "machine"} <= set(versions)
    assert versions["threads"] == "1"
    assert versions["device"]
    assert versions["instruction_set"]


@pytest.mark.slow
def test_a_run_limited_by_time_is_repeated_by_its_steps(
    people: Path, two: tuple[Instance, Instance]
) -> None:
    limited = two[0].synthesize(people, "max_seconds=1")
    told = re.search(r"max_steps=(\d+) and no time limit", two[0].run()["notes"])
    assert told
    assert two[1].synthesize(people, f"max_steps={told[1]}") == limited
