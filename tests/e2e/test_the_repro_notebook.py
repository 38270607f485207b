"""reproduce.ipynb beside a real pack: where its source is, and on an instance that never had it."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from domain.compliance.notebook import reproduce_notebook
from tests.notebooks import run_cells
from tests.small_tables import people_csv

pytestmark = pytest.mark.slow

HOUSE = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    return tmp_path_factory.mktemp("instance")


@pytest.fixture(scope="module")
def pack(instance, tmp_path_factory) -> Path:
    """Of a real fit, with an evaluation, in a folder of its own."""
    folder = tmp_path_factory.mktemp("handed over")
    (folder / "people.csv").write_bytes(people_csv(rows=200))
    subprocess.run(
        [
            *(sys.executable, "manage.py", "synthesize", str(folder / "people.csv")),
            *("--out", str(folder / "out"), "--set", "max_epochs=1"),
        ],
        cwd=HOUSE,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **_of(instance)},
        check=True,
        capture_output=True,
    )
    return folder / "out" / "pack.zip"


def _of(instance: Path) -> dict[str, str]:
    return {"STUDIO_DATA_DIR": str(instance)}


@pytest.fixture
def run_at(pack, monkeypatch):
    """Runs the notebook on an instance; gives back all that it said."""

    def run(instance: Path) -> str:
        monkeypatch.chdir(pack.parent)
        monkeypatch.delenv("STUDIO_PACK", raising=False)
        monkeypatch.setenv("STUDIO_FOLDER", str(HOUSE))
        monkeypatch.setenv("STUDIO_PYTHON", sys.executable)
        monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings")
        for name, value in _of(instance).items():
            monkeypatch.setenv(name, value)
        return run_cells(_notebook(pack))[1]

    return run


def _notebook(pack: Path) -> bytes:
    with zipfile.ZipFile(pack) as archive:
        card, told = (json.loads(archive.read(f"{n}.json")) for n in ("model-card", "provenance"))
        return reproduce_notebook(card, told, archive.namelist())


def test_where_the_source_is_it_ends_with_the_same_bytes(run_at, instance):
    said = run_at(instance)
    assert "The rows of this pack came out again, to the byte." in said
    assert "Nothing of this differs here." in said
    assert said.splitlines()[-1] == "Made again from the real rows: the same bytes."
    assert "largest difference of a share" in said


def test_elsewhere_it_ends_with_the_sentence_that_says_so(run_at, tmp_path):
    said = run_at(tmp_path)
    assert "only where the real rows are can its rows be made again" in said
    assert "Exit code 2" in said
    assert "takes the instance that has the real rows" in said.splitlines()[-1]
