"""How an organisation wants its packs: name, logo, wording, contact, controls of its own.

Each saving is a new version; a version never changes, and a pack says which one it was made with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain.compliance.controls.catalogue import read_controls
from domain.compliance.controls.control import Control
from domain.compliance.legal.parties import Parties
from domain.compliance.legal.wording import LegalPaper
from domain.kernel import OrganisationId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateContent:
    """What people choose. Everything that is left empty is as the product has it."""

    name: str = ""
    """How papers call the organisation."""
    contact: str = ""
    controller: str = ""
    """Who decides about the personal data (Article 4(7) GDPR), where that is another than the
    organisation, which is then the processor."""
    logo: bytes = field(default=b"", repr=False)
    """PNG, as :func:`domain.compliance.pack_templates_logo.read_logo` makes it."""
    wording: Mapping[LegalPaper, str] = field(default_factory=dict)
    """The papers that the organisation words itself: Markdown with placeholders."""
    controls: str = ""
    """A table of controls in TOML, as :func:`read_controls` reads it."""
    review_on: date | None = None
    """A day on which it has to be looked at, where that is sooner than usual."""

    @property
    def added_controls(self) -> tuple[Control, ...]:
        """The organisation's own controls."""
        return read_controls(self.controls) if self.controls else ()

    @property
    def texts(self) -> dict[str, str]:
        """Every part as text by its title, a picture by its hash: what versions are told apart
        by."""
        return {
            "Name": self.name,
            "Contact": self.contact,
            "Controller": self.controller,
            "Logo": f"SHA-256 {sha256(self.logo)}" if self.logo else "",
            **{paper.heading: self.wording.get(paper, "") for paper in LegalPaper},
            "Additional controls": self.controls,
            "Review on": self.review_on.isoformat() if self.review_on else "",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PackTemplate:
    """One version of an organisation's template; version 0 is the product's own."""

    organisation_id: OrganisationId
    version: int = 0
    content: TemplateContent = field(default_factory=TemplateContent)
    by: UserId | None = None
    at: datetime | None = None
    """When it was saved; the product's own never was."""
    note: str = ""
    """Why it was changed, for colleagues; no pack tells it."""

    def name_or(self, otherwise: str) -> str:
        """How papers call the organisation."""
        return self.content.name or otherwise

    def parties(self, organisation: str) -> Parties:
        """Who is who in every paper of a pack that ``organisation`` makes."""
        return Parties.of(self.name_or(organisation), self.content.controller)

    @property
    def public(self) -> Iterator[str]:
        """What a pack says on purpose: a real value that is spelled alike is no leak."""
        content = self.content
        yield from (content.name, content.contact, content.controller, self.by or "")
        yield from (word.strip(".,;:<>()") for word in content.contact.split())

    def record(self) -> dict[str, Any]:
        """What a pack tells of the template that it was made with."""
        return {
            "version": self.version,
            "saved_at": self.at.isoformat() if self.at else None,
            "saved_by": self.by,
            "sha256": {
                title: sha256(text.encode()) for title, text in self.content.texts.items() if text
            },
        }


def sha256(data: bytes) -> str:
    """Hash in hex."""
    return hashlib.sha256(data).hexdigest()
