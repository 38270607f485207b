"""The verdict follows from stated rules, and says which."""

import pytest

from domain.evaluation.drift import drift_scores
from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.verdict import DEFAULT_RULES, ReleaseRule, When, decided
from domain.kernel import BadInput

HARMLESS = Score(
    name="leakage.reidentification", scope="table", value=0.0, interval=(0.0, 0.03), threshold=0.09
)


def score(name: str, value: float | None, **more: object) -> Score:
    return Score(**{"name": name, "scope": "table", "value": value, **more})


def verdict_on(*scores: Score, rules=DEFAULT_RULES) -> EvaluationReport:
    return decided(EvaluationReport(scores=scores), rules)


def test_a_twin_that_breaks_no_rule_may_be_released():
    found = verdict_on(HARMLESS, score("similarity.quality", 0.97))
    assert found.verdict is Verdict.RELEASE
    first, second = found.reasons
    assert first == f"None of the {len(DEFAULT_RULES)} rules for a release is broken."
    assert "model itself was not attacked" in second


def test_a_reidentification_risk_above_its_limit_forbids_the_release():
    found = verdict_on(score("leakage.reidentification", 0.2, threshold=0.09))
    assert found.verdict is Verdict.DO_NOT_RELEASE
    assert "20.0%" in found.reasons[0]
    assert "9.0%" in found.reasons[0]


def test_attacks_that_were_not_measured_make_conditions():
    missing = verdict_on(score("similarity.quality", 0.97))
    unmeasured = verdict_on(score("leakage.reidentification", None, threshold=0.09))
    assert missing.verdict is unmeasured.verdict is Verdict.CONDITIONS
    assert missing.reasons[0] == unmeasured.reasons[0]
    assert missing.reasons[0] == (
        "Overall re-identification risk was not measured. No attack could be made: share it as you "
        "would the real rows, or hold more rows out."
    )


def test_the_gravest_verdict_wins_and_its_reason_comes_first():
    found = verdict_on(
        score("similarity.quality", 0.5), score("leakage.reidentification", 0.5, threshold=0.09)
    )
    assert found.verdict is Verdict.DO_NOT_RELEASE
    assert found.reasons[0].startswith("Overall re-identification risk")
    assert found.reasons[1].startswith("Quality score")


def test_a_rule_for_sure_loss_needs_the_whole_interval_beyond_the_limit():
    unsure = score("utility.auc_gap", -0.05, interval=(-0.09, -0.01), threshold=-0.03)
    sure = score("utility.auc_gap", -0.05, interval=(-0.06, -0.04), threshold=-0.03)
    assert verdict_on(HARMLESS, unsure).verdict is Verdict.RELEASE
    assert verdict_on(HARMLESS, sure).verdict is Verdict.CONDITIONS


def test_a_score_without_a_limit_of_its_own_breaks_no_rule_that_states_none():
    assert verdict_on(HARMLESS, score("privacy.exact_copies", 0.4)).verdict is Verdict.RELEASE


def test_rules_of_ones_own_take_the_place_of_the_products():
    strict = ReleaseRule(
        score="similarity.quality",
        when=When.BELOW,
        limit=0.99,
        verdict=Verdict.DO_NOT_RELEASE,
        advice="Our board wants 99 %.",
    )
    found = verdict_on(HARMLESS, score("similarity.quality", 0.97), rules=(strict,))
    assert found.verdict is Verdict.DO_NOT_RELEASE
    assert found.reasons == (
        "Quality score (SDMetrics): 97.0% (limit 99.0%). Our board wants 99 %.",
    )


def test_a_reason_names_the_table_and_the_column_it_is_about():
    of_column = score("utility.auc_gap", -0.4, scope="visits/column:outcome", threshold=-0.03)
    of_table = score("similarity.quality", 0.1, scope="visits/table")
    reasons = verdict_on(HARMLESS, of_column, of_table).reasons
    assert reasons[0].startswith("Quality score (SDMetrics) (visits): ")
    assert "(“outcome” of visits)" in reasons[1]


def test_a_rule_cannot_speak_for_a_release():
    with pytest.raises(BadInput, match="against a release"):
        ReleaseRule(score="x", when=When.ABOVE, verdict=Verdict.RELEASE)


def test_a_release_that_lost_quality_is_an_alert_and_a_condition():
    before = EvaluationReport(scores=(HARMLESS, score("similarity.quality", 0.98)))
    after = EvaluationReport(scores=(HARMLESS, score("similarity.quality", 0.90)))
    (lost,) = [s for s in drift_scores(after, before) if s.name == "drift.quality"]
    assert lost.value == pytest.approx(0.08)
    assert "was 98.0% in the last release and is 90.0% now" in lost.sentence
    assert verdict_on(*after.scores, lost).verdict is Verdict.CONDITIONS


def test_a_better_release_drifts_by_nothing():
    before = EvaluationReport(scores=(score("detection.auc", 0.7),))
    after = EvaluationReport(scores=(score("detection.auc", 0.55),))
    (drift,) = drift_scores(after, before)
    assert drift.value == 0.0
    assert "Nothing to do." in drift.sentence


def test_utilities_of_different_targets_are_not_compared():
    before = EvaluationReport(scores=(score("utility.auc_gap", 0.0, scope="column:a"),))
    after = EvaluationReport(scores=(score("utility.auc_gap", -0.5, scope="column:b"),))
    assert drift_scores(after, before) == ()


def test_a_risk_that_the_rows_cannot_exclude_makes_conditions():
    unsure = score("leakage.reidentification", 0.0, interval=(0.0, 0.47), threshold=0.09)
    assert verdict_on(unsure).verdict is Verdict.CONDITIONS
    assert verdict_on(unsure).reasons[0] == (
        "Overall re-identification risk: 0.0%, perhaps 47.0% (limit 9.0%, and the rows have to "
        "exclude 20.0%). The held-out rows are too few for that: bring more."
    )


def test_every_reason_about_the_risk_tells_the_limit_that_its_line_in_the_report_shows():
    for value, interval in ((0.0, (0.0, 0.47)), (0.2, (0.1, 0.3))):
        found = verdict_on(
            score("leakage.reidentification", value, interval=interval, threshold=0.09)
        )
        shown = found.score("leakage.reidentification")
        assert f"(limit {shown.threshold:.1%}" in found.reasons[0]


def test_a_usefulness_that_could_not_be_measured_makes_conditions():
    found = verdict_on(HARMLESS, score("utility.auc_gap", None, scope="column:outcome"))
    assert found.verdict is Verdict.CONDITIONS
    assert "was not measured" in found.reasons[0]


def test_scores_show_the_limit_of_the_rules_that_judge_them():
    found = verdict_on(HARMLESS, score("detection.auc", 0.52, source="C2ST"))
    judged = found.score("detection.auc")
    assert judged is not None
    assert judged.threshold == 0.75
    assert judged.source == "C2ST; limit: the rules for a release"
    kept = found.score("leakage.reidentification")
    assert kept is not None
    assert kept.threshold == 0.09
