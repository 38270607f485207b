"""The elements of FHIR resources as cells: one column for each, named as a person would.

Data types are told by their shape (FHIR R4, hl7.org/fhir/R4/datatypes.html): a CodeableConcept
gives the first of its codings, a Quantity its value, a Reference its target, an extension the
last word of its address; identifiers and contacts are told apart by what they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.datasets.flattening import MAX_DEPTH, too_deep
from domain.datasets.growing_table import GrowingTable, Row
from domain.datasets.nesting_plan import Item, Kind, Path

_CODING = frozenset({"system", "version", "code", "display", "userSelected"})
_QUANTITY = frozenset({"value", "comparator", "unit", "system", "code", "currency"})
_BY_PLACE = frozenset({"name", "address", "given", "prefix", "suffix", "line"})
_BOOKKEEPING = frozenset({"resourceType", "meta", "implicitRules", "language", "contained"})
"""Members of a resource that say something of the record, not of the patient."""

ABOUT_RECORDS = "for it says something of the records, not of people"
ABOUT_VALUES = "for it says something of plain values"
FILES = "for it is a file inside the file"
LOST = "for it points nowhere or has another form than FHIR gives it"
DISPLAYS = "for it names what a reference points to"
CODINGS = "for it is a second code for the same"
REPEATS = "for it repeats the display or the unit beside it"

Object = Mapping[str, Any]


@dataclass(slots=True)
class OpenRow:
    """A row that is being filled."""

    table: GrowingTable
    row: Row
    where: str
    """What the record is in FHIR's words, such as ``Encounter.participant``."""
    value_name: str
    """The column for what the record is when it is no object with members of its own."""
    contained: Mapping[str, str]
    """``Type/id`` of the resources inside this one, by ``#id``."""
    lists: list[tuple[Path, str, list[Any]]] = field(default_factory=list)
    """Those whose items become rows of another table: path, name, items."""


class Elements:
    """Fills rows, counts what it drops."""

    def __init__(self) -> None:
        self.dropped: Counter[tuple[str, str]] = Counter()
        """How often, by reason and by what it was."""
        self.addresses: dict[tuple[str, Path], str] = {}
        """The ``url`` of each extension, by table and path."""

    def resource(self, row: OpenRow, resource: Object) -> None:
        """All of a resource but its bookkeeping and its text for people."""
        for member, value in resource.items():
            narrative = member == "text" and isinstance(value, dict)
            if member in _BOOKKEEPING or narrative:
                if member not in ("resourceType", "contained"):
                    self.dropped[ABOUT_RECORDS, member] += 1
            else:
                self.element(row, (member,), member, value, 1)

    def element(self, row: OpenRow, path: Path, name: str, value: Any, depth: int) -> None:
        """One value of any kind, in the columns that begin with ``name``."""
        if depth > MAX_DEPTH:
            raise too_deep()
        if path and str(path[-1]).startswith("_"):
            self._drop(row, ABOUT_VALUES, name)
        elif isinstance(value, dict):
            self._object(row, path, name, value, depth)
        elif isinstance(value, list):
            self._list(row, path, name, value, depth)
        else:
            row.table.put(row.row, path, value, name or row.value_name)

    def _drop(self, row: OpenRow, why: str, name: str, count: int = 1) -> None:
        self.dropped[why, joined(row.where, name) if name else row.where] += count

    def _object(self, row: OpenRow, path: Path, name: str, value: Object, depth: int) -> None:
        if isinstance(value.get("reference"), str):
            self._reference(row, path, name, value, depth)
        elif isinstance(value.get("coding"), list):
            self._concept(row, path, name, value, depth)
        elif "code" in value and value.keys() <= _CODING:
            self._named(row, path, name, value, depth, "code")
        elif isinstance(value.get("value"), int | float) and value.keys() <= _QUANTITY:
            self._quantity(row, path, name, value, depth)
        elif "contentType" in value and "data" in value:
            self._drop(row, FILES, joined(name, "data"))
            rest = {m: v for m, v in value.items() if m != "data"}
            self._named(row, path, name, rest, depth)
        else:
            self._named(row, path, name, value, depth)

    def _named(
        self, row: OpenRow, path: Path, name: str, value: Object, depth: int, main: str = ""
    ) -> None:
        """Each member in a column of its name; ``main`` in that of the whole."""
        for member, part in value.items():
            own = name if member == main else joined(name, member)
            self.element(row, (*path, member), own, part, depth + 1)

    def _reference(self, row: OpenRow, path: Path, name: str, value: Object, depth: int) -> None:
        target = value["reference"]
        if target.startswith("#"):
            target = row.contained.get(target)
        if target is None:
            self._drop(row, LOST, name)
        else:
            where = (*path, "reference")
            row.table.put(row.row, where, target, name or row.value_name, Kind.REFERENCE)
        if "display" in value:
            self._drop(row, DISPLAYS, joined(name, "display"))
        rest = {m: v for m, v in value.items() if m not in ("reference", "display", "type")}
        self._named(row, path, name, rest, depth)

    def _concept(self, row: OpenRow, path: Path, name: str, value: Object, depth: int) -> None:
        first = next((c for c in value["coding"] if isinstance(c, dict)), {})
        self._named(row, (*path, "coding", Item("0")), name, first, depth + 1, "code")
        if len(value["coding"]) > 1:
            self._drop(row, CODINGS, joined(name, "coding"), len(value["coding"]) - 1)
        rest = {m: v for m, v in value.items() if m != "coding"}
        if "text" in rest and rest["text"] == first.get("display"):
            self._drop(row, REPEATS, joined(name, "text"))
            del rest["text"]
        self._named(row, path, name, rest, depth)

    def _quantity(self, row: OpenRow, path: Path, name: str, value: Object, depth: int) -> None:
        repeats = "code" in value and value["code"] == value.get("unit")
        if repeats:
            self._drop(row, REPEATS, joined(name, "code"))
        kept = {m: v for m, v in value.items() if not (repeats and m == "code")}
        self._named(row, path, name, kept, depth, "value")

    def _list(self, row: OpenRow, path: Path, name: str, items: list[Any], depth: int) -> None:
        member = path[-1] if path else ""
        if not path:  # a list in a list: FHIR has none
            self._drop(row, LOST, name)
        elif member in ("extension", "modifierExtension"):
            owner = name.removesuffix(member).removesuffix(".")
            self._slices(row, path, owner, items, depth, _address, self._extension)
        elif member == "identifier":
            self._slices(row, path, name, items, depth, _what_identifier, self._valued)
        elif member == "telecom":
            self._slices(row, path, name, items, depth, _what_contact, self._valued)
        elif member in _BY_PLACE:
            for place, item in enumerate(items):
                self.element(row, (*path, Item(str(place))), name, item, depth + 1)
        elif items:
            row.lists.append((path, name, items))

    def _slices(
        self,
        row: OpenRow,
        path: Path,
        name: str,
        items: list[Any],
        depth: int,
        label_of: Callable[[Object], str],
        fill: Callable[[OpenRow, Path, str, Object, int], None],
    ) -> None:
        """Items told apart by a label of their own (FHIR calls such parts of a list slices)."""
        seen: Counter[str] = Counter()
        for item in items:
            if not isinstance(item, dict):
                self._drop(row, LOST, name)
                continue
            label = label_of(item)
            seen[label] += 1
            more = f" {seen[label]}" if seen[label] > 1 else ""
            own = joined(name, last_word(label) + more.replace(" ", "."))
            fill(row, (*path, Item(label + more)), own, item, depth + 1)

    def _extension(self, row: OpenRow, path: Path, name: str, item: Object, depth: int) -> None:
        self.addresses[row.table.name, path] = str(item.get("url", ""))
        for member, value in item.items():
            if member.startswith("value"):
                self.element(row, (*path, member), name, value, depth)
            elif member != "url":
                self.element(row, (*path, member), joined(name, member), value, depth)

    def _valued(self, row: OpenRow, path: Path, name: str, item: Object, depth: int) -> None:
        self._named(row, path, name, item, depth, "value")


def joined(name: str, member: str) -> str:
    """``name.member``, or the member alone at the start."""
    return f"{name}.{member}" if name else member


def last_word(address: str) -> str:
    """The end of an address: ``race`` of ``…/StructureDefinition/us-core-race``."""
    end = address.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return end.removeprefix("us-core-") or "extension"


def _address(item: Object) -> str:
    return str(item.get("url", ""))


def _what_identifier(item: Object) -> str:
    kind = item.get("type")
    codings = kind.get("coding") if isinstance(kind, dict) else None
    first = codings[0] if isinstance(codings, list) and codings else None
    code = first.get("code") if isinstance(first, dict) else None
    return str(code or item.get("system") or item.get("use") or "number")


def _what_contact(item: Object) -> str:
    return str(item.get("system") or "other")
