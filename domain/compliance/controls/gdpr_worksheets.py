"""Forms of the GDPR, filled as far as a pack can: WP216 criteria, DPIA inputs, Article 30 entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.compliance.controls.control import EvidenceKind
from domain.compliance.controls.exhibit import Exhibits
from domain.compliance.controls.expert_worksheet import proved
from domain.compliance.controls.figures import Line, Section, Worksheet, measured, with_outliers
from domain.compliance.controls.identifiers import Fate, IdentifyingColumn
from domain.compliance.controls.pack_documents import CARD, EVALUATION, PackDocuments
from domain.compliance.controls.special_categories import special_columns
from domain.compliance.legal.parties import Parties
from domain.compliance.summary_wording import source_end

_CRITERIA: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Singling out": (
        "Can some or all records be isolated that belong to one person?",
        ("leakage.singling_out_one", "leakage.singling_out_several"),
    ),
    "Linkability": (
        "Can two records of one person be linked?",
        ("leakage.linkability",),
    ),
    "Inference": (
        "Can a value be deduced, with significant probability, from other values?",
        ("leakage.attribute", "leakage.membership_nearest", "leakage.membership_density"),
    ),
}
"""The criteria of WP216 and the attacks that answer them."""


def gdpr_worksheets(
    documents: PackDocuments,
    exhibits: Exhibits,
    columns: Sequence[IdentifyingColumn],
    parties: Parties,
) -> tuple[Worksheet, ...]:
    """All three, in the order in which they are filled."""
    card = documents.documents[CARD]
    return (
        _criteria(documents, card),
        _assessment(documents, exhibits, card, columns),
        _record(exhibits, card, columns, parties),
    )


def _criteria(documents: PackDocuments, card: Mapping[str, Any]) -> Worksheet:
    private = bool(card["privacy"]["differentially_private"])
    return Worksheet(
        name="wp216_criteria",
        framework="gdpr",
        title="The three criteria of anonymity",
        cites="Article 29 Working Party, Opinion 05/2014 (WP216); Recital 26",
        says=(
            "What attacks found out about people of the real table beyond what they found out "
            "about strangers, and what was proved. Whether the rest is acceptable is for the "
            "controller to decide."
        ),
        sections=tuple(
            Section(title=title, says=says, lines=_criterion(documents, names, private=private))
            for title, (says, names) in _CRITERIA.items()
        ),
    )


def _criterion(
    documents: PackDocuments, names: Sequence[str], *, private: bool
) -> tuple[Line, ...]:
    report = documents.document(EVALUATION)
    return (
        *measured(report, with_outliers(names), EVALUATION, private=private),
        *proved(documents),
        Line(asks="Acceptable? The controller's judgement, with its reason"),
    )


def _assessment(
    documents: PackDocuments,
    exhibits: Exhibits,
    card: Mapping[str, Any],
    columns: Sequence[IdentifyingColumn],
) -> Worksheet:
    return Worksheet(
        name="dpia_inputs",
        framework="gdpr",
        title="Inputs for a data protection impact assessment",
        cites="Article 35(7)(a) to (d)",
        says="What the instance knows; the assessment is the controller's.",
        sections=(
            Section(title="(a) Description of the processing", lines=_processing(card, columns)),
            Section(title="(b) Necessity and proportionality", lines=_necessity(card)),
            Section(title="(c) Risks to people", lines=_risks(documents, card)),
            Section(title="(d) Measures", lines=(*_measures(exhibits), *_OWN_MEASURES)),
        ),
    )


def _processing(card: Mapping[str, Any], columns: Sequence[IdentifyingColumn]) -> tuple[Line, ...]:
    return (
        Line(asks="Processing", answer=card["description"], file=CARD),
        *_data_lines(card, columns),
        Line(asks="Purposes, and the legitimate interest where that is the basis"),
    )


def _necessity(card: Mapping[str, Any]) -> tuple[Line, ...]:
    return (
        Line(asks="Intended use", answer=" ".join(card["intended_use"]), file=CARD),
        Line(asks="Why synthetic rows are needed, and why not fewer columns"),
    )


_RISKS = ("leakage.reidentification", "privacy.exact_copies", "leakage.revealed_outliers")


def _risks(documents: PackDocuments, card: Mapping[str, Any]) -> tuple[Line, ...]:
    private = bool(card["privacy"]["differentially_private"])
    return (
        *measured(documents.document(EVALUATION), _RISKS, EVALUATION, private=private),
        *proved(documents),
        Line(asks="Limitations", answer=" ".join(card["limitations"]), file=CARD),
        Line(asks="What could follow for a person, and how likely it is"),
    )


_OWN_MEASURES = (
    Line(asks="Measures for recipients: contract, access, training"),
    Line(asks="Advice of the data protection officer, and conclusion"),
)


def _record(
    exhibits: Exhibits,
    card: Mapping[str, Any],
    columns: Sequence[IdentifyingColumn],
    parties: Parties,
) -> Worksheet:
    lines = (
        Line(asks="(a) Controller", answer=f"{parties.controller}.", file=CARD),
        Line(asks="(a) Contact, representative, data protection officer"),
        Line(asks="Processor, whose own record is that of Article 30(2)", answer=_by(parties)),
        Line(asks="(b) Purposes, as the controller has set them"),
        Line(asks="(c) Categories of data subjects"),
        *_data_lines(card, columns, "(c) "),
        Line(asks="(d) Categories of recipients"),
        Line(asks="(e) Transfers to third countries, with safeguards"),
        Line(
            asks="(f) Time limit for erasure",
            answer=source_end(card),
            file=CARD,
        ),
        *_measures(exhibits, "(g) "),
    )
    return Worksheet(
        name="article_30_entry",
        framework="gdpr",
        title="Entry for the record of processing activities",
        cites="Article 30(1)(a) to (g)",
        says="A draft for the controller: what the instance does not know is left blank. What the "
        "twin is fit for stands in the model card; what it is made for is not the tool's to say.",
        sections=(Section(title="The entry", lines=lines),),
    )


def _by(parties: Parties) -> str:
    return f"{parties.processor}." if parties.processor else ""


def _data_lines(
    card: Mapping[str, Any], columns: Sequence[IdentifyingColumn], before: str = ""
) -> tuple[Line, ...]:
    tables = card["training_data"]["tables"]
    named = ", ".join(f"“{c.column}”" for c in columns if c.fate is Fate.MODELLED)
    return (
        Line(
            asks=f"{before}Categories of personal data",
            answer=" ".join(_columns(table) for table in tables),
            file=CARD,
        ),
        Line(
            asks=f"{before}Modelled columns that may identify",
            answer=f"{named}." if named else "None was found.",
            file=CARD,
        ),
        Line(
            asks=f"{before}Special categories (Article 9)",
            answer=_special(tables),
            file=CARD,
        ),
        Line(asks=f"{before}Special categories that there are, and the ground of Article 9(2)"),
    )


def _columns(table: Mapping[str, Any]) -> str:
    named = ", ".join(f"“{column['name']}”" for column in table["columns"])
    return f"Of “{table['name']}”: {named or 'no column'}."


def _special(tables: Sequence[Mapping[str, Any]]) -> str:
    """A hint, and what it rests on: whether it is one is for a person."""
    found = special_columns(tables)
    if not found:
        return "No name of a column sounds like one, which proves nothing: decide."
    told = "; ".join(f"{category} ({', '.join(named)})" for category, named in found.items())
    return f"May be special categories, by their names alone: decide. They sound like {told}."


_MEASURES = (
    EvidenceKind.COLUMN_DECISIONS,
    EvidenceKind.ENCRYPTION_AT_REST,
    EvidenceKind.ENCRYPTION_IN_TRANSIT,
    EvidenceKind.ACCESS_CONTROL,
    EvidenceKind.SIGN_IN,
    EvidenceKind.LEAK_CHECK,
    EvidenceKind.AUDIT,
    EvidenceKind.MANIFEST,
)


def _measures(exhibits: Exhibits, before: str = "") -> tuple[Line, ...]:
    """Only measures that the pack has evidence for, and that hold."""
    return tuple(
        Line(
            asks=f"{before}{kind[0].upper()}{kind[1:]}",
            answer=exhibits[kind].says,
            file=exhibits[kind].file,
        )
        for kind in _MEASURES
        if kind in exhibits and exhibits[kind].holds
    )
