"""reproduce.ipynb: what stands in it, and what it says when it is run beside its pack."""

import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from uuid import UUID

import jsonschema
import numpy as np
import pandas as pd
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.compliance.environment_lock import EnvironmentLock
from domain.compliance.evidence import PackPart, write_pack
from domain.compliance.notebook import notebook_parts, reproduce_notebook
from domain.evaluation.comparison import compare
from domain.evaluation.overlays import overlays
from domain.evaluation.report import EvaluationReport
from domain.kernel import PackId
from tests.domain.compliance.examples import NOON
from tests.domain.evaluation.tables import METADATA, real
from tests.notebooks import run_cells

SCHEMA = json.loads(Path(__file__).with_name("nbformat.v4.5.schema.json").read_text())
"""As published at github.com/jupyter/nbformat (BSD 3-Clause)."""

PACK_ID = PackId(UUID(int=9))
HERE = {
    "python": "3.11.7",
    "implementation": "CPython",
    "platform": "Linux",
    "machine": "x86_64",
    "instruction_set": "AVX512",
    "processor": "Intel Xeon",
    "distributions": {"numpy": "2.4.6"},
}
LOCK = EnvironmentLock(**HERE, product="1", threads=1, device="cpu")
HOSTILE = "]\n# <script>alert(1)</script> $pack ${x} `rm` “\"'\\n"


def card(dataset="visits", rows=400):
    return {
        "created_at": NOON.isoformat(),
        "organisation": "Clinic",
        "product": {"version": "1"},
        "training_data": {"dataset": dataset},
        "synthetic_data": {"tables": [{"name": "visits", "rows": rows}]},
    }


def provenance(private=False):
    return {"pack": str(PACK_ID), "private": private, "environment": LOCK.to_document()}


def notebook(*, dataset="visits", private=False, names=("evaluation.json",)) -> bytes:
    return reproduce_notebook(card(dataset), provenance(private), names)


def cells(data: bytes, kind: str) -> dict[str, str]:
    found = json.loads(data)["cells"]
    return {c["id"]: "".join(c["source"]) for c in found if c["cell_type"] == kind}


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A pack of 400 rows of every kind of column, as an evaluation has counted them."""
    synthetic = real(400, seed=1).drop(columns=["phone", "note"])
    comparison = compare(
        *(real(300, seed=2), real(80, seed=3), real(400, seed=1)),
        METADATA.tables["visits"],
        seed=0,
    )
    report = EvaluationReport(scores=(), overlays=overlays(comparison))
    path = tmp_path_factory.mktemp("pack") / "pack.zip"
    key = Ed25519PrivateKey.generate()
    with path.open("wb") as out:
        write_pack(
            out,
            [
                PackPart.of_document("model-card.json", card()),
                PackPart.of_document("provenance.json", provenance()),
                PackPart.of_document("evaluation.json", report.to_document()),
                PackPart.of("synthetic.parquet", synthetic.to_parquet(index=False)),
            ],
            pack_id=PACK_ID,
            created_at=NOON,
            sign=key.sign,
            public_key=key.public_key().public_bytes_raw(),
        )
    return path


class Machine:
    """What the notebook starts: a look at an environment, and the product's command."""

    def __init__(self, monkeypatch, folder):
        self.here, self.code, self.said, self.started = HERE, 0, "", []
        self._patch, self._folder = monkeypatch, folder
        monkeypatch.setattr(subprocess, "run", self._run)
        monkeypatch.delenv("STUDIO_PACK", raising=False)
        monkeypatch.chdir(folder)

    def _run(self, words, **how):
        if words[1] == "-c":
            return subprocess.CompletedProcess(words, 0, json.dumps(self.here), "")
        self.started = words
        return subprocess.CompletedProcess(words, self.code, "", self.said)

    def with_product(self):
        command = self._folder / "apps/worker/management/commands/reproduce.py"
        command.parent.mkdir(parents=True)
        command.write_text("")

    def beside(self, pack: Path) -> Path:
        place = self._folder / "any name.zip"
        place.write_bytes(pack.read_bytes())
        return place


@pytest.fixture
def machine(monkeypatch, tmp_path):
    return Machine(monkeypatch, tmp_path)


@pytest.mark.parametrize("private", [True, False])
def test_it_is_a_notebook_by_the_published_schema(private):
    jsonschema.Draft4Validator(SCHEMA).validate(json.loads(notebook(private=private)))


def test_the_same_pack_gives_the_same_notebook():
    assert notebook() == notebook()


def test_a_hostile_name_is_shown_as_it_is_and_reaches_no_code():
    hostile, plain = notebook(dataset=HOSTILE), notebook()
    assert cells(hostile, "code") == cells(plain, "code")
    (title,) = {cells(hostile, "markdown")["title"]} - {cells(plain, "markdown")["title"]}
    assert "\\<script\\>alert(1)\\</script\\>" in title
    assert title.splitlines()[1:] == cells(plain, "markdown")["title"].splitlines()[1:]


def test_only_of_private_runs_it_says_that_the_sealed_seed_stays_inside():
    assert "sealed seed" in cells(notebook(private=True), "markdown")["sealed-seed"]
    assert "sealed-seed" not in cells(notebook(), "markdown")


def test_without_an_evaluation_there_are_no_figures_to_count_again():
    assert "figures" in cells(notebook(), "code")
    assert not {"figures", "figures-words"} & {
        *cells(notebook(names=()), "code"),
        *cells(notebook(names=()), "markdown"),
    }


def test_beside_it_lies_the_environment_of_the_fit_as_pip_reads_it():
    parts = dict(notebook_parts(card(), provenance(), LOCK, ()))
    assert list(parts) == ["reproduce.ipynb", "environment.txt"]
    assert parts["environment.txt"].splitlines()[1:] == [b"numpy==2.4.6"]


def test_the_lock_says_where_torch_is_and_asks_no_index_for_the_product_itself():
    found = {"torch": "2.13.0+cpu", "synthetic-data-studio": "0.1.0", "numpy": "2.4.6"}
    lines = replace(LOCK, distributions=found).requirements().decode().splitlines()
    assert lines[1:] == [
        "# pip install -r FILE --extra-index-url https://download.pytorch.org/whl/cpu",
        "numpy==2.4.6",
        "# synthetic-data-studio==0.1.0",
        "torch==2.13.0+cpu",
    ]


def test_it_counts_every_column_as_the_evaluation_did(sealed, machine):
    machine.beside(sealed)
    space, said = run_cells(notebook())
    lines = {line["column"]: line for line in space["lines"]}
    assert set(lines) == {"age", "pressure", "smoker", "ward", "admitted", "outcome"}
    for line in lines.values():
        assert line["rows counted here"] == line["rows counted by the evaluation"]
        assert line["largest difference of a share"] == 0
    assert 0 < lines["pressure"]["rows counted here"] < 400
    assert "400 rows, 7 columns (as the model card says)" in said


def test_a_chart_has_a_bar_of_each_side_for_every_bin(sealed, machine):
    machine.beside(sealed)
    space, _ = run_cells(notebook())
    for overlay in space["evaluation"]["overlays"]:
        drawn = space["chart"](overlay, overlay["synthetic"])
        assert drawn["$schema"].endswith("/vega-lite/v5.json")
        bars = drawn["data"]["values"]
        assert len(bars) == 2 * len(overlay["real"])
        assert np.isclose(sum(bar["share"] for bar in bars), 2)


def test_names_and_words_are_escaped_where_they_are_drawn(sealed, machine, monkeypatch):
    machine.beside(sealed)
    shown: list[dict] = []
    drawing = ModuleType("IPython.display")
    drawing.display = lambda told, raw: shown.append(told)
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", drawing)
    space, _ = run_cells(notebook())
    kinds = [next(iter(told)) for told in shown]
    assert kinds.count("application/vnd.vegalite.v5+json") == 6
    assert kinds.count("text/html") == 3
    space["show_table"](pd.DataFrame({"<script>": ["<img src=x>"]}))
    assert "&lt;script&gt;" in shown[-1]["text/html"]
    assert "<img" not in shown[-1]["text/html"]


@pytest.mark.parametrize(
    ("code", "end"),
    [
        (0, "Made again from the real rows: the same bytes."),
        (1, "The command broke off"),
        (2, "that takes the instance that has the real rows"),
        (3, "Other bytes came out, alike"),
        (4, "Other bytes came out, and not alike"),
        (130, "These rows could not be made again here"),
    ],
)
def test_each_end_of_the_command_has_its_sentence(code, end, sealed, machine):
    place = machine.beside(sealed)
    machine.with_product()
    machine.code, machine.said = code, "Error: words of the command."
    _, said = run_cells(notebook(names=()))
    assert machine.started[1:] == ["manage.py", "reproduce", str(place)]
    assert "words of the command" in said
    assert f"Exit code {code}" in said
    assert end in said.splitlines()[-1]


def test_where_the_product_is_not_it_says_so_and_counts_all_the_same(sealed, machine):
    machine.beside(sealed)
    _, said = run_cells(notebook())
    assert machine.started == []
    assert "There is no Synthetic Data Studio here" in said
    assert "All 4 files have the hashes of the manifest." in said
    assert "could not be made again here" in said.splitlines()[-1]


def test_what_is_not_as_recorded_is_told_at_the_end_too(sealed, machine):
    machine.beside(sealed)
    machine.here = {**HERE, "instruction_set": "AVX2", "distributions": {"numpy": "2.0.0"}}
    machine.here |= {"processor": "AMD EPYC"}
    _, said = run_cells(notebook())
    for told in (
        "instruction set: AVX512 then, AVX2 now",
        "processor: Intel Xeon then, AMD EPYC now",
        "numpy: 2.4.6 then, 2.0.0 now",
    ):
        assert f"Differs from the record: {told}" in said


def test_a_changed_file_is_named_before_anything_is_run(sealed, machine):
    with zipfile.ZipFile(sealed) as before, zipfile.ZipFile("changed.zip", "w") as after:
        for name in before.namelist():
            changed = b"{}" if name == "evaluation.json" else before.read(name)
            after.writestr(name, changed)
    with pytest.raises(ValueError, match=r"'evaluation\.json' was changed"):
        run_cells(notebook())


@pytest.mark.parametrize(("left_out", "added"), [("model-card.json", None), (None, "more.txt")])
def test_a_missing_file_and_an_added_one_are_named(left_out, added, sealed, machine):
    with zipfile.ZipFile(sealed) as before, zipfile.ZipFile("changed.zip", "w") as after:
        for name in before.namelist():
            if name != left_out:
                after.writestr(name, before.read(name))
        if added:
            after.writestr(added, b"")
    with pytest.raises(ValueError, match=left_out or added):
        run_cells(notebook())


def test_without_its_pack_it_says_where_to_put_it(sealed, machine, monkeypatch):
    (Path.cwd() / "other.zip").write_bytes(b"no zip")
    with pytest.raises(FileNotFoundError, match="Put the zip beside this notebook"):
        run_cells(notebook())


def test_another_pack_is_refused(sealed, machine, monkeypatch):
    monkeypatch.setenv("STUDIO_PACK", str(sealed))
    other = {**provenance(), "pack": str(UUID(int=10))}
    with pytest.raises(ValueError, match="another pack"):
        run_cells(reproduce_notebook(card(), other, ()))
