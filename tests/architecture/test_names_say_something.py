"""The name is the size limit: files called utils grow for ever."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAY_NOTHING = {"utils.py", "helpers.py", "services.py", "manager.py", "common.py", "misc.py"}


def tracked(pattern: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", pattern], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / line for line in listed.stdout.splitlines()]


def test_no_file_has_a_name_that_says_nothing():
    assert [p for p in tracked("*.py") if p.name in SAY_NOTHING] == []


def test_no_module_is_longer_than_a_reader_can_hold():
    long = {
        str(p.relative_to(ROOT)): n
        for p in tracked("*.py")
        if "migrations" not in p.parts and (n := len(p.read_text().splitlines())) > 500
    }
    assert long == {}
