"""The first page of a pack, for somebody who reads one: what went in, how, what is promised, which
gates it passed, and what remains to be done by people.

It always fits one page: whatever a person has named is cut to a length that leaves room for the
rest, and every list has a most. It tells nothing that the other papers of the pack do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.compliance.approvals import Approval
from domain.compliance.concerns import concerns
from domain.compliance.product import PRODUCT
from domain.compliance.release_gates import VERDICT_GATE, Gate, GateState, release_gates
from domain.compliance.search_scope import SearchScope
from domain.compliance.summary_wording import (
    DISCLAIMER,
    bounded,
    counted,
    day_words,
    fitted,
    guarantee,
    headline_words,
)
from domain.compliance.what_remains import what_remains
from domain.evaluation.report import EvaluationReport, Verdict
from domain.kernel import PackId, UserId

_MOST_REASONS = 3
_NO_CONTACT = "Nobody is named: ask whoever handed you this pack who answers for it"
_WIDEST_REASON = 240
_WIDEST_APPROVER, _WIDEST_WHY = 40, 120
"""As :func:`fitted` counts: what people chose freely leaves room for the rest of the page."""
_TREATMENTS = (
    ("modelled", "modelled"),
    ("invented surrogates", "replaced by invented values"),
    ("invented identifiers", "invented anew as identifiers"),
    ("invented text", "invented anew as text"),
    ("left out", "left out"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryCase:
    """What the page is made from."""

    pack_id: PackId
    card: Mapping[str, Any]
    """The model card."""
    report: EvaluationReport | None
    """The evaluation in its release-safe rendering, where it is in the pack."""
    dp_report: Mapping[str, Any] | None
    """The privacy report of a private run."""
    created_at: datetime
    expires_at: datetime
    """From when on nobody should rely on the pack."""
    contact: str = ""
    """Whom to ask, as the organisation writes it."""
    approval: Approval | None = None
    """Of the release, where somebody has given one."""
    search: SearchScope | None = None
    """How much the search of the pack's files could have found; ``None`` before it."""
    key_id: str = ""
    """SHA-256 of the key that signs, hex."""
    mapping: Mapping[str, Any] | None = None
    """The mapping of controls, where it is in the pack."""
    legal: Mapping[str, Any] | None = None
    """Which legal papers are in the pack, with how many places they leave to people."""


def executive_summary(case: SummaryCase) -> dict[str, Any]:
    """The context of the template ``pack/executive_summary.html``."""
    card = case.card
    gates = release_gates(
        card,
        case.report,
        case.dp_report,
        approval=_cut(case.approval) if case.approval else None,
        search=case.search,
    )
    tone, answer = _answer(case, gates)
    return {
        "organisation": fitted(card["organisation"], 60),
        "product": f"{PRODUCT} {card['product']['version']}",
        "created_at": case.created_at.isoformat(),
        "title": f"Synthetic twin of “{fitted(card['training_data']['dataset'], 60)}”",
        "tone": tone,
        "answer": answer,
        "guarantee": guarantee(card, case.dp_report),
        "facts": [{"name": name, "says": says} for name, says in _facts(case)],
        "gates": [{"name": g.name, "state": g.state, "says": g.says} for g in gates],
        "reasons": list(_reasons(case.report)),
        "remains": list(what_remains(card, case.mapping, case.approval)),
        "pack": str(case.pack_id),
        "key_id": case.key_id,
        "contact": fitted(case.contact, 80) if case.contact else _NO_CONTACT,
        "expires": day_words(case.expires_at),
        "disclaimer": DISCLAIMER,
    }


def _cut(approval: Approval) -> Approval:
    """With a reason of a few lines: the whole one stands in its signed statement."""
    by = UserId(fitted(approval.by, _WIDEST_APPROVER))
    return replace(approval, by=by, reason=fitted(approval.reason, _WIDEST_WHY))


def _answer(case: SummaryCase, gates: tuple[Gate, ...]) -> tuple[str, str]:
    """The colour of the banner and its few words: no verdict outweighs a gate that failed."""
    verdict = case.report.verdict if case.report else None
    if case.card["privacy"]["stamp"]:
        return Verdict.DO_NOT_RELEASE, "Do not release: ε promises nothing"
    failed = [gate.name for gate in gates if gate.state is GateState.FAILED]
    if failed:
        others = "" if failed == [VERDICT_GATE] else f"; gates failed: {', '.join(failed)}"
        overridden = any(gate.state is GateState.OVERRIDDEN for gate in gates)
        despite = "; overridden, see Approval" if overridden else ""
        return Verdict.DO_NOT_RELEASE, f"Do not release{others}{despite}"
    if verdict is None:
        return "open", "No verdict: the decision about release is a person’s"
    return verdict, verdict.value.capitalize()


def _reasons(report: EvaluationReport | None) -> Iterator[str]:
    """Why the verdict is what it is, the gravest first."""
    if report is None:
        return
    yield from (fitted(reason, _WIDEST_REASON) for reason in report.reasons[:_MOST_REASONS])
    more = len(report.reasons) - _MOST_REASONS
    if more > 0:
        yield f"And {counted(more, 'more reason')} in evaluation.pdf."


def _facts(case: SummaryCase) -> Iterator[tuple[str, str]]:
    card = case.card
    yield "What went in", _went_in(card)
    yield "What came out", _came_out(card)
    yield (
        "Method",
        f"{bounded(card['synthesizer']['title'], 60)}. "
        f"{bounded(card['synthesizer']['summary'], 160)}",
    )
    figures = headline_words(card)
    if figures:
        yield "Key figures", figures
    against = concerns(case.mapping, case.legal, contact=case.contact)
    if against:
        yield "Speaks against it", against


def _went_in(card: Mapping[str, Any]) -> str:
    told = card["training_data"]
    rows = "a private number of real rows"
    if told["rows_trained"] is not None:
        held = told["rows_held_out"] or 0
        rows = f"{counted(told['rows_trained'], 'real row')} to learn from"
        rows += f" and {held:,} held out to judge by" if held else ", none held out"
    files, tables = counted(len(told["files"]), "file"), counted(len(told["tables"]), "table")
    events = "; ".join(log["meaning"] for log in told["events"])
    about = f" Rows are {fitted(events, 70)}." if events else ""
    return f"{files}, {tables}, {rows}.{about} {_columns(told)}"


def _columns(told: Mapping[str, Any]) -> str:
    fates = Counter(c["treatment"] for table in told["tables"] for c in table["columns"])
    parts = ", ".join(f"{fates[name]:,} {words}" for name, words in _TREATMENTS if fates[name])
    return f"{counted(sum(fates.values()), 'column')}: {parts}." if parts else ""


def _came_out(card: Mapping[str, Any]) -> str:
    tables = card["synthetic_data"]["tables"]
    rows = counted(sum(t["rows"] for t in tables), "synthetic row")
    asked = card["synthetic_data"]["conditions"]
    more = f" Asked for: {fitted(' '.join(asked), 80)}" if asked else ""
    return f"{rows} in {counted(len(tables), 'table')}, as CSV and Parquet.{more}"
