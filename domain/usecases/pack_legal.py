"""The legal papers of a pack, and the certificate that its source was deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.compliance.evidence import PackPart
from domain.compliance.legal.deletion import (
    DeletionCase,
    deletion_certificate,
    deletion_context,
    deletion_entry,
)
from domain.compliance.legal.papers import (
    LegalFacts,
    legal_context,
    legal_document,
    legal_files,
)
from domain.compliance.pack_templates import PackTemplate
from domain.usecases.pack_material import PackMaterial
from domain.usecases.pack_papers import Paper


def legal_papers(material: PackMaterial, template: PackTemplate) -> Iterator[Paper]:
    """What may be done with the rows, and once the source is gone its certificate."""
    facts = _facts(material)
    yield Paper(
        template="legal",
        document=legal_document(template, facts),
        context=legal_context(template, facts),
    )
    yield from _certificate(material, template)


def legal_of(material: PackMaterial) -> dict[str, Any]:
    """Which papers the pack has, in which versions."""
    return legal_document(material.template, _facts(material))


def legal_parts(material: PackMaterial, template: PackTemplate) -> Iterator[PackPart]:
    """The papers in Markdown, to be copied and edited."""
    for name, data in legal_files(template, _facts(material)):
        yield PackPart.of(name, data)


def _facts(material: PackMaterial) -> LegalFacts:
    return LegalFacts(
        organisation=material.organisation,
        dataset=material.dataset.name,
        pack_id=material.pack.id,
        created_at=material.at,
        expires_at=material.expires_at,
        product_version=material.product_version,
    )


def _certificate(material: PackMaterial, template: PackTemplate) -> Iterator[Paper]:
    entry = deletion_entry(material.entries, material.dataset)
    if entry is None:
        return
    certificate = deletion_certificate(
        DeletionCase(
            dataset=material.dataset,
            entry=entry,
            organisation=template.name_or(material.organisation),
            product_version=material.product_version,
            created_at=material.at,
            keyed_digests=material.file_digests,
        )
    )
    yield Paper(
        template="deletion_certificate",
        document=certificate,
        context=deletion_context(certificate),
    )
