"""Attacks on single people: does the twin tell more about those it was trained on?

Every attack is made on training people and, as the control, on held-out people. What it finds
out about both alike is knowledge of the population; the difference is leakage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from domain.evaluation.attacks import MAX_ROWS
from domain.evaluation.attribute_inference import attribute_trials, secret_columns
from domain.evaluation.comparison import Comparison, drawn
from domain.evaluation.crowd import MIN_ROWS, Crowd, furthest
from domain.evaluation.leakage_wording import (
    REIDENTIFICATION,
    Judged,
    limit_of,
    obstacle,
    overall_sentence,
    sentence,
    source_of,
)
from domain.evaluation.linkability import linkability_trials
from domain.evaluation.membership import density_trials, nearest_trials
from domain.evaluation.report import Score
from domain.evaluation.revealing import REVEALED, Exposure, revealed_finding
from domain.evaluation.risk import Finding, Trial, surely
from domain.evaluation.seen import doubles, row_keys
from domain.evaluation.sighting import Known, Yardsticks
from domain.evaluation.singling_out import Side, singling_out_trials


def leakage_scores(comparison: Comparison) -> tuple[Score, ...]:
    """The overall risk of re-identification, then the risk of every attack.

    Of each attack on average and for the 5 % most outlying people; beside it, as the baseline,
    the same attack with other real rows in the place of the twin.
    """
    reason = _obstacle(comparison)
    if reason:
        source = source_of(REIDENTIFICATION)
        return (comparison.score(REIDENTIFICATION, None, reason, source=source),)
    crowd = Crowd.of(comparison)
    real = (comparison.train, comparison.holdout)
    yardsticks = Yardsticks.over(comparison, secret_columns(comparison), *real)
    twin_rows = drawn(comparison.synthetic, MAX_ROWS, comparison.seed)
    twin = Known.of(twin_rows, crowd, yardsticks)
    others = Known.of(crowd.others, crowd, yardsticks)
    found = judged(_of_twin(comparison, crowd, twin, others))
    honest = judged(_of_real_rows(comparison, crowd, others))
    return (_overall(comparison, found, honest), *scored(comparison, found, honest))


def _obstacle(comparison: Comparison) -> str:
    """Why nothing can be measured, or the empty string."""
    if why := obstacle(comparison.unseen, comparison.met, comparison.seen):
        return why
    if len(comparison.synthetic) == 0 or not comparison.columns:
        return "Not measured: there are no rows to compare."
    if min(len(comparison.train), len(comparison.holdout)) < MIN_ROWS:
        return (
            f"Not measured: it takes {MIN_ROWS} training and {MIN_ROWS} held-out real "
            f"{comparison.records} to tell what the twin gives away from what everybody knows. "
            f"{comparison.more_held_out}"
        )
    return ""


def _of_twin(
    comparison: Comparison, crowd: Crowd, twin: Known, others: Known
) -> tuple[Finding, ...]:
    to_people = (twin.people.nearest, others.people.nearest)
    to_strangers = (twin.strangers.nearest, others.strangers.nearest)
    sides = (
        Side(frame=comparison.train, far=crowd.train_far),
        Side(frame=comparison.holdout, far=crowd.holdout_far),
    )
    trials = (
        *nearest_trials(crowd, twin.people, twin.strangers, comparison.seed),
        *density_trials(crowd, to_people, to_strangers, comparison.seed),
        *_by_likeness(comparison, crowd, twin, others),
        *singling_out_trials(comparison, *sides, comparison.synthetic),
    )
    return (*(t.finding() for t in trials), _revealed(comparison, crowd, twin))


def _of_real_rows(comparison: Comparison, crowd: Crowd, others: Known) -> tuple[Finding, ...]:
    """The same attacks by someone who holds other real rows, half of them to compare with."""
    to_people = (others.people.first, others.people.second)
    to_strangers = (others.strangers.first, others.strangers.second)
    sides = (
        Side(frame=crowd.people, far=crowd.train_far[crowd.people_at]),
        Side(frame=crowd.strangers, far=crowd.holdout_far[crowd.strangers_at]),
    )
    trials = (
        *nearest_trials(crowd, others.people, others.strangers, comparison.seed),
        *density_trials(crowd, to_people, to_strangers, comparison.seed),
        *_by_likeness(comparison, crowd, others, others),
        *singling_out_trials(comparison, *sides, others.rows),
    )
    return (*(t.finding() for t in trials), _revealed(comparison, crowd, others))


def _by_likeness(
    comparison: Comparison, crowd: Crowd, known: Known, without: Known
) -> tuple[Trial, ...]:
    """Attacks that need a second column to know people by."""
    if len(comparison.columns) < 2:
        return ()
    return (
        *attribute_trials(comparison, crowd, known, without),
        *linkability_trials(crowd, known.people, known.strangers),
    )


def _revealed(comparison: Comparison, crowd: Crowd, known: Known) -> Finding:
    """Of all training rows, not only those under attack: one person is enough."""
    at = furthest(crowd.train_far)
    real = pd.concat([comparison.train, comparison.holdout])
    to_known = crowd.space.closest(comparison.train.iloc[at], known.rows)
    return revealed_finding(
        Exposure.of(to_known, crowd.train_far[at]),
        Exposure.of(known.strangers.nearest, crowd.holdout_far[crowd.strangers_at]),
        doubles=doubles(row_keys(real)),
    )


def judged(findings: Sequence[Finding]) -> tuple[Judged, ...]:
    """The findings, and which of them chance cannot explain, all taken together."""
    sure = surely([f.p for f in findings])
    return tuple(Judged(finding=f, sure=s) for f, s in zip(findings, sure, strict=True))


def whole_note(comparison: Comparison) -> str:
    """That people were attacked whole, with all their rows, where they were."""
    if not comparison.entity:
        return ""
    left_out = (
        f"; {comparison.shared_people:.1%} of the held-out people, whose other rows were trained "
        "on, were left out"
        if comparison.shared_people
        else ""
    )
    return f" People are the “{comparison.entity}”, with their whole histories{left_out}."


def overall_risk(found: Sequence[Judged]) -> tuple[float, tuple[float, float] | None]:
    """The largest risk that is beyond chance; without one, 0 and what might be overlooked.

    As the limit is meant, it is the risk of whoever runs most of it: 1 for a person laid open.
    """
    sure = [j.finding for j in found if j.failed] or [j.finding for j in found if j.sure]
    if any(f.name == REVEALED for f in sure):
        return 1.0, None
    worst = max(sure, key=lambda f: f.risk, default=None)
    if worst is not None and (any(j.failed for j in found) or not any(j.suspected for j in found)):
        return worst.risk, worst.interval
    value, low = (worst.risk, worst.interval[0]) if worst is not None else (0.0, 0.0)
    return value, (low, max(least_known(found).finding.interval[1], value))


def least_known(found: Sequence[Judged]) -> Judged:
    """The attack that the rows bound least: among those suspected; else of the attacks on
    everybody, but on no common knowledge."""
    if suspects := [j for j in found if j.suspected]:
        return max(suspects, key=lambda j: j.finding.interval[1])
    average = [j for j in found if j.average and j.finding.rates]
    priced = [j for j in average if not j.common_knowledge]
    return max(priced or average, key=lambda j: j.finding.interval[1])


def _overall(comparison: Comparison, found: Sequence[Judged], honest: Sequence[Judged]) -> Score:
    value, interval = overall_risk(found)
    return comparison.score(
        REIDENTIFICATION,
        value,
        overall_sentence(found, least_known(found)) + whole_note(comparison),
        interval=interval,
        baseline=overall_risk(honest)[0],
        threshold=limit_of(REIDENTIFICATION),
        source=source_of(REIDENTIFICATION),
    )


def scored(
    comparison: Comparison, found: Sequence[Judged], honest: Sequence[Judged]
) -> tuple[Score, ...]:
    """A score for each finding; ``honest`` holds the baselines."""
    baselines: Mapping[tuple[str, str], float] = {
        (j.finding.name, j.finding.scope): j.finding.risk for j in honest
    }
    return tuple(
        comparison.score(
            j.finding.name,
            j.finding.risk,
            sentence(j, comparison.record),
            scope=j.finding.scope,
            interval=j.finding.interval,
            baseline=baselines.get((j.finding.name, j.finding.scope)),
            threshold=limit_of(j.finding.name),
            source=source_of(j.finding.name),
            rates=j.finding.rates,
        )
        for j in found
    )
