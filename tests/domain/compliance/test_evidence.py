"""Packs: written once, and every kind of tampering named."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from domain.compliance.evidence import PackPart, pack_readme, verify_pack, write_pack
from domain.compliance.manifest import is_safe_name, signed_message
from domain.kernel import BadInput, PackId
from tests.domain.compliance.examples import card

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
PACK = PackId(UUID(int=9))
FILES = {
    "README.md": b"# Evidence pack\n",
    "model-card.json": b'{"schema": 1}\n',
    "synthetic/visits.csv": b"age,city\n" + b"41,Ulm\n" * 500,
}


class Sink:
    """What packs are written to: no tell, no seek, no name."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> int:
        self.data += bytes(data)
        return len(data)

    def flush(self) -> None: ...


def packed(files: dict[str, bytes] = FILES, key: Ed25519PrivateKey = KEY) -> bytes:
    sink = Sink()
    write_pack(
        sink,
        [PackPart(name=n, open=lambda d=d: io.BytesIO(d)) for n, d in files.items()],
        pack_id=PACK,
        created_at=datetime(2026, 5, 3, 12, tzinfo=UTC),
        sign=key.sign,
        public_key=key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw),
    )
    return sink.data


def contents(pack: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezipped(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def broken(pack: bytes) -> str | None:
    return verify_pack(io.BytesIO(pack)).first_break


def test_an_untouched_pack_is_intact_and_says_who_signed():
    check = verify_pack(io.BytesIO(packed()))
    assert check.first_break is None
    assert check.intact
    assert check.found
    assert (check.found.files, check.pack_id, check.public_key) == (3, str(PACK), PUBLIC)


def test_a_pack_holds_the_files_in_order_and_the_manifest_last():
    found = contents(packed())
    assert list(found) == [*FILES, "manifest.json"]
    assert {n: found[n] for n in FILES} == FILES


def test_a_small_pack_needs_no_numbers_of_64_bits():
    with zipfile.ZipFile(io.BytesIO(packed())) as archive:
        assert {entry.extract_version for entry in archive.infolist()} == {20}


def test_a_pack_says_for_a_year_that_it_may_be_relied_on():
    document = json.loads(contents(packed())["manifest.json"])
    assert document["created_at"] == "2026-05-03T12:00:00+00:00"
    assert document["expires_at"] == "2027-05-03T12:00:00+00:00"


def test_the_same_parts_give_the_same_bytes():
    assert packed() == packed()


def test_a_pack_zipped_again_by_other_software_is_still_intact():
    assert broken(rezipped(list(contents(packed()).items()))) is None


def test_a_changed_file_is_named():
    found = contents(packed()) | {"synthetic/visits.csv": FILES["synthetic/visits.csv"][:-1] + b"9"}
    assert broken(rezipped(list(found.items()))) == "The file “synthetic/visits.csv” was changed."


def test_a_longer_file_is_named():
    found = contents(packed()) | {"README.md": FILES["README.md"] + b"x"}
    assert broken(rezipped(list(found.items()))) == "The file “README.md” was changed."


def test_a_missing_file_is_named():
    found = contents(packed())
    del found["model-card.json"]
    assert broken(rezipped(list(found.items()))) == "The file “model-card.json” is missing."


def test_an_added_file_is_named():
    found = contents(packed()) | {"approval.pdf": b"yes"}
    expected = "The file “approval.pdf” was added: the manifest has no such file."
    assert broken(rezipped(list(found.items()))) == expected


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_occurs_twice_is_named():
    found = [*contents(packed()).items(), ("README.md", b"another")]
    assert broken(rezipped(found)) == "The file “README.md” occurs twice."


def test_names_that_differ_in_case_alone_are_one_file_on_many_systems():
    found = [*contents(packed()).items(), ("readme.MD", b"another")]
    assert broken(rezipped(found)) == "The file “readme.MD” occurs twice."


UNSAFE = ["../escape", "/etc/passwd", "a/../../b", "a//b", "C:evil", "a\\b", "x\n.csv", "folder/"]


@pytest.mark.parametrize("name", UNSAFE)
def test_a_name_that_points_elsewhere_is_unsafe(name):
    found = [*contents(packed()).items(), (name, b"x")]
    reason = broken(rezipped(found))
    assert reason is not None
    assert "unsafe" in reason
    assert reason.isprintable()


@pytest.mark.parametrize("name", [*UNSAFE, "", ".", "x" * 300, "trailing "])
def test_no_pack_is_written_with_an_unsafe_name(name):
    assert not is_safe_name(name)
    with pytest.raises(BadInput, match="file name"):
        packed({name: b"x"})


@pytest.mark.parametrize("name", ["synthetic/Überweisungen 2024.csv", "a-b_c.d", "患者.csv"])
def test_ordinary_names_in_any_script_are_safe(name):
    assert broken(packed({name: b"x"})) is None


def test_two_files_of_one_name_are_refused_when_writing():
    parts = [PackPart(name=n, open=lambda: io.BytesIO(b"")) for n in ("A.csv", "a.csv")]
    with pytest.raises(BadInput, match="same name"):
        write_pack(
            Sink(), parts, pack_id=PACK, created_at=datetime.now(UTC), sign=KEY.sign,
            public_key=PUBLIC,
        )  # fmt: skip


def test_a_cancel_is_heard_while_a_large_part_is_copied():
    class Stopped(Exception): ...

    beats = []

    def beat() -> None:
        beats.append(1)
        if len(beats) == 2:
            raise Stopped

    large = PackPart(name="a.csv", open=lambda: io.BytesIO(bytes(3 << 20)))
    with pytest.raises(Stopped):
        write_pack(
            Sink(), [large], pack_id=PACK, created_at=datetime.now(UTC), sign=KEY.sign,
            public_key=PUBLIC, beat=beat,
        )  # fmt: skip


def test_a_pack_may_not_bring_its_own_manifest():
    with pytest.raises(BadInput, match="same name"):
        packed({"manifest.json": b"{}"})


def with_manifest(change: Callable[[dict], None], *, sign: bool = False) -> bytes:
    found = contents(packed())
    document = json.loads(found["manifest.json"])
    change(document)
    if sign:
        document["signature"] = KEY.sign(signed_message(document)).hex()
    return rezipped(list((found | {"manifest.json": json.dumps(document).encode()}).items()))


CHANGED_MANIFEST = "The file “manifest.json” was changed: its signature does not fit."


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(created_at="2020-01-01T00:00:00+00:00"),
        lambda d: d.update(pack_id=str(UUID(int=8))),
        lambda d: d.update(note="approved"),
        lambda d: d["files"]["README.md"].update(size=3),
        lambda d: d["files"]["README.md"].update(extra=3),
        lambda d: d.update(signature="00" * 64),
        lambda d: d.update(signature=""),
        lambda d: d.update(public_key="00"),
    ],
)
def test_any_change_of_the_manifest_breaks_its_signature(change):
    assert broken(with_manifest(change)) == CHANGED_MANIFEST


def test_a_file_and_its_hash_changed_together_break_the_signature():
    found = contents(packed()) | {"README.md": b"forged"}
    document = json.loads(found["manifest.json"])
    document["files"]["README.md"] = {"sha256": "0" * 64, "size": 6}
    found["manifest.json"] = json.dumps(document).encode()
    assert broken(rezipped(list(found.items()))) == CHANGED_MANIFEST


def test_a_pack_signed_with_another_key_shows_that_key():
    stranger = Ed25519PrivateKey.generate()
    check = verify_pack(io.BytesIO(packed(key=stranger)))
    assert check.intact
    assert check.public_key != PUBLIC


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"not json",
        b"[]",
        b"null",
        b'{"schema": 2}',
        b'{"schema": 1, "schema": 1}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"schema":1,"pack_id":"x","public_key":"zz","signature":"","files":{}}',
        b'{"schema":1,"pack_id":"x","public_key":"","signature":"","files":{"a":{"size":NaN}}}',
        b'{"schema":1,"pack_id":"x","public_key":"","signature":"","files":[1]}',
    ],
)
def test_an_unreadable_manifest_is_named(manifest):
    found = contents(packed()) | {"manifest.json": manifest}
    reason = broken(rezipped(list(found.items())))
    assert reason == "The file “manifest.json” cannot be read."


def test_a_zip_without_a_manifest_is_no_pack():
    assert broken(rezipped([("a", b"x")])) == "The file “manifest.json” is missing."


@pytest.mark.parametrize("data", [b"", b"PK", b"hello", b"PK\x05\x06" + bytes(10), bytes(5000)])
def test_what_is_no_zip_is_said_to_be_none(data):
    assert broken(data) == "This is not a zip file, or it was cut off."


def test_a_pack_cut_off_anywhere_is_refused():
    whole = packed()
    assert all(broken(whole[:end]) is not None for end in range(0, len(whole), 7))


def test_every_flipped_byte_of_content_is_noticed():
    whole = packed()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        start, end = archive.infolist()[0].header_offset, archive.start_dir
    for position in range(start + 30, end, 5):
        changed = bytearray(whole)
        changed[position] ^= 0xFF
        if contents_or_none(bytes(changed)) != contents(whole):
            assert broken(bytes(changed)) is not None


def contents_or_none(pack: bytes) -> dict[str, bytes] | None:
    try:
        return contents(pack)
    except Exception:
        return None


def test_no_flipped_byte_of_the_directory_makes_it_crash():
    whole = packed()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        start = archive.start_dir
    for position in range(start, len(whole)):
        for mask in (0xFF, 0x01, 0x80):
            changed = bytearray(whole)
            changed[position] ^= mask
            verify_pack(io.BytesIO(bytes(changed)))


def test_bytes_hung_on_are_noticed():
    assert broken(packed() + b"more") == "Bytes were added after the end of the zip."
    before = "The end of the zip does not fit its directory: do not unpack it."
    assert broken(b"#!/bin/sh\n" + packed()) == before


def test_an_encrypted_file_is_refused():
    whole = bytearray(rezipped([("a", b"x"), ("manifest.json", b"{}")]))
    directory = whole.index(b"PK\x01\x02")
    whole[directory + 8] |= 1
    assert "encrypted" in str(broken(bytes(whole)))


def test_an_odd_compression_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("a", b"x")
    assert "packed in a way" in str(broken(out.getvalue()))


def test_a_bomb_is_refused_before_it_is_unpacked():
    whole = bytearray(packed())
    directory = whole.index(b"PK\x01\x02")
    whole[directory + 24 : directory + 28] = struct.pack("<I", 0xF0000000)
    assert broken(bytes(whole)) == "The zip unpacks to implausibly much: do not unpack it."


def test_a_file_that_claims_to_be_small_is_read_no_further_than_promised():
    found = contents(packed())
    small = rezipped(list((found | {"README.md": b"0" * 5_000_000}).items()))
    changed = bytearray(small)
    for size_at in (22, changed.index(b"PK\x01\x02") + 24):
        changed[size_at : size_at + 4] = struct.pack("<I", len(FILES["README.md"]))
    assert broken(bytes(changed)) == "The file “README.md” was changed."


def test_the_readme_lists_what_is_there_and_how_to_verify():
    names = ("model-card.pdf", "evaluation.json", "evaluation.pdf", "audit.json", "oscal/a.json")
    text = pack_readme(card(5), names)
    for name in ("model-card.pdf", "evaluation.pdf", "audit.json", "oscal/", "manifest.json"):
        assert f"`{name}`" in text
    assert "synthetic.csv" not in text
    assert "verify_pack" in text
    assert "Outpatient visits" in text


def test_the_readme_of_an_unevaluated_twin_says_so():
    text = pack_readme(card(5, evaluated=False), ())
    assert "evaluation.pdf" not in text
    assert "There is no evaluation" in text


def test_the_readme_warns_of_formulas_and_says_what_a_key_proves():
    words = pack_readme(card(3), ("evaluation.json",))
    assert "formula injection" in words
    assert "Import the CSV as text" in words
    assert "python -I verify.py PACK.zip --key FINGERPRINT" in words
    assert "verify_pack PACK.zip --key FINGERPRINT" in words
    assert "by another way" in words
