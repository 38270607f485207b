"""The first page of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.compliance.dsse import key_id
from domain.compliance.executive_summary import SummaryCase, executive_summary
from domain.compliance.search_scope import SearchScope
from domain.usecases.pack_legal import legal_of
from domain.usecases.pack_material import PackMaterial
from domain.usecases.pack_papers import Paper, papers

SUMMARY = "00-executive-summary"


def summary_paper(
    material: PackMaterial, mapping: Mapping[str, Any], *, search: SearchScope
) -> Paper:
    """One page; ``search`` is that of the other files."""
    documents = {paper.template: paper.document for paper in papers(material)}
    case = SummaryCase(
        pack_id=material.pack.id,
        card=documents["model_card"] or {},
        report=material.report,
        dp_report=documents.get("dp_report"),
        created_at=material.at,
        expires_at=material.expires_at,
        contact=material.template.content.contact,
        approval=material.approval,
        search=search,
        key_id=key_id(material.public_key),
        mapping=mapping,
        legal=legal_of(material),
    )
    return Paper(template="executive_summary", context=executive_summary(case), file=SUMMARY)
