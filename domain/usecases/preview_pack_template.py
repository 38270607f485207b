"""The legal papers of a pack that does not exist, to look at before a version is saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

from domain.compliance.evidence import PACK_VALID
from domain.compliance.legal.papers import LegalFacts, legal_context
from domain.compliance.pack_templates import PackTemplate
from domain.compliance.pack_templates_check import checked
from domain.compliance.pack_templates_logo import read_logo
from domain.kernel import Actor, PackId, Permission
from domain.ports import Clock, Documents

_DATASET = "your-data.csv (preview)"
_PACK = PackId(UUID(int=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPackTemplate:
    """Print a version, saved or not, as packs would bring it. Nothing is kept."""

    documents: Documents
    clock: Clock
    organisation: str
    product_version: str

    def __call__(self, actor: Actor, *, template: PackTemplate, logo: bytes | None = None) -> bytes:
        """A PDF. ``logo`` as it was uploaded; :class:`BadInput` says what could not be saved."""
        actor.require(Permission.ADMINISTER)
        now = self.clock()
        content = template.content
        drawn = replace(content, logo=read_logo(logo)) if logo else content
        if template.at is None:  # a draft; what was saved was checked then
            template = replace(template, at=now)
            drawn = checked(drawn, now.date())
        shown = replace(template, content=drawn)
        facts = LegalFacts(
            organisation=self.organisation,
            dataset=_DATASET,
            pack_id=_PACK,
            created_at=now,
            expires_at=now + PACK_VALID,
            product_version=self.product_version,
        )
        return self.documents.pdf("legal", legal_context(shown, facts))
