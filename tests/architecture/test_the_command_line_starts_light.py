"""The command line starts fast: a library is loaded by what uses it, not by every command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_NEEDED = (
    *("xhtml2pdf", "reportlab", "svglib", "pypdfium2"),  # no evidence pack
    "openpyxl",  # no workbook
    *("sklearn", "scipy", "sdmetrics", "sdv", "altair"),  # no evaluation
    *("psycopg", "boto3"),  # no server
    *("config.urls", "rest_framework.views", "drf_spectacular.plumbing"),  # no page, no API
)

PROGRAM = f"""
import runpy, sys
try:
    runpy.run_path("manage.py", run_name="__main__")
finally:
    print("loaded:", *(name for name in {("torch", *NOT_NEEDED)!r} if name in sys.modules))
"""


def embedded(instance: Path) -> dict[str, str]:
    """An environment without a server, whatever the other tests run on."""
    kept = {name: word for name, word in os.environ.items() if not name.startswith("STUDIO_")}
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings", "STUDIO_DATA_DIR": str(instance)}
    return {**kept, **settings}


def run(words: list[str], instance: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=embedded(instance),
        capture_output=True,
        text=True,
        check=False,
    )


def test_garbage_is_looked_for_again_once_a_command_is_loaded(tmp_path):
    asked = "import gc; print(gc.isenabled(), gc.get_freeze_count() > 10_000)"
    ended = run(["manage.py", "shell", "--no-imports", "-c", asked], tmp_path)
    assert ended.stdout.split() == ["True", "True"], ended.stderr


@pytest.mark.slow
def test_a_twin_of_a_csv_without_evaluation_and_pack_loads_torch_and_no_other_heavy_library(
    tmp_path,
):
    ages = "".join(f"{20 + number},{number % 3}\n" for number in range(40))
    (tmp_path / "people.csv").write_text(f"age,children\n{ages}")
    words = ["synthesize", str(tmp_path / "people.csv"), "--out", str(tmp_path / "out")]
    words += ["--set", "max_epochs=1", "--no-evaluate", "--no-pack"]
    ended = run(["-c", PROGRAM, *words], tmp_path / "instance")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "out" / "synthetic.csv").is_file()
    assert ended.stdout.splitlines()[-1] == "loaded: torch"
