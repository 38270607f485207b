"""Of several drawn histories the one that is like real ones as a whole is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from domain.datasets.entities import ColumnSpec, Metadata, PiiAction, SdType
from domain.kernel import no_progress
from domain.synthesis.artifacts import Artifact
from domain.synthesis.base import FitResult
from domain.synthesis.catalogue import SEQUENCES
from domain.synthesis.conditions import Lengths, SampleSpec
from domain.synthesis.sequences import candidates, likeness
from domain.synthesis.sequences.candidates import with_candidates
from domain.synthesis.sequences.cells import Cell
from domain.synthesis.sequences.drawing import Asked
from domain.synthesis.sequences.fit_notes import CHOSEN, CHOSEN_LESS
from domain.synthesis.sequences.likeness import Likeness
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.requesting import requested
from domain.synthesis.sequences.wholes import CodedHistories, Summary
from tests.domain.synthesis.event_logs import TABLE, bank_log, bank_metadata, drawn, fitted

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


def judged(real: CodedHistories, drawn: CodedHistories) -> Likeness:
    judge = Likeness.fit(CELLS, real, [drawn], seed=0)
    assert judge is not None
    return judge


@pytest.fixture(scope="module")
def poor() -> Iterator[FitResult]:
    """A log whose networks were hardly trained, so that what they draw leaves much to choose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "_MOST_TREES", 75)
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
    lengths, *told = summary.told(two).T.tolist()
    assert lengths == [4, 2]
    stays, comes_back, *numbers = told[len(summary.shares) :]
    assert (stays, comes_back) == ([0, 0.5], [0.5, 0])
    assert numbers[:5] == [[4, 4], [5**0.5, 0], [1, 4], [7, 4], [1.5, 0]]
    assert numbers[-2:] == [[1, 4], [7, 4]]


def test_some_of_the_histories_are_the_same_histories() -> None:
    three = histories([[0, 1], [2], [1, 1, 0]], [[1, 2], [3], [4, 5, 6]])
    some = three.of(np.array([2, 0]))
    assert some.lengths.tolist() == [3, 2]
    assert some.codes[:, 2].tolist() == [4, 5, 6, 1, 2]


def test_what_is_like_real_histories_has_the_better_odds_before_and_after_it_was_kept() -> None:
    judge = judged(many(300, 1, turns=0.8), many(900, 2, turns=0.4))
    real, other = (judge.log_odds(many(200, 3, turns=t)) for t in (0.8, 0.4))
    assert real.mean() > other.mean() + 1
    kept = Likeness.from_state(judge.state())
    assert (kept.log_odds(many(50, 4, turns=0.5)) == judge.log_odds(many(50, 4, turns=0.5))).all()


def test_the_odds_are_those_of_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    grown: list[GradientBoostingClassifier] = []
    arrays = likeness._arrays

    def seen(judge: GradientBoostingClassifier, trees: int) -> dict[str, np.ndarray]:
        grown.append(judge)
        return arrays(judge, trees)

    monkeypatch.setattr(likeness, "_arrays", seen)
    monkeypatch.setattr(likeness, "_MOST_TREES", 50)
    monkeypatch.setattr(likeness, "_ROWS", 32)
    judge = judged(many(300, 1, turns=0.8), many(900, 2, turns=0.4))
    asked = many(100, 5, turns=0.6)
    (*_, theirs) = grown[0].staged_decision_function(judge.summary.told(asked))
    assert len(judge.feature) == 50
    assert np.ptp(theirs.ravel() - judge.log_odds(asked)) < 1e-9


def test_where_nothing_tells_histories_apart_none_is_chosen() -> None:
    alike = (many(count, seed, turns=0.5) for count, seed in ((400, 1), (1_600, 2)))
    real, other = alike
    assert Likeness.fit(CELLS, real, [other], seed=0) is None


def test_what_was_learned_by_heart_is_not_used() -> None:
    judge = judged(many(300, 1, turns=0.6), many(1_200, 2, turns=0.5))
    learned, others = (judge.log_odds(many(300, seed, turns=0.6)) for seed in (1, 9))
    assert roc_auc_score([1] * 300 + [0] * 300, [*learned, *others]) < 0.8


def asked_of(rows: pd.DataFrame, events: int = 1) -> Asked:
    nothing, lengths = np.zeros(len(rows), dtype=np.int64), np.full(len(rows), events)
    constants = np.zeros((len(rows), 0), dtype=np.int16)
    return Asked(lengths=lengths, constants=constants, first=nothing, last=nothing, openings={})


@pytest.mark.parametrize(("events", "each"), [(1, 8), (2**17, 4), (2**21, 2)])
def test_the_more_events_are_asked_for_the_fewer_candidates_there_are(
    events: int, each: int
) -> None:
    times: list[int] = []

    def more(time: int) -> pd.DataFrame:
        times.append(time)
        return pd.DataFrame({"key": ["b"]})

    found = with_candidates(pd.DataFrame({"key": ["a"]}), partial(asked_of, events=events), more)
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
    assert abs(chosen.mean() / as_they_come.mean() - 1) < 0.02


def test_shares_of_constant_columns_are_those_without_choosing(poor: FitResult) -> None:
    region = twin_of(model_of(poor), 320).groupby("account")["region"].first()
    plain = (
        twin_of(replace(model_of(poor), likeness=None), 320).groupby("account")["region"].first()
    )
    assert abs((region == "north").mean() - (plain == "north").mean()) < 0.01


def test_where_something_is_asked_of_histories_none_is_chosen(poor: FitResult) -> None:
    spec = SampleSpec(lengths=Lengths(fewest=5, most=5))
    plain = replace(model_of(poor), likeness=None)
    pd.testing.assert_frame_equal(twin_of(model_of(poor), 20, spec), twin_of(plain, 20, spec))


def test_a_model_from_before_histories_were_chosen_still_draws(poor: FitResult) -> None:
    state = dict(model_of(poor).state())
    del state["likeness"]
    plain = replace(model_of(poor), likeness=None)
    assert twin_of(SequenceModel.from_state(state), 5).equals(twin_of(plain, 5))


def test_the_run_says_that_histories_are_chosen(poor: FitResult) -> None:
    assert CHOSEN in poor.notes
    assert CHOSEN not in fitted(bank_log(30), bank_metadata(), max_epochs=1).notes


def test_without_time_left_nothing_is_learned_of_wholes() -> None:
    quick = fitted(bank_log(320), bank_metadata(), max_epochs=1, max_seconds=1)
    assert model_of(quick).likeness is None
    assert CHOSEN_LESS in quick.notes


def test_histories_drawn_in_parts_are_all_kept(
    poor: FitResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.synthesis.sequences.requesting._MOST_CELLS", 1_000)
    monkeypatch.setattr(candidates, "_MOST_EVENTS", 2**11)
    twin = drawn(poor, 40)
    assert twin["account"].nunique() == 40
    assert twin["account"].is_monotonic_increasing


def with_mails(log: pd.DataFrame) -> pd.DataFrame:
    """Accounts of the south have an address of their own, the others none."""
    south = (log["region"] == "south").to_numpy()
    mails = log["account"].astype(object) + "@example.org"
    return log.assign(mail=mails.where(south, None).astype("string[pyarrow]"))


def test_gaps_of_what_each_has_for_itself_stay_where_they_were_drawn() -> None:
    mail = ColumnSpec(name="mail", sdtype=SdType.TEXT, pii_action=PiiAction.SURROGATE)
    about = bank_metadata()
    table = replace(about.tables[TABLE], columns=(*about.tables[TABLE].columns, mail))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "_MOST_TREES", 50)
        fit = fitted(with_mails(bank_log(320)), Metadata(tables={TABLE: table}), max_epochs=1)
    twin = drawn(fit, 200).groupby("account", as_index=False)[["region", "mail"]].first()
    has = twin["mail"].notna()
    assert has[twin["region"] == "south"].mean() > 0.9
    assert has[twin["region"] == "north"].mean() < 0.1
    assert twin["mail"].dropna().is_unique


def test_invented_words_stay_words_in_the_smallest_sample() -> None:
    wanted, other = (pd.DataFrame({"code": pd.Categorical([word])}) for word in ("a", "b"))
    found = with_candidates(wanted, asked_of, lambda time: other)
    assert found.rows["code"].dtype == "category"
    assert found.rows["code"].tolist() == ["a", *["b"] * (found.each - 1)]
