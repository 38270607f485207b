"""Proofs that a later head of the log has an earlier one's entries, unchanged, at its start."""

from __future__ import annotations

from collections.abc import Sequence

from domain.compliance.audit import hash_node
from domain.compliance.inclusion import Tree
from domain.kernel import BadInput


def consistency_path(tree: Tree, earlier: int) -> tuple[bytes, ...]:
    """The nodes that lead from the head of the first ``earlier`` leaves to that of ``tree``
    (RFC 6962 §2.1.2). Raises :class:`BadInput` unless 1 ≤ ``earlier`` ≤ size."""
    if not 1 <= earlier <= tree.size:
        raise BadInput(
            f"A log of {tree.size} entries cannot be compared with one of {earlier}; name a size "
            f"from 1 to {tree.size}."
        )
    return _subproof(tree, earlier, 0, tree.size, known=True)


def _subproof(tree: Tree, earlier: int, start: int, stop: int, *, known: bool) -> tuple[bytes, ...]:
    """SUBPROOF of the RFC for the leaves from ``start`` to before ``stop``; ``known`` where the
    subtree is the earlier log itself, whose head the checker holds."""
    size = stop - start
    if earlier == size:
        return () if known else (tree.node(start, stop),)
    split = 1 << ((size - 1).bit_length() - 1)
    middle = start + split
    if earlier <= split:
        inner = _subproof(tree, earlier, start, middle, known=known)
        return (*inner, tree.node(middle, stop))
    inner = _subproof(tree, earlier - split, middle, stop, known=False)
    return (*inner, tree.node(start, middle))


def consistent(
    path: Sequence[bytes], *, earlier: int, earlier_root: bytes, later: int, later_root: bytes
) -> bool:
    """Whether ``path`` proves that the log of ``earlier`` entries is the start of that of
    ``later`` (RFC 9162 §2.1.4.2)."""
    if not 1 <= earlier <= later:
        return False
    if earlier == later:
        return not path and earlier_root == later_root
    return _roots_from(path, earlier, earlier_root, later) == (earlier_root, later_root)


def _roots_from(
    path: Sequence[bytes], earlier: int, earlier_root: bytes, later: int
) -> tuple[bytes, bytes] | None:
    """Both roots as ``path`` gives them; ``None`` for a path of the wrong length."""
    nodes = list(path)
    if earlier & (earlier - 1) == 0:
        nodes.insert(0, earlier_root)
    if not nodes:
        return None
    place, last = earlier - 1, later - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = hash_node(node, old), hash_node(node, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = hash_node(new, node)
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None
