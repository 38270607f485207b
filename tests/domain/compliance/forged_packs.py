"""A whole pack, and every way to forge it, each with the sentence that names it."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.compliance.attestations import attestations, export_attestation
from domain.compliance.audit import AuditEntry, leaf_bytes, next_entry
from domain.compliance.audit_extract import audit_extract
from domain.compliance.dsse import envelope
from domain.compliance.evidence import PackPart, write_pack
from domain.compliance.inclusion import LogLeaves
from domain.compliance.manifest import signed_message
from domain.compliance.verifiers.files import verifier_files
from domain.kernel import PackId
from tests.domain.compliance import test_audit_extract as extracts
from tests.domain.compliance.examples import NOON
from tests.domain.compliance.odd_packs import ODD_END, ODD_PACKS, ODDLY_PACKED, TWO_THINGS
from tests.domain.compliance.odd_zips import contents, end
from tests.domain.compliance.provenance_examples import APPROVAL, KEY, case

STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
TOLD = (2, 5, 6, 9)
"""Indexes of the entries in the extract; the sentences of :data:`extracts.BREAKS` name them."""

Files = dict[str, bytes]


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def fingerprint(key: Ed25519PrivateKey) -> str:
    return sha256(public(key)).hexdigest()


@cache
def pack_files(key: Ed25519PrivateKey = KEY) -> Files:
    """What stands in a pack signed with ``key``, but for the manifest."""
    audit = _extract(key)
    files: Files = {
        "README.md": b"# Evidence pack\n",
        "evaluation.json": b'{"schema": 3}\n',
        "audit.json": json.dumps(audit, indent=2).encode(),
        "synthetic.csv": b"age,city\n" + b"41,Ulm\n" * 500,
        "synthetic/Überweisungen 2024.csv": b"",
        **verifier_files(),
    }
    digests = {name: sha256(data).hexdigest() for name, data in files.items()}
    told = case(
        public_key=public(key),
        approval=APPROVAL,
        synthetic_files={"synthetic.csv": digests["synthetic.csv"]},
        evaluation_sha256=digests["evaluation.json"],
    )
    files |= attestations(told, key.sign)
    return files | export_attestation(told, key.sign, digests, audit["head"])


def _extract(key: Ed25519PrivateKey) -> dict[str, Any]:
    log: list[AuditEntry] = []
    for index in range(11):
        leaf = leaf_bytes(
            index=index,
            at=NOON,
            organisation_id="org",
            actor="änne",
            action="sample.requested",
            subject=f"subject-{index}",
            details={"rows": index, "share": 0.25, "fingers": index / 3},
        )
        log.append(next_entry(log[-1] if log else None, leaf, key.sign))
    leaves = LogLeaves(tuple(e.leaf_hash for e in log))
    entries = [log[index] for index in TOLD]
    return audit_extract(entries, log[-1], public(key), private=False, leaves=leaves)


def sealed(files: Files, key: Ed25519PrivateKey = KEY) -> bytes:
    """A pack as the product writes it."""
    out = io.BytesIO()
    write_pack(
        out,
        [PackPart(name=n, open=lambda d=d: io.BytesIO(d)) for n, d in files.items()],
        pack_id=PackId(UUID(int=9)),
        created_at=datetime(2026, 5, 3, 12, tzinfo=UTC),
        sign=key.sign,
        public_key=public(key),
    )
    return out.getvalue()


@cache
def whole() -> bytes:
    """An untouched pack."""
    return sealed(pack_files())


def zipped(files: Files | list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    """A zip by other software: nothing is signed anew."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, data)
    return out.getvalue()


def with_files(**changes: bytes | None) -> bytes:
    """The pack with files replaced, added or (``None``) removed, and the old manifest."""
    found: dict[str, bytes | None] = {**contents(whole()), **changes}
    return zipped({name: data for name, data in found.items() if data is not None})


def with_manifest(change: Callable[[dict[str, Any]], None], *, sign: bool = False) -> bytes:
    document = json.loads(contents(whole())["manifest.json"])
    change(document)
    if sign:
        document["signature"] = KEY.sign(signed_message(document)).hex()
    return with_files(**{"manifest.json": json.dumps(document).encode()})


def with_audit(change: Callable[[dict[str, Any]], None], *, sign: bool) -> bytes:
    """The pack with another extract; signed anew by the instance itself, or not."""
    told = json.loads(pack_files()["audit.json"])
    change(told)
    data = json.dumps(told).encode()
    return resealed(data) if sign else with_files(**{"audit.json": data})


def dated(*, created: str = "2026-05-03T12:00:00+00:00", expires: str | None) -> bytes:
    """A pack that was sealed another day, or (``None``) before packs said until when they hold."""

    def change(document: dict[str, Any]) -> None:
        document["created_at"] = created
        document["expires_at"] = expires
        if expires is None:
            del document["expires_at"]

    return with_manifest(change, sign=True)


def stripped() -> bytes:
    """A pack that the instance signed without its statements and its extract of the log."""
    files = pack_files()
    return sealed({n: d for n, d in files.items() if n != "audit.json" and "attest" not in n})


def resealed(audit: bytes) -> bytes:
    """A pack that the instance signed with a wrong extract; without statements, which would
    notice too."""
    files = {n: d for n, d in pack_files().items() if not n.startswith("attestations/")}
    return sealed(files | {"audit.json": audit})


def with_statement(name: str, change: Callable[[dict[str, Any]], None]) -> bytes:
    """A pack that the instance signed with another envelope."""
    envelope = json.loads(pack_files()[name])
    change(envelope)
    return sealed(pack_files() | {name: json.dumps(envelope).encode()})


def poked(at: int, value: bytes, pack: bytes | None = None) -> bytes:
    """The pack with bytes of its first directory entry overwritten."""
    changed = bytearray(pack or whole())
    place = zipfile.ZipFile(io.BytesIO(changed)).start_dir + at
    changed[place : place + len(value)] = value
    return bytes(changed)


def linked() -> bytes:
    entry = zipfile.ZipInfo("README.md")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    files = contents(whole())
    return zipped([(entry, files.pop("README.md")), *files.items()])


def with_hidden_bytes() -> bytes:
    """Bytes between the last file and the directory, with the offsets put right."""
    pack = whole()
    start = zipfile.ZipFile(io.BytesIO(pack)).start_dir
    hidden = zipped({"evil.sh": b"#!"})[:60]
    end = struct.pack("<I", start + len(hidden))
    return pack[:start] + hidden + pack[start:-6] + end + pack[-2:]


def with_a_tail_in_a_file() -> bytes:
    """Bytes behind the end of the first file's DEFLATE stream, counted as part of it."""
    files = contents(whole())
    plain = zipped({"README.md": files.pop("README.md")})
    start = zipfile.ZipFile(io.BytesIO(plain)).start_dir
    tail = zipped({"evil.sh": b"#!"})[:60]
    packed = struct.pack("<I", zipfile.ZipFile(io.BytesIO(plain)).infolist()[0].compress_size + 60)
    directory = plain[start:-22]
    head = directory[:20] + packed + directory[24:]
    end = plain[-22:-6] + struct.pack("<I", start + 60) + plain[-2:]
    out = io.BytesIO(plain[:18] + packed + plain[22:start] + tail + head + end)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def overlapping() -> bytes:
    """Two directory entries for the bytes of one file."""
    pack = zipped([("a", b"x" * 50), ("b", b"x" * 50)])
    changed = bytearray(pack)
    second = changed.index(b"PK\x01\x02", changed.index(b"PK\x01\x02") + 4)
    changed[second + 42 : second + 46] = bytes(4)
    return bytes(changed)


def crowded() -> bytes:
    """A directory of one more file than a pack may have, all of them the same one."""
    pack = zipped({"a": b""})
    start = zipfile.ZipFile(io.BytesIO(pack)).start_dir
    directory = pack[start:-22] * 10_001
    return pack[:start] + directory + end(10_001, len(directory), start)


CHANGED_MANIFEST = "The file “manifest.json” was changed: its signature does not fit."
UNREADABLE_MANIFEST = "The file “manifest.json” cannot be read."
NO_ZIP = "This is not a zip file, or it was cut off."
UPLOAD, SAMPLING = "attestations/upload.dsse.json", "attestations/sampling.dsse.json"


def _in_brackets(sentence: str) -> str:
    return f"The file “audit.json” was changed ({sentence[0].lower()}{sentence[1:-1]})."


def _swap(document: dict[str, Any]) -> None:
    document["signature"] = STRANGER.sign(signed_message(document)).hex()


def _restatement(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """Change a statement and sign its envelope anew."""

    def changed(document: dict[str, Any]) -> None:
        statement = json.loads(base64.b64decode(document["payload"]))
        change(statement)
        document.update(envelope(statement, KEY.sign, public(KEY)))

    return changed


FORGERIES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a changed byte": (
        lambda: with_files(**{"synthetic.csv": pack_files()["synthetic.csv"][:-1] + b"9"}),
        "The file “synthetic.csv” was changed.",
    ),
    "a removed file": (
        lambda: with_files(**{"evaluation.json": None}),
        "The file “evaluation.json” is missing.",
    ),
    "a removed statement": (
        lambda: with_files(**{SAMPLING: None}),
        f"The file “{SAMPLING}” is missing.",
    ),
    "an added file": (
        lambda: with_files(**{"approval.pdf": b"yes"}),
        "The file “approval.pdf” was added: the manifest has no such file.",
    ),
    "a renamed file": (
        lambda: with_files(**{"README.md": None, "READ.md": pack_files()["README.md"]}),
        "The file “README.md” is missing.",
    ),
    "a swapped signature": (lambda: with_manifest(_swap), CHANGED_MANIFEST),
    "a swapped key": (
        lambda: with_manifest(lambda d: d.update(public_key=public(STRANGER).hex())),
        CHANGED_MANIFEST,
    ),
    "a signature in capitals": (
        lambda: with_manifest(lambda d: d.update(signature=d["signature"].upper())),
        UNREADABLE_MANIFEST,
    ),
    "a file and its hash": (
        lambda: with_manifest(lambda d: d["files"]["README.md"].update(sha256="0" * 64)),
        CHANGED_MANIFEST,
    ),
    "a fraction": (
        lambda: with_manifest(lambda d: d["files"]["README.md"].update(size=16.0)),
        UNREADABLE_MANIFEST,
    ),
    "a manifest of more files than a zip may have": (
        lambda: with_manifest(
            lambda d: d["files"].update({str(n): {"sha256": "", "size": 0} for n in range(10_001)})
        ),
        UNREADABLE_MANIFEST,
    ),
    "another name for the pack": (
        lambda: with_manifest(lambda d: d.update(pack_id="\x1b[2J"), sign=True),
        UNREADABLE_MANIFEST,
    ),
    "an expiry in words": (
        lambda: with_manifest(lambda d: d.update(expires_at="never"), sign=True),
        UNREADABLE_MANIFEST,
    ),
    "no expiry at all": (
        lambda: with_manifest(lambda d: d.update(expires_at=None), sign=True),
        UNREADABLE_MANIFEST,
    ),
    "a later expiry": (
        lambda: with_manifest(lambda d: d.update(expires_at="2099-01-01T00:00:00+00:00")),
        CHANGED_MANIFEST,
    ),
    "a huge number": (lambda: with_manifest(lambda d: d.update(n=2**53)), UNREADABLE_MANIFEST),
    "half a character": (
        lambda: with_manifest(lambda d: d.update(n="\ud800")),
        UNREADABLE_MANIFEST,
    ),
    "true for one": (lambda: with_manifest(lambda d: d.update(schema=True)), UNREADABLE_MANIFEST),
    "a size in words": (
        lambda: with_manifest(lambda d: d["files"]["README.md"].update(size="16")),
        UNREADABLE_MANIFEST,
    ),
    "a manifest of lists": (
        lambda: with_files(**{"manifest.json": b"[" * 100_000}),
        UNREADABLE_MANIFEST,
    ),
    "a manifest too deep": (
        lambda: with_files(
            **{
                "manifest.json": b'{"a":'
                + b"[" * 64
                + b"]" * 64
                + contents(whole())["manifest.json"][1:]
            }
        ),
        UNREADABLE_MANIFEST,
    ),
    "a huge manifest": (
        lambda: with_files(**{"manifest.json": b" " * (9 << 20)}),
        UNREADABLE_MANIFEST,
    ),
    "a manifest that says a thing twice": (
        lambda: with_files(**{"manifest.json": b'{"schema":1,"schema":1}'}),
        UNREADABLE_MANIFEST,
    ),
    "a manifest with a byte order mark": (
        lambda: with_files(
            **{"manifest.json": b"\xef\xbb\xbf" + contents(whole())["manifest.json"]}
        ),
        UNREADABLE_MANIFEST,
    ),
    "no manifest": (
        lambda: with_files(**{"manifest.json": None}),
        "The file “manifest.json” is missing.",
    ),
    "signed by another, the log not": (
        lambda: sealed(pack_files(), STRANGER),
        "The audit log was signed with another key than the manifest.",
    ),
    "signed by another, the statements not": (
        lambda: sealed(pack_files() | {"audit.json": pack_files(STRANGER)["audit.json"]}, STRANGER),
        "The signature of the statement “attestations/upload.dsse.json” does not fit.",
    ),
    "another's statement": (
        lambda: sealed(pack_files() | {UPLOAD: pack_files(STRANGER)[UPLOAD]}),
        f"The signature of the statement “{UPLOAD}” does not fit.",
    ),
    "a statement that is none": (
        lambda: sealed(pack_files() | {UPLOAD: b"[]"}),
        f"The statement “{UPLOAD}” cannot be read.",
    ),
    "a statement with a broken payload": (
        lambda: with_statement(UPLOAD, lambda d: d.update(payload=d["payload"] + "\n")),
        f"The statement “{UPLOAD}” cannot be read.",
    ),
    "a statement about other rows": (
        lambda: with_statement(
            SAMPLING, _restatement(lambda s: s["subject"][0]["digest"].update(sha256="0" * 64))
        ),
        f"The statement “{SAMPLING}” is about another “synthetic.csv” than this pack's.",
    ),
    "a statement about a file that is not there": (
        lambda: with_statement(
            SAMPLING, _restatement(lambda s: s["subject"][0].update(name="rows.csv"))
        ),
        f"The statement “{SAMPLING}” is about “rows.csv”, which is not in this pack.",
    ),
    "no zip": (lambda: b"nonsense" * 100, NO_ZIP),
    "nothing": (lambda: b"", NO_ZIP),
    "cut off": (lambda: whole()[:-40], NO_ZIP),
    "a directory cut off": (lambda: poked(0, b"XX"), ODD_END),
    "hung on": (lambda: whole() + b"more", "Bytes were added after the end of the zip."),
    **{
        harm: (lambda forge=forge: forge(whole()), sentence)
        for harm, (forge, sentence) in ODD_PACKS.items()
    },
    "hidden between": (
        with_hidden_bytes,
        "Bytes lie hidden between the files of the zip: do not unpack it.",
    ),
    "hidden in a file": (with_a_tail_in_a_file, "The file “README.md” was changed."),
    "overlapping": (overlapping, "Files of the zip overlap: do not unpack it."),
    "a link": (linked, "“README.md” is no plain file: do not unpack this zip."),
    "encrypted": (
        lambda: poked(8, b"\x09"),
        "The file “README.md” is encrypted, which files of packs never are.",
    ),
    "an odd compression": (
        lambda: poked(10, b"\x0c"),
        ODDLY_PACKED,
    ),
    "a bomb": (
        lambda: poked(24, struct.pack("<I", 0xF0000000)),
        "The zip unpacks to implausibly much: do not unpack it.",
    ),
    "a size that lies": (
        lambda: poked(24, struct.pack("<I", 17)),
        TWO_THINGS,
    ),
    "too many files": (
        crowded,
        "The zip has more than 10,000 files: this is no pack.",
    ),
    "twice in another case": (
        lambda: with_files(**{"readme.MD": b"another"}),
        "The file “readme.MD” occurs twice.",
    ),
    **{
        f"a file called {name!r}": (
            lambda name=name: with_files(**{name: b"x"}),
            f"The file name “{shown}” is unsafe: do not unpack this zip.",
        )
        for name, shown in {
            "../escape": "../escape",
            "/etc/passwd": "/etc/passwd",
            "a\\b": "a\\b",
            "C:evil": "C:evil",
            "x\u202egnp.exe": "x?gnp.exe",
            "folder/": "folder/",
            "synthetic.csv;1": "synthetic.csv;1",
            "synthetic.csv.": "synthetic.csv.",
            "y " * 128: ("y " * 39)[:77] + "…",
        }.items()
    },
    **{
        f"an audit entry: {harm.__name__}": (
            lambda harm=harm: with_audit(harm, sign=False),
            _in_brackets(sentence),
        )
        for harm, sentence in extracts.BREAKS
    },
    **{
        f"a signed audit entry: {harm.__name__}": (
            lambda harm=harm: with_audit(harm, sign=True),
            sentence,
        )
        for harm, sentence in extracts.BREAKS
    },
}
"""What was done to a pack: how, and the sentence that both verifiers say."""
