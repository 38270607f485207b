"""A person's word that synthetic rows may leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.compliance.summary_wording import day_words
from domain.kernel import (
    ApprovalId,
    BadInput,
    EvaluationId,
    OrganisationId,
    SyntheticDatasetId,
    UserId,
)

LONGEST_REASON = 1_000
"""Characters."""

PACK_WAITS = (
    "The evidence pack waits for somebody's approval, because this instance asks for a second "
    "person's word: let somebody who may approve look at rows and evaluation and approve the "
    "release, then ask for the pack."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """About one synthetic dataset as one evaluation judged it: another evaluation, another word."""

    id: ApprovalId
    organisation_id: OrganisationId
    synthetic_dataset_id: SyntheticDatasetId
    evaluation_id: EvaluationId | None
    """``None`` where no evaluation goes into the pack."""
    by: UserId
    at: datetime
    reason: str
    overridden: tuple[str, ...] = ()
    """The gates that spoke against it, by name."""
    evaluation_sha256: str = ""
    """Of ``evaluation.json`` as a pack would have held it, in hex; empty where there is none."""
    gates: tuple[tuple[str, str], ...] = ()
    """Name and state of every gate as it stood then."""

    def about(self, sha256: str) -> bool:
        """Whether its evaluation reads as it did then; ``sha256`` as above."""
        return self.evaluation_sha256 in ("", sha256)  # older approvals have kept no hash

    def account(self, *, own: bool) -> str:
        """Who approved, against what and why; ``own``: by the account that made the rows."""
        by = f"Approved by “{self.by}”{', the account that made the rows,' if own else ''}"
        against = f" against {_quoted(self.overridden)}" if self.overridden else ""
        why = f" Reason: “{self.reason}”" if self.reason else ""
        return f"{by} on {day_words(self.at)}{against}.{why}"

    @property
    def sentence(self) -> str:
        """Who approved, and against what."""
        told = f"Approved by {self.by} on {day_words(self.at)}"
        if not self.overridden:
            return f"{told}."
        return f"{told}, overriding {_quoted(self.overridden)}."


def _quoted(gates: tuple[str, ...]) -> str:
    return ", ".join(f"“{gate}”" for gate in gates)


def stated_reason(reason: str, *, needed: bool) -> str:
    """The reason as it is kept; :class:`BadInput` where it is missing or too long."""
    said = " ".join(reason.split())
    if needed and not said:
        raise BadInput("Say why the gates may be overridden: the reason goes into the audit log.")
    if len(said) > LONGEST_REASON:
        raise BadInput(f"Say it in at most {LONGEST_REASON:,} characters.")
    return said
