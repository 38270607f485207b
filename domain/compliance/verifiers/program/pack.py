"""The whole check: manifest, signature, names, hashes, and then what the files say."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.compliance.verifiers.program.audit_log import check_audit
from domain.compliance.verifiers.program.broken import UNREADABLE, BrokenError, shown
from domain.compliance.verifiers.program.directory import MAX_FILES
from domain.compliance.verifiers.program.keys import fits
from domain.compliance.verifiers.program.statements import (
    STATEMENTS,
    UUID,
    check_statement,
    told_ids,
)
from domain.compliance.verifiers.program.strict_json import canonical, hexed, strict_json, the
from domain.compliance.verifiers.program.unpacked import Folder
from domain.compliance.verifiers.program.zipped import Zip

MANIFEST = "manifest.json"
AUDIT = "audit.json"
MAX_MANIFEST = 8 << 20
MAX_DOCUMENT = 16 << 20

MOMENT = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}(\.[0-9]+)?\+00:00")
"""Times in UTC: their texts sort as they do."""

IN_EVERY_PACK = (
    *(f"attestations/{step}.dsse.json" for step in ("upload", "training", "sampling", "export")),
    AUDIT,
)


@dataclass(frozen=True)
class Manifest:
    """What manifest.json says."""

    document: dict[str, Any]
    public_key: bytes
    signature: bytes
    files: dict[str, tuple[str, int]]
    """SHA-256 in hex and size in bytes, by name."""


@dataclass(frozen=True)
class Findings:
    """What an intact pack holds, and whose key signed all of it."""

    pack_id: str
    created_at: str
    expires_at: str | None
    """Until when it may be relied on; packs of the first weeks do not say."""
    about: tuple[str, ...]
    """The data set and the run, as the statements name them."""
    files: int
    statements: int
    lacks: tuple[str, ...]
    """Files of every pack that this one never had."""
    audit: str
    """One sentence on the extract of the audit log; empty where there is none."""
    public_key: bytes

    @property
    def counted(self) -> str:
        """One sentence on the files."""
        return f"{self.files} files and {self.statements} statements are as they were signed."


def check(pack: Zip | Folder) -> Findings:
    """Check everything in ``pack``; raises :class:`BrokenError` at the first break."""
    manifest = read_manifest(pack)
    key, files = manifest.public_key, manifest.files
    if not fits(key, manifest.signature, signed_message(manifest.document)):
        raise BrokenError(f"The file “{MANIFEST}” was changed: its signature does not fit.")
    check_names(pack.names, manifest)
    check_files(pack, manifest)
    audit = check_audit(document(pack, AUDIT), key) if AUDIT in files else ""
    sha256 = {name: promised for name, (promised, _) in files.items()}
    statements = [name for name in files if STATEMENTS.fullmatch(name)]
    about: list[str] = []
    for name in statements:
        about += told_ids(name, check_statement(document(pack, name), name, key, sha256))
    return Findings(
        manifest.document["pack_id"],
        manifest.document["created_at"],
        manifest.document.get("expires_at"),
        tuple(about),
        len(files),
        len(statements),
        tuple(name for name in IN_EVERY_PACK if name not in files),
        audit,
        key,
    )


def read_manifest(pack: Zip | Folder) -> Manifest:
    """The manifest, when it has the right form; its signature is not checked yet."""
    if MANIFEST not in pack.names:
        raise BrokenError(f"The file “{MANIFEST}” is missing.")
    try:
        found = strict_json(gathered(pack.chunks(MANIFEST), MAX_MANIFEST))
        if the(found["schema"], int) != 1:
            raise ValueError
        if not UUID.fullmatch(the(found["pack_id"], str)):
            raise ValueError
        for moment in (found["created_at"], found.get("expires_at", found["created_at"])):
            if not MOMENT.fullmatch(the(moment, str)):
                raise ValueError
        files = {
            name: (the(record["sha256"], str), the(record["size"], int))
            for name, record in found["files"].items()
        }
        if len(files) > MAX_FILES:
            raise ValueError
        keys = (hexed(found["public_key"]), hexed(found["signature"]))
    except UNREADABLE:
        raise BrokenError(f"The file “{MANIFEST}” cannot be read.") from None
    return Manifest(found, *keys, files)


def signed_message(document: Mapping[str, Any]) -> bytes:
    """The bytes that the manifest's signature covers: everything but the signature itself."""
    return canonical({name: value for name, value in document.items() if name != "signature"})


def check_names(names: Iterable[str], manifest: Manifest) -> None:
    """No file was removed, none added."""
    present = set(names)
    for name in manifest.files:
        if name not in present:
            raise BrokenError(f"The file “{shown(name)}” is missing.")
    for name in names:
        if name not in manifest.files and name != MANIFEST:
            raise BrokenError(f"The file “{shown(name)}” was added: the manifest has no such file.")


def check_files(pack: Zip | Folder, manifest: Manifest) -> None:
    """Every file has the size and hash promised."""
    for name, (sha256, size) in manifest.files.items():
        if not matches(pack, name, sha256, size):
            entry = in_the_log(pack, manifest.public_key) if name == AUDIT else ""
            raise BrokenError(f"The file “{shown(name)}” was changed{entry}.")


def matches(pack: Zip | Folder, name: str, sha256: str, size: int) -> bool:
    """Whether a file is as promised; it is read no further than the promised size."""
    digest, read = hashlib.sha256(), 0
    try:
        if pack.size(name) != size:
            return False
        for chunk in pack.chunks(name):
            read += len(chunk)
            if read > size:
                return False
            digest.update(chunk)
    except UNREADABLE:
        return False
    return (read, digest.hexdigest()) == (size, sha256)


def in_the_log(pack: Zip | Folder, public_key: bytes) -> str:
    """Which entry it was, where the changed file is the extract of the audit log."""
    try:
        check_audit(document(pack, AUDIT), public_key)
    except BrokenError as broken:
        why = str(broken)
        return f" ({why[0].lower()}{why[1:-1]})"
    except UNREADABLE:
        return ""
    return ""


def document(pack: Zip | Folder, name: str) -> bytes:
    """All of a file that is small in every pack."""
    try:
        return gathered(pack.chunks(name), MAX_DOCUMENT)
    except OverflowError:
        raise BrokenError(
            f"The file “{shown(name)}” is too large to be what it is called."
        ) from None


def gathered(chunks: Iterable[bytes], most: int) -> bytes:
    """The bytes, or :class:`OverflowError` where there are more than ``most``."""
    data = bytearray()
    for chunk in chunks:
        data += chunk
        if len(data) > most:
            raise OverflowError
    return bytes(data)
