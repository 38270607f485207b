"""One bar for several stages: it only grows, and says what it is about."""

from domain.synthesis.stages import WHOLE, Stages, named


def _seen(reports):
    seen: list[tuple[int, int, str]] = []
    stages = Stages(lambda done, total, note: seen.append((done, total, note)), {"a": 1, "b": 3})
    for stage, done, total in reports:
        named(stages.stage(stage), stage)(done, total, "going")
    return seen


def test_two_stages_are_one_bar_of_which_each_fills_its_part() -> None:
    seen = _seen([("a", 1, 2), ("a", 2, 2), ("b", 1, 2), ("b", 2, 2)])
    assert [done for done, _, _ in seen] == [125, 250, 625, 1000]
    assert {total for _, total, _ in seen} == {WHOLE}
    assert seen[-1][2] == "b: going"


def test_a_stage_that_begins_again_or_knows_no_total_does_not_move_the_bar_back() -> None:
    seen = _seen([("b", 1, 2), ("a", 1, 2), ("b", 0, 0), ("b", 1, 4)])
    assert [done for done, _, _ in seen] == [625] * 4
