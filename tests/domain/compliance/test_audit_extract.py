"""The extract of the log: proofs that lead to the signed head, and every way to break it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.compliance.audit import AuditEntry, hash_leaf, leaf_bytes, next_entry
from domain.compliance.audit_extract import NO_PROOF, audit_extract
from domain.compliance.inclusion import LogLeaves
from domain.compliance.verifiers.program.audit_log import check_audit
from domain.compliance.verifiers.program.broken import BrokenError
from domain.kernel import Conflict
from tests.domain.compliance.examples import NOON
from tests.domain.compliance.test_audit import KEY

PUBLIC = KEY.public_key().public_bytes_raw()

MINE = (2, 5, 6, 9)
ACTIONS = {2: "dataset.uploaded", 5: "training.requested", 6: "training.finished"}


def log(size: int, *, blinded_from: int = 0) -> list[AuditEntry]:
    entries: list[AuditEntry] = []
    for index in range(size):
        leaf = leaf_bytes(
            index=index,
            at=NOON,
            organisation_id="org",
            actor="anna",
            action=ACTIONS.get(index, "sample.requested"),
            subject=f"subject-{index}",
            details={"rows": index},
            nonce=None if index >= blinded_from else "",
        )
        entries.append(next_entry(entries[-1] if entries else None, leaf, KEY.sign))
    return entries


def leaves(entries: list[AuditEntry], blinded_from: int = 0) -> LogLeaves:
    return LogLeaves(tuple(e.leaf_hash for e in entries), blinded_from)


def extract(
    entries: list[AuditEntry], *, private: bool = False, blinded_from: int = 0
) -> dict[str, Any]:
    made = audit_extract(
        [entries[n] for n in MINE],
        entries[-1],
        PUBLIC,
        private=private,
        leaves=leaves(entries, blinded_from),
    )
    return json.loads(json.dumps(made))


def first_break(extract: dict[str, Any]) -> str | None:
    """What the verifiers say of an extract."""
    try:
        check_audit(json.dumps(extract).encode(), PUBLIC)
    except BrokenError as broken:
        return str(broken)
    return None


@pytest.fixture(scope="module")
def intact() -> dict[str, Any]:
    return extract(log(11))


def test_an_extract_is_intact_and_every_entry_proves_its_place(intact):
    assert first_break(intact) is None
    assert [e["proof"]["tree_size"] for e in intact["entries"]] == [11] * len(MINE)
    assert [len(e["proof"]["path"]) for e in intact["entries"]] == [4, 4, 4, 3]


def test_an_extract_of_a_private_run_proves_what_it_tells_and_withholds_the_rest():
    entries = log(11)
    made = extract(entries, private=True)
    assert first_break(made) is None
    assert [e["index"] for e in made["entries"] if "withheld" in e] == [2, 6]
    assert not any({"proof", "leaf_hash", "leaf"} & set(e) for e in made["entries"][::2])
    assert all(e["proof"] for e in made["entries"][1::2])
    assert not any(entries[n].document()["nonce"] in json.dumps(made) for n in (2, 6))


def test_no_path_tells_the_hash_of_an_untold_entry_without_random_bits():
    entries = log(11, blinded_from=5)
    made = extract(entries, blinded_from=5)
    *early, late = made["entries"]  # beside entry 2 stands 3, beside 5 and 6 stands 4
    assert [(e["proof"], e["note"]) for e in early] == [(None, NO_PROOF)] * 3
    assert late["proof"]  # in the node over entries 0 to 7, entry 7 has random bits
    assert not any(entries[n].leaf_hash.hex() in json.dumps(made) for n in (0, 1, 3, 4))
    assert first_break(made) is None


def test_a_log_that_does_not_give_its_signed_head_makes_no_extract():
    entries = log(11)
    forged = [*entries[:3], replace(entries[3], leaf_hash=hash_leaf(b"forged")), *entries[4:]]
    for told in (forged, entries[:-1]):
        with pytest.raises(Conflict, match="verify_audit"):
            audit_extract(entries, entries[-1], b"", private=False, leaves=leaves(told))


def test_entries_later_than_the_head_stay_for_the_next_extract():
    entries = log(11)
    made = audit_extract(entries, entries[5], PUBLIC, private=False, leaves=leaves(entries[:6]))
    assert made["indexes"] == [0, 1, 2, 3, 4, 5]
    assert first_break(made) is None


def edited(told: dict[str, Any]) -> None:
    told["entries"][1]["leaf"] = told["entries"][1]["leaf"].replace('"rows":5', '"rows":7')


def edited_with_its_hash(told: dict[str, Any]) -> None:
    edited(told)
    told["entries"][1]["leaf_hash"] = hash_leaf(told["entries"][1]["leaf"].encode()).hex()


def unproved(told: dict[str, Any]) -> None:
    edited_with_its_hash(told)
    told["entries"][1]["proof"] = None


def deleted(told: dict[str, Any]) -> None:
    del told["entries"][1]


def reordered(told: dict[str, Any]) -> None:
    told["entries"][1:3] = reversed(told["entries"][1:3])


def truncated(told: dict[str, Any]) -> None:
    del told["entries"][2:]


def repeated(told: dict[str, Any]) -> None:
    told["entries"].insert(1, told["entries"][1])


def added(told: dict[str, Any]) -> None:
    told["entries"].append({**told["entries"][3], "index": 10})


def renumbered(told: dict[str, Any]) -> None:
    told["entries"][3]["index"] = told["indexes"][3] = 8


def moved(told: dict[str, Any]) -> None:
    told["entries"][1]["proof"] = told["entries"][2]["proof"]


def another_head(told: dict[str, Any]) -> None:
    told["entries"][1]["proof"]["tree_size"] = 12


def beyond_the_head(told: dict[str, Any]) -> None:
    told["entries"][3]["index"] = told["indexes"][3] = 11


def regrown(told: dict[str, Any]) -> None:
    told["head"]["size"] = 12


def resigned(told: dict[str, Any]) -> None:
    signature = told["head"]["signature"]
    told["head"]["signature"] = ("1" if signature[0] == "0" else "0") + signature[1:]


def garbled(told: dict[str, Any]) -> None:
    told["entries"][1]["proof"]["path"][0] = "no hash"


BREAKS: list[tuple[Callable[[dict[str, Any]], None], str]] = [
    (edited, "Entry 5 was changed: its text does not match its hash."),
    (
        edited_with_its_hash,
        "Entry 5 is not in the signed log: its proof does not lead to the root.",
    ),
    (unproved, "The proof of entry 5 is missing."),
    (deleted, "Entry 5 is missing from the extract."),
    (reordered, "Entry 6 stands before entry 5: the extract was reordered."),
    (truncated, "The extract was cut off before entry 6."),
    (repeated, "Entry 5 occurs twice in the extract."),
    (added, "Entry 10 was added to the extract."),
    (renumbered, "Entry 8 was renumbered: its text names another place."),
    (moved, "Entry 5 is not in the signed log: its proof does not lead to the root."),
    (another_head, "The proof of entry 5 is about another head of the log."),
    (beyond_the_head, "Entry 11 is later than the signed head of the log."),
    (regrown, "The head of the audit log was changed: its size or root is another."),
    (resigned, "The signature of the head of the audit log does not fit."),
    (garbled, "The extract of the audit log cannot be read."),
]


@pytest.mark.parametrize(("harm", "sentence"), BREAKS, ids=[h.__name__ for h, _ in BREAKS])
def test_the_first_broken_thing_is_named(intact, harm, sentence):
    broken = copy.deepcopy(intact)
    harm(broken)
    assert first_break(broken) == sentence


@pytest.mark.parametrize("member", ["schema", "public_key", "head", "indexes", "entries"])
def test_an_extract_that_lacks_a_member_cannot_be_read(intact, member):
    broken = {name: value for name, value in intact.items() if name != member}
    assert first_break(broken) == "The extract of the audit log cannot be read."
