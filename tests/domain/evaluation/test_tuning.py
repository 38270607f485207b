"""The smallest ε that keeps a goal: the search, its log, and what it says."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from domain.evaluation import boosting
from domain.evaluation.frontier import Trial, coverage, frontier
from domain.evaluation.trials import Asked, Bench, workshop
from domain.evaluation.tuning import Search, tuned
from domain.evaluation.tuning_log import TuningLog, log_of_text
from domain.evaluation.tuning_pictures import columns, frontier_charts, table_rows
from domain.evaluation.tuning_request import SearchSpec
from domain.evaluation.utility_goal import Measure, goals_of
from domain.kernel import BadInput, Cancelled, no_progress
from domain.privacy.budget import TuningMode
from tests.domain.evaluation.tunable import FITS, Fading, fading, setup

GAP = goals_of(["gap<=0.1"])


def reaching(limit: float, noise: float = 0.0):
    """Trials whose gap is 0 from ``limit`` on and 1 below; seeds differ by ``noise``."""
    asked_for: list[tuple[float, int]] = []

    def run(asked):
        asked_for.extend((a.epsilon, a.seed) for a in asked)
        return [
            Trial(
                epsilon=a.epsilon,
                seed=a.seed,
                figures={Measure.GAP: (a.epsilon < limit) + noise * a.seed},
                seconds=0.0,
            )
            for a in asked
        ]

    return run, asked_for


def found(limit: float, **spec) -> tuple[float | None, list[tuple[float, int]]]:
    run, asked_for = reaching(limit)
    search = SearchSpec(goals=GAP, **spec)
    trials = Search(search, run).trials()
    smallest = frontier(GAP, trials).smallest
    return (smallest.epsilon if smallest else None), asked_for


def test_bisection_closes_in_on_the_smallest_epsilon():
    epsilon, _ = found(2.0, epsilons=(0.1, 10.0), refinements=8, seeds=(0,))
    assert 2.0 <= epsilon <= 2.0 * 1.03


def test_every_value_of_the_grid_is_tried_with_every_seed_and_once_only():
    _, asked = found(2.0, epsilons=(0.3, 1.0, 3.0, 10.0, 3.0), refinements=3, seeds=(0, 1, 2))
    assert len(asked) == len(set(asked)) == 3 * (4 + 3)


def test_where_all_keep_the_goal_the_smallest_tried_is_told_and_nothing_is_refined():
    epsilon, asked = found(0.01, epsilons=(0.3, 1.0), refinements=3, seeds=(0,))
    assert epsilon == 0.3
    assert len(asked) == 2


def test_trials_that_were_measured_before_are_not_run_again():
    run, asked = reaching(2.0)
    spec = SearchSpec(goals=GAP, epsilons=(1.0, 3.0), refinements=0, seeds=(0,))
    first = Search(spec, run).trials()
    more = SearchSpec(goals=GAP, epsilons=(1.0, 3.0, 10.0), refinements=0, seeds=(0, 1))
    Search(more, run, {(t.epsilon, t.seed): t for t in first}).trials()
    assert len(asked) == len(set(asked)) == 6


def test_an_epsilon_that_keeps_the_goal_below_one_that_fails_does_not_count():
    lucky = [
        Trial(epsilon=e, seed=0, figures={Measure.GAP: gap}, seconds=0.0)
        for e, gap in ((0.3, 0.05), (1.0, 0.3), (3.0, 0.05), (10.0, 0.02))
    ]
    assert frontier(GAP, lucky).smallest.epsilon == 3.0


def test_all_goals_have_to_be_kept_together():
    both = goals_of(["gap<=0.1", "pairs>=0.9"])
    trials = [
        Trial(epsilon=e, seed=0, figures={Measure.GAP: 0.0, Measure.PAIRS: p}, seconds=0.0)
        for e, p in ((1.0, 0.8), (3.0, 0.95))
    ]
    assert frontier(both, trials).smallest.epsilon == 3.0


def test_a_goal_that_no_epsilon_keeps_gets_one_sentence_with_what_was_reached():
    run, _ = reaching(100.0, noise=0.1)
    trials = Search(SearchSpec(goals=GAP, seeds=(0, 1, 2)), run).trials()
    said = frontier(GAP, trials).sentence
    assert said.startswith(
        "No ε that was tried keeps AUC (or R²) lost to real training at most 0.1"
    )
    assert "ε = 10 the median is AUC (or R²) lost to real training 1.100" in said
    assert said.count(". ") == 0


def test_a_median_that_not_every_seed_keeps_is_told():
    trials = [
        Trial(epsilon=1.0, seed=s, figures={Measure.GAP: gap}, seconds=0.0)
        for s, gap in enumerate((0.05, 0.08, 0.3))
    ]
    assert "Not each of its 3 seeds does" in frontier(GAP, trials).sentence


def test_the_lowest_and_highest_of_three_seeds_enclose_the_median_three_times_in_four():
    assert coverage(3) == 0.75
    assert coverage(6) == pytest.approx(0.97, abs=0.01)


@pytest.mark.parametrize(
    "spec",
    [
        {"epsilons": ()},
        {"epsilons": (0.0,)},
        {"epsilons": (float("inf"),)},
        {"epsilons": (float("nan"),)},
        {"seeds": ()},
        {"refinements": -1},
        {"seeds": tuple(range(200))},
    ],
)
def test_a_search_that_cannot_be_run_is_refused(spec):
    with pytest.raises(BadInput):
        SearchSpec(goals=GAP, **spec)


@pytest.fixture(scope="module")
def log() -> TuningLog:
    search = SearchSpec(
        goals=goals_of(["pairs>=0.75", "gap<=0.5"]),
        epsilons=(0.1, 3.0),
        seeds=(0, 1),
        refinements=1,
    )
    return tuned(setup(search), fading, workers=1, on_progress=no_progress)


def test_better_rows_at_a_larger_epsilon_are_seen_by_the_figures(log):
    points = {p.epsilon: p for p in log.frontier.points}
    assert points[3.0].reached[Measure.PAIRS].median > points[0.1].reached[Measure.PAIRS].median
    assert points[3.0].reached[Measure.GAP].median < points[0.1].reached[Measure.GAP].median
    assert log.baseline[Measure.PAIRS] >= points[3.0].reached[Measure.PAIRS].high


def test_the_log_holds_what_it_takes_to_do_it_again_and_comes_back_the_same(log):
    document = json.loads(json.dumps(log.to_document()))
    assert log_of_text(json.dumps(document).encode()) == log
    for name in ("seeds", "split_seed", "settings", "versions", "trials", "epsilons", "delta"):
        assert name in document
    assert document["source"]["sha256"] == "ab" * 32
    assert document["found"]["smallest_epsilon"] == log.frontier.smallest.epsilon
    assert document["found"]["charged_epsilon"] == 0.0


def test_the_same_search_gives_the_same_figures(log):
    search = SearchSpec(
        goals=log.goals, epsilons=log.epsilons, seeds=log.seeds, refinements=log.refinements
    )
    again = tuned(setup(search), fading, workers=1, on_progress=no_progress)
    assert [t.figures for t in again.trials] == [t.figures for t in log.trials]


def test_an_earlier_log_is_taken_over_and_only_what_is_missing_is_run(log):
    search = SearchSpec(
        goals=log.goals, epsilons=(*log.epsilons, 8.0), seeds=log.seeds, refinements=0
    )
    FITS.clear()
    more = tuned(setup(search), fading, workers=1, earlier=log, on_progress=no_progress)
    assert {epsilon for epsilon, _ in FITS} == {8.0}
    assert len(more.trials) == len(log.trials) + 2


def test_an_earlier_log_of_other_rows_is_refused(log):
    search = SearchSpec(goals=log.goals)
    with pytest.raises(BadInput, match="set up otherwise"):
        tuned(setup(search, rows=200), fading, workers=1, earlier=log, on_progress=no_progress)


def test_a_proxy_search_is_free_and_says_that_it_only_recommends(log):
    assert log.record.mode is TuningMode.PROXY
    assert not log.record.voids
    assert log.record.configurations == len(log.frontier.points)
    assert "no private row was read" in log.account
    assert "A recommendation" in log.advice


def test_an_exploratory_search_voids_epsilon():
    search = SearchSpec(goals=goals_of(["pairs>=0.5"]), epsilons=(3.0,), seeds=(0,), refinements=0)
    explored = tuned(
        setup(search, mode=TuningMode.EXPLORATORY), fading, workers=1, on_progress=no_progress
    )
    assert explored.record.voids
    assert "ε is void: tuned on private data" in explored.record.account
    assert explored.charged_epsilon is None
    assert explored.to_document()["record"]["mode"] == "exploratory"


def test_a_chart_is_drawn_for_every_measure_with_the_goal_and_the_answer(log):
    charts = frontier_charts(log)
    assert [c.name for c in charts] == [f"frontier-{m}" for m in columns(log)]
    own = [layer["data"] for layer in charts[0].spec["layer"] if "data" in layer]
    drawn = [row for data in own for row in data["values"]]
    assert {"t": 0.75} in drawn
    assert "The goal is likeness of pairs of columns at least 0.75." in charts[0].alt
    assert charts[0].spec["encoding"]["x"]["scale"]["type"] == "log"
    assert [row.found for row in table_rows(log)].count(True) == 1


@pytest.mark.slow
def test_trials_run_in_other_processes_give_the_same(log, monkeypatch):
    # Other processes know nothing of the short learning of these tests' judges.
    monkeypatch.setattr(boosting, "HistGradientBoostingClassifier", HistGradientBoostingClassifier)
    made = setup(SearchSpec(goals=log.goals))
    bench = Bench(
        engine=fading,
        settings={},
        privacy=made.privacy,
        metadata=made.metadata,
        judge=made.judge(),
    )
    asked = [Asked(epsilon=3.0, seed=0), Asked(epsilon=0.1, seed=0)]
    with workshop(bench, 2, no_progress) as elsewhere, workshop(bench, 1, no_progress) as here:
        assert [t.figures for t in elsewhere(asked)] == [t.figures for t in here(asked)]


def test_a_cancelled_search_ends(log):
    def stop(done, total, note):
        raise Cancelled

    search = SearchSpec(goals=GAP, epsilons=(3.0,), seeds=(0,), refinements=0)
    with pytest.raises(Cancelled):
        tuned(setup(search), Fading, workers=1, on_progress=stop)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b'{"what": "something else"}'])
def test_a_file_that_is_no_log_is_refused(text):
    with pytest.raises(BadInput, match="no tuning log"):
        log_of_text(text)


def test_a_target_that_no_model_predicts_is_refused_before_any_trial():
    search = SearchSpec(goals=GAP, seeds=(0,))
    FITS.clear()
    with pytest.raises(BadInput, match="target"):
        tuned(replace(setup(search), target="note"), fading, workers=1, on_progress=no_progress)
    assert not FITS
