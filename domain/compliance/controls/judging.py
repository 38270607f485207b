"""The status of a control, computed from the evidence that is in the pack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.compliance.controls.control import Control, EvidenceKind, Status
from domain.compliance.controls.exhibit import Exhibit, Exhibits, State

_FRESH = (State.VALID, State.CONDITIONAL)
_BEST_FIRST = (State.VALID, State.CONDITIONAL, State.EXPIRED, State.UNDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A control with its status, the evidence that carries it, and why it is no better."""

    control: Control
    status: Status
    reasons: tuple[str, ...] = ()
    """Why the status is below ``control.at_best``, and conditions to see to, a sentence each."""
    exhibits: tuple[Exhibit, ...] = ()
    """What speaks for it; never empty where the status rests on evidence."""
    opposed: bool = False
    """Whether evidence, or an identifier that was modelled, speaks against it."""

    @property
    def shows(self) -> str:
        """What the evidence that speaks for it shows, and nothing of what is missing."""
        kinds = {exhibit.kind for exhibit in self.exhibits}
        told = self.control.shows
        if isinstance(told, str):
            whole = all(kinds.intersection(need) for need in self.control.needs)
            return told if kinds and whole else ""
        return " ".join(sentence for kind, sentence in told.items() if kind in kinds)


@dataclass(frozen=True, slots=True)
class _Need:
    """One piece of evidence that a control needs, and what the pack has of it."""

    kinds: tuple[EvidenceKind, ...]
    exhibit: Exhibit | None
    state: State

    @property
    def reason(self) -> str:
        """What is wrong with it; empty where nothing is."""
        named = " or ".join(self.kinds)
        if self.exhibit is None:
            return f"The pack has no evidence of this kind: {named}."
        return _SAYS[self.state].format(
            kind=self.exhibit.kind, file=self.exhibit.file, says=self.exhibit.says
        )


_SAYS: Mapping[State, str] = {
    State.VALID: "",
    State.CONDITIONAL: "Somebody has to see to the conditions of {file} ({kind}); the list of "
    "evidence says which.",
    State.EXPIRED: "The evidence in {file} ({kind}) has expired; make it anew.",
    State.UNDATED: "Nobody can say when the evidence in {file} ({kind}) was made.",
    State.FAILED: "The evidence in {file} ({kind}) speaks against it. {says}",
}


def judged(
    controls: Iterable[Control],
    exhibits: Exhibits,
    *,
    at: datetime,
    objections: Mapping[str, str] | None = None,
) -> tuple[Judgement, ...]:
    """The status of each control at a moment.

    Evidence that is missing, expired, undated or conditional costs a control one step, and all
    of it missing costs both. Evidence that speaks against it leaves it to the organisation; so
    does an objection, a sentence by the letter of a Safe Harbor identifier.
    """
    against = objections or {}
    return tuple(_judged(c, exhibits, at, against.get(c.identifier, "")) for c in controls)


def _judged(control: Control, exhibits: Exhibits, at: datetime, objection: str) -> Judgement:
    if not control.needs:
        return Judgement(control=control, status=control.at_best)
    needs = [_need(kinds, exhibits, at) for kinds in control.needs]
    carrying = tuple(_carrying(control, exhibits, at))
    reasons = tuple(dict.fromkeys(r for r in (objection, *(n.reason for n in needs)) if r))
    spoken_against = bool(objection) or any(n.state is State.FAILED for n in needs)
    if spoken_against or not carrying:
        return Judgement(
            control=control,
            status=Status.ORGANISATION,
            reasons=reasons,
            opposed=spoken_against,
        )
    status = _status(control, [n.state for n in needs])
    kept = carrying if status is not Status.ORGANISATION else ()
    return Judgement(control=control, status=status, reasons=reasons, exhibits=kept)


def _status(control: Control, states: list[State]) -> Status:
    """Below what it could be by one step; conditions need the organisation, which a supported
    control counts on anyhow."""
    if any(state not in _FRESH for state in states):
        return control.at_best.one_down
    if State.CONDITIONAL in states and control.at_best is Status.SATISFIED:
        return Status.SUPPORTED
    return control.at_best


def _need(kinds: tuple[EvidenceKind, ...], exhibits: Exhibits, at: datetime) -> _Need:
    """The best of the alternatives; one that speaks against the control outweighs the others."""
    found = [(e, e.state(at)) for e in _present(kinds, exhibits)]
    if not found:
        return _Need(kinds, None, State.MISSING)
    for exhibit, state in found:
        if state is State.FAILED:
            return _Need(kinds, exhibit, state)
    return _Need(kinds, *min(found, key=lambda pair: _BEST_FIRST.index(pair[1])))


def _carrying(control: Control, exhibits: Exhibits, at: datetime) -> Iterator[Exhibit]:
    """All that is there and fresh, of alternatives too."""
    kinds = dict.fromkeys(kind for kinds in control.needs for kind in kinds)
    return (e for e in _present(kinds, exhibits) if e.state(at) in _FRESH)


def _present(kinds: Iterable[EvidenceKind], exhibits: Exhibits) -> Iterator[Exhibit]:
    """Those that are there. One without a whole hash is as good as missing."""
    return (exhibits[k] for k in kinds if k in exhibits and exhibits[k].linked)
