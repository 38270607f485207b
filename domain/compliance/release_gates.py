"""The gates between a twin and its release, and how each stands: told from the papers of a pack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.compliance.approvals import Approval
from domain.compliance.columns_word import ColumnsWord
from domain.compliance.search_scope import SearchScope
from domain.evaluation.report import EvaluationReport, Verdict

VERDICT_GATE = "Rules for a release"
"""The gate at which the verdict of the evaluation counts."""
PROOF_GATE = "Privacy proof"
"""The gate of a private run alone."""
SEARCH_GATE = "Search for real values"
"""The gate that a pack passes last, as it is sealed."""


class GateState(StrEnum):
    """How a gate stands."""

    PASSED = "passed"
    CONDITIONS = "with conditions"
    OVERRIDDEN = "overridden"
    """Approved by somebody against gates that failed, which stay as they are."""
    FAILED = "failed"
    OPEN = "open"
    """Nobody has measured, decided or confirmed."""

    @property
    def words(self) -> str:
        """As a page says it, where “open” would read as an open door."""
        return "not yet" if self is GateState.OPEN else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One gate and what it says about this twin."""

    name: str
    state: GateState
    says: str


def release_gates(
    card: Mapping[str, Any],
    report: EvaluationReport | None,
    dp_report: Mapping[str, Any] | None,
    *,
    approval: Approval | None = None,
    search: SearchScope | None = None,
) -> tuple[Gate, ...]:
    """The gates in the order in which they are passed.

    ``report`` is release-safe; ``search`` says how much the search of the files could have found,
    ``None`` before it.
    """
    return (
        _columns(card),
        *_privacy(card, dp_report),
        _evaluation(card, report),
        _SEARCHES[search],
        _approval(card, approval),
    )


def _columns(card: Mapping[str, Any]) -> Gate:
    """Whether a person has said what the columns are and what becomes of identifying ones."""
    name = "Columns confirmed"
    word = ColumnsWord.of(card)
    if word is None:
        return Gate(name=name, state=GateState.FAILED, says="Nobody has confirmed the columns.")
    state = GateState.PASSED if word.by_person else GateState.CONDITIONS
    return Gate(name=name, state=state, says=word.sentence)


def _privacy(card: Mapping[str, Any], report: Mapping[str, Any] | None) -> Iterator[Gate]:
    """The proof, and the budget of the people it is about."""
    if report is not None:
        yield _proof(card, report)
        yield _budget(report)


def _proof(card: Mapping[str, Any], report: Mapping[str, Any]) -> Gate:
    """What columns are is a look too: public because a person says so, or not at all."""
    word = ColumnsWord.of(card)
    if report["void"]:
        says = "Settings were chosen by unpaid looks at the rows: nothing is promised."
        return Gate(name=PROOF_GATE, state=GateState.FAILED, says=says)
    paid = "Every look at the rows was paid for or is listed as public"
    if word is not None and word.by_person:
        return Gate(name=PROOF_GATE, state=GateState.PASSED, says=f"{paid} (dp-report.pdf).")
    says = f"{paid}, but for the columns: inferred from real cells, declared public by nobody."
    return Gate(name=PROOF_GATE, state=GateState.CONDITIONS, says=says)


def _budget(report: Mapping[str, Any]) -> Gate:
    name = "Privacy budget"
    field = next(f for f in report["fields"] if f["name"] == "ledger")
    kept = field["facts"]
    if kept is None:
        return Gate(name=name, state=GateState.OPEN, says="No ledger was kept of all releases.")
    return Gate(name=name, state=_budget_state(kept), says=field["sentences"][0])


def _budget_state(kept: Mapping[str, Any]) -> GateState:
    """This release keeps its ε whatever left before without noise, but then nothing bounds the
    sum: that is a condition to decide about, and no fault of this release."""
    if any(kept["spent"][part] > kept["budget"][part] for part in ("epsilon", "delta")):
        return GateState.FAILED
    return GateState.CONDITIONS if kept.get("without_noise") else GateState.PASSED


_SEARCHES = {
    scope: Gate(name=SEARCH_GATE, state=state, says=says)
    for scope, state, says in (
        (
            None,
            GateState.OPEN,
            "A pack is searched for real values as it is built, and sealed only where none is "
            "found.",
        ),
        (
            SearchScope.TOO_LATE,
            GateState.FAILED,
            "The real rows were deleted, so that nothing is left to look for: that no real value "
            "is inside rests on earlier packs and on a person's word.",
        ),
        (
            SearchScope.NOTHING,
            GateState.OPEN,
            "Nothing was looked for: no column is treated as identifying, no value is so telling "
            "that chance would not repeat it, and rows of so few columns repeat by chance.",
        ),
        (
            SearchScope.ROWS,
            GateState.CONDITIONS,
            "No column is treated as identifying, so only copies of whole real rows were looked "
            "for: no more than chance explains (leak-check.json).",
        ),
        (
            SearchScope.PAPERS,
            GateState.PASSED,
            "Sealed only after its papers were searched and nothing was found; the rows were not, "
            "since real ones must not choose which leave (leak-check.json).",
        ),
        (
            SearchScope.VALUES,
            GateState.PASSED,
            "Sealed only after all files were searched for values that identify or are so telling "
            "that chance would not repeat them, and none was found (leak-check.json).",
        ),
    )
}
"""A pack in which real values are found is never sealed, so one that is read has passed."""

_VERDICTS = {
    Verdict.RELEASE: (GateState.PASSED, "No rule for a release is broken."),
    Verdict.CONDITIONS: (
        GateState.CONDITIONS,
        "“Release with conditions”; the reasons of the evaluation say which.",
    ),
    Verdict.DO_NOT_RELEASE: (
        GateState.FAILED,
        "“Do not release”; the reasons of the evaluation say why.",
    ),
}


def _evaluation(card: Mapping[str, Any], report: EvaluationReport | None) -> Gate:
    name = VERDICT_GATE
    if report is not None and report.verdict is not None:
        state, says = _VERDICTS[report.verdict]
        if card["metrics"]["note"]:
            says += " ε does not cover these figures."
        return Gate(name=name, state=state, says=says)
    if report is not None:
        says = "The evaluation measured some parts only and gives no verdict."
    elif card["privacy"]["differentially_private"]:
        says = "Figures of real rows stay inside the instance, because ε does not cover them."
    else:
        says = "Nothing was measured: ask for an evaluation before a release."
    return Gate(name=name, state=GateState.OPEN, says=says)


def _approval(card: Mapping[str, Any], approval: Approval | None) -> Gate:
    """Whose word it is. Of the account that made the rows it is no second person's."""
    name = "Approval"
    if approval is None:
        says = "Nobody has approved the release here."
        return Gate(name=name, state=GateState.OPEN, says=says)
    own = str(approval.by) in {s["by"] for s in card["provenance"] if s["step"] in _MAKING}
    alone = GateState.CONDITIONS if own else GateState.PASSED
    state = GateState.OVERRIDDEN if approval.overridden else alone
    return Gate(name=name, state=state, says=approval.account(own=own))


_MAKING = ("started training", "asked for rows")
