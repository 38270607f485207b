"""Which scores keep their limit, and limits that a perfect twin can keep."""

from __future__ import annotations

import numpy as np
import pytest

from domain.evaluation.column_test import judged_columns
from domain.evaluation.detail_tables import detail_tables
from domain.evaluation.keeping import Kept, kept, kept_in_words
from domain.evaluation.one_series import told_of_windows
from domain.evaluation.passing import passing_scores
from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.verdict import ReleaseRule, When, decided
from tests.domain.evaluation.test_similarity import named, numbers


def score(name: str, value: float | None, threshold: float | None, **more: object) -> Score:
    return Score(name=name, value=value, threshold=threshold, **{"scope": "table", **more})


@pytest.mark.parametrize(
    ("name", "good", "bad", "threshold"),
    [
        ("temporal.gaps", 0.05, 0.06, 0.05),
        ("temporal.running_formula", 0.98, 0.96, 0.97),
        ("similarity.quality", 0.81, 0.79, 0.8),
        ("utility.auc_gap", -0.02, -0.04, -0.03),
        ("utility.rmse_change", 0.04, 0.06, 0.05),
        ("similarity.ks_p", 0.2, 0.01, 0.05),
        ("privacy.dcr_p5", 0.4, 0.2, 0.3),
        ("privacy.dcr_share", 0.5, 0.6, 0.55),
    ],
)
def test_each_score_keeps_its_limit_in_its_own_direction(name, good, bad, threshold):
    assert kept(score(name, good, threshold)) is Kept.KEPT
    assert kept(score(name, bad, threshold)) is Kept.BEYOND


def test_what_has_no_value_or_no_limit_is_neither_kept_nor_beyond():
    assert kept(score("temporal.gaps", None, 0.05)) is None
    assert kept(score("temporal.gaps", 0.2, None)) is None
    assert kept_in_words([score("temporal.gaps", 0.2, None)]) == ""
    found = [score("temporal.gaps", 0.2, 0.05), score("temporal.order", 0.0, 0.0)]
    assert kept_in_words(found) == "1 of 2 figures keep their limits"


def test_a_risk_keeps_its_limit_only_with_its_whole_interval():
    sure = score("leakage.reidentification", 0.01, 0.09, interval=(0.0, 0.08))
    unsure = score("leakage.reidentification", 0.0, 0.09, interval=(0.0, 0.701))
    nobody = score("leakage.revealed_outliers", 0.0, 0.0, interval=(0.0, 0.07))
    assert [kept(s) for s in (sure, unsure, nobody)] == [Kept.KEPT, Kept.UNSURE, Kept.KEPT]
    assert kept_in_words([sure, unsure, nobody]) == (
        "2 of 3 figures keep their limits, 1 not surely"
    )


def quality(value: float, baseline: float | None) -> EvaluationReport:
    rule = ReleaseRule(
        score="similarity.quality", when=When.BELOW, limit=0.8, verdict=Verdict.CONDITIONS
    )
    found = score("similarity.quality", value, None, baseline=baseline, source="SDMetrics")
    return decided(EvaluationReport(scores=(found,)), (rule,))


def test_a_twin_as_good_as_real_rows_that_miss_a_limit_themselves_keeps_it():
    assert quality(0.70, 0.70).verdict is Verdict.RELEASE
    assert quality(0.70, 0.70).scores[0].threshold == pytest.approx(0.67)
    assert "real rows themselves" in quality(0.70, 0.70).scores[0].source
    assert quality(0.70, 0.90).verdict is Verdict.CONDITIONS
    assert quality(0.70, None).verdict is Verdict.CONDITIONS
    worse = quality(0.60, 0.70)
    assert worse.verdict is Verdict.CONDITIONS
    assert "(limit 67.0%, for real rows themselves reach 70.0%)" in worse.reasons[0]


def test_no_baseline_excuses_a_leak():
    rule = ReleaseRule(
        score="leakage.reidentification",
        when=When.ABOVE,
        limit=0.09,
        verdict=Verdict.DO_NOT_RELEASE,
    )
    leak = score("leakage.reidentification", 0.3, None, baseline=0.4)
    assert decided(EvaluationReport(scores=(leak,)), (rule,)).verdict is Verdict.DO_NOT_RELEASE


def test_an_acceptance_that_real_rows_miss_is_said_to_be_out_of_reach():
    rng = np.random.default_rng(0)
    train, held_out = rng.normal(0, 1, 20_000), rng.normal(0.05, 1, 20_000)
    compared = numbers(x=[train, held_out, rng.normal(0, 1, 20_000)])
    found = named(passing_scores(compared, judged_columns(compared)), "similarity.ks_acceptance")
    assert (found.value, found.baseline, found.threshold) == (0.0, 0.0, None)
    assert "out of reach" in found.sentence


def test_columns_by_which_real_rows_differ_from_each_other_are_no_fault_of_the_twin():
    rng = np.random.default_rng(0)
    train, held_out = rng.normal(0, 1, 2_000), rng.normal(0.5, 1, 2_000)
    compared = numbers(x=[train, held_out, rng.normal(0, 1, 2_000)])
    found = named(passing_scores(compared, judged_columns(compared)), "similarity.columns_differ")
    assert (found.value, found.baseline) == (0.0, 1.0)
    assert kept(found) is Kept.KEPT


def test_details_stand_in_one_table_a_measure_each_with_its_heading_and_sentence():
    found = [
        score("temporal.event_column", 0.1, 0.05, scope="column:a"),
        score("temporal.column_transitions", 0.1, None, scope="column:a"),
        score("temporal.event_column", 0.2, 0.05, scope="column:b"),
    ]
    first, second = detail_tables(found)
    assert [s.scope for s in first.scores] == ["column:a", "column:b"]
    assert first.title != second.title
    assert first.says
    assert second.says
    assert first.judged
    assert not second.judged


def test_a_sentence_about_one_series_speaks_of_windows_and_leaves_names_alone():
    told = told_of_windows(
        "Of histories, “rows of a history” is off; among real histories it is 1."
    )
    assert told == "Of windows, “rows of a history” is off; among real windows it is 1."
