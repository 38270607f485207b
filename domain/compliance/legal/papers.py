"""The legal papers of one pack: disclaimer, terms, acceptable use, data processing agreement.

They are the wording of the organisation's pack template, else the product's, with what is known
about the pack in the places of the placeholders; what only people know stays in [brackets].
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.compliance.interchange.markdown_text import plain
from domain.compliance.legal.blocks import Block, blocks
from domain.compliance.legal.placeholders import filled
from domain.compliance.legal.wording import OWN_DATED, OWN_VERSION, LegalPaper, own_wording
from domain.compliance.pack_templates import PackTemplate
from domain.compliance.pack_templates_logo import logo_address
from domain.compliance.product import PRODUCT
from domain.compliance.summary_wording import bounded, day_words
from domain.kernel import PackId

LEGAL_SCHEMA = 1

LAWYER = (
    "No lawyer has looked at it in your case: let one read it before anybody relies on it or "
    "signs it."
)

_LONGEST_NAME = 120
"""Characters of a name inside sentences."""
_LONGEST_HEAD = 60
"""Characters of a name at the head of every page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalFacts:
    """What is known about a pack."""

    organisation: str
    """As the instance calls it; a template may have another name for its papers."""
    dataset: str
    pack_id: PackId
    created_at: datetime
    expires_at: datetime
    product_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledPaper:
    """One paper of one pack."""

    paper: LegalPaper
    body: str
    """In Markdown, filled."""
    author: str
    """Whose wording it is."""
    version: int
    """Of that wording."""
    dated: str
    """When that version was written, ISO 8601."""

    @property
    def source(self) -> str:
        """Which wording it is, and who has to read it."""
        written = day_words(datetime.fromisoformat(self.dated))
        return f"Wording of {self.author}, version {self.version} of {written}. {LAWYER}"

    @property
    def markdown(self) -> str:
        """The whole file."""
        head = f"# {plain(self.paper.heading)}\n\n*{plain(self.source)}*\n\n"
        return f"{head}{self.body.strip()}\n"

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The body for print."""
        return blocks(self.body)

    @property
    def blanks(self) -> int:
        """Places in brackets that were left for people."""
        return sum(block.blanks for block in self.blocks)


def filled_papers(template: PackTemplate, facts: LegalFacts) -> tuple[FilledPaper, ...]:
    """Every paper in the order of reading."""
    values = _values(template, facts)
    return tuple(_filled(paper, template, values, facts) for paper in LegalPaper)


def legal_document(template: PackTemplate, facts: LegalFacts) -> dict[str, Any]:
    """Which papers are in the pack, in which versions: ``schemas/legal.json``."""
    return {
        "schema": LEGAL_SCHEMA,
        "created_at": facts.created_at.isoformat(),
        "pack": str(facts.pack_id),
        "organisation": template.name_or(facts.organisation),
        "product": {"name": PRODUCT, "version": facts.product_version},
        "note": LAWYER,
        "template": template.record(),
        "papers": [_record(paper) for paper in filled_papers(template, facts)],
    }


def legal_context(template: PackTemplate, facts: LegalFacts) -> dict[str, Any]:
    """What the print template ``pack/legal.html`` shows."""
    papers = filled_papers(template, facts)
    return {
        "legal": legal_document(template, facts),
        "blanks": sum(paper.blanks for paper in papers),
        "contact": template.content.contact,
        "logo": logo_address(template.content.logo),
        "organisation": bounded(template.name_or(facts.organisation), _LONGEST_HEAD),
        "dataset": bounded(facts.dataset, _LONGEST_NAME),
        "expires": day_words(facts.expires_at),
        "papers": papers,
    }


def legal_files(template: PackTemplate, facts: LegalFacts) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each paper in Markdown, to be copied and edited."""
    for paper in filled_papers(template, facts):
        yield paper.paper.file, paper.markdown.encode()


def _filled(
    paper: LegalPaper, template: PackTemplate, values: Mapping[str, str], facts: LegalFacts
) -> FilledPaper:
    own = template.content.wording.get(paper, "")
    return FilledPaper(
        paper=paper,
        body=filled(own or own_wording(paper), values),
        author=template.name_or(facts.organisation) if own else PRODUCT,
        version=template.version if own else OWN_VERSION,
        dated=template.at.date().isoformat() if own and template.at else OWN_DATED.isoformat(),
    )


def _values(template: PackTemplate, facts: LegalFacts) -> dict[str, str]:
    """What stands for each placeholder: as Markdown, so that a name is read as a name."""
    organisation = plain(bounded(template.name_or(facts.organisation), _LONGEST_NAME))
    contact = plain(template.content.contact)
    parties = template.parties(facts.organisation)
    processor = plain(bounded(parties.processor, _LONGEST_NAME))
    return {
        "organisation": organisation,
        "contact": contact or f"[contact of {organisation}]",
        "controller": plain(bounded(parties.controller, _LONGEST_NAME)),
        "processor": processor or "[who runs the instance for the controller, if anybody]",
        "dataset": plain(bounded(facts.dataset, _LONGEST_NAME)),
        "date": day_words(facts.created_at),
        "expires": day_words(facts.expires_at),
        "pack": str(facts.pack_id),
        "product": PRODUCT,
        "version": plain(facts.product_version),
    }


def _record(paper: FilledPaper) -> dict[str, Any]:
    return {
        "name": paper.paper.value,
        "title": paper.paper.heading,
        "file": paper.paper.file,
        "sha256": hashlib.sha256(paper.markdown.encode()).hexdigest(),
        "blanks": paper.blanks,
        "wording": {"author": paper.author, "version": paper.version, "dated": paper.dated},
    }
