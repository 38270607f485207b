"""What an evaluation is evidence of: its verdict, and each criterion that attacks answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from domain.compliance.controls.control import EvidenceKind
from domain.compliance.controls.exhibit import Exhibit
from domain.compliance.controls.pack_documents import EVALUATION, PackDocuments, counted, moment
from domain.evaluation.report import Verdict

_ATTACKS: Mapping[EvidenceKind, str] = {
    EvidenceKind.SINGLING_OUT: "leakage.singling_out",
    EvidenceKind.LINKABILITY: "leakage.linkability",
    EvidenceKind.INFERENCE: "leakage.attribute",
}
"""The scores that answer each criterion of WP216, by the beginning of their names."""

_OVERALL = "leakage.reidentification"


def evaluation_exhibits(documents: PackDocuments) -> Iterator[Exhibit]:
    """The verdict where there is one, and every attack that was measured."""
    report = documents.documents[EVALUATION]
    sha256, made_at = documents.hashes[EVALUATION], _finished(documents)
    for kind in _judged(report):
        yield Exhibit(
            kind=kind,
            file=EVALUATION,
            sha256=sha256,
            made_at=made_at,
            says=f"Verdict: {report['verdict']}.",
            holds=report["verdict"] != Verdict.DO_NOT_RELEASE,
            conditional=report["verdict"] == Verdict.CONDITIONS,
        )
    for kind, word in _ATTACKS.items():
        scores = [s for s in _measured(report) if s["name"].startswith(word)]
        if scores:
            yield _attack(kind, scores, sha256, made_at, fails=_overall_fails(report))


def _judged(report: Mapping[str, Any]) -> Iterator[EvidenceKind]:
    """What the verdict is one about. A verdict against release speaks against whatever rests on
    attacks, even where none could be made; one for it speaks for them only where some were."""
    if not report["verdict"]:
        return
    yield EvidenceKind.EVALUATION
    attacked = any(s["name"] == _OVERALL for s in _measured(report))
    if attacked or report["verdict"] == Verdict.DO_NOT_RELEASE:
        yield EvidenceKind.ATTACKS


def _attack(
    kind: EvidenceKind,
    scores: list[Mapping[str, Any]],
    sha256: str,
    made_at: datetime | None,
    *,
    fails: bool,
) -> Exhibit:
    """It speaks against the control where its whole 95 % interval is above the limit, or where it
    is above it and all attacks together fail; any other above it is for a person to look at."""
    over = [s for s in scores if _beyond(s, s["value"])]
    surely = over if fails else [s for s in over if _beyond(s, _lowest(s))]
    return Exhibit(
        kind=kind,
        file=EVALUATION,
        sha256=sha256,
        made_at=made_at,
        says=f"{counted(len(scores), 'measurement')}; above the limit: {len(over) or 'none'}"
        f"{_weight(len(over), len(surely), together=fails)}.",
        holds=not surely,
        conditional=bool(over),
    )


def _weight(over: int, against: int, *, together: bool) -> str:
    """What those above the limit mean, after their number."""
    if not over:
        return ""
    if together:
        return "; the overall re-identification risk is above it too, which speaks against it"
    if not against:
        return "; with its whole 95 % interval: none"
    return f"; with its whole 95 % interval, which speaks against it: {against}"


def _finished(documents: PackDocuments) -> datetime | None:
    """When the evaluation finished, by the audit extract."""
    moments = [moment(e["at"]) for e in documents.audited() if e["action"] == _FINISHED]
    return max(moments, default=None)


_FINISHED = "evaluation.finished"


def _measured(report: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (s for s in report["scores"] if s["value"] is not None)


def _overall_fails(report: Mapping[str, Any]) -> bool:
    """Whether the worst attack that is beyond chance is above the limit, all judged together."""
    return any(_beyond(s, s["value"]) for s in _measured(report) if s["name"] == _OVERALL)


def _lowest(score: Mapping[str, Any]) -> float:
    return float(score["interval"][0] if score["interval"] else score["value"])


def _beyond(score: Mapping[str, Any], value: float) -> bool:
    return score["threshold"] is not None and value > score["threshold"]
