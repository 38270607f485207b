from __future__ import annotations

import pytest

from domain.jobs import Pace, about, time_left


def test_time_left_is_open_before_a_second_and_a_hundredth_are_over() -> None:
    pace = Pace()
    assert pace.seconds_left(0, 0, 0.0) is None
    assert pace.seconds_left(0, 1_000, 10.0) is None
    assert pace.seconds_left(500, 1_000, 10.5) is None
    assert Pace().seconds_left(0, 1_000, 0.0) is None
    slow = Pace()
    slow.seconds_left(0, 1_000, 0.0)
    assert slow.seconds_left(5, 1_000, 20.0) is None


def test_time_left_follows_from_the_steps_of_the_stage_alone() -> None:
    pace = Pace()
    pace.seconds_left(0, 50, 0.0)
    pace.seconds_left(50, 50, 90.0)
    pace.seconds_left(100, 1_100, 100.0)
    assert pace.seconds_left(350, 1_100, 105.0) == pytest.approx(15.0)
    assert pace.seconds_left(1_100, 1_100, 120.0) == 0.0


def test_a_second_pass_over_the_same_steps_is_a_stage_of_its_own() -> None:
    pace = Pace()
    pace.seconds_left(0, 10, 0.0)
    assert pace.seconds_left(10, 10, 5.0) == 0.0
    assert pace.seconds_left(1, 10, 6.0) is None
    assert pace.seconds_left(4, 10, 12.0) == pytest.approx(12.0)


def test_going_over_a_part_again_does_not_start_the_estimate_anew() -> None:
    pace = Pace()
    pace.seconds_left(0, 100, 0.0)
    pace.seconds_left(10, 100, 1.0)
    assert pace.seconds_left(0, 100, 2.0) == pytest.approx(18.0)
    assert pace.seconds_left(20, 100, 4.0) == pytest.approx(16.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "estimating the time left"),
        (0.0, "a few seconds left"),
        (12.0, "about 10 s left"),
        (58.0, "about 1 min left"),
        (170.0, "about 3 min left"),
        (3_580.0, "about 1 h left"),
        (7_900.0, "about 2 h 10 min left"),
    ],
)
def test_time_left_is_said_in_round_words(seconds: float | None, words: str) -> None:
    assert time_left(seconds) == words


def test_a_span_never_rounds_to_nothing() -> None:
    assert about(0.2) == "about 1 s"
