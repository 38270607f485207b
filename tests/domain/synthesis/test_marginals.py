"""One table learned from noisy marginals: what is read is paid for, and what comes out is like."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, PiiAction, SdType, TableMetadata
from domain.kernel import BadInput, no_progress
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.privacy.code_book import CodeBook
from domain.privacy.private_table import PrivateTable
from domain.privacy.randomness import SealedSeed
from domain.privacy.touches import Touches, Uncharged
from domain.privacy.zcdp import epsilon_of
from domain.synthesis import marginals
from domain.synthesis.artifacts import Artifact
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import Amplification, Condition, Operator, SampleSpec
from domain.synthesis.marginals import Marginals
from domain.synthesis.private_fit import PRECISION

ROWS = 2_000
SECRET = bytes(range(32))
SPECS = (
    ColumnSpec(name="id", sdtype=SdType.ID),
    ColumnSpec(name="age", sdtype=SdType.INTEGER),
    ColumnSpec(name="pay", sdtype=SdType.FLOAT, decimals=2),
    ColumnSpec(name="job", sdtype=SdType.CATEGORICAL),
    ColumnSpec(name="rich", sdtype=SdType.BOOLEAN),
    ColumnSpec(name="since", sdtype=SdType.DATETIME, date_only=True, datetime_format="%Y-%m-%d"),
)
METADATA = Metadata(tables={"people": TableMetadata(columns=SPECS, primary_key="id")})
ASKED = PrivacySpec(epsilon=4.0, delta=1e-5, secret=SECRET)
BOOK = CodeBook(
    source="the survey's code book",
    person="Ada",
    values={"job": ("clerk", "cook", "nurse")},
    bounds={"age": (18, 80)},
)


def people(rows: int = ROWS, seed: int = 0) -> pd.DataFrame:
    """Pay is nothing for many, depends on the job, and decides who is rich."""
    rng = np.random.default_rng(seed)
    job = rng.choice(["clerk", "cook", "nurse"], rows, p=[0.5, 0.3, 0.2])
    means = pd.Series(job).map({"clerk": 30_000, "cook": 20_000, "nurse": 50_000}).to_numpy()
    pay = np.where(rng.random(rows) < 0.4, 0.0, rng.normal(means, 3_000).round(2))
    age = pd.Series(rng.integers(18, 81, rows), dtype="Int64")
    since = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 2_000, rows), unit="D")
    return pd.DataFrame(
        {
            "id": pd.Series([f"real-{n}" for n in range(rows)], dtype="string[pyarrow]"),
            "age": age.mask(rng.random(rows) < 0.2),
            "pay": pay,
            "job": pd.Categorical(job),
            "rich": pd.Series(pay > 35_000, dtype="boolean"),
            "since": pd.Series(since),
        }
    )


def fitted(frame: pd.DataFrame | None = None, privacy: PrivacySpec | None = ASKED) -> FitResult:
    return Marginals().fit(
        {"people": people() if frame is None else frame},
        METADATA,
        held_out={},
        settings={"target": "rich", "iterations": 60, "corrections": 1},
        privacy=privacy,
        seed=0,
        on_progress=no_progress,
    )


def drawn(result: FitResult, rows: int | None = None, seed: int = 0, **more) -> pd.DataFrame:
    chunks = Marginals().sample(
        result.artifact, rows=rows, seed=seed, on_progress=no_progress, **more
    )
    return pd.concat([chunk["people"] for chunk in chunks], ignore_index=True)


@pytest.fixture(scope="module")
def result() -> FitResult:
    return fitted()


@pytest.fixture(scope="module")
def twin(result: FitResult) -> pd.DataFrame:
    return drawn(result)


def test_the_twin_has_the_columns_types_and_rows_of_the_table(twin):
    real = people()
    assert list(twin.columns) == list(real.columns)
    assert len(twin) == ROWS
    for name in ("id", "age", "pay", "rich", "since"):
        assert twin[name].dtype == real[name].dtype, name


def test_shares_a_zero_and_gaps_come_out_about_as_often_as_they_are(twin):
    real = people()
    shares = [f["job"].astype(str).value_counts(normalize=True) for f in (real, twin)]
    assert (shares[0] - shares[1]).abs().max() < 0.03
    assert (twin["pay"] == 0).mean() == pytest.approx(0.4, abs=0.03)
    assert twin["age"].isna().mean() == pytest.approx(0.2, abs=0.03)
    assert not twin["pay"].isna().any()


def test_numbers_lie_where_they_do_and_depend_on_what_they_do(twin):
    nurses, cooks = (twin[(twin["job"] == j) & (twin["pay"] > 0)] for j in ("nurse", "cook"))
    assert nurses["pay"].median() == pytest.approx(50_000, rel=0.1)
    assert cooks["pay"].median() == pytest.approx(20_000, rel=0.1)
    right = (twin["pay"] > 35_000) == twin["rich"].astype(bool)
    assert right.mean() > 0.93
    assert twin["age"].dropna().between(10, 100).all()
    assert twin["since"].dt.year.between(2014, 2021).all()


def test_identifiers_are_invented_from_a_space_of_their_own(twin):
    assert twin["id"].is_unique
    assert not set(twin["id"]) & set(people()["id"])


def test_every_look_is_charged_and_their_sum_is_what_was_fixed(result):
    said = result.statement
    assert said is not None
    assert said.epsilon <= 4.0 <= said.second_epsilon * (1 + 1e-6)
    assert said.rho_spent == pytest.approx(sum(t["rho"] for t in said.touches))
    assert said.rho_spent <= said.rho * (1 + 1e-9)
    assert said.rho_spent > 0.99 * said.rho
    assert sum(t["delta"] for t in said.touches) == pytest.approx(said.delta_discovery)
    assert 0 < said.delta_discovery < said.delta
    assert said.seed_commitment == SealedSeed(SECRET).commitment
    assert SECRET.hex() not in repr(said)


def test_at_other_delta_everything_is_paid_for_and_nothing_is_told_below_the_headline(result):
    said = result.statement
    told = dict(said.curve)
    assert list(told) == [1e-4, 1e-5]
    assert told[1e-4] < said.epsilon <= told[1e-5]
    spent = said.delta_discovery + PRECISION * (said.delta - said.delta_discovery)
    assert told[1e-4] == pytest.approx(epsilon_of(said.rho, 1e-4 - spent))


def test_a_statement_survives_being_written_down(result):
    said = result.statement
    assert PrivacyStatement.from_document(said.to_document()) == said


def test_a_look_at_a_column_that_nobody_paid_for_ends_the_fit(monkeypatch):
    """A fault that asks one question more than the budget holds must not give a result."""
    usual = PrivateTable.total_as_public

    def curious(table: PrivateTable) -> int:
        most = table.touches.rho * 0.9
        table.counts("one thing more", lambda f: np.zeros(len(f), np.int64), 1, rho=most)
        return usual(table)

    monkeypatch.setattr(PrivateTable, "total_as_public", curious)
    with pytest.raises(Uncharged):
        fitted()


def test_the_rows_are_reached_through_the_private_table_only(monkeypatch):
    """With a handle that answers from another table, nothing of the real one comes through."""
    other = people(seed=7)
    usual = PrivateTable.__init__

    def blind(self, frame, touches, seed, **more):
        usual(self, other, touches, seed, **more)

    monkeypatch.setattr(PrivateTable, "__init__", blind)
    real = people().assign(pay=-1.0, job=pd.Categorical(["astronaut"] * ROWS))
    assert fitted(real).artifact == fitted(other).artifact


def test_a_word_of_one_person_is_not_told():
    frame = people()
    frame["job"] = pd.Categorical(["astronaut", *frame["job"].astype(str)[1:]])
    found = fitted(frame)
    assert b"astronaut" not in found.artifact
    assert "astronaut" not in set(drawn(found, 20_000)["job"])


def test_the_same_secret_and_seed_give_the_same_bytes_and_another_secret_others(result):
    assert fitted().artifact == result.artifact
    other = fitted(privacy=replace(ASKED, secret=bytes(32)))
    assert other.artifact != result.artifact
    assert drawn(result, 50).equals(drawn(result, 50))
    assert not drawn(result, 50).equals(drawn(result, 50, seed=1))


def test_what_a_code_book_says_is_not_asked_and_who_says_so_is_noted():
    said = fitted(privacy=replace(ASKED, code_book=BOOK)).statement
    declared = [t for t in said.touches if t["basis"] == "declared public"]
    assert {t["what"] for t in declared} == {"categories of “job”", "bounds of “age”"}
    assert all(t["declaration"] == {"source": BOOK.source, "person": "Ada"} for t in declared)
    assert said.delta_discovery == 0
    assert not any("common values" in t["what"] for t in said.touches)


def test_a_person_with_many_rows_is_protected_as_one():
    frame = people()
    frame["id"] = pd.Series([f"p{n % 700}" for n in range(ROWS)], dtype="string[pyarrow]")
    spec = replace(ASKED, unit="id", rows_a_unit=2)
    found = fitted(frame, spec)
    assert (found.statement.unit, found.statement.rows_a_unit) == ("id", 2)
    assert len(drawn(found)) == pytest.approx(1_400, rel=0.1)
    assert any(t["what"] == "counts of all rows" for t in found.statement.touches)


def test_conditions_on_every_row_hold_and_others_are_refused(result):
    nurse = Condition(column="job", test=Operator.IS, values=("nurse",))
    rows = drawn(result, 100, spec=SampleSpec(where=(nurse,)))
    assert len(rows) == 100
    assert set(rows["job"]) == {"nurse"}
    more = SampleSpec(amplify=(Amplification(condition=nurse, factor=2.0),))
    with pytest.raises(BadInput, match="conditions on every row only"):
        drawn(result, 10, spec=more)


def test_a_condition_that_hardly_any_row_fulfils_is_refused(result, monkeypatch):
    monkeypatch.setattr(marginals, "_CHUNK_ROWS", 500)
    never = Condition(column="age", test=Operator.ABOVE, values=("100000",))
    with pytest.raises(BadInput, match="Hardly any row"):
        drawn(result, 10, spec=SampleSpec(where=(never,)))


def test_without_a_budget_it_says_how_to_ask_for_one():
    with pytest.raises(BadInput, match="ask for an ε, such as 1"):
        fitted(privacy=None)


@pytest.mark.parametrize(
    ("epsilon", "delta"),
    [(0, 1e-5), (-1, 1e-5), (float("inf"), 1e-5), (float("nan"), 1e-5), (1, 0), (1, 1 / ROWS)],
)
def test_parameters_that_promise_nothing_are_refused(epsilon, delta):
    with pytest.raises(BadInput):
        fitted(privacy=replace(ASKED, epsilon=epsilon, delta=delta))


def test_a_table_too_wide_or_of_identifiers_alone_is_refused():
    specs = tuple(ColumnSpec(name=f"c{i}", sdtype=SdType.INTEGER) for i in range(101))
    hidden = tuple(replace(s, pii_action=PiiAction.SURROGATE) for s in specs[:3])
    for columns, words in ((specs, "100 columns at most"), (hidden, "Every column")):
        frame = pd.DataFrame({s.name: pd.Series([1, 2], dtype="Int64") for s in columns})
        with pytest.raises(BadInput, match=words):
            Marginals().fit(
                {"t": frame},
                Metadata(tables={"t": TableMetadata(columns=columns)}),
                held_out={},
                settings={},
                privacy=ASKED,
                seed=0,
                on_progress=no_progress,
            )


def test_the_artifact_holds_noisy_answers_and_nothing_of_a_row(result):
    state = Artifact.from_bytes(result.artifact, "marginals").state
    kept = marginals.FittedTable.from_state(state)
    real = people()["job"].value_counts().to_numpy()
    assert not np.isin(kept.encoder.columns["job"].counts, real).all()
    assert b"real-" not in result.artifact


def test_a_table_of_nothing_but_noise_still_gives_rows():
    tiny = people(40)
    found = fitted(tiny, replace(ASKED, epsilon=0.1))
    assert len(drawn(found, 200)) == 200


def test_touches_are_never_negative_or_above_their_share(result):
    touches = Touches(rho=1.0, delta=0.0)
    assert touches.left == 1.0
    assert all(t["rho"] >= 0 for t in result.statement.touches)
