"""The extract of the audit log: signed head, order, gaps, hashes, proofs (RFC 6962)."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Any

from domain.compliance.verifiers.program.broken import UNREADABLE, BrokenError
from domain.compliance.verifiers.program.keys import fits
from domain.compliance.verifiers.program.strict_json import canonical, hexed, strict_json, the


def check_audit(data: bytes, public_key: bytes) -> str:
    """Check the extract of the audit log; returns one sentence on what it holds."""
    try:
        extract = strict_json(data)
        if hexed(extract["public_key"]) != public_key:
            raise BrokenError("The audit log was signed with another key than the manifest.")
        if the(extract["schema"], int) != 2:
            raise ValueError
        head = extract["head"]
        if head is not None:
            check_head(head, public_key)
        entries = the(extract["entries"], list)
        check_places(the(extract["indexes"], list), [the(entry["index"], int) for entry in entries])
        proved = sum(check_entry(entry, head) for entry in entries)
    except UNREADABLE:
        raise BrokenError("The extract of the audit log cannot be read.") from None
    if head is None:
        return f"Audit log: {len(entries)} entries are told; its signed head is left out."
    size = f"{head['size']:,}"
    return f"Audit log: {proved} of {len(entries)} entries are proved to be among its {size}."


def check_head(head: dict[str, Any], public_key: bytes) -> None:
    """Size and root of the log are those that were signed."""
    message = canonical({"root": hexed(head["root"]).hex(), "size": the(head["size"], int)})
    if the(head["message"], str).encode() != message:
        raise BrokenError("The head of the audit log was changed: its size or root is another.")
    if not fits(public_key, hexed(head["signature"]), message):
        raise BrokenError("The signature of the head of the audit log does not fit.")


def check_places(promised: list[int], found: list[int]) -> None:
    """Each entry where it belongs: none twice, out of order, missing, added or cut off."""
    for one, other in pairwise(found):
        if one == other:
            raise BrokenError(f"Entry {one} occurs twice in the extract.")
        if one > other:
            raise BrokenError(
                f"Entry {one} stands before entry {other}: the extract was reordered."
            )
    if found == promised[: len(found)] and len(found) < len(promised):
        raise BrokenError(f"The extract was cut off before entry {promised[len(found)]}.")
    here, there = set(found), set(promised)
    for index in promised:
        if the(index, int) not in here:
            raise BrokenError(f"Entry {index} is missing from the extract.")
    for index in found:
        if index not in there:
            raise BrokenError(f"Entry {index} was added to the extract.")


def check_entry(entry: dict[str, Any], head: dict[str, Any] | None) -> bool:
    """Check one entry; whether it is proved to stand in the signed log."""
    index = entry["index"]
    if head is not None and not 0 <= index < head["size"]:
        raise BrokenError(f"Entry {index} is later than the signed head of the log.")
    if "withheld" in entry:
        return False
    leaf = the(entry["leaf"], str).encode()
    leaf_hash = hashlib.sha256(b"\x00" + leaf).digest()
    if leaf_hash.hex() != entry["leaf_hash"]:
        raise BrokenError(f"Entry {index} was changed: its text does not match its hash.")
    if the(strict_json(leaf, fractions=True)["index"], int) != index:
        raise BrokenError(f"Entry {index} was renumbered: its text names another place.")
    proof = entry["proof"]
    if proof is None and not entry.get("note"):
        raise BrokenError(f"The proof of entry {index} is missing.")
    if proof is not None:
        check_proof(proof, index, leaf_hash, head)
    return proof is not None


def check_proof(
    proof: dict[str, Any], index: int, leaf_hash: bytes, head: dict[str, Any] | None
) -> None:
    """The audit path of an entry leads to the signed root."""
    if head is None or the(proof["tree_size"], int) != head["size"]:
        raise BrokenError(f"The proof of entry {index} is about another head of the log.")
    path = [hexed(node) for node in the(proof["path"], list)]
    root = root_from(path, index, head["size"], leaf_hash)
    if root is None or root.hex() != head["root"]:
        raise BrokenError(
            f"Entry {index} is not in the signed log: its proof does not lead to the root."
        )


def root_from(path: list[bytes], index: int, size: int, leaf_hash: bytes) -> bytes | None:
    """The root that an audit path leads to, or None for one of the wrong length (RFC 9162
    §2.1.3.2, whose trees are those of RFC 6962)."""
    place, last, node = index, size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        place, last = place >> 1, last >> 1
    return node if last == 0 else None
