"""verify.py: what a reviewer without the product runs."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.compliance.evidence import verify_pack
from domain.compliance.verifiers.files import verifier_digests, verifier_files
from domain.compliance.verifiers.program.strict_json import canonical
from tests.domain.compliance.forged_packs import (
    FORGERIES,
    KEY,
    STRANGER,
    contents,
    dated,
    fingerprint,
    pack_files,
    public,
    sealed,
    stripped,
    whole,
)
from tests.domain.compliance.odd_zips import larger_than_32_bits
from tests.domain.compliance.provenance_examples import case


@pytest.fixture(scope="module")
def program(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("reviewer") / "verify.py"
    path.write_bytes(verifier_files()["verify.py"])
    return path


@pytest.fixture(scope="module")
def verify(program) -> ModuleType:
    """The program as a module, so that not every test has to start a Python."""
    spec = importlib.util.spec_from_file_location("verify_of_a_pack", program)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture
def said(verify, monkeypatch, capsys):
    """Run the program with arguments; gives back exit code and what it printed."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["verify.py", *map(str, arguments)])
        try:
            code = verify.main()
        except SystemExit as ended:
            code = int(str(ended.code))
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def first_break(verify: ModuleType, pack: bytes) -> str | None:
    try:
        verify.check(verify.Zip(io.BytesIO(pack)))
    except verify.BrokenError as broken:
        return str(broken)
    return None


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    path = tmp_path / "pack.zip"
    path.write_bytes(whole())
    return path


def unpacked(to: Path, pack: bytes) -> Path:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        archive.extractall(to)
    return to


def test_it_runs_alone_beside_the_files_it_came_with(tmp_path):
    folder = unpacked(tmp_path / "pack", whole())
    ended = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py"), "--key", fingerprint(KEY)],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "ascii:replace"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[0] == "Intact, signer verified."
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        {name.split("/")[0] for name in contents(whole())}
    )  # nothing was written


PLANTED = (
    *("__future__.py", "argparse.py", "base64.py", "hashlib.py", "json.py", "os.py", "re.py"),
    *("struct.py", "zlib.py", "zipfile.py", "typing.py", "dataclasses.py", "pathlib.py"),
    *("sitecustomize.py", "usercustomize.py", "encodings/__init__.py", "codecs.py", "site.py"),
    *("cryptography/__init__.py", "importlib/__init__.py", "runpy.py", "__main__.py"),
)


@pytest.mark.parametrize("place", ["in the folder", "from elsewhere", "by a link"])
def test_it_runs_nothing_out_of_the_folder_that_it_lies_in(tmp_path, place):
    folder = unpacked(tmp_path / "pack", whole())
    for name in PLANTED:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("print('Intact, signer verified.')\nraise SystemExit(0)\n")
    program = folder / "verify.py"
    if place == "by a link":
        program = tmp_path / "link.py"
        program.symlink_to(folder / "verify.py")
    ended = subprocess.run(
        [sys.executable, "verify.py" if place == "in the folder" else program, folder],
        cwd=folder if place == "in the folder" else tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    first = sorted(name for name in PLANTED if "/" not in name)[0]
    sentence = f"The file “{first}” was added: the manifest has no such file.\n"
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, sentence, "")


def test_the_exit_code_tells_where_nobody_hears_the_words(program, pack):
    with Path("/dev/full").open("wb") as nowhere:
        ended = subprocess.run(
            [sys.executable, "-I", program, pack, "--key", fingerprint(KEY)],
            stdout=nowhere,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_it_needs_nothing_but_the_standard_library_and_cryptography():
    tree = ast.parse(verifier_files()["verify.py"])
    found = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    found |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    outside = {name.split(".")[0] for name in found} - sys.stdlib_module_names
    assert outside == {"cryptography"}
    assert not found & {"socket", "ssl", "urllib.request", "http.client", "subprocess", "pickle"}


def test_it_is_the_same_to_the_byte_wherever_it_is_made():
    verifier_files.cache_clear()
    before = verifier_digests()
    verifier_digests.cache_clear()
    assert verifier_digests() == before
    compile(verifier_files()["verify.py"], "verify.py", "exec")


def test_an_intact_pack_and_the_pinned_key_end_with_0(said, pack):
    for key in (fingerprint(KEY), public(KEY).hex(), fingerprint(KEY).upper().replace("a", "a:")):
        code, words = said(pack, "--key", key)
        assert code == 0
        assert words.startswith("Intact, signer verified.\n")
    assert f"{len(pack_files())} files and 6 statements are as they were signed." in words
    assert "4 of 4 entries are proved to be among its 11." in words


def test_an_intact_pack_without_a_pinned_key_ends_with_2(said, pack):
    code, words = said(pack)
    assert code == 2
    assert words.startswith("Intact, signer not verified.\n")
    digits = fingerprint(KEY)
    assert " ".join(digits[n : n + 4] for n in range(0, 64, 4)) in words
    assert "/.well-known/synthetic-data-studio.json" in words


def test_a_pack_wholly_signed_again_with_another_key_ends_with_1(said, pack):
    pack.write_bytes(sealed(pack_files(STRANGER), STRANGER))
    assert said(pack)[0] == 2
    code, words = said(pack, "--key", fingerprint(KEY))
    assert code == 1
    assert words.startswith("The pack was signed by somebody else, not by the key you named.")


PACK_LINE = "Pack 00000000-0000-0000-0000-000000000009, sealed on 2026-05-03"


def test_an_intact_pack_is_named_with_its_dates_its_data_set_and_its_run(said, pack):
    told = case()
    lines = said(pack)[1].splitlines()
    assert lines[1:3] == [
        f"{PACK_LINE}, to be relied on until 2027-05-03.",
        f"It is about data set {told.dataset.id}, run {told.run.id}.",
    ]


def test_an_expired_pack_is_intact_and_says_first_that_it_is_expired(said, pack):
    pack.write_bytes(dated(expires="2026-05-04T12:00:00+00:00"))
    code, words = said(pack, "--key", fingerprint(KEY))
    assert code == 0
    assert words.splitlines()[:2] == [
        "Intact, signer verified, but expired.",
        f"{PACK_LINE}, was to be relied on until 2026-05-04: ask the sender for a newer one.",
    ]
    code, words = said(pack)
    assert (code, words.splitlines()[0]) == (2, "Intact, signer not verified, but expired.")


def test_a_pack_expires_at_the_second_that_it_names(verify):
    found = verify.check(verify.Zip(io.BytesIO(dated(expires="2027-05-03T12:00:00.500000+00:00"))))
    told = [
        verify.answer(found, None, f"2027-05-03T{at}").lines[0] for at in ("11:59:59", "12:00:00")
    ]
    assert told == ["Intact, signer not verified.", "Intact, signer not verified, but expired."]


def test_a_pack_from_before_packs_said_when_they_expire_is_still_checked(said, pack):
    pack.write_bytes(dated(expires=None))
    code, words = said(pack, "--key", fingerprint(KEY))
    assert code == 0
    assert f"{PACK_LINE}; it does not say until when it may be relied on." in words


def test_what_a_pack_lacks_that_every_pack_has_is_named(said, pack):
    pack.write_bytes(stripped())
    names = [f"attestations/{s}.dsse.json" for s in ("upload", "training", "sampling", "export")]
    sentence = f"It lacks what other packs have: {', '.join([*names, 'audit.json'])}."
    assert sentence in said(pack)[1].splitlines()
    pack.write_bytes(whole())
    assert "lacks" not in said(pack)[1]


def test_a_broken_pack_ends_with_1_and_one_sentence(said, pack):
    pack.write_bytes(FORGERIES["a changed byte"][0]())
    for arguments in ([pack], [pack, "--key", fingerprint(KEY)]):
        assert said(*arguments) == (1, "The file “synthetic.csv” was changed.\n")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["absent.zip"], "cannot be opened: no such file"),
        (["PACK", "--key", "12"], "64 hexadecimal digits"),
        (["PACK", "--kay", "12"], "unrecognized arguments"),
    ],
)
def test_what_cannot_be_checked_ends_with_3(said, pack, arguments, word):
    code, words = said(*(pack if a == "PACK" else a for a in arguments))
    assert code == 3
    assert word in words


def test_without_cryptography_it_says_how_to_get_it(said, pack, monkeypatch, verify):
    monkeypatch.setattr(verify.importlib.util, "find_spec", lambda _: None)
    code, words = said(pack)
    assert code == 3
    assert "python -m pip install cryptography" in words


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("harm", FORGERIES)
def test_every_forgery_is_named_and_the_product_says_the_same(verify, harm):
    forge, sentence = FORGERIES[harm]
    pack = forge()
    assert first_break(verify, pack) == sentence
    assert verify_pack(io.BytesIO(pack)).first_break == sentence


def test_a_pack_zipped_again_by_other_software_is_still_intact(verify):
    files = contents(whole())
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_STORED) as archive:
        for name in reversed(files):
            archive.writestr(name, files[name])
    assert first_break(verify, again.getvalue()) is None


def test_a_zip_that_needs_64_bits_is_read(verify, tmp_path):
    with larger_than_32_bits(tmp_path / "large.zip").open("rb") as stream:
        found = verify.Zip(stream)
        assert found.names == ["zeros.bin", "after.csv"]
        assert found.size("zeros.bin") == 5 << 30
        assert b"".join(found.chunks("after.csv")) == b"age\n41\n"
        assert zipfile.ZipFile(stream).namelist() == found.names


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_whatever_bytes_change_it_is_broken_or_holds_the_same_files(verify, data):
    changed = bytearray(whole())
    start = zipfile.ZipFile(io.BytesIO(whole())).start_dir
    least = data.draw(st.sampled_from([0, start, len(changed) - 30]))
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(least, len(changed) - 1))] = data.draw(st.integers(0, 255))
    if first_break(verify, bytes(changed)) is None:
        assert contents_or_none(bytes(changed)) in (None, contents(whole()))


def contents_or_none(pack: bytes) -> dict[str, bytes] | None:
    """What an ordinary reader finds; it stops at a wrong checksum, which hashes do not need."""
    try:
        return contents(pack)
    except zipfile.BadZipFile:
        return None


FOLDERS = {
    "a changed byte": "The file “synthetic.csv” was changed.",
    "a removed file": "The file “evaluation.json” is missing.",
    "an added file": "The file “approval.pdf” was added: the manifest has no such file.",
    "a swapped signature": "The file “manifest.json” was changed: its signature does not fit.",
    "an audit entry: reordered": FORGERIES["an audit entry: reordered"][1],
    "another's statement": FORGERIES["another's statement"][1],
}


@pytest.mark.parametrize("harm", FOLDERS)
def test_an_unpacked_pack_is_checked_as_well(said, tmp_path, harm):
    folder = unpacked(tmp_path / "pack", FORGERIES[harm][0]())
    assert said(folder) == (1, f"{FOLDERS[harm]}\n")


def test_a_link_in_an_unpacked_pack_is_refused_and_not_followed(said, tmp_path):
    folder = unpacked(tmp_path / "pack", whole())
    (folder / "README.md").unlink()
    (folder / "README.md").symlink_to("/etc/hostname")
    assert said(folder) == (1, "“README.md” is a link or a device, which packs never hold.\n")
    (folder / "README.md").unlink()
    (folder / "up").symlink_to(tmp_path, target_is_directory=True)
    assert said(folder) == (1, "“up” is a link or a device, which packs never hold.\n")


def test_a_queue_in_an_unpacked_pack_does_not_hang_it(said, tmp_path):
    folder = unpacked(tmp_path / "pack", whole())
    os.mkfifo(folder / "queue")
    assert said(folder)[0] == 1


scalars = st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(max_size=8)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.lists(scalars, max_size=3), max_size=4))
def test_its_canonical_json_is_that_of_rfc8785(value):
    assert canonical(value) == rfc8785.dumps(value)
    assert canonical([value, scalars_of(value)]) == rfc8785.dumps([value, scalars_of(value)])


def scalars_of(value: dict[str, list]) -> dict:
    """The same with another sorting of names, from texts that were values."""
    return {str(item): [{}, [], item] for items in value.values() for item in items}


def test_names_are_sorted_by_utf_16_as_rfc_8785_has_it():
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    assert canonical(value) == rfc8785.dumps(value)
    assert list(json.loads(canonical(value)).values()) == [2, 4, 6, 7, 1, 5, 3]


@pytest.mark.parametrize("value", [0.5, 2**53, -(2**53), [float("nan")], {"a": "\ud800"}])
def test_what_has_no_canonical_form_here_is_refused(value):
    with pytest.raises(ValueError, match=r"."):
        canonical(value)
