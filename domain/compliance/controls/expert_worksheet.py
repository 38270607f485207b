"""The worksheet for an Expert Determination: what was measured, and the blanks of the expert.

The three principles are those of HHS, “Guidance Regarding Methods for De-identification of
Protected Health Information” (26 November 2012), question 2.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domain.compliance.controls.figures import Line, Section, Worksheet, measured, with_outliers
from domain.compliance.controls.identifiers import Fate, IdentifyingColumn
from domain.compliance.controls.pack_documents import (
    CARD,
    DP_REPORT,
    EVALUATION,
    LEAKS,
    PackDocuments,
)

_SAYS = (
    "Input for the person who determines, not a determination. The rule asks for a very small risk "
    "that an anticipated recipient could identify a person, alone or with other reasonably "
    "available information; it names no number. Rows that are synthetic throughout are not "
    "mentioned by it."
)
_REPLICABILITY = (
    "How far a feature stays with a person: what changes from day to day identifies less than what "
    "never changes."
)
_SOURCES = "Who else may hold the same features with names: registers, directories, the recipient."
_DISTINGUISHABLE = "How far rows set single people apart: attacks on this twin, and copies in it."


def expert_worksheet(documents: PackDocuments, columns: Sequence[IdentifyingColumn]) -> Worksheet:
    """Filled from the documents of the pack."""
    card = documents.documents[CARD]
    return Worksheet(
        name="expert_determination",
        framework="hipaa",
        title="Worksheet for an Expert Determination",
        cites="45 CFR 164.514(b)(1)",
        says=_SAYS,
        sections=(
            Section(title="The release", lines=_release(card)),
            Section(title="Replicability", says=_REPLICABILITY, lines=_replicability(columns)),
            Section(
                title="Availability of data sources", says=_SOURCES, lines=_data_sources(columns)
            ),
            Section(
                title="Distinguishability",
                says=_DISTINGUISHABLE,
                lines=_distinguishability(documents, card),
            ),
            Section(title="The determination", lines=_BLANKS),
        ),
    )


def _release(card: Mapping[str, Any]) -> tuple[Line, ...]:
    rows = "; ".join(
        f"{table['rows']:,} rows in “{table['name']}”" for table in card["synthetic_data"]["tables"]
    )
    return (
        Line(asks="What is released", answer=card["description"], file=CARD),
        Line(asks="Synthetic rows", answer=f"{rows}.", file=CARD),
        Line(asks="The model", answer="Stays encrypted in the instance.", file=CARD),
        Line(asks="Anticipated recipients, and what else they hold"),
        Line(asks="Contract that forbids re-identification"),
    )


def _replicability(columns: Sequence[IdentifyingColumn]) -> tuple[Line, ...]:
    return (
        Line(
            asks="Identifying columns left out",
            answer=_named(columns, Fate.LEFT_OUT),
            file=CARD,
        ),
        Line(
            asks="Identifying columns replaced by invented values",
            answer=_named(columns, Fate.INVENTED),
            file=CARD,
        ),
        Line(
            asks="Identifying columns that were modelled",
            answer=_named(columns, Fate.MODELLED),
            file=CARD,
        ),
        Line(asks="Which other columns stay with a person for years"),
    )


def _named(columns: Sequence[IdentifyingColumn], fate: Fate) -> str:
    named = [f"“{c.column}” of “{c.table}” ({c.letter})" for c in columns if c.fate is fate]
    return f"{', '.join(named)}." if named else "None was found."


def _data_sources(columns: Sequence[IdentifyingColumn]) -> tuple[Line, ...]:
    public = [c for c in columns if c.letter in "BC" and c.fate is Fate.MODELLED]
    named = ", ".join(f"“{c.column}” of “{c.table}”" for c in public)
    return (
        Line(
            asks="Places, dates and ages among the modelled columns, as public registers have them",
            answer=f"{named}." if named else "None was found.",
            file=CARD,
        ),
        Line(asks="Registers and tables that hold modelled columns together with names"),
        Line(asks="Whether the recipient can reach them"),
    )


_ATTACKS = (
    "leakage.singling_out_one",
    "leakage.singling_out_several",
    "leakage.linkability",
    "leakage.attribute",
    "leakage.membership_nearest",
    "leakage.membership_density",
)
_MEASURED = (
    "leakage.reidentification",
    *with_outliers(_ATTACKS),
    "leakage.revealed_outliers",
    "privacy.exact_copies",
    "privacy.dcr_share",
)


def _distinguishability(documents: PackDocuments, card: Mapping[str, Any]) -> tuple[Line, ...]:
    private = bool(card["privacy"]["differentially_private"])
    report = documents.document(EVALUATION)
    return (
        *measured(report, _MEASURED, EVALUATION, private=private),
        *proved(documents),
        *_leaks(documents),
        Line(asks="The threshold of risk that the expert applies, and why"),
    )


def proved(documents: PackDocuments) -> tuple[Line, ...]:
    """What differential privacy bounds, where the run was private."""
    report = documents.document(DP_REPORT)
    if report is None:
        return ()
    return (Line(asks="Proved bound", answer=report["summary"], file=DP_REPORT),)


def _leaks(documents: PackDocuments) -> tuple[Line, ...]:
    check = documents.document(LEAKS)
    if check is None:
        return ()
    if not check["checked"]:
        return (Line(asks="Real values looked for", answer=check["note"], file=LEAKS),)
    places = len(check["findings"])
    answer = (
        f"Files: {len(check['files'])}; places with real values: {places or 'none'}. "
        f"{check['note']}"
    )
    return (Line(asks="Real values looked for", answer=answer.strip(), file=LEAKS),)


_BLANKS = (
    Line(asks="Is the risk very small for these recipients? Why?"),
    Line(asks="Conditions of the determination"),
    Line(asks="Valid until"),
    Line(asks="Name and qualification of the expert"),
    Line(asks="Date and signature"),
)
