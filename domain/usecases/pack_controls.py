"""The files of a pack that map it to HIPAA, the GDPR and SOC 2."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.compliance.controls.catalogue import FRAMEWORKS
from domain.compliance.controls.formats import wants
from domain.compliance.controls.mapping import MappedPack, control_mapping
from domain.compliance.controls.papers import control_files, oscal_names, paper_context
from domain.compliance.evidence import PackPart
from domain.usecases.pack_material import PackMaterial
from domain.usecases.pack_papers import Paper


def mapping_of(material: PackMaterial, documents: Mapping[str, bytes]) -> dict[str, Any]:
    """The mapping of a pack whose JSON documents are these, by name."""
    pack = material.pack
    mapped = MappedPack(
        id=str(pack.id),
        organisation=material.organisation,
        parties=material.template.parties(material.organisation),
        product_version=material.product_version,
        public_key=material.public_key,
        created_at=material.at,
        expires_at=material.expires_at,
    )
    added = material.template.content.added_controls
    return control_mapping(mapped, documents, frameworks=pack.frameworks, added=added)


def mapped_names(material: PackMaterial) -> tuple[str, ...]:
    """The files that the mapping will have."""
    formats = material.pack.formats
    names = [f"controls.{suffix}" for suffix in ("json", "xlsx", "pdf") if wants(formats, suffix)]
    own = (control.framework for control in material.template.content.added_controls)
    chosen = dict.fromkeys((*material.pack.frameworks, *(f for f in own if f not in FRAMEWORKS)))
    return (*names, *(oscal_names(chosen) if wants(formats, "oscal") else ()))


def control_parts(material: PackMaterial, mapping: Mapping[str, Any]) -> Iterator[PackPart]:
    """The mapping in the forms asked for, but for print."""
    for name, data in control_files(mapping, material.pack.formats):
        yield PackPart.of(name, data)


def control_paper(material: PackMaterial, mapping: Mapping[str, Any]) -> Paper | None:
    """The mapping in print, where that was asked for."""
    if not wants(material.pack.formats, "pdf"):
        return None
    return Paper(template="controls", context=paper_context(mapping))
