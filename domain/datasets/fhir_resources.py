"""FHIR R4 resources of any number of files as one set of flat tables, a table a type."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pyarrow as pa

from domain.datasets.fhir_elements import ABOUT_RECORDS, LOST, Elements, OpenRow, joined, last_word
from domain.datasets.fhir_references import Directory, Resolved
from domain.datasets.fhir_trimming import inlined, with_fixed, without_copies
from domain.datasets.flattening import Flat, key_of
from domain.datasets.growing_table import GrowingColumn, GrowingTable
from domain.datasets.nesting_plan import Fixed, Kind, NestedColumn, NestedTable, Path
from domain.kernel import BadInput

_TYPE = re.compile(r"[A-Z][A-Za-z]{1,63}")
_BOOKKEEPING = frozenset({"Provenance", "AuditEvent", "OperationOutcome", "Bundle", "Parameters"})
"""Types that say who sent what, not what happened to a patient."""


_PEOPLE = ("Patient?", "Practitioner?", "PractitionerRole?", "RelatedPerson?", "Person?")


class FhirResources:
    """Collects resources, then gives flat tables.

    Every type is a table of one row a resource, named by ``id``. A list of parts (the components
    of an observation) is a table whose column ``Observation_id`` holds the id of its resource,
    unless no resource has more than one: then its members are columns. Cells of references hold
    the plain ids of their targets.
    """

    def __init__(self) -> None:
        self._tables: dict[str, GrowingTable] = {}
        self._children: dict[tuple[str, Path], GrowingTable] = {}
        self._lists: dict[str, str] = {}
        """What the list of a table is called in its parent."""
        self._where: dict[str, str] = {}
        """What the rows of a table are in FHIR's words."""
        self._elements = Elements()
        self._seen: dict[tuple[str, str], bytes] = {}
        self._directory = Directory()
        self._lifted = self._twice = self._by_uuid = 0
        self._outside: dict[str, int] = {}

    @property
    def by_uuid(self) -> bool:
        """Whether most resources came under ``urn:uuid:`` addresses."""
        return 2 * self._by_uuid > len(self._seen)

    def add_bundle(self, where: str, document: Mapping[str, Any]) -> None:
        """Add the resources of a bundle; raises :class:`BadInput` for one without any."""
        entries = document.get("entry")
        entries = entries if isinstance(entries, list) else []
        found = 0
        for number, entry in enumerate(entries, 1):
            resource = entry.get("resource") if isinstance(entry, Mapping) else None
            if isinstance(resource, Mapping):
                found += 1
                address = entry.get("fullUrl")
                self.add(f"{where}, entry {number},", resource, str(address) if address else "")
            else:
                self._elements.dropped[LOST, "entries without a resource"] += 1
        if not found:
            raise BadInput(f"{where} is a FHIR bundle without resources; export it again.")

    def add(self, where: str, resource: Mapping[str, Any], address: str = "") -> None:
        """Add one resource, which may stand at a full ``address`` in its bundle."""
        kind = resource.get("resourceType")
        if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
            raise BadInput(
                f"{where} is no FHIR resource, for its resourceType is missing or no name of a "
                "type; correct it or export it again."
            )
        if kind in _BOOKKEEPING:
            self._elements.dropped[ABOUT_RECORDS, kind] += 1
            return
        name = str(resource.get("id") or address.rsplit(":", 1)[-1].rsplit("/", 1)[-1])
        name = name or f"{kind}-{len(self._seen) + 1}"
        if address:
            self._directory.addresses[address] = (kind, name)
            self._by_uuid += address.startswith("urn:uuid:")
        if self._is_new(where, kind, name, resource):
            self._add(where, kind, name, resource)

    def tables(self) -> Flat:
        """The flat tables, parents first."""
        found = {name: self._finished(growing) for name, growing in self._tables.items()}
        found = inlined(found, self._lists)
        parents = {plan.parent for _, plan in found.values()}
        found = {name: _without_number(*flat, parents) for name, flat in found.items()}
        return {name: with_fixed(*without_copies(*flat)) for name, flat in found.items()}

    def notes(self, tables: Flat) -> Iterator[str]:
        """What was decided and what was dropped, for a person; quotes no cell."""
        yield from self._about_rows()
        fixed = [f"{self._where[t.name]}.{_last(f)}" for _, t in tables.values() for f in t.fixed]
        told = sorted({f for f in fixed if not f.endswith(".url")})
        if told:
            yield (
                "The same in every row, so no columns, but written again to nested JSON: "
                f"{_listed(told)}."
            )
        if self._outside:
            outside = [f"{name} ({count:,})" for name, count in self._outside.items()]
            yield (
                "References to resources that are not in the files link nothing: "
                f"{_listed(outside)}."
            )
        for why in dict.fromkeys(why for why, _ in self._elements.dropped):
            dropped = self._elements.dropped.items()
            told = [f"{what} ({n:,})" for (reason, what), n in dropped if reason == why]
            yield f"Left out, {why}: {_listed(told)}."

    def _about_rows(self) -> Iterator[str]:
        if self._lifted:
            yield (
                f"{self._lifted:,} contained resources became rows of the tables of their types."
            )
        if self._twice:
            yield f"{self._twice:,} resources stood in the files more than once and are one row."

    def _is_new(self, where: str, kind: str, name: str, resource: Mapping[str, Any]) -> bool:
        try:
            content = json.dumps(resource, sort_keys=True)
        except RecursionError:
            raise BadInput(f"{where} is nested too deeply to be read; flatten it first.") from None
        digest = sha256(content.encode("utf-8", "surrogatepass")).digest()
        before = self._seen.setdefault((kind, name), digest)
        if (kind, name) not in self._directory.ids:
            self._directory.ids.add((kind, name))
            return True
        if before != digest:
            raise BadInput(
                f"{where} is a {kind} with the id of another one, but it says something else; "
                "give each an id of its own, or leave the older one out."
            )
        self._twice += 1
        return False

    def _add(self, where: str, kind: str, name: str, resource: Mapping[str, Any]) -> None:
        inside = resource.get("contained")
        inside = [c for c in inside if isinstance(c, Mapping)] if isinstance(inside, list) else []
        contained = {}
        for place, part in enumerate(inside, 1):
            own = f"{name}.{part.get('id') or place}"
            contained[f"#{part.get('id')}"] = f"{part.get('resourceType')}/{own}"
            self.add(where, {**part, "id": own})
            self._lifted += 1
        table = self._tables.get(kind) or self._root(kind)
        row = OpenRow(table, {**table.row(None), "id": name}, kind, kind, contained)
        self._elements.resource(row, {**resource, "id": name})
        self._keep(row, name)

    def _root(self, kind: str) -> GrowingTable:
        table = self._tables[kind] = GrowingTable(kind, "id")
        table.columns["id",] = GrowingColumn("id", ("id",), {Kind.STRING: None})
        self._where[kind] = kind
        return table

    def _keep(self, row: OpenRow, key: str | None) -> None:
        """The row, and its lists as rows of other tables."""
        row.table.add(row.row)
        for path, name, items in row.lists:
            child = self._child(row.table, path, name)
            where = self._where[child.name]
            word = where.rsplit(".", 1)[-1]
            for item in items:
                part = OpenRow(child, child.row(key), where, word, row.contained)
                self._elements.element(part, (), "", item, len(path) + 1)
                self._keep(part, part.row[child.key])

    def _child(self, table: GrowingTable, path: Path, name: str) -> GrowingTable:
        child = self._children.get((table.name, path))
        if child is None:
            wanted = called = f"{table.name}_{name}".replace(".", "_")
            count = 1
            while called in self._tables:
                count += 1
                called = f"{wanted}_{count}"
            link = f"{table.name}_{'id' if table.parent is None else 'key'}"
            child = GrowingTable(called, key_of(called), table.name, path, link)
            self._children[table.name, path] = self._tables[called] = child
            self._lists[called] = name
            self._where[called] = joined(self._where[table.name], name)
        return child

    def _finished(self, growing: GrowingTable) -> tuple[pa.Table, NestedTable]:
        frame = growing.finished()
        columns = []
        for column in growing.columns.values():
            nested = column.nested()
            if Kind.REFERENCE in column.kinds:
                frame, nested = self._referring(growing.name, frame, nested)
            columns.append(nested)
        plan = NestedTable(
            name=growing.name,
            columns=tuple(columns),
            parent=growing.parent,
            path=growing.path,
            link=growing.link,
            key=growing.key,
            fixed=tuple(
                Fixed(path=(*path, "url"), value=url, anchor=len(path))
                for (table, path), url in self._elements.addresses.items()
                if table == growing.name
            ),
        )
        return frame, plan

    def _referring(
        self, table: str, frame: pa.Table, column: NestedColumn
    ) -> tuple[pa.Table, NestedColumn]:
        """With plain ids in the cells of a column of references."""
        resolved = self._directory.resolve(frame[column.name])
        if resolved.outside:
            name = column.name if len(column.path) > 1 else ""
            self._outside[joined(self._where[table], name).rstrip(".")] = resolved.outside
        place = frame.column_names.index(column.name)
        called = f"{column.name}{_number_of_a_person(resolved)}"
        frame = frame.set_column(place, called, resolved.cells)
        nested = replace(
            column,
            name=called,
            kinds=(Kind.REFERENCE,),
            targets=resolved.targets,
            prefix=resolved.before,
        )
        return frame, nested


def _number_of_a_person(resolved: Resolved) -> str:
    """What a column is called behind its name when its cells are numbers that a register gave to
    people, such as ``.us-npi``: the PII check reads headers."""
    of_people = resolved.before.startswith(_PEOPLE) and resolved.before.endswith("|")
    return f".{last_word(resolved.before[:-1])}" if of_people else ""


def _without_number(
    table: pa.Table, plan: NestedTable, parents: set[str | None]
) -> tuple[pa.Table, NestedTable]:
    """Without the generated key, where no child links to it."""
    if plan.parent is None or plan.key is None or plan.name in parents:
        return table, plan
    return table.drop_columns([plan.key]), replace(plan, key=None)


def _last(fixed: Fixed) -> str:
    return ".".join(str(s) for s in fixed.path if isinstance(s, str) and s != "coding")


def _listed(words: list[str]) -> str:
    more = f" and {len(words) - 60} more" if len(words) > 60 else ""
    return ", ".join(words[:60]) + more
