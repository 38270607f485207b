"""The documents of a pack for people, each beside its form for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.compliance.dp_report import dp_report
from domain.compliance.model_card import model_card
from domain.synthesis.catalogue import entry
from domain.usecases.pack_material import PackMaterial


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One document."""

    template: str
    """Of print, under ``templates/pack``."""
    context: Mapping[str, Any]
    """What the template shows."""
    document: Mapping[str, Any] | None = None
    """The form for programs, where it is one paper with it."""
    file: str = ""
    """What its file is called, without suffix; empty: as the template, with dashes."""

    @property
    def stem(self) -> str:
        """The name of its files, without suffix."""
        return self.file or self.template.replace("_", "-")


def papers(material: PackMaterial) -> tuple[Paper, ...]:
    """Model card, privacy report and evaluation, as far as this pack has them."""
    card = card_of(material)
    found = [Paper(template="model_card", document=card, context={"card": card})]
    if material.private is not None:
        told = dp_report(
            material.private, product_version=material.product_version, created_at=material.at
        )
        found.append(Paper(template="dp_report", document=told, context={"report": told}))
    if material.report is not None:
        found.append(
            Paper(
                template="evaluation",
                document=material.report.to_document(),
                context={"report": material.report, "card": card},
            )
        )
    return tuple(found)


def card_of(material: PackMaterial) -> dict[str, Any]:
    """The model card of a pack."""
    return model_card(
        run=material.run,
        synthetic=material.synthetic,
        dataset=material.dataset,
        report=material.report,
        entry=entry(material.run.synthesizer),
        organisation=material.organisation,
        product_version=material.product_version,
        created_at=material.at,
        file_digests=material.file_digests,
    )
