"""``python manage.py reproduce PACK``: each of its ends has an exit code of its own."""

import io
import json
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from adapters.memory.documents import MemoryDocuments
from adapters.orm.models import DatasetRow
from config.wiring import adapters, web, worker
from domain.compliance.evidence import PackPart, write_pack
from domain.kernel import DatasetId, PackId, Role
from tests.faces.instance import actor, person
from tests.small_tables import payments_csv, people_csv
from tests.studio import Resampler
from tests.usecases.test_reproducing_packs import OtherSeed, Shifted

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def in_no_time(monkeypatch, settings, tmp_path):
    """Fits and prints nothing that takes time."""
    settings.STUDIO_BLOB_DIR = tmp_path / "blobs"
    monkeypatch.setattr(adapters, "documents", MemoryDocuments)
    fitting_with(monkeypatch, Resampler())


def fitting_with(monkeypatch, synthesizer) -> None:
    monkeypatch.setattr(worker, "engine", lambda name: synthesizer)


@pytest.fixture
def pack(tmp_path) -> Path:
    source, out = tmp_path / "people.csv", tmp_path / "out"
    source.write_bytes(people_csv(rows=150))
    words = [str(source), "--out", str(out), "--rows", "1000", "--no-evaluate"]
    call_command("synthesize", *words, stdout=io.StringIO(), stderr=io.StringIO())
    return out / "pack.zip"


def reproduce(pack: Path, *words: str) -> tuple[int, str]:
    """The exit code, and what was said."""
    out = io.StringIO()
    try:
        call_command("reproduce", str(pack), *words, stdout=out, stderr=out)
    except CommandError as end:
        return end.returncode, f"{out.getvalue()}{end}"
    return 0, out.getvalue()


def test_each_end_has_an_exit_code_of_its_own(pack, monkeypatch):
    code, said = reproduce(pack)
    assert code == 0
    assert "synthetic.csv: the same bytes" in said
    assert "The rows of this pack came out again, to the byte." in said

    fitting_with(monkeypatch, OtherSeed())
    code, said = reproduce(pack)
    assert code == 3
    assert "synthetic.csv: other bytes" in said

    fitting_with(monkeypatch, Shifted())
    code, said = reproduce(pack)
    assert code == 4
    assert "The farthest column is synthetic.csv, “age”" in said

    fitting_with(monkeypatch, None)  # nothing is fitted any more
    _shred_the_source()
    code, said = reproduce(pack)
    assert code == 2
    assert "only where the real rows are" in said

    pack.write_bytes(pack.read_bytes().replace(b"synthetic.csv", b"synthetic.CSV", 1))
    code, said = reproduce(pack)
    assert code == 1
    assert "\n" not in said


def _shred_the_source() -> None:
    source = DatasetRow.objects.get()
    person("ada", Role.ADMINISTRATOR, source.organisation.name)
    web.delete_dataset()(actor("ada"), dataset_id=DatasetId(source.id))


@pytest.mark.parametrize(
    ("name", "words", "expected"),
    [
        ("bare.zip", [], "no provenance"),
        ("bare.zip", ["--user", "nobody"], "nobody"),
        ("nowhere.zip", [], "cannot be opened: no such file"),
    ],
)
def test_what_is_no_pack_or_nobodys_is_refused_in_one_sentence(name, words, expected, tmp_path):
    _seal_next_to_nothing(tmp_path / "bare.zip")
    code, said = reproduce(tmp_path / name, *words)
    assert code == 2
    assert expected in said
    assert "\n" not in said


def _seal_next_to_nothing(path: Path) -> None:
    keys = adapters.keys()
    with path.open("wb") as out:
        write_pack(
            out,
            [PackPart.of("README.md", b"nothing")],
            pack_id=PackId(UUID(int=1)),
            created_at=adapters.clock(),
            sign=keys.sign,
            public_key=keys.public_key(),
        )


@pytest.fixture
def real_engines(monkeypatch):
    from domain.synthesis.engines import engine

    monkeypatch.setattr(worker, "engine", engine)


def _made(tmp_path: Path, files: dict[str, bytes], *words: object) -> Path:
    """A pack of a real fit of such files."""
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    paths = [str(tmp_path / name) for name in files]
    asked = [*paths, "--out", str(tmp_path / "out"), "--no-evaluate", *map(str, words)]
    call_command("synthesize", *asked, stdout=io.StringIO(), stderr=io.StringIO())
    return tmp_path / "out" / "pack.zip"


@pytest.mark.usefixtures("real_engines")
def test_the_noise_of_a_private_run_comes_again_from_its_sealed_seed(tmp_path):
    private = ["--epsilon", 1, "--synthesizer", "marginals", "--set", "iterations=20"]
    pack = _made(tmp_path, {"people.csv": people_csv(rows=150)}, *private)
    code, said = reproduce(pack)
    assert code == 0
    assert "Model: the same bytes" in said
    told = json.loads(zipfile.ZipFile(pack).read("provenance.json"))
    assert told["seeds"]["sealed_seed_commitment"]


_PATIENTS = "patient_id,sex\n" + "".join(f"P{i:03},{'mf'[i % 2]}\n" for i in range(60))
_VISITS = "patient_id,cost\n" + "".join(f"P{i % 60:03},{10 + i}\n" for i in range(120))
_RELATED = {"patients.csv": _PATIENTS.encode(), "visits.csv": _VISITS.encode()}
_AS_A_LOG = ["--entity", "account_id", "--time", "date"]


@pytest.mark.slow
@pytest.mark.usefixtures("real_engines")
@pytest.mark.parametrize(
    ("files", "words", "drawn"),
    [
        ({"log.csv": payments_csv()}, [*_AS_A_LOG, "--set", "max_epochs=1"], 1),
        ({"log.csv": payments_csv(60)}, [*_AS_A_LOG, "--epsilon", 1], 1),
        (_RELATED, ["--set", "max_epochs=1"], 2),
        ({"people.csv": people_csv(150)}, ["--epsilon", 1, "--synthesizer", "tvae"], 1),
        ({"people.csv": people_csv(150)}, ["--where", "age>=40", "--set", "max_epochs=1"], 1),
    ],
)
def test_every_kind_of_twin_comes_again_to_the_byte(files, words, drawn, tmp_path):
    code, said = reproduce(_made(tmp_path, files, *words))
    assert code == 0
    assert said.count(".csv: the same bytes") == drawn
    assert "Model: the same bytes" in said


@pytest.mark.slow
@pytest.mark.usefixtures("real_engines")
def test_rows_of_sdv_come_again_though_its_models_are_never_the_same_bytes(tmp_path):
    people = {"people.csv": people_csv(rows=150)}
    code, said = reproduce(_made(tmp_path, people, "--synthesizer", "sdv-copula"))
    assert code == 0
    assert "synthetic.csv: the same bytes" in said
    assert "Model: other bytes" in said
