"""A sentence acquits or accuses only as far as the rows it rests on can carry."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from domain.evaluation.attacks import attack_scores
from domain.evaluation.column_scores import column_scores
from domain.evaluation.column_test import ColumnTest, JudgedColumn
from domain.evaluation.comparison import Comparison, compare
from domain.evaluation.copying import beyond_limit, crowding, worst_copies
from domain.evaluation.detection import detection_scores
from domain.evaluation.headline import headline, headline_scores
from domain.evaluation.importances import Leaning
from domain.evaluation.marginals import marginal_scores
from domain.evaluation.quality import quality_scores
from domain.evaluation.ranking import most_by_chance
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.two_sample import Judged
from domain.evaluation.utility_wording import advice
from tests.domain.evaluation.tables import METADATA, real, typed


def compared(train: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame) -> Comparison:
    return compare(train, holdout, synthetic, METADATA.tables["visits"], seed=0)


def named(scores: tuple[Score, ...], name: str, scope: str = "table") -> Score:
    return next(s for s in scores if s.name == name and s.scope == scope)


def with_copies(copied: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    return typed(pd.concat([copied, fresh], ignore_index=True))


def test_one_copy_in_a_hundred_is_more_than_a_holdout_without_copies_explains():
    train, holdout = real(1000, 1), real(500, 2)
    twin = with_copies(train.iloc[:10], real(990, 3))
    copies = named(attack_scores(compared(train, holdout, twin)), "privacy.exact_copies")
    assert (copies.value, copies.baseline) == (0.01, 0.0)
    assert beyond_limit(copies)
    assert "more than chance explains: do not release" in copies.sentence


def test_a_single_copy_beside_a_holdout_without_copies_is_not_acquitted():
    train, holdout = real(300, 1), real(100, 2)
    twin = with_copies(train.iloc[:1], real(299, 3))
    copies = named(attack_scores(compared(train, holdout, twin)), "privacy.exact_copies")
    assert not beyond_limit(copies)
    assert "look at the copies before release" in copies.sentence


def test_rows_that_repeat_among_real_people_too_are_explained_by_chance():
    same = real(1, 1)
    common = [
        with_copies(pd.concat([same] * (n // 2)), real(n - n // 2, seed))
        for n, seed in ((1200, 4), (600, 5), (1000, 6))
    ]
    copies = named(attack_scores(compared(*common)), "privacy.exact_copies")
    assert copies.value == pytest.approx(copies.baseline, abs=0.01)
    assert "chance explains these copies" in copies.sentence


def test_a_handful_of_held_out_rows_acquits_no_copies():
    same = real(1, 1)
    sides = [
        with_copies(pd.concat([same] * (n // 2)), real(n - n // 2, seed))
        for n, seed in ((400, 4), (8, 5), (400, 6))
    ]
    copies = named(attack_scores(compared(*sides)), "privacy.exact_copies")
    assert "too few rows to tell" in copies.sentence


def test_no_limit_is_told_that_half_a_table_of_copies_would_keep():
    train, holdout = real(21, 1), real(5, 2)
    harmless = named(attack_scores(compared(train, holdout, real(21, 3))), "privacy.exact_copies")
    assert (harmless.value, harmless.threshold) == (0.0, None)
    assert "held-out" not in harmless.sentence
    twin = with_copies(train.iloc[:10], real(11, 3))
    copied = named(attack_scores(compared(train, holdout, twin)), "privacy.exact_copies")
    assert beyond_limit(copied)
    assert copied.threshold < 0.2
    assert "do not release" in copied.sentence


def test_a_holdout_of_a_few_rows_does_not_tell_what_real_rows_reach():
    sides = (real(60, 1), real(60, 3))
    few = quality_scores(compared(sides[0], real(5, 2), sides[1]))[0]
    many = quality_scores(compared(sides[0], real(30, 2), sides[1]))[0]
    assert few.value == pytest.approx(many.value)
    assert few.baseline is None
    assert many.baseline is not None


@pytest.mark.parametrize(("known", "of_known", "of"), [(0, 500, 1000), (7, 90, 40), (3, 3, 50)])
def test_the_most_that_chance_explains_is_fishers_boundary(known, of_known, of):
    from scipy.stats import fisher_exact

    def p(count: int) -> float:
        table = [[count, of - count], [known, of_known - known]]
        return fisher_exact(table, alternative="greater").pvalue

    count = round(most_by_chance(known, of_known, of) * of)
    assert p(count) >= 0.05
    assert count == of or p(count + 1) < 0.05


def share_score(twin_rows: int, held_out: int, near: float) -> Score:
    """A twin of which ``near`` stand beside a training row, the rest beside a held-out one."""
    train, holdout = real(held_out, 1), real(held_out, 2)
    beside = round(near * twin_rows)
    twin = with_copies(
        train.sample(beside, replace=True, random_state=0),
        holdout.sample(twin_rows - beside, replace=True, random_state=0),
    )
    return named(attack_scores(compared(train, holdout, twin)), "privacy.dcr_share")


def test_a_share_above_the_limit_on_few_rows_is_neither_accused_nor_acquitted():
    share = share_score(60, 40, 0.6)
    assert share.value > share.threshold
    assert "too few rows to tell" in share.sentence
    assert "no nearer" not in share.sentence


def test_a_share_of_one_half_on_few_rows_does_not_acquit():
    assert "too few rows to tell" in share_score(40, 30, 0.5).sentence


def test_a_share_above_the_limit_on_many_rows_crowds():
    share = share_score(1000, 800, 0.6)
    assert "crowds around" in share.sentence
    assert crowding(EvaluationReport(scores=(share,))) == share


def test_a_share_of_one_half_on_many_rows_is_within_chance():
    assert "no nearer" in share_score(1000, 800, 0.5).sentence


def test_near_copies_are_called_so_by_the_distances():
    train = real(600, 1)
    nudged = train.assign(pressure=train["pressure"] + 0.01)
    scores = attack_scores(compared(train, real(600, 2), nudged))
    for name in ("privacy.dcr_median", "privacy.dcr_p5"):
        assert named(scores, name).value < named(scores, name).threshold
        assert "near-copies" in named(scores, name).sentence


def test_independent_rows_are_as_far_as_real_ones():
    scores = attack_scores(compared(real(600, 1), real(600, 2), real(600, 3)))
    for name in ("privacy.dcr_median", "privacy.dcr_p5"):
        assert "as far as real rows" in named(scores, name).sentence
        assert "near-copies" not in named(scores, name).sentence


def test_the_closest_rows_of_a_few_carry_no_conclusion():
    scores = attack_scores(compared(real(60, 1), real(40, 2), real(60, 3)))
    assert "too few rows" in named(scores, "privacy.dcr_p5").sentence


@pytest.mark.parametrize("held_out", [1, 19])
def test_a_handful_of_held_out_rows_passes_no_column(held_out):
    scores = marginal_scores(compared(real(300, 1), real(held_out, 2), real(300, 3)))
    passed = named(scores, "similarity.columns_passed")
    assert passed.value is None
    assert "20 values on each side" in passed.sentence
    p = named(scores, "similarity.ks_p", "column:age")
    assert p.value is None
    assert p.sentence.startswith("Not tested")


def test_columns_that_pass_on_few_rows_are_not_nothing_to_do():
    scores = marginal_scores(compared(real(300, 1), real(30, 2), real(300, 3)))
    sentence = named(scores, "similarity.columns_passed").sentence
    assert "Nothing to do" not in sentence


def test_a_column_with_few_values_is_left_out_of_the_count():
    twin = real(300, 3)
    twin.loc[5:, "pressure"] = np.nan
    scores = marginal_scores(compared(real(300, 1), real(300, 2), twin))
    passed = named(scores, "similarity.columns_passed")
    assert " of 5 columns" in passed.sentence
    assert "1 more column has too few values" in passed.sentence


def test_without_a_holdout_failing_columns_are_not_nothing_to_do():
    twin = real(300, 3).assign(age=pd.array([99] * 300, dtype="Int64"), ward=real(300, 3)["ward"])
    scores = marginal_scores(compared(real(300, 1), real(300, 2).iloc[:0], twin))
    assert "Look at the columns" in named(scores, "similarity.columns_passed").sentence


def told_with(auc: float, monkeypatch: pytest.MonkeyPatch, sides: Comparison) -> Score:
    """What is said of a table that gradient boosting tells with this AUC."""
    judged = Judged(aucs=(auc,), losses={})
    monkeypatch.setattr("domain.evaluation.detection.judged_by_boosting", lambda *_: judged)
    return named(detection_scores(sides), "detection.auc")


def test_a_coin_on_few_rows_does_not_make_rows_look_real(monkeypatch):
    score = told_with(0.46, monkeypatch, compared(real(60, 1), real(36, 2), real(60, 3)))
    assert "too few to tell" in score.sentence
    assert "look real to it" not in score.sentence
    assert "0.460" in score.sentence
    assert "% of the time" not in score.sentence


@pytest.mark.parametrize(
    ("auc", "verdict"),
    [(0.52, "look real"), (0.43, "look real"), (0.62, "gives them away"), (0.9, "easy to tell")],
)
def test_on_many_rows_detection_concludes(monkeypatch, auc, verdict):
    score = told_with(auc, monkeypatch, compared(real(900, 1), real(900, 2), real(900, 3)))
    assert verdict in score.sentence


def test_the_headline_shows_the_worst_tables_copies():
    scores = tuple(
        Score(name="privacy.exact_copies", scope=f"{table}/table", value=value)
        for table, value in (("visits", 0.02), ("stays", 0.3), ("wards", 0.1))
    )
    report = EvaluationReport(scores=scores)
    assert headline(report)["exact_copies"] == 0.3
    assert headline_scores(report)["exact_copies"].scope == "stays/table"


def test_copies_beyond_chance_weigh_more_than_a_larger_share_that_chance_explains():
    common = Score(name="privacy.exact_copies", scope="a/table", value=0.4, threshold=0.45)
    stolen = Score(name="privacy.exact_copies", scope="b/table", value=0.05, threshold=0.01)
    assert worst_copies(EvaluationReport(scores=(stolen, common))) == stolen
    assert worst_copies(EvaluationReport(scores=())) is None
    assert worst_copies(None) is None


@pytest.mark.parametrize(
    ("gap", "interval", "said"),
    [
        (-0.02, (-0.05, 0.01), "The twin can stand in"),
        (-0.09, (-0.12, -0.05), "Models lose noticeably"),
        (-0.04, (-0.05, -0.02), "Models lose something on the twin; whether more than the limit"),
        (-0.04, (-0.09, 0.01), "too few to tell whether that is chance"),
    ],
)
def test_a_loss_that_is_beyond_chance_is_not_called_chance(gap, interval, said):
    assert said in advice(gap, interval, -0.03)


@pytest.mark.parametrize("gap", [0.0, -0.04])
def test_a_target_that_real_rows_do_not_teach_cannot_judge_the_twin(gap):
    said = advice(gap, (-0.09, 0.04), -0.03, learnable=False)
    assert "cannot judge the twin: choose another target" in said
    lost = advice(-0.09, (-0.12, -0.05), -0.03, learnable=False)
    assert "Models lose noticeably" in lost


@pytest.mark.parametrize(
    ("twin", "real", "interval", "difference", "said"),
    [
        (0.006, 0.009, (0.005, 0.007), (-0.004, -0.002), "Both lean on it alike."),
        (0.05, 0.08, (0.01, 0.09), (-0.05, -0.01), "as in real rows, as far as the rows tell"),
        (0.006, 0.028, (0.001, 0.011), (-0.05, 0.01), "less telling; the rows cannot exclude"),
        (0.006, 0.028, (0.001, 0.011), (-0.03, -0.01), "less telling than it is"),
        (0.3, 0.1, (0.2, 0.4), (0.1, 0.3), "more telling than it is"),
        (-0.01, -0.12, (-0.05, 0.05), (0.01, 0.2), "Both lean on it alike."),
    ],
)
def test_an_importance_is_called_off_only_where_both_intervals_say_so(
    twin, real, interval, difference, said
):
    told = Leaning(twin=twin, real=real, interval=interval, difference=difference)
    assert said in told.sentence


@pytest.mark.parametrize(
    ("distance", "real_distance", "said"),
    [
        (0.015, 0.010, "too little to matter"),
        (0.066, 0.070, "Other real rows are as far away: that is chance"),
        (0.066, 0.050, "hardly further than other real rows are"),
        (0.066, 0.020, "beyond chance and large enough to matter"),
    ],
)
def test_a_distance_is_measured_by_that_of_other_real_rows(distance, real_distance, said):
    test, baseline = (
        ColumnTest(distance=d, p=0.001, values=(500, 500), js=0.1)
        for d in (distance, real_distance)
    )
    column = JudgedColumn(
        name="age", numeric=True, test=test, baseline=baseline, q=0.001, real_q=0.5
    )
    sides = compared(real(30, 1), real(30, 2), real(30, 3))
    assert said in named(column_scores(sides, column), "similarity.ks", "column:age").sentence
