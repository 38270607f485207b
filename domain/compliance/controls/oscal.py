"""The mapping in OSCAL 1.2.1 (NIST): catalogs, a component definition and assessment results.

The catalogs are local and tiny: identifiers and our own titles, since HIPAA, the GDPR and SOC 2
have no official ones. Every UUID is version 5, made from the pack and the place, so that the same
mapping gives the same files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

OSCAL_VERSION = "1.2.1"
NAMESPACE = "urn:synthetic-data-studio:oscal"
FOLDER = "oscal"

_ROOT = uuid5(NAMESPACE_URL, NAMESPACE)
_NO_TOKEN = re.compile(r"[^\w.-]+")
_MEDIA = {"json": "application/json", "csv": "text/csv", "pdf": "application/pdf"}

Mapped = Mapping[str, Any]
"""The document of :func:`domain.compliance.controls.mapping.control_mapping`."""


def catalog_name(framework: str) -> str:
    """The file of a framework's catalog, in the folder of the other OSCAL files."""
    return f"catalog-{framework}.json"


def oscal_id(*parts: str) -> str:
    """A UUID of version 5 that is the same for the same parts."""
    return str(uuid5(_ROOT, "\x1f".join(parts)))


def pack_id(mapping: Mapped, *parts: str) -> str:
    """A UUID of one place in one pack, at the moment for which it was judged."""
    return oscal_id(mapping["pack"], mapping["created_at"], mapping["judged_at"], *parts)


def control_token(framework: str, control: str) -> str:
    """The id of a control as OSCAL writes ids: ``hipaa-164.312.a.2.iv``."""
    plain = unicodedata.normalize("NFKC", control).replace("(", ".").replace(")", "")
    return f"{framework}-{_NO_TOKEN.sub('-', plain).strip('-.')}"


def objective_token(framework: str, control: str) -> str:
    """The id of what is assessed about a control."""
    return f"{control_token(framework, control)}_obj"


def metadata(mapping: Mapped, title: str) -> dict[str, Any]:
    """What every OSCAL file begins with."""
    party = pack_id(mapping, "organisation")
    return {
        "title": title,
        "last-modified": mapping["created_at"],
        "version": str(mapping["schema"]),
        "oscal-version": OSCAL_VERSION,
        "roles": [{"id": "prepared-by", "title": "Who the pack was made by"}],
        "parties": [{"uuid": party, "type": "organization", "name": mapping["organisation"]}],
        "responsible-parties": [{"role-id": "prepared-by", "party-uuids": [party]}],
        "remarks": mapping["disclaimer"],
    }


def prop(name: str, value: str, remarks: str = "") -> dict[str, str]:
    """A property in our own namespace."""
    made = {"name": name, "ns": NAMESPACE, "value": value}
    return {**made, "remarks": remarks} if remarks else made


def word(status: str) -> str:
    """A status as one token."""
    return status.replace(" ", "-")


def evidence_id(mapping: Mapped, file: str) -> str:
    """The resource of one file of the pack."""
    return pack_id(mapping, "file", file)


def resources(mapping: Mapped) -> list[dict[str, Any]]:
    """The evidence as back matter: a resource for each file of the pack that speaks for something,
    with its hash."""
    files = {e["file"]: e for e in mapping["evidence"]}
    return [_resource(mapping, file, e) for file, e in files.items()]


def _resource(mapping: Mapped, file: str, evidence: Mapping[str, Any]) -> dict[str, Any]:
    link: dict[str, Any] = {"href": f"../{file}"}
    if media := _MEDIA.get(file.rpartition(".")[2]):
        link["media-type"] = media
    made = {"uuid": evidence_id(mapping, file), "title": file}
    if evidence["hash_of"] == "file":
        hashes = [{"algorithm": "SHA-256", "value": evidence["sha256"]}]
        return {**made, "rlinks": [{**link, "hashes": hashes}]}
    return {**made, "props": [prop("key-sha256", evidence["sha256"])], "rlinks": [link]}


def frameworks(mapping: Mapped) -> Iterator[tuple[str, str, Sequence[Mapping[str, Any]]]]:
    """Word, title and controls of each framework."""
    for framework in mapping["frameworks"]:
        name = framework["name"]
        yield name, framework["title"], [c for c in mapping["controls"] if c["framework"] == name]


def root(value: UUID | str) -> str:
    """A link to a resource of the same file."""
    return f"#{value}"
