"""References between FHIR resources: foreign keys where the target is among the files.

The forms are those of FHIR R4 (hl7.org/fhir/R4/references.html): ``urn:uuid:…`` as the full
address of an entry, ``Type/id``, both with a server before and a version behind, and a search
such as ``Practitioner?identifier=…|…``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

_BY_TYPE = re.compile(
    r"(?P<before>(?:.*/)?(?P<type>[A-Z]\w+)/)(?P<id>[\w.-]{1,200})(?:/_history/.*)?"
)
_BY_URN = re.compile(r"(?P<before>urn:(?:uuid|oid):)(?P<id>.+)")
_BY_SEARCH = re.compile(r"(?P<before>[A-Z]\w+\?[^|]*\|?)(?P<id>[^|]*)")


class Target(NamedTuple):
    """What a reference names."""

    id: str
    type: str = ""
    """Empty where it is not among the files."""
    before: str = ""
    """What the reference has before the id."""


class Resolved(NamedTuple):
    """A column of references as plain ids."""

    cells: pa.ChunkedArray
    targets: tuple[str, ...]
    """Types of the resources they name; empty when any is not among the files."""
    before: str
    outside: int
    """References whose target is not among the files."""


@dataclass(slots=True)
class Directory:
    """Which resources there are."""

    ids: set[tuple[str, str]] = field(default_factory=set)
    """Type and id."""
    addresses: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Type and id by the full address of the entry."""

    def find(self, reference: str) -> Target:
        """The target of a reference, or its parts where there is none."""
        if reference in self.addresses:
            kind, name = self.addresses[reference]
            return Target(name, kind)
        if (match := _BY_TYPE.fullmatch(reference)) is not None:
            here = (match["type"], match["id"]) in self.ids
            return Target(match["id"], match["type"] if here else "", match["before"])
        match = _BY_URN.fullmatch(reference) or _BY_SEARCH.fullmatch(reference)
        return Target(match["id"], "", match["before"]) if match else Target(reference)

    def resolve(self, cells: pa.ChunkedArray) -> Resolved:
        """The references of a column, each looked up once."""
        counts = Counter(cells.to_pylist())
        counts.pop(None, None)
        found = {reference: self.find(reference) for reference in counts}
        outside = sum(counts[r] for r, t in found.items() if not t.type)
        before = Counter(t.before for t in found.values() if not t.type)
        usual = before.most_common(1)[0][0] if before else ""
        plain = {r: _plain(r, t, usual) for r, t in found.items()}
        texts = [None if r is None else plain[r] for r in cells.to_pylist()]
        types = tuple(dict.fromkeys(t.type for t in found.values() if t.type))
        column = pa.chunked_array([pa.array(texts, pa.string())])
        return Resolved(column, () if outside else types, usual, outside)


def _plain(reference: str, target: Target, usual: str) -> str:
    """The id; all of a reference that is outside in another way than is usual."""
    return target.id if target.type or target.before == usual else reference


def written(name: str, types: Mapping[str, str], before: str, *, by_uuid: bool) -> str:
    """The reference to ``name``, whose type stands in ``types`` if it is among the rows."""
    if name in types:
        return f"urn:uuid:{name}" if by_uuid and is_uuid(name) else f"{types[name]}/{name}"
    whole = any(sign in name for sign in ":/?")
    return name if whole else before + name


_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_uuid(text: str) -> bool:
    """Whether an id may stand behind ``urn:uuid:``."""
    return _UUID.fullmatch(text) is not None
