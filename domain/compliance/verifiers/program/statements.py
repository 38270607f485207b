"""in-toto statements in DSSE envelopes, and what they say of the files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from domain.compliance.verifiers.program.broken import UNREADABLE, BrokenError, shown
from domain.compliance.verifiers.program.keys import fits
from domain.compliance.verifiers.program.strict_json import strict_json, the, unbase64

STATEMENTS = re.compile(r"attestations/[^/]+\.dsse\.json")
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

IDS = {
    "attestations/upload.dsse.json": ("data set", ("dataset",)),
    "attestations/training.dsse.json": (
        "run",
        ("buildDefinition", "externalParameters", "id"),
    ),
}
"""Whose identifier a statement tells, and where in its predicate."""

INSIDE_THE_INSTANCE = ("source/", "model/")
"""Statements also name files that never leave the instance: only their digests do."""


def check_statement(
    data: bytes, name: str, public_key: bytes, files: Mapping[str, str]
) -> dict[str, Any]:
    """Check a DSSE envelope, and the digests that its in-toto statement gives of the files.

    Returns the statement. ``files`` are the SHA-256 in hex of all files of the pack by name.
    """
    try:
        envelope = strict_json(data)
        if envelope["payloadType"] != PAYLOAD_TYPE:
            raise ValueError
        payload = unbase64(envelope["payload"])
        signatures = [unbase64(s["sig"]) for s in the(envelope["signatures"], list)]
        kind = PAYLOAD_TYPE.encode()
        message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
        if not any(fits(public_key, signature, message) for signature in signatures):
            raise BrokenError(f"The signature of the statement “{shown(name)}” does not fit.")
        statement = strict_json(payload, fractions=True)
        if statement["_type"] != STATEMENT:
            raise ValueError
        for subject in the(statement["subject"], list):
            check_subject(the(subject["name"], str), subject["digest"], name, files)
        return the(statement, dict)
    except UNREADABLE:
        raise BrokenError(f"The statement “{shown(name)}” cannot be read.") from None


def check_subject(
    file: str, digest: Mapping[str, str], name: str, files: Mapping[str, str]
) -> None:
    """A file that a statement speaks of is the one in the pack."""
    if file in files:
        if digest["sha256"] != files[file]:
            raise BrokenError(
                f"The statement “{shown(name)}” is about another “{shown(file)}” than this pack's."
            )
    elif not file.startswith(INSIDE_THE_INSTANCE):
        raise BrokenError(
            f"The statement “{shown(name)}” is about “{shown(file)}”, which is not in this pack."
        )


def told_ids(name: str, statement: dict[str, Any]) -> Iterator[str]:
    """Which data set or run a statement tells of, where it is one that does."""
    if name not in IDS:
        return
    what, path = IDS[name]
    found: Any = statement.get("predicate")
    for member in path:
        found = found.get(member) if isinstance(found, dict) else None
    if isinstance(found, str) and UUID.fullmatch(found):
        yield f"{what} {found}"
