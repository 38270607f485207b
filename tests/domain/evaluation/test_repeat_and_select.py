"""A choice of settings on private rows: every look is paid for, and one candidate is released."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.evaluation import repeat_and_select
from domain.evaluation.paid_choice import PaidChoice
from domain.evaluation.pair_errors import PairErrors, pairs_of
from domain.kernel import BadInput, no_progress
from domain.privacy.accounting import AccountingError
from domain.privacy.budget import PrivacySpec, PrivacyStatement, TuningMode
from domain.privacy.randomness import SealedSeed
from domain.privacy.selection import EveryOnce, RandomlyOften
from domain.privacy.zcdp import epsilon_of, rho_for
from domain.synthesis.base import FitResult
from domain.synthesis.marginals import Marginals
from tests.domain.evaluation.tables import METADATA, real
from tests.domain.evaluation.tunable import FITS, Fading

SECRET = bytes(range(32))
ASKED = PrivacySpec(epsilon=4.0, delta=1e-5, secret=SECRET)
TABLE = METADATA.tables["visits"]
FEW = ({"spoil": 0.9}, {"spoil": 0.0})
MANY = tuple({"spoil": spoil} for spoil in (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.0))


def chosen(candidates, privacy=ASKED, rows=None, engine=None) -> FitResult:
    return PaidChoice(engine or Fading()).fit(
        {"visits": real(400, 3) if rows is None else rows},
        METADATA,
        held_out={},
        settings={"target": "outcome"},
        privacy=replace(privacy, candidates=tuple(candidates)),
        seed=0,
        on_progress=no_progress,
    )


@pytest.fixture(scope="module")
def of_few() -> PrivacyStatement:
    return chosen(FEW).statement


@pytest.fixture(scope="module")
def of_many() -> PrivacyStatement:
    return chosen(MANY).statement


def test_without_candidates_the_engine_itself_is_asked_once():
    FITS.clear()
    chosen(())
    assert FITS == [(4.0, 0)]


def test_the_best_of_the_candidates_is_released_and_named():
    released = chosen(FEW, replace(ASKED, epsilon=20.0))
    assert any(
        note.startswith("Chosen on the private rows: spoil = 0.0.") for note in released.notes
    )
    assert len(released.artifact) == len(
        Fading()
        .fit(
            {"visits": real(400, 3)},
            METADATA,
            held_out={},
            settings={"spoil": 0.0},
            privacy=ASKED,
            seed=0,
            on_progress=no_progress,
        )
        .artifact
    )


def test_the_total_is_what_was_asked_for_and_more_than_one_trial_of_it(of_few, of_many):
    for statement, candidates in ((of_few, 2), (of_many, 7)):
        assert statement.epsilon == pytest.approx(4.0, rel=1e-4)
        assert statement.epsilon <= 4.0
        assert statement.delta == 1e-5
        assert statement.tuning.mode is TuningMode.CHARGED
        assert statement.tuning.configurations == candidates
        assert not statement.void


def test_at_the_delta_that_was_asked_for_no_less_than_the_headline_is_told(of_few, of_many):
    for statement in (of_few, of_many):
        told = dict(statement.curve)
        assert told[1e-5] >= statement.epsilon > told[1e-4]
        assert 1e-6 not in told


def test_each_of_few_candidates_is_tried_and_their_costs_add_up(of_few):
    FITS.clear()
    chosen(FEW)
    assert len(FITS) == 2
    assert of_few.rho == pytest.approx(rho_for(4.0, 0.75e-5 * 0.99), rel=1e-4)
    assert of_few.second_epsilon >= of_few.epsilon


def test_the_score_is_a_touch_and_is_paid_for_within_the_trial(of_few):
    scored = [t for t in of_few.touches if "pairs of columns are from the twin" in t["what"]]
    trained = [t for t in of_few.touches if t not in scored]
    assert len(scored) == len(trained) == 1
    assert scored[0]["basis"] == "charged"
    assert scored[0]["rho"] == pytest.approx(of_few.rho / 2 * 0.1)
    assert scored[0]["rho"] + trained[0]["rho"] <= of_few.rho / 2


def test_of_many_candidates_nobody_is_told_how_many_trials_there_were(of_many):
    FITS.clear()
    chosen(MANY)
    assert len(FITS) >= 1
    assert of_many.rho is None
    assert "a geometric number" in of_many.accountant
    assert any("drawn in secret and not told" in words for words in of_many.not_covered)
    assert f" {len(FITS)} trials" not in of_many.tuning.account


def test_with_a_drawn_number_of_trials_nobody_is_told_that_every_candidate_was_tried(
    of_few, of_many
):
    assert "nobody is told which were" in of_many.tuning.account
    assert "never tried" not in of_few.tuning.account
    assert all("were tried" not in s.tuning.account for s in (of_few, of_many))


def test_another_secret_draws_another_number_of_trials():
    numbers = set()
    for first in range(4):
        FITS.clear()
        chosen(MANY, replace(ASKED, secret=bytes([first]) * 32), rows=real(60, 3))
        numbers.add(len(FITS))
    assert len(numbers) > 1


def test_the_sealed_seed_of_the_whole_search_is_committed_to(of_few):
    assert of_few.seed_commitment == SealedSeed(SECRET).commitment


def test_a_trial_has_less_than_training_once_would(of_few):
    FITS.clear()
    chosen(FEW)
    assert all(epsilon < 4.0 for epsilon, _ in FITS)
    assert "saves none" in of_few.tuning.account


def test_an_engine_that_costs_more_than_was_fixed_is_caught():
    class Greedy(Fading):
        def fit(self, *args, **more) -> FitResult:
            found = super().fit(*args, **more)
            return replace(found, statement=replace(found.statement, rho=1.0))

    with pytest.raises(AccountingError, match="more than was fixed"):
        chosen(FEW, engine=Greedy())


def test_an_engine_that_is_not_counted_in_rho_is_refused():
    class Stepping(Fading):
        def fit(self, *args, **more) -> FitResult:
            found = super().fit(*args, **more)
            return replace(found, statement=replace(found.statement, rho=None))

    with pytest.raises(BadInput, match="leave out the candidates"):
        chosen(FEW, engine=Stepping())


def test_the_delta_of_discovered_words_counts_once_for_every_trial():
    search = repeat_and_select._Search(
        engine=Fading(),
        candidates=MANY,
        rows=real(60, 1),
        metadata=METADATA,
        settings={},
        privacy=ASKED,
        seed=0,
    )
    trial = search._opening(search._of_trial(SECRET))
    whole = search._opening(ASKED)
    assert trial.discovery > 0
    assert search._plan.mean * trial.discovery == pytest.approx(whole.discovery)
    assert whole.discovery + whole.rest <= ASKED.delta


def test_the_epsilon_of_a_trial_is_that_of_its_share_of_rho():
    search = repeat_and_select._Search(
        engine=Fading(),
        candidates=MANY,
        rows=real(60, 1),
        metadata=METADATA,
        settings={},
        privacy=ASKED,
        seed=0,
    )
    spec = search._of_trial(SECRET)
    rest = search._opening(spec).rest
    assert spec.epsilon == pytest.approx(epsilon_of(search._plan.rho * 0.9, rest), rel=1e-4)
    assert isinstance(search._plan, RandomlyOften)


def test_adding_or_removing_any_row_moves_the_score_by_its_sensitivity_at_most():
    twin, rows = real(80, 5), real(40, 6)
    errors = PairErrors(twin, TABLE, "outcome", 0)
    whole = errors.of(rows)
    moved = [abs(errors.of(rows.drop(index=place)) - whole) for place in range(len(rows))]
    assert max(moved) <= errors.sensitivity
    assert max(moved) > 0


def test_a_row_unlike_any_in_the_twin_moves_the_score_no_further():
    errors = PairErrors(real(120, 5), TABLE, "outcome", 0)
    rows = real(120, 6)
    odd = rows.iloc[[0]].assign(age=10_000, pressure=np.nan, ward=pd.Categorical(["unheard of"]))
    assert abs(errors.of(pd.concat([rows, odd])) - errors.of(rows)) <= errors.sensitivity


def test_a_twin_that_holds_one_value_only_scores_worse_than_a_like_one():
    rows = real(200, 6)
    collapsed = real(200, 5)
    collapsed["age"] = collapsed["age"].iloc[0]
    collapsed["outcome"] = collapsed["outcome"].iloc[0]
    like = PairErrors(real(200, 7), TABLE, "outcome", 0).of(rows)
    assert PairErrors(collapsed, TABLE, "outcome", 0).of(rows) > 1.3 * like


def test_every_column_is_paired_with_the_target_and_of_many_others_some_are_drawn():
    columns = [f"c{number}" for number in range(30)]
    pairs = pairs_of(columns, "c7", 0)
    assert sum("c7" in pair for pair in pairs) == 29
    assert len(pairs) == 29 + 60
    assert len(set(pairs)) == len(pairs)
    assert len(pairs_of(columns[:4], None, 0)) == 6


def test_marginals_are_chosen_among_for_real():
    small = replace(ASKED, epsilon=6.0)
    found = chosen(
        (
            {"bins": 4, "iterations": 30, "corrections": 0},
            {"bins": 8, "iterations": 30, "corrections": 0},
        ),
        small,
        engine=Marginals(),
    )
    statement = found.statement
    assert isinstance(statement.tuning.account, str)
    assert statement.epsilon <= 6.0
    charged = sum(touch["rho"] for touch in statement.touches if touch["basis"] == "charged")
    assert charged <= statement.rho / 2 * (1 + 1e-9)
    assert EveryOnce(rho=statement.rho / 2, trials=2).epsilon(1e-5) <= 6.0
