"""Of several drawn histories the one that is like real ones as a whole is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp
from sklearn.ensemble import GradientBoostingClassifier

from domain.kernel import no_progress
from domain.synthesis.artifacts import Artifact
from domain.synthesis.base import FitResult
from domain.synthesis.catalogue import SEQUENCES
from domain.synthesis.conditions import Lengths, SampleSpec
from domain.synthesis.sequences import candidates, likeness
from domain.synthesis.sequences.candidates import with_candidates
from domain.synthesis.sequences.cells import Cell
from domain.synthesis.sequences.drawing import Asked
from domain.synthesis.sequences.fit_notes import CHOSEN
from domain.synthesis.sequences.likeness import Likeness
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.requesting import requested
from domain.synthesis.sequences.wholes import CodedHistories, Summary
from tests.domain.synthesis.event_logs import bank_log, bank_metadata, drawn, fitted

CELLS = (
    Cell(name="place", size=4, told=lambda s: s["place"], front=True),
    Cell(name="column kind", size=3, told=lambda s: s["place"]),
    Cell(name="column amount", size=10, told=lambda s: s["place"], ordered=True),
)


def histories(kinds: list[list[int]], amounts: list[list[int]]) -> CodedHistories:
    places = [place for own in kinds for place in range(len(own))]
    codes = np.column_stack([places, np.concatenate(kinds), np.concatenate(amounts)])
    return CodedHistories(codes=codes.astype(np.int16), lengths=np.array([len(k) for k in kinds]))


def many(count: int, seed: int, *, turns: float) -> CodedHistories:
    """Kinds that take turns so often."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(3, 12, count)
    kinds = [(np.cumsum(rng.random(n) < turns) % 2).tolist() for n in lengths]
    return histories(kinds, [rng.integers(0, 10, n).tolist() for n in lengths])


@pytest.fixture(scope="module")
def poor() -> Iterator[FitResult]:
    """A log whose networks were hardly trained, so that what they draw leaves much to choose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "_TREES", 60)
        yield fitted(bank_log(320), bank_metadata(), max_epochs=1)


def model_of(fit: FitResult) -> SequenceModel:
    return SequenceModel.from_state(Artifact.from_bytes(fit.artifact, SEQUENCES).state["model"])


def twin_of(model: SequenceModel, rows: int | None, spec: SampleSpec | None = None) -> pd.DataFrame:
    parts = requested(model, rows, 1, no_progress, spec or SampleSpec())
    return pd.concat(list(parts), ignore_index=True)


def test_a_history_is_summed_up_by_shares_turns_moments_and_ends() -> None:
    two = histories([[0, 1, 0, 1], [2, 2]], [[1, 3, 5, 7], [4, 4]])
    summary = Summary.of(CELLS, two)
    assert {place for place, _ in summary.shares} == {1, 2}, "its place tells nothing of a history"
    told = dict(zip(range(100), summary.told(two).T, strict=False))
    assert told[0].tolist() == [4, 2]
    shares = 1 + len(summary.shares)
    stays, comes_back = told[shares].tolist(), told[shares + 1].tolist()
    assert (stays, comes_back) == ([0, 0.5], [0.5, 0])
    numbers = [told[place].tolist() for place in range(shares + 2, len(told))]
    assert numbers[:5] == [[4, 4], [5**0.5, 0], [1, 4], [7, 4], [1.5, 0]]
    assert numbers[-2:] == [[1, 4], [7, 4]]


def test_some_of_the_histories_are_the_same_histories() -> None:
    three = histories([[0, 1], [2], [1, 1, 0]], [[1, 2], [3], [4, 5, 6]])
    some = three.of(np.array([2, 0]))
    assert some.lengths.tolist() == [3, 2]
    assert some.codes[:, 2].tolist() == [4, 5, 6, 1, 2]


def test_what_is_like_real_histories_has_the_better_odds_before_and_after_it_was_kept() -> None:
    judge = Likeness.fit(CELLS, many(300, 1, turns=0.8), [many(900, 2, turns=0.4)], seed=0)
    real, other = (judge.log_odds(many(200, 3, turns=t)) for t in (0.8, 0.4))
    assert real.mean() > other.mean() + 1
    kept = Likeness.from_state(judge.state())
    assert (kept.log_odds(many(50, 4, turns=0.5)) == judge.log_odds(many(50, 4, turns=0.5))).all()


def test_the_odds_are_those_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[GradientBoostingClassifier] = []
    arrays = likeness._arrays

    def seen(judge: GradientBoostingClassifier) -> dict[str, np.ndarray]:
        grown.append(judge)
        return arrays(judge)

    monkeypatch.setattr(likeness, "_arrays", seen)
    monkeypatch.setattr(likeness, "_TREES", 30)
    judge = Likeness.fit(CELLS, many(200, 1, turns=0.8), [many(400, 2, turns=0.4)], seed=0)
    asked = many(100, 5, turns=0.6)
    theirs = grown[0].decision_function(judge.summary.told(asked))
    assert np.ptp(theirs - judge.log_odds(asked)) < 1e-9


@pytest.mark.parametrize(("events", "each"), [(1, 8), (2**17, 4), (2**21, 2)])
def test_the_more_events_are_asked_for_the_fewer_candidates_there_are(
    events: int, each: int
) -> None:
    def asked(rows: pd.DataFrame) -> Asked:
        nothing = np.zeros(len(rows), dtype=np.int64)
        lengths = np.full(len(rows), events)
        constants = np.zeros((len(rows), 0), dtype=np.int16)
        return Asked(lengths=lengths, constants=constants, first=nothing, last=nothing, openings={})

    times: list[int] = []

    def more(time: int) -> pd.DataFrame:
        times.append(time)
        return pd.DataFrame({"key": ["b"]})

    found = with_candidates(pd.DataFrame({"key": ["a"]}), asked, more)
    assert (found.each, found.wanted, times) == (each, 1, list(range(1, each)))


def test_kept_histories_are_nearer_to_real_ones_as_wholes(poor: FitResult) -> None:
    def shares_of_turns(log: pd.DataFrame) -> pd.Series:
        turned = (log["kind"] != log["kind"].shift()) & (log["account"] == log["account"].shift())
        return turned.groupby(log["account"].astype(str)).mean()

    model = model_of(poor)
    real = shares_of_turns(bank_log(320).sort_values(["account", "when"], kind="stable"))
    chosen, as_they_come = (
        ks_2samp(real, shares_of_turns(twin_of(m, 320))).statistic
        for m in (model, replace(model, likeness=None))
    )
    assert chosen < 0.85 * as_they_come


def test_as_many_as_asked_for_are_kept_each_with_a_key_of_its_own(poor: FitResult) -> None:
    for rows in (0, 1, 7):
        twin = drawn(poor, rows)
        assert twin["account"].nunique() == rows
        assert twin["account"].is_monotonic_increasing
    whole = drawn(poor)
    assert whole["account"].nunique() == 320
    assert whole["account"].str.fullmatch(r"A\d{5}").all()
    assert (whole.groupby("account", observed=True)["region"].nunique() == 1).all()


def test_lengths_are_as_common_as_without_choosing(poor: FitResult) -> None:
    model = model_of(poor)
    chosen, as_they_come = (
        np.sort(twin_of(m, 300).groupby("account").size())
        for m in (model, replace(model, likeness=None))
    )
    assert abs(chosen.mean() / as_they_come.mean() - 1) < 0.05


def test_where_something_is_asked_of_histories_none_is_chosen(poor: FitResult) -> None:
    spec = SampleSpec(lengths=Lengths(fewest=5, most=5))
    plain = replace(model_of(poor), likeness=None)
    pd.testing.assert_frame_equal(twin_of(model_of(poor), 20, spec), twin_of(plain, 20, spec))


def test_a_model_from_before_histories_were_chosen_still_draws(poor: FitResult) -> None:
    state = dict(model_of(poor).state())
    del state["likeness"]
    assert SequenceModel.from_state(state).likeness is None


def test_the_run_says_that_histories_are_chosen(poor: FitResult) -> None:
    assert CHOSEN in poor.notes
    assert CHOSEN not in fitted(bank_log(30), bank_metadata(), max_epochs=1).notes


def test_without_time_left_nothing_is_learned_of_wholes() -> None:
    quick = fitted(bank_log(320), bank_metadata(), max_epochs=1, max_seconds=1)
    assert model_of(quick).likeness is None


def test_histories_drawn_in_parts_are_all_kept(
    poor: FitResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.synthesis.sequences.requesting._MOST_CELLS", 1_000)
    monkeypatch.setattr(candidates, "_MOST_EVENTS", 2**11)
    twin = drawn(poor, 40)
    assert twin["account"].nunique() == 40
    assert twin["account"].is_monotonic_increasing
