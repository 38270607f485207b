"""What a twin has to reach, as a person states it."""

from __future__ import annotations

import pytest

from domain.evaluation.utility_goal import Measure, UtilityGoal, goals_of
from domain.kernel import BadInput


def test_a_goal_is_read_and_written_the_same():
    for text in ("gap<=0.03", "pairs>=0.9", "detection<=0.75", "quality>=0.95", "columns>=0.9"):
        assert str(UtilityGoal.of_text(text)) == text


def test_spaces_capitals_and_the_signs_of_mathematics_are_understood():
    assert UtilityGoal.of_text(" Gap ≤ .03 ") == UtilityGoal(measure=Measure.GAP, limit=0.03)


@pytest.mark.parametrize("text", ["", "gap", "gap=0.03", "beauty>=1", "gap<=much", "gap<=1e999"])
def test_anything_else_is_refused_with_the_form(text):
    with pytest.raises(BadInput, match=r"gap<=0\.03|between -1 and 1"):
        UtilityGoal.of_text(text)


def test_a_limit_from_the_wrong_side_is_refused_with_the_right_sign():
    with pytest.raises(BadInput, match="“gap” is a limit with <="):
        UtilityGoal.of_text("gap>=0.03")
    with pytest.raises(BadInput, match="“pairs” is a limit with >="):
        UtilityGoal.of_text("pairs<=0.9")


def test_a_goal_is_kept_on_its_own_side_only():
    assert UtilityGoal.of_text("gap<=0.03").kept_by(-0.01)
    assert not UtilityGoal.of_text("gap<=0.03").kept_by(0.04)
    assert UtilityGoal.of_text("pairs>=0.9").kept_by(0.9)
    assert not UtilityGoal.of_text("pairs>=0.9").kept_by(0.89)


def test_no_goal_and_two_for_one_measure_are_refused():
    with pytest.raises(BadInput, match="Say what the twin has to reach"):
        goals_of([])
    with pytest.raises(BadInput, match="same measure"):
        goals_of(["gap<=0.03", "gap<=0.05"])
