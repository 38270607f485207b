"""Planted truths about usefulness: what models learn, which columns matter, what counts say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType, TableMetadata
from domain.evaluation.comparison import MISSING, Comparison, compare
from domain.evaluation.importances import agreement, overlap
from domain.evaluation.queries import query_scores
from domain.evaluation.report import Score
from domain.evaluation.spec import TaskKind
from domain.evaluation.task import chosen_task, task_for
from domain.evaluation.titles import TITLES
from domain.evaluation.utility import utility_scores
from tests.domain.evaluation.tables import METADATA, real, shuffled, typed

Found = dict[tuple[str, str], Score]


def by_name(scores: tuple[Score, ...]) -> Found:
    return {(s.name, s.scope): s for s in scores}


def compared(synthetic: pd.DataFrame, *, rows: int = 500) -> Comparison:
    return compare(real(rows, 1), real(rows, 2), synthetic, METADATA.tables["visits"], seed=0)


def numbers(frames: list[pd.DataFrame]) -> Comparison:
    """Three sides of a table of numbers, of which “y” may be of few values."""
    columns = tuple(ColumnSpec(name=c, sdtype=SdType.FLOAT) for c in frames[0])
    return compare(*frames, TableMetadata(columns=columns), seed=0)


def planted(seed: int, *weights: float, rows: int = 600) -> pd.DataFrame:
    """“y” follows its neighbours by the weights."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, len(weights)))
    y = x @ np.array(weights) + 0.3 * random.normal(size=rows)
    return pd.DataFrame({**{f"x{i}": x[:, i] for i in range(len(weights))}, "y": y})


@pytest.fixture(scope="module")
def honest() -> Found:
    """Independent real rows in the place of synthetic ones."""
    return by_name(utility_scores(compared(real(500, 3)), "outcome"))


@pytest.fixture(scope="module")
def broken() -> Found:
    return by_name(utility_scores(compared(typed(shuffled(real(500, 3), 4))), "outcome"))


OF = "column:outcome"
MEASURES = ("auc", "average_precision", "f1", "accuracy")


def test_two_classes_are_measured_by_every_usual_measure_of_two_models(honest):
    for measure in MEASURES:
        for model in ("", "_linear"):
            score = honest[f"utility.{measure}{model}", OF]
            gap = honest[f"utility.{measure}{model}_gap", OF]
            change = honest[f"utility.{measure}{model}_change", OF]
            assert score.interval[0] <= score.value <= score.interval[1]
            assert gap.value == pytest.approx(score.value - score.baseline)
            assert change.value == pytest.approx(gap.value / score.baseline)
            assert gap.interval[0] <= gap.value <= gap.interval[1]


def test_independent_real_rows_lose_nothing_that_these_rows_could_show(honest):
    for measure in MEASURES:
        gap = honest[f"utility.{measure}_gap", OF]
        assert gap.interval[1] > gap.threshold
        assert "lose noticeably" not in gap.sentence


def test_shuffled_columns_teach_nothing(broken):
    gap = broken["utility.auc_gap", OF]
    assert gap.interval[1] < gap.threshold
    assert "train longer or use another synthesizer" in gap.sentence
    assert broken["utility.auc_change", OF].value < -0.2
    agreed = broken["utility.importance_agreement", OF]
    assert "can be believed" not in agreed.sentence


def test_every_score_has_a_title_a_source_and_no_cell_value(honest):
    for score in honest.values():
        assert score.name in TITLES
        assert score.source
        for word in ("“ill”", "“well”", "lung", "True"):
            assert word not in score.sentence


def test_accuracy_of_balanced_labels_needs_no_balancing(honest):
    assert ("utility.balanced_accuracy", OF) not in honest


def rare(seed: int, share: float, rows: int = 800) -> pd.DataFrame:
    frame = planted(seed, 1.0, 0.5, 0.0, rows=rows)
    return frame.assign(y=(frame["y"] > frame["y"].quantile(1 - share)).astype(float))


def test_rare_labels_get_balanced_accuracy_and_say_what_guessing_reaches():
    found = by_name(utility_scores(numbers([rare(s, 0.05) for s in (1, 2, 3)]), "y"))
    precision = found["utility.average_precision", "column:y"]
    assert precision.value > 0.4
    assert "without looking at any column one reaches 0.050" in precision.sentence
    balanced = found["utility.balanced_accuracy", "column:y"]
    assert balanced.value > 0.7
    f1 = found["utility.f1", "column:y"]
    assert f1.value > 0.7
    assert "threshold set on a fifth of the rows learned from" in f1.sentence


def test_a_handful_of_positives_is_too_few_to_tell():
    sides = [rare(1, 0.05), rare(2, 0.01, rows=500), rare(3, 0.05)]
    (score,) = utility_scores(numbers(sides), "y")
    assert score.value is None
    assert score.sentence.startswith("Too few to tell")
    assert "Bring more" in score.sentence


def test_numbers_are_measured_by_errors_that_count_the_other_way():
    twin = planted(3, 1.0, 0.5, 0.0).assign(y=lambda f: f["y"].sample(frac=1, random_state=0).array)
    found = by_name(
        utility_scores(numbers([planted(s, 1.0, 0.5, 0.0) for s in (1, 2)] + [twin]), "y")
    )
    gap = found["utility.rmse_gap", "column:y"]
    assert gap.value > gap.threshold > 0
    assert "lose noticeably" in gap.sentence
    assert found["utility.r2_gap", "column:y"].value < -0.5
    good = by_name(utility_scores(numbers([planted(s, 1.0, 0.5, 0.0) for s in (1, 2, 3)]), "y"))
    mae = good["utility.mae_change", "column:y"]
    assert abs(mae.value) < 0.1
    assert "lose noticeably" not in mae.sentence


def test_a_change_in_per_cent_of_nothing_is_not_told():
    noise = [planted(s, 0.0, 0.0, 0.0) for s in (1, 2, 3)]
    found = by_name(utility_scores(numbers(noise), "y"))
    assert found["utility.r2_change", "column:y"].value is None
    assert (
        "choose a target that can be predicted" in found["utility.r2_change", "column:y"].sentence
    )


def test_a_person_says_how_a_number_is_predicted():
    sides = numbers([planted(s, 1.0, rows=80).round(0) for s in (1, 2, 3)])
    assert task_for(sides, "y", TaskKind.REGRESSION).classes == ()
    assert len(task_for(sides, "y", TaskKind.CLASSIFICATION).classes) > 2


def test_words_are_no_numbers_to_regress_on():
    (score,) = utility_scores(compared(real(60, 3), rows=60), "ward", TaskKind.REGRESSION)
    assert score.value is None
    assert score.sentence == "Not measured: “ward” is no number; ask for a classification instead."


def test_a_column_that_only_held_out_rows_fill_is_no_target():
    sides = compared(real(60, 3), rows=60)
    empty = sides.train.assign(ward=MISSING)
    sides = replace(sides, train=empty)
    assert "no training row has a value" in task_for(sides, "ward").unfit
    assert chosen_task(sides).target != "ward"


def test_a_column_of_several_classes_that_no_held_out_row_fills_is_no_target():
    sides = compared(real(60, 3), rows=60)
    sides = replace(sides, holdout=sides.holdout.assign(ward=MISSING))
    assert task_for(sides, "ward").several
    (score,) = utility_scores(sides, "ward")
    assert score.value is None
    assert score.sentence.startswith("Not measured:")


def test_where_nobody_names_a_target_the_best_of_two_classes_is_chosen():
    task = chosen_task(compared(real(500, 3)))
    assert (task.target, task.chosen) == ("outcome", True)


def test_a_chosen_target_is_said_once():
    scores = utility_scores(compared(real(200, 3), rows=200), None)
    assert [("Nobody named a target" in s.sentence) for s in scores].count(True) == 1


def test_numbers_come_next_and_copies_never():
    sides = [planted(s, 1.0, 0.5, 0.0).assign(again=lambda f: f["x0"]) for s in (1, 2, 3)]
    assert chosen_task(numbers(sides)).target == "y"


def test_of_noise_no_target_is_chosen():
    noise = [planted(s, 0.0, 0.0, 0.0) for s in (1, 2, 3)]
    (score,) = utility_scores(numbers(noise), None)
    assert score.value is None
    assert "Name a target" in score.sentence


def test_rows_that_may_have_been_learned_from_are_said_to_be():
    sides = replace(compared(real(100, 3), rows=100), unseen=False)
    first, *_ = utility_scores(sides, "outcome")
    assert "may look more useful than it is" in first.sentence


def test_without_a_holdout_the_quality_is_told_and_what_it_costs_is_not():
    sides = compared(real(100, 3), rows=100)
    found = by_name(utility_scores(replace(sides, holdout=sides.holdout.iloc[:0]), "outcome"))
    assert found["utility.auc", OF].baseline is None
    assert found["utility.auc_gap", OF].value is None
    assert "needs a holdout" in found["utility.auc_gap", OF].sentence
    assert not [name for name, _ in found if "importance" in name]


def test_the_columns_that_matter_are_the_planted_ones():
    weights = (2.0, 1.0, 0.5, 0.0)
    twin = planted(3, 0.1, 1.0, 3.0, 0.0)
    found = by_name(
        utility_scores(numbers([planted(1, *weights), planted(2, *weights), twin]), "y")
    )
    order = [found["utility.importance", f"column:x{i}"].baseline for i in range(4)]
    assert order == sorted(order, reverse=True)
    assert order[0] > 1
    assert abs(order[3]) < 0.01
    assert "look more telling" in found["utility.importance", "column:x2"].sentence
    assert "look less telling" in found["utility.importance", "column:x0"].sentence
    agreed = found["utility.importance_agreement", "column:y"]
    assert agreed.value < 0.5 < 0.9 < agreed.baseline
    assert "Do not read from the twin" in agreed.sentence
    assert found["utility.importance_overlap", "column:y"].value == 0.5


def test_a_target_of_noise_is_said_to_judge_no_twin():
    found = by_name(
        utility_scores(numbers([planted(s, 0, 0, 0, rows=300) for s in (1, 2, 3)]), "y")
    )
    for measure in ("r2", "rmse_linear", "mae"):
        said = found[f"utility.{measure}_gap", "column:y"].sentence
        assert "choose another target" in said
        assert "stand in" not in said


def test_agreement_is_spearmans_correlation_among_what_matters():
    from scipy.stats import spearmanr

    random = np.random.default_rng(0)
    one, other = random.uniform(0.01, 1, (2, 12))
    assert agreement(one, other) == pytest.approx(spearmanr(one, other).statistic)
    draws = random.uniform(0.01, 1, (12, 3))
    assert agreement(draws, draws) == pytest.approx([1, 1, 1])
    assert np.isnan(agreement(np.zeros(5), one[:5]))


def test_shared_top_columns_are_counted():
    assert overlap(np.array([3, 2, 1, 0]), np.array([3, 0, 2, 1]), 2) == 0.5


def test_the_same_rows_answer_every_question_alike():
    same = real(300, 1)
    sides = compare(same, same, same, METADATA.tables["visits"], seed=0)
    for score in query_scores(sides):
        assert score.value == 0.0
        assert "Reports can be drafted" in score.sentence


def test_independent_rows_answer_as_training_rows_do():
    for score in query_scores(compared(real(1000, 3), rows=1000)):
        assert score.value == pytest.approx(score.baseline, rel=0.6)
        assert score.interval[0] <= score.value <= score.interval[1]
        assert score.value < score.threshold


def test_shifted_columns_answer_wrong():
    twin = real(1000, 3)
    twin["age"] = twin["age"] + 30
    count, mean = query_scores(compared(twin, rows=1000))
    for score in (count, mean):
        assert score.value > score.threshold
        assert "Check figures on the real rows" in score.sentence


def test_questions_are_the_same_for_the_same_seed_and_others_for_another():
    sides = compared(real(300, 3))
    assert query_scores(sides) == query_scores(sides)
    assert query_scores(sides) != query_scores(replace(sides, seed=1))


def test_a_twin_without_rows_for_a_question_is_off_by_one():
    sides = compared(real(400, 3).query("age < 30").reset_index(drop=True))
    _, mean = query_scores(sides)
    assert mean.value > 0.3


def test_a_few_rows_answer_no_questions():
    for score in query_scores(compared(real(30, 3), rows=30)):
        assert score.value is None
        assert "Hold more real rows out" in score.sentence
