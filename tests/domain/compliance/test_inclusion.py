"""Inclusion and consistency proofs against RFC 6962: its definitions and published vectors."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.compliance.audit import hash_leaf, hash_node
from domain.compliance.consistency import consistency_path, consistent
from domain.compliance.inclusion import LogLeaves, Sibling, Telling, Tree
from domain.compliance.verifiers.program.audit_log import root_from
from domain.kernel import BadInput
from tests.domain.compliance.test_audit import LEAVES, ROOTS

# Nodes of the tree that certificate-transparency's reference implementation is tested with.
N0 = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
N1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N01 = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
N23 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
N45 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N67 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N0123 = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
N4567 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"

INCLUDED = [
    (0, 1, []),
    (0, 8, [N1, N23, N4567]),
    (5, 8, [N4, N67, N0123]),
    (2, 3, [N01]),
    (1, 5, [N0, N23, N4]),
]
CONSISTENT = [
    (1, 1, []),
    (1, 8, [N1, N23, N4567]),
    (6, 8, [N45, N67, N0123]),
    (2, 5, [N23, N4]),
]
HASHES = [hash_leaf(leaf) for leaf in LEAVES]


def hexed(path: Sequence[Sibling]) -> list[str]:
    return [sibling.hash.hex() for sibling in path]


@pytest.mark.parametrize(("index", "size", "path"), INCLUDED)
def test_the_audit_path_is_the_one_that_certificate_transparency_publishes(index, size, path):
    assert hexed(Tree.of(HASHES[:size]).path(index)) == path


@pytest.mark.parametrize(("earlier", "later", "path"), CONSISTENT)
def test_the_consistency_path_is_the_one_that_certificate_transparency_publishes(
    earlier, later, path
):
    found = consistency_path(Tree.of(HASHES[:later]), earlier)
    assert [node.hex() for node in found] == path
    assert consistent(
        found,
        earlier=earlier,
        earlier_root=bytes.fromhex(ROOTS[earlier - 1]),
        later=later,
        later_root=bytes.fromhex(ROOTS[later - 1]),
    )


def hashes(size: int) -> list[bytes]:
    return [hash_leaf(bytes([n])) for n in range(size)]


def head(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1 over leaf hashes, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return hash_node(head(leaves[:k]), head(leaves[k:]))


def split(size: int) -> int:
    k = 1
    while 2 * k < size:
        k *= 2
    return k


def path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1, word for word."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), head(leaves[k:])]
    return [*path(m - k, leaves[k:]), head(leaves[:k])]


def subproof(m: int, leaves: Sequence[bytes], b: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2, word for word."""
    if m == len(leaves):
        return [] if b else [head(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], b), head(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), head(leaves[:k])]


@pytest.mark.parametrize("size", [*range(1, 18), 31, 33])
def test_paths_are_those_of_the_recursive_definition_and_lead_to_the_root(size):
    leaves = hashes(size)
    tree = Tree.of(leaves)
    assert tree.root == head(leaves)
    for index in range(size):
        found = tree.path(index)
        assert [s.hash for s in found] == path(index, leaves)
        assert all(s.hash == head(leaves[s.start : s.stop]) for s in found)
        assert proved(found, index, size, leaves[index]) == tree.root


def proved(found: Sequence[Sibling], index: int, size: int, leaf: bytes) -> bytes | None:
    return root_from([s.hash for s in found], index, size, leaf)


@pytest.mark.parametrize("later", range(1, 18))
def test_consistency_paths_are_those_of_the_recursive_definition_and_hold(later):
    leaves = hashes(later)
    for earlier in range(1, later + 1):
        found = consistency_path(Tree.of(leaves), earlier)
        assert list(found) == subproof(earlier, leaves, True)
        assert holds(found, leaves[:earlier], leaves)


def holds(found: Sequence[bytes], before: Sequence[bytes], after: Sequence[bytes]) -> bool:
    return consistent(
        found,
        earlier=len(before),
        earlier_root=head(before),
        later=len(after),
        later_root=head(after),
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_other_leaf_place_size_or_path_is_proved(data):
    size = data.draw(st.integers(2, 40))
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    tree, leaf = Tree.of(leaves), leaves[index]
    found = tree.path(index)
    other = data.draw(st.integers(0, size - 1).filter(lambda n: n != index))
    assert proved(found, index, size, leaves[other]) != tree.root
    assert proved(found, other, size, leaf) != tree.root
    assert proved(found[:-1], index, size, leaf) != tree.root
    assert proved((*found, found[0]), index, size, leaf) != tree.root
    step = data.draw(st.integers(0, len(found) - 1))
    bent = [sha256(s.hash).digest() if n == step else s.hash for n, s in enumerate(found)]
    assert root_from(bent, index, size, leaf) != tree.root


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_log_rewritten_anywhere_before_the_earlier_head_is_not_consistent(data):
    later = data.draw(st.integers(2, 40))
    earlier = data.draw(st.integers(1, later - 1))
    before, after = hashes(earlier), hashes(later)
    after[data.draw(st.integers(0, earlier - 1))] = hash_leaf(b"forged")
    assert not holds(consistency_path(Tree.of(after), earlier), before, after)
    assert not holds(consistency_path(Tree.of(hashes(later)), earlier), before, after)
    assert not holds((), before, after)
    assert not holds(consistency_path(Tree.of(hashes(later)), earlier)[:-1], before, hashes(later))


def test_a_log_cut_short_is_not_consistent_with_its_earlier_head():
    leaves = hashes(9)
    assert not consistent(
        (), earlier=9, earlier_root=head(leaves), later=7, later_root=head(leaves[:7])
    )


def test_what_the_tree_does_not_have_is_refused():
    tree = Tree.of(hashes(3))
    with pytest.raises(BadInput, match="no proof of entry 3"):
        tree.path(3)
    with pytest.raises(BadInput, match="from 1 to 3"):
        consistency_path(tree, 0)
    assert root_from([], 0, 0, hashes(1)[0]) is None
    assert Tree.of([]).root == sha256(b"").digest()


def test_a_node_of_old_entries_goes_out_only_when_all_of_them_are_told():
    telling = Telling.of([0, 1, 4], LogLeaves(tuple(hashes(8)), blinded_from=5))

    def may(start: int, stop: int) -> bool:
        return telling.may_tell(Sibling(b"", start, stop))

    assert may(0, 2)  # both are told
    assert not may(2, 3)  # a guess could be tested
    assert not may(0, 4)  # what is told does not hide the rest
    assert may(4, 6)  # entry 5 has random bits
    assert may(6, 8)
    assert may(0, 8)
