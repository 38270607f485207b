"""Networks trained by DP-SGD: what is read is paid for, and what comes out is somewhat like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import Metadata, TableMetadata
from domain.kernel import BadInput, no_progress
from domain.privacy import accounting
from domain.privacy.budget import PrivacySpec, PrivacyStatement
from domain.privacy.poisson_batches import PoissonBatches
from domain.privacy.private_table import PrivateTable
from domain.privacy.touches import Uncharged
from domain.synthesis.artifacts import Artifact
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import Amplification, Condition, Operator, SampleSpec
from domain.synthesis.engines import engine
from domain.synthesis.private_networks.choice import PRIVATE, private_network
from tests.domain.synthesis.test_marginals import ASKED, METADATA, ROWS, SECRET, people

NETWORKS = ("autoregressive", "ctgan", "tvae")
SETTINGS = {"private_steps": 60, "private_batch_size": ROWS // 10}
FEW = {"private_steps": 2, "private_batch_size": ROWS}
"""The same for all, since finding the noise takes a second or two and is done once; every row in
every batch, where that is at its quickest."""


def fitted(
    name: str,
    frame: pd.DataFrame | None = None,
    privacy: PrivacySpec = ASKED,
    settings: Mapping[str, int] | None = None,
) -> FitResult:
    return engine(name).fit(
        {"people": people() if frame is None else frame},
        METADATA,
        held_out={},
        settings=settings or SETTINGS,
        privacy=privacy,
        seed=0,
        on_progress=no_progress,
    )


def drawn(name: str, result: FitResult, rows: int | None = None, **more) -> pd.DataFrame:
    seed = more.pop("seed", 0)
    chunks = engine(name).sample(
        result.artifact, rows=rows, seed=seed, on_progress=no_progress, **more
    )
    return pd.concat([chunk["people"] for chunk in chunks], ignore_index=True)


@pytest.fixture(scope="module", autouse=True)
def _accountants_that_round_up_more() -> Iterator[None]:
    """Ten times coarser and so ten times as quick; they promise less, and never more."""
    usual = accounting._pld
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounting, "_pld", lambda interval=0.0: usual(max(interval, 1e-3)))
        patch.setattr(accounting, "_SAMPLED_ORDERS", (2, 3, 4, 5, 6, 8, 12, 16, 32, 64))
        yield


@pytest.fixture(scope="module")
def results() -> Callable[[str], FitResult]:
    known: dict[str, FitResult] = {}

    def of(name: str) -> FitResult:
        if name not in known:
            known[name] = fitted(name)
        return known[name]

    return of


@pytest.mark.parametrize("name", NETWORKS)
def test_the_twin_has_the_columns_types_and_rows_of_the_table(results, name):
    real, twin = people(), drawn(name, results(name))
    assert list(twin.columns) == list(real.columns)
    assert len(twin) == ROWS
    for column in ("id", "age", "pay", "rich", "since"):
        assert twin[column].dtype == real[column].dtype, column
    assert twin["id"].is_unique
    assert not set(twin["id"]) & set(real["id"])


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_published_is_no_more_than_was_asked_and_says_how_it_was_trained(results, name):
    said = results(name).statement
    assert said is not None
    assert 3.9 < said.epsilon <= 4.0
    assert said.second_epsilon >= said.epsilon
    assert said.accountant.startswith("PLD")
    assert dict(said.curve)[1e-5] >= said.epsilon > dict(said.curve)[1e-4]
    assert any("lowest bits" in sentence for sentence in said.not_covered)
    assert "not proved" in said.randomness
    assert said.training["sampler"] == "Poisson"
    assert said.training["steps"] == SETTINGS["private_steps"]
    assert said.training["sample_rate"] == pytest.approx(0.1)
    assert said.training["networks"]
    assert PrivacyStatement.from_document(said.to_document()).training == said.training
    steps = [t for t in said.touches if "DP-SGD" in t["mechanism"]]
    assert len(steps) == 1
    assert steps[0]["sensitivity"] == said.training["max_grad_norm"]
    assert all(t["mechanism"] or t["basis"] != "charged" for t in said.touches)


def test_the_autoregressive_twin_learns_what_depends_on_what(results):
    twin = drawn("autoregressive", results("autoregressive"))
    right = (twin["pay"] > 35_000) == twin["rich"].astype(bool)
    assert right.mean() > 0.8
    assert (twin["pay"] == 0).mean() == pytest.approx(0.4, abs=0.04)
    shares = [f["job"].astype(str).value_counts(normalize=True) for f in (people(), twin)]
    assert (shares[0] - shares[1]).abs().max() < 0.03


@pytest.mark.parametrize("name", NETWORKS)
def test_an_artifact_says_that_it_is_private_and_draws_the_same_rows_again(results, name):
    artifact = Artifact.from_bytes(results(name).artifact, name)
    assert PRIVATE in artifact.state
    assert b"real-" not in results(name).artifact
    assert drawn(name, results(name), 40).equals(drawn(name, results(name), 40))
    assert not drawn(name, results(name), 40).equals(drawn(name, results(name), 40, seed=1))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_secret_and_seed_give_the_same_bytes_and_another_secret_others(name):
    first = fitted(name, settings=FEW)
    assert fitted(name, settings=FEW).artifact == first.artifact
    other = fitted(name, privacy=replace(ASKED, secret=bytes(32)), settings=FEW)
    assert other.artifact != first.artifact


@pytest.mark.parametrize("name", NETWORKS)
def test_the_rows_are_reached_through_the_private_table_only(monkeypatch, name):
    """With a handle that answers from another table, nothing of the real one comes through."""
    other = people(seed=7)
    usual = PrivateTable.__init__

    def blind(self, frame, touches, seed, **more):
        usual(self, other, touches, seed, **more)

    monkeypatch.setattr(PrivateTable, "__init__", blind)
    real = people().assign(pay=-1.0, job=pd.Categorical(["astronaut"] * ROWS))
    found, wanted = fitted(name, real, settings=FEW), fitted(name, other, settings=FEW)
    assert found.artifact == wanted.artifact


@pytest.mark.parametrize("name", NETWORKS)
def test_one_batch_more_than_was_paid_for_ends_the_fit(monkeypatch, name):
    usual = PoissonBatches.next

    def greedy(self):
        usual(self)
        return usual(self)

    monkeypatch.setattr(PoissonBatches, "next", greedy)
    with pytest.raises(Uncharged):
        fitted(name, settings=FEW)


@pytest.mark.parametrize("name", NETWORKS)
def test_empty_samples_are_legal_and_still_take_noisy_steps(name):
    asked = replace(ASKED, epsilon=0.5)
    result = fitted(name, people(40), asked, {"private_steps": 5, "private_batch_size": 1})
    assert len(drawn(name, result, 30)) == 30


def test_progress_tells_steps_and_nothing_of_the_loss():
    notes: list[str] = []
    engine("autoregressive").fit(
        {"people": people(40)},
        METADATA,
        held_out={},
        settings={"private_steps": 5, "private_batch_size": 40},
        privacy=ASKED,
        seed=0,
        on_progress=lambda done, total, note: notes.append(note),
    )
    assert any("of 5" in note for note in notes)
    assert not any("loss" in note or "nats" in note for note in notes)


def test_a_person_with_many_rows_is_protected_as_one():
    frame = people()
    frame["id"] = pd.Series([f"p{n % 1_000}" for n in range(ROWS)], dtype="string[pyarrow]")
    spec = replace(ASKED, unit="id", rows_a_unit=2)
    found = fitted("autoregressive", frame, spec, {"private_steps": 40, "private_batch_size": 100})
    said = found.statement
    assert (said.unit, said.rows_a_unit) == ("id", 2)
    assert said.epsilon <= 4.0 <= said.second_epsilon * 1.05
    assert said.training["sample_rate"] == pytest.approx(0.1, rel=0.2)
    assert len(drawn("autoregressive", found)) == pytest.approx(2_000, rel=0.1)
    assert [t["what"] for t in said.touches if "number of privacy units" in t["what"]]


def test_conditions_on_every_row_hold_and_others_are_refused(results):
    nurse = Condition(column="job", test=Operator.IS, values=("nurse",))
    rows = drawn("autoregressive", results("autoregressive"), 50, spec=SampleSpec(where=(nurse,)))
    assert len(rows) == 50
    assert set(rows["job"]) == {"nurse"}
    more = SampleSpec(amplify=(Amplification(condition=nurse, factor=2.0),))
    with pytest.raises(BadInput, match="conditions on every row only"):
        drawn("autoregressive", results("autoregressive"), 10, spec=more)
    with pytest.raises(BadInput, match="fills no gaps"):
        engine("autoregressive").complete(
            results("autoregressive").artifact, people(3), seed=0, on_progress=no_progress
        )


def test_without_noise_nothing_is_proved_and_the_notes_say_so():
    silent = replace(private_network("autoregressive"), noise=lambda count, sigma: np.zeros(count))
    result = silent.fit(
        {"people": people(40)},
        METADATA,
        settings={"private_steps": 5, "private_batch_size": 40},
        privacy=ASKED,
        seed=0,
        on_progress=no_progress,
    )
    assert result.statement is None
    assert "nothing is proved" in result.notes[0]


def test_several_tables_are_refused():
    two = Metadata(
        tables={"a": METADATA.tables["people"], "b": TableMetadata(columns=(), primary_key=None)}
    )
    with pytest.raises(BadInput, match="single tables only under differential"):
        private_network("tvae").fit(
            {"a": people(30), "b": people(30)},
            two,
            settings={},
            privacy=replace(ASKED, secret=SECRET),
            seed=0,
            on_progress=no_progress,
        )


@pytest.mark.parametrize("name", NETWORKS)
def test_an_empty_table_is_refused(name):
    with pytest.raises(BadInput, match="has no rows"):
        fitted(name, people(3)[:0])


def test_a_table_of_identifiers_alone_is_refused():
    alone = Metadata(tables={"t": TableMetadata(columns=METADATA.tables["people"].columns[:1])})
    with pytest.raises(BadInput, match="Every column"):
        private_network("tvae").fit(
            {"t": people(30)[["id"]]},
            alone,
            settings={},
            privacy=ASKED,
            seed=0,
            on_progress=no_progress,
        )
