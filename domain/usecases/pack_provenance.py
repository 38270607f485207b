"""The files of a pack that say where its rows come from: audit extract, provenance, statements."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from domain.compliance.attestations import attestations, export_attestation
from domain.compliance.audit_extract import audit_extract
from domain.compliance.evidence import PackPart
from domain.compliance.inclusion import LogLeaves
from domain.compliance.notebook import notebook_parts
from domain.compliance.provenance import provenance
from domain.compliance.provenance_case import ProvenanceCase
from domain.usecases.pack_material import PackMaterial

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackOrigin:
    """The way from uploaded files to a pack, and what the pack tells of the audit log."""

    case: ProvenanceCase
    extract: Mapping[str, Any]

    @classmethod
    def of(cls, material: PackMaterial, leaves: LogLeaves | None) -> Self:
        """``leaves`` are those of the audit log under the head of the pack."""
        extract = audit_extract(
            material.entries,
            material.head,
            material.public_key,
            private=material.private is not None,
            leaves=leaves,
        )
        return cls(case=_case(material), extract=extract)

    @property
    def document(self) -> dict[str, Any]:
        """``provenance.json``."""
        return provenance(self.case, self.extract["head"])

    def parts(self, sign: Sign) -> Iterator[PackPart]:
        """The page about it all, the extract, and a signed statement for each step."""
        yield PackPart.of_document("provenance.json", self.document)
        yield PackPart.of_document("audit.json", self.extract)
        for name, data in attestations(self.case, sign).items():
            yield PackPart.of(name, data)

    def notebook(self, card: Mapping[str, Any], names: Collection[str]) -> Iterator[PackPart]:
        """For whoever makes the rows again, of a pack with files of such ``names``."""
        for name, data in notebook_parts(card, self.document, self.case.lock, names):
            yield PackPart.of(name, data)

    def export(self, files: Mapping[str, str], sign: Sign) -> PackPart:
        """The statement that ``files`` (SHA-256 by name), all others of the pack, left together."""
        told = export_attestation(self.case, sign, files, self.extract["head"])
        ((name, data),) = told.items()
        return PackPart.of(name, data)


def _case(material: PackMaterial) -> ProvenanceCase:
    return ProvenanceCase(
        pack_id=material.pack.id,
        created_at=material.at,
        organisation=material.organisation,
        product_version=material.product_version,
        public_key=material.public_key,
        dataset=material.dataset,
        file_digests=material.file_digests,
        run=material.run,
        model_sha256=material.model_sha256,
        synthetic=material.synthetic,
        synthetic_files={name: file.sha256 for name, file in material.rows.items()},
        report=material.report,
        evaluation_sha256=material.evaluation_sha256,
        rules=material.rules,
        outcomes=material.outcomes,
        approval=material.approval,
        jobs=material.jobs,
    )
