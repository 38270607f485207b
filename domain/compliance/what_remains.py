"""What the first page leaves to people, in sentences of a bounded length."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.compliance.approvals import Approval
from domain.compliance.summary_wording import counted, source_end
from domain.kernel import SYSTEM


def what_remains(
    card: Mapping[str, Any], mapping: Mapping[str, Any] | None, approval: Approval | None
) -> Iterator[str]:
    """What no tool can do for an organisation, the nearest first."""
    private = card["privacy"]["differentially_private"] and not card["privacy"]["stamp"]
    first = _decided(approval) if approval else _undecided(private=private)
    yield f"{first} {_ADDS_UP}" if private else first
    yield (
        "Judge whether anybody can be identified among whom the rows go to (HIPAA Expert "
        "Determination, GDPR Recital 26)."
    )
    yield (
        "Bind recipients by contract: no re-identification, no decision about a single person "
        "(croissant.json says so to machines)."
    )
    yield (
        "Keep the instance, its keys and its backups safe, and the model inside: only rows leave."
    )
    if card["training_data"].get("deleted_at"):
        yield f"{source_end(card)} Let backups expire that can still open it."
    else:
        yield f"Have a lawful basis for the real rows. {source_end(card)}"
    if mapping is not None:
        yield _controls(mapping)


_ADDS_UP = "Every further release about the same people adds to ε."


def _undecided(*, private: bool) -> str:
    if private:
        return "Decide whether this ε for this unit is enough for this release."
    return (
        "Let a person who is responsible for the data decide about the release, and treat the "
        "rows as confidential until then."
    )


def _decided(approval: Approval) -> str:
    """What is left once somebody has given a word on the release."""
    if approval.by == SYSTEM:
        return (
            f"Put a person’s name to the release: “{SYSTEM}” names nobody. Treat the rows as "
            "confidential until then."
        )
    if approval.overridden:
        return (
            "Stand by the release against its gates (see Approval), and call the rows back where "
            "its reason no longer holds."
        )
    return (
        "Keep to what was approved (see Approval): other rows, or another evaluation of these, "
        "need another word."
    )


def _controls(mapping: Mapping[str, Any]) -> str:
    """How many controls are left to people."""
    statuses = [f["statuses"] for f in mapping["frameworks"]]
    alone = sum(s.get("organisation only", 0) for s in statuses)
    supported = sum(s.get("supported", 0) for s in statuses)
    return (
        f"Work through controls.pdf: {counted(alone, 'control')} for the organisation alone, "
        f"{supported:,} supported by this evidence together with an act of yours."
    )
