"""Ways to tamper with any pack, each with the sentence that names it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from domain.compliance.dsse import envelope, opened
from domain.compliance.manifest import signed_message
from tests.domain.compliance.forged_packs import STRANGER, Files, contents, public, zipped
from tests.domain.compliance.odd_packs import ODD_PACKS

Audit = dict[str, Any]


def tampered(pack: bytes) -> dict[str, tuple[bytes, str]]:
    """Tampered copies of a pack, by what was done to them."""
    files = contents(pack)
    manifest, audit = (json.loads(files[name]) for name in ("manifest.json", "audit.json"))
    rows = next(name for name in files if name.endswith(".csv"))
    last = files[rows][-2:-1]
    changed = files[rows][:-2] + (b"7" if last != b"7" else b"8") + files[rows][-1:]
    return {
        "a changed byte": (
            zipped(files | {rows: changed}),
            f"The file “{rows}” was changed.",
        ),
        "a removed file": (
            zipped({n: data for n, data in files.items() if n != "model-card.json"}),
            "The file “model-card.json” is missing.",
        ),
        "an added file": (
            zipped(files | {"approval.pdf": b"yes"}),
            "The file “approval.pdf” was added: the manifest has no such file.",
        ),
        "a swapped signature": (
            zipped(files | {"manifest.json": _signed(manifest)}),
            "The file “manifest.json” was changed: its signature does not fit.",
        ),
        **{harm: (forge(pack), sentence) for harm, (forge, sentence) in ODD_PACKS.items()},
        **{
            f"audit entries {harm.__name__}": (
                zipped(files | {"audit.json": _harmed(audit, harm)}),
                f"The file “audit.json” was changed ({sentence}",
            )
            for harm, sentence in _harms(audit)
        },
    }


def _harmed(audit: Audit, harm: Callable[[Audit], None]) -> bytes:
    broken = copy.deepcopy(audit)
    harm(broken)
    return json.dumps(broken).encode()


def signed_again(pack: bytes) -> bytes:
    """The pack as a stranger would sign all of it: head of the log, statements, manifest."""
    files = contents(pack)
    manifest = json.loads(files.pop("manifest.json"))
    key = bytes.fromhex(manifest["public_key"])
    audit = json.loads(files["audit.json"])
    audit["public_key"] = public(STRANGER).hex()
    if audit["head"] is not None:
        audit["head"]["signature"] = STRANGER.sign(audit["head"]["message"].encode()).hex()
    files["audit.json"] = json.dumps(audit).encode()
    files |= _statements_signed_again(files, key)
    manifest["files"] = {
        name: {"sha256": _digest(data), "size": len(data)} for name, data in files.items()
    }
    manifest["public_key"] = public(STRANGER).hex()
    return zipped(files | {"manifest.json": _signed(manifest)})


def _statements_signed_again(files: Files, key: bytes) -> Files:
    """The export names the other statements, so that it comes last."""
    found: Files = {}
    for name in sorted(files, key=lambda name: "export" in name):
        if name.startswith("attestations/"):
            statement = opened(json.loads(files[name]), key)
            for subject in statement["subject"]:
                if subject["name"] in files:
                    data = {**files, **found}[subject["name"]]
                    subject["digest"]["sha256"] = _digest(data)
            sealed = envelope(statement, STRANGER.sign, public(STRANGER))
            found[name] = json.dumps(sealed).encode()
    return found


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def _signed(manifest: dict[str, Any]) -> bytes:
    signature = STRANGER.sign(signed_message(manifest)).hex()
    return json.dumps(manifest | {"signature": signature}).encode()


def _harms(audit: Audit) -> list[tuple[Callable[[Audit], None], str]]:
    """What may be done to the entries, and what is said of it."""
    first, second, third = audit["indexes"][:3]
    told = next(n for n, entry in enumerate(audit["entries"]) if "leaf" in entry)

    def edited(found: Audit) -> None:
        found["entries"][told]["leaf"] = found["entries"][told]["leaf"].replace('"at"', '"At"')

    def deleted(found: Audit) -> None:
        del found["entries"][1]

    def reordered(found: Audit) -> None:
        found["entries"][:2] = reversed(found["entries"][:2])

    def truncated(found: Audit) -> None:
        del found["entries"][2:]

    at = audit["entries"][told]["index"]
    return [
        (edited, f"entry {at} was changed: its text does not match its hash)."),
        (deleted, f"entry {second} is missing from the extract)."),
        (reordered, f"entry {second} stands before entry {first}: the extract was reordered)."),
        (truncated, f"the extract was cut off before entry {third})."),
    ]
