"""May the twin leave? The verdict on an evaluation, by rules that the organisation can edit.

Light: pages and the back office import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.evaluation.keeping import within_reach
from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.titles import figure, title
from domain.kernel import BadInput


class When(StrEnum):
    """Which values of a score break a rule."""

    ABOVE = "is above"
    BELOW = "is below"
    MAYBE_ABOVE = "may be above"
    """By the upper end of its 95 % interval, while the value is not. The limit of such a rule is
    how much the rows have to exclude; what the score itself is held to is its threshold."""
    UNMEASURED = "was not measured"
    """In no table, or not asked for."""
    IMPOSSIBLE = "could not be measured"
    """Asked for, and there was a reason why not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRule:
    """One reason not to release a twin, or only under conditions."""

    score: str
    """The dotted name of a score, of any table or column."""
    when: When
    limit: float | None = None
    """``None`` takes the score's own threshold; a score without one never breaks the rule. See
    :meth:`limit_of` for where real rows themselves miss it."""
    surely: bool = False
    """Whether the whole 95 % interval must lie beyond the limit."""
    verdict: Verdict
    advice: str = ""
    """What follows, for a person: what to do first, or what to tell whoever receives the twin."""

    def __post_init__(self) -> None:
        if self.verdict is Verdict.RELEASE:
            raise BadInput("A rule speaks against a release; choose one of the other verdicts.")

    def broken_by(self, scores: Iterable[Score]) -> Iterator[Score | None]:
        """The scores that break it; ``None`` for one that should be there and is not."""
        named = [s for s in scores if s.name == self.score]
        if self.when is When.UNMEASURED:
            if all(s.value is None for s in named):
                yield named[0] if named else None
            return
        if self.when is When.IMPOSSIBLE:
            yield from (s for s in named if s.value is None)
            return
        yield from (s for s in named if self._beyond(s))

    def _beyond(self, score: Score) -> bool:
        limit = self.limit_of(score)
        if limit is None or score.value is None:
            return False
        low, high = (score.value, score.value)
        if score.interval is not None and (self.surely or self.when is When.MAYBE_ABOVE):
            low, high = score.interval
        if self.when is When.MAYBE_ABOVE:
            return score.value <= limit < high
        return low > limit if self.when is When.ABOVE else high < limit

    def limit_of(self, score: Score) -> float | None:
        """What ``score`` is held to: the rule's limit, but of likeness never more than real rows
        reach among themselves (else a perfect twin would break it), or the score's own."""
        if self.limit is None:
            return score.threshold
        if self.when not in (When.ABOVE, When.BELOW):
            return self.limit
        return within_reach(self.limit, score, least=self.when is When.BELOW)

    def reason(self, score: Score | None) -> str:
        """Why it is broken, in words."""
        subject = subject_of(score) if score is not None else title(self.score)
        if score is None or score.value is None:
            return f"{subject} was not measured. {self.advice}".strip()
        limit = self.limit_of(score)
        value = figure(self.score, score.value)
        if self.when is When.MAYBE_ABOVE and score.interval is not None:
            value = f"{value}, perhaps {figure(self.score, score.interval[1])}"
        told = f"limit {figure(self.score, limit)}"
        if self.when is When.MAYBE_ABOVE and score.threshold not in (None, limit):
            told = (
                f"limit {figure(self.score, score.threshold)}, and the rows have to exclude "
                f"{figure(self.score, limit)}"
            )
        elif self.limit is not None and limit != self.limit:
            told += f", for real rows themselves reach {figure(self.score, score.baseline)}"
        return f"{subject}: {value} ({told}). {self.advice}".strip()


NO_ATTACK = "No attack could be made: share it as you would the real rows, or hold more rows out."
"""What follows where nothing is known of what a twin tells about single people."""

DEFAULT_RULES: tuple[ReleaseRule, ...] = (
    ReleaseRule(
        score="leakage.reidentification",
        when=When.ABOVE,
        verdict=Verdict.DO_NOT_RELEASE,
        advice="An attack finds out about single people: mend what the attack says, draw anew.",
    ),
    ReleaseRule(
        score="leakage.white_box",
        when=When.ABOVE,
        surely=True,
        verdict=Verdict.CONDITIONS,
        advice="Hand out rows only, never the model: it tells whom it was trained on.",
    ),
    ReleaseRule(
        score="privacy.exact_copies",
        when=When.ABOVE,
        verdict=Verdict.DO_NOT_RELEASE,
        advice="More real rows come back unchanged than chance explains: train again.",
    ),
    ReleaseRule(
        score="leakage.reidentification",
        when=When.UNMEASURED,
        verdict=Verdict.CONDITIONS,
        advice=NO_ATTACK,
    ),
    ReleaseRule(
        score="leakage.reidentification",
        when=When.MAYBE_ABOVE,
        limit=0.2,
        verdict=Verdict.CONDITIONS,
        advice="The held-out rows are too few for that: bring more.",
    ),
    ReleaseRule(
        score="privacy.dcr_share",
        when=When.ABOVE,
        surely=True,
        verdict=Verdict.CONDITIONS,
        advice="The twin stands nearer to trained people than to others: share it by contract.",
    ),
    ReleaseRule(
        score="similarity.quality",
        when=When.BELOW,
        limit=0.8,
        verdict=Verdict.CONDITIONS,
        advice="Tell whoever receives it that statistics of the twin differ from the real ones.",
    ),
    ReleaseRule(
        score="detection.auc",
        when=When.ABOVE,
        limit=0.75,
        verdict=Verdict.CONDITIONS,
        advice="Tell whoever receives it which columns give the twin away.",
    ),
    *(
        ReleaseRule(
            score=f"utility.{metric}_gap",
            when=When.BELOW,
            surely=True,
            verdict=Verdict.CONDITIONS,
            advice="Tell whoever receives it that models learn less from the twin.",
        )
        for metric in ("auc", "macro_auc", "r2")
    ),
    *(
        ReleaseRule(
            score=f"utility.{metric}_gap",
            when=When.IMPOSSIBLE,
            verdict=Verdict.CONDITIONS,
            advice="Choose a target that can be learned, or tell that usefulness is not known.",
        )
        for metric in ("auc", "r2")
    ),
    *(
        ReleaseRule(
            score=f"drift.{name}",
            when=When.ABOVE,
            verdict=Verdict.CONDITIONS,
            advice="The last release was better: find out what changed before this one leaves.",
        )
        for name in ("quality", "detection_auc", "utility", "reidentification", "exact_copies")
    ),
)
"""The product's own rules, where the organisation has written none."""

_GRAVITY = (Verdict.DO_NOT_RELEASE, Verdict.CONDITIONS, Verdict.RELEASE)

_NOTHING_BROKEN = "None of the {count} rules for a release is broken."


def decided(report: EvaluationReport, rules: Sequence[ReleaseRule]) -> EvaluationReport:
    """The report with the gravest verdict of all broken rules, and every reason."""
    report = replace(report, scores=tuple(_with_limit(s, rules) for s in report.scores))
    broken = [(r.verdict, r.reason(s)) for r in rules for s in r.broken_by(report.scores)]
    broken.sort(key=lambda found: _GRAVITY.index(found[0]))
    if not broken:
        reasons = (_NOTHING_BROKEN.format(count=len(rules)), *_left_open(report))
        return replace(report, verdict=Verdict.RELEASE, reasons=reasons)
    return replace(
        report,
        verdict=broken[0][0],
        reasons=tuple(dict.fromkeys(reason for _, reason in broken)),
    )


def _with_limit(score: Score, rules: Sequence[ReleaseRule]) -> Score:
    """The score; where it states no threshold and a rule does, with the rule's."""
    if score.threshold is not None:
        return score
    stating = (
        r
        for r in rules
        if r.score == score.name and r.when in (When.ABOVE, When.BELOW) and r.limit is not None
    )
    rule = next(stating, None)
    if rule is None:
        return score
    limit = rule.limit_of(score)
    source = f"{score.source}; limit: the rules for a release" if score.source else ""
    if source and limit != rule.limit:
        source += f", {figure(score.name, rule.limit)}, where real rows themselves reach that"
    return replace(score, threshold=limit, source=source)


def _left_open(report: EvaluationReport) -> tuple[str, ...]:
    """What a release does not cover."""
    if any(s.name == "leakage.white_box" for s in report.scores):
        return ()
    return ("The model itself was not attacked: release rows, and keep the model in the house.",)


def subject_of(score: Score) -> str:
    """What a reason about ``score`` begins with."""
    return f"{title(score.name)}{_where(score.scope)}"


def without_figures(reason: str, scores: Iterable[Score], instead: str) -> str:
    """``reason`` with ``instead`` for its figures, and with what follows, where it is about one of
    ``scores``."""
    for subject in map(subject_of, scores):
        if reason.startswith(f"{subject}: "):
            return f"{subject}: {instead}. {reason.partition('). ')[2]}".strip()
    return reason


def _where(scope: str) -> str:
    """Which table or column a score is about, where that is not the only table."""
    table, kind, column = scope.rpartition("column:")
    if kind:
        of_table = f" of {table.rstrip('/')}" if table else ""
        return f" (“{column}”{of_table})"
    table = scope.removesuffix("table").rstrip("/")
    return f" ({table})" if table and "pair:" not in scope else ""
