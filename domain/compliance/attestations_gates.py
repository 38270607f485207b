"""The gates of a release as in-toto's test result v0.1."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import rfc8785

from domain.evaluation.report import EvaluationReport, Verdict
from domain.evaluation.verdict import ReleaseRule, When

PASSED, WARNED, FAILED = "PASSED", "WARNED", "FAILED"

_OUTCOMES = {
    Verdict.RELEASE: PASSED,
    Verdict.CONDITIONS: WARNED,
    Verdict.DO_NOT_RELEASE: FAILED,
}
_GRAVITY = (PASSED, WARNED, FAILED)

_ASKED = {
    When.ABOVE: "is at most",
    When.BELOW: "is at least",
    When.MAYBE_ABOVE: "is with confidence at most",
    When.UNMEASURED: "was measured",
    When.IMPOSSIBLE: "could be measured",
}
"""What a gate asks for: the opposite of what breaks its rule."""
_WITHOUT_LIMIT = (When.UNMEASURED, When.IMPOSSIBLE)


Outcomes = tuple[str | None, ...]
"""What each rule came to, in their order; ``None`` where there was nothing to hold it to."""


def rule_outcomes(report: EvaluationReport, rules: Sequence[ReleaseRule]) -> Outcomes:
    """Of the report that the verdict was given on: its release-safe rendering withholds figures,
    and what is withheld may have broken a rule all the same."""
    return tuple(_outcome(rule, report) for rule in rules)


def test_result(
    report: EvaluationReport, rules: Sequence[ReleaseRule], found: Outcomes
) -> dict[str, Any]:
    """The predicate: which gates held, which ask for conditions, which forbid a release.

    ``report`` is release-safe and names the limits; ``found`` are the :func:`rule_outcomes`. The
    verdict on record counts where it is graver than the gates named here, as it may be when rules
    were edited since. A gate about a score that was not measured, or that nothing limits, is in no
    list: it was not passed.
    """
    outcomes = _outcomes(report, rules, found)
    recorded = _OUTCOMES[report.verdict] if report.verdict else PASSED
    lists = {
        f"{outcome.lower()}Tests": [name for name, o in outcomes.items() if o == outcome]
        for outcome in _GRAVITY
    }
    return {
        "result": max([recorded, *outcomes.values()], key=_GRAVITY.index),
        "configuration": [_configuration(rules)],
        **lists,
    }


def _outcomes(
    report: EvaluationReport, rules: Sequence[ReleaseRule], found: Outcomes
) -> dict[str, str]:
    """By gate, the gravest where two rules ask for the same."""
    told: dict[str, str] = {}
    for rule, outcome in zip(rules, found, strict=True):
        if outcome is not None:
            name = _name(rule, _limit(rule, report))
            told[name] = max(told.get(name, PASSED), outcome, key=_GRAVITY.index)
    return told


def _outcome(rule: ReleaseRule, report: EvaluationReport) -> str | None:
    if any(True for _ in rule.broken_by(report.scores)):
        return _OUTCOMES[rule.verdict]
    measured = [s for s in report.scores if s.name == rule.score and s.value is not None]
    held = rule.when in _WITHOUT_LIMIT or any(rule.limit_of(s) is not None for s in measured)
    return PASSED if measured and held else None


def _limit(rule: ReleaseRule, report: EvaluationReport) -> float | None:
    """What the rule comes to here: likeness is never asked beyond what real rows reach."""
    limits = {rule.limit_of(s) for s in report.scores if s.name == rule.score}
    return limits.pop() if len(limits) == 1 else rule.limit


def _name(rule: ReleaseRule, held_to: float | None) -> str:
    asked = f"{rule.score} {_ASKED[rule.when]}"
    if rule.when in _WITHOUT_LIMIT:
        return asked
    limit = "its threshold" if rule.limit is None or held_to is None else f"{held_to:g}"
    return f"{asked} {limit}{' or not surely beyond it' if rule.surely else ''}"


def _configuration(rules: Sequence[ReleaseRule]) -> dict[str, Any]:
    told = [
        {
            "score": rule.score,
            "when": str(rule.when),
            "limit": rule.limit,
            "surely": rule.surely,
            "verdict": str(rule.verdict),
        }
        for rule in rules
    ]
    return {
        "name": "release rules",
        "digest": {"sha256": hashlib.sha256(rfc8785.dumps(told)).hexdigest()},
        "annotations": {"rules": told},
    }
