"""Planted truths for the attack of someone who holds the model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import Metadata, Relationship
from domain.evaluation.report import Score
from domain.evaluation.risk import Trial
from domain.evaluation.spec import USUAL, EvaluationSpec, Part
from domain.evaluation.suite import evaluate
from domain.evaluation.white_box import HeldModel, careful_trial, white_box_scores
from domain.kernel import Cancelled, no_progress
from domain.synthesis.base import FitResult
from domain.synthesis.catalogue import entry
from domain.synthesis.constrained import Constrained
from domain.synthesis.engines import engine
from domain.synthesis.row_losses import row_losses
from domain.synthesis.settings import with_defaults
from tests.domain.evaluation.tables import METADATA, real

NAME = "leakage.white_box"
TABLE = METADATA.tables["visits"]
ASKED = EvaluationSpec(parts=frozenset({Part.WHITE_BOX}))


def fitted(name: str, train: pd.DataFrame, metadata: Metadata = METADATA, **how) -> HeldModel:
    settings = with_defaults(entry(name).settings, how)
    maker = Constrained(engine(name))
    result = maker.fit(
        {"visits": train},
        metadata,
        held_out={},
        settings=settings,
        privacy=None,
        seed=0,
        on_progress=no_progress,
    )
    return HeldModel(
        synthesizer=name,
        engine=maker,
        artifact=result.artifact,
        settings=settings,
        row_losses=row_losses,
    )


def attacked(
    model: HeldModel | None,
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    *,
    asked: EvaluationSpec = ASKED,
    unseen: bool = True,
    on_progress=no_progress,
) -> dict[str, Score]:
    scores = white_box_scores(
        model,
        {"visits": train},
        {"visits": holdout},
        METADATA,
        asked=asked,
        seed=0,
        unseen=unseen,
        on_progress=on_progress,
    )
    return {s.name: s for s in scores}


class Listed:
    """A model that knows by heart some of the people it was fitted to, and nobody else."""

    def __init__(self, share: float) -> None:
        self.share = share

    def fit(self, tables, metadata, **how) -> FitResult:
        patients = tables["visits"]["patient"]
        known = patients[: round(self.share * len(patients))]
        how["on_progress"](1, 2, "learning")
        return FitResult(artifact="\n".join(known).encode())

    def losses(self, synthesizer, artifact, table, rows, *, seed, on_progress):
        on_progress(0, 1, "looking")
        known = rows["patient"].isin(artifact.decode().split("\n")).to_numpy()
        return rows["age"].to_numpy(float) - 3.0 * known


def listed(train: pd.DataFrame, share: float) -> HeldModel:
    maker = Listed(share)
    return HeldModel(
        synthesizer="autoregressive",
        engine=maker,
        artifact=maker.fit({"visits": train}, METADATA, on_progress=no_progress).artifact,
        settings={},
        row_losses=maker.losses,
    )


@pytest.fixture(scope="module")
def overfitted() -> dict[str, Score]:
    train = real(80, 1)
    model = fitted(
        "tvae", train, epochs=400, learning_rate=0.01, latent_dimension=8, batch_size=100
    )
    return attacked(model, train, real(200, 1001))


def test_an_overfitted_network_is_found(overfitted):
    score = overfitted[NAME]
    assert score.value > score.threshold
    assert score.rates.attack_interval[0] > score.rates.control_interval[1]
    assert "beyond chance and above the limit" in score.sentence


def test_what_helps_against_it_is_told(overfitted):
    for word in ("never the model", "differential privacy", "more rows", "stop earlier"):
        assert word in overfitted[NAME].sentence


def test_every_score_has_rates_an_interval_a_baseline_a_limit_and_a_source(overfitted):
    assert set(overfitted) == {NAME, f"{NAME}_outliers", f"{NAME}_low_fpr"}
    for score in overfitted.values():
        assert score.interval[0] <= score.value <= score.interval[1]
        assert score.baseline is not None
        assert score.threshold == 0.09
        assert "Watson et al. 2022" in score.source
        assert score.rates.attacks >= 20


def test_someone_who_holds_another_model_learns_nothing():
    stranger = fitted("autoregressive", real(300, 5), max_epochs=2)
    assert attacked(stranger, real(300, 1), real(300, 2))[NAME].interval[0] == 0.0


def test_who_is_known_by_heart_is_accused_and_hardly_anybody_else():
    train = real(400, 1)
    found = attacked(listed(train, 0.3), train, real(400, 2))[f"{NAME}_low_fpr"]
    assert found.rates.control == pytest.approx(0.01)
    assert found.rates.attack == pytest.approx(0.3, abs=0.08)
    assert "at most 1 % of held-out people" in found.sentence


def test_a_model_that_knows_nobody_is_not_accused():
    train = real(400, 1)
    for score in attacked(listed(train, 0.0), train, real(400, 2)).values():
        assert "No more than chance explains" in score.sentence
        assert score.interval[0] == 0.0


def test_a_person_with_many_rows_is_one_person():
    train, holdout = (
        pd.concat([frame, frame.sample(frac=0.6, random_state=1)], ignore_index=True)
        for frame in (real(300, 1), real(300, 2))
    )
    asked = replace(ASKED, entity="patient", time="admitted")
    score = attacked(listed(train, 1.0), train, holdout, asked=asked)[NAME]
    assert score.rates.attacks == 150
    assert score.rates.attack == 1.0
    assert "whole histories" in score.sentence


def test_the_same_model_and_seed_give_the_same_scores():
    train, holdout = real(120, 1), real(220, 2)
    model = fitted("autoregressive", train, max_epochs=3)
    assert attacked(model, train, holdout) == attacked(model, train, holdout)


@pytest.mark.parametrize(
    ("name", "how"), [("autoregressive", {"max_epochs": 3}), ("ctgan", {"epochs": 2, "pac": 1})]
)
def test_a_row_has_the_same_loss_in_whatever_company_it_is_asked_about(name, how):
    model = fitted(name, real(150, 1), **how)
    rows = real(30, 2)
    ages = rows.assign(age=pd.array([40] * 30, dtype="Int64"))
    of_all = model.losses("visits", rows, 0, no_progress)
    assert of_all.shape == (30,)
    assert np.isfinite(of_all).all()
    assert model.losses("visits", rows, 0, no_progress).tolist() == of_all.tolist()
    assert not np.allclose(model.losses("visits", ages, 0, no_progress), of_all)
    if name == "autoregressive":
        some = model.losses("visits", rows.iloc[:7], 0, no_progress)
        assert some == pytest.approx(of_all[:7], abs=1e-4)


def test_the_loss_is_the_one_the_network_was_trained_by():
    model = fitted("autoregressive", real(400, 1), max_epochs=6)
    usual, odd = real(200, 2), real(200, 2)
    odd["ward"] = odd["ward"].to_numpy()[::-1].copy()
    odd["ward"] = odd["ward"].astype("category")
    by_row = [model.losses("visits", rows, 0, no_progress).mean() for rows in (usual, odd)]
    assert by_row[0] < by_row[1]


def test_a_table_with_constraints_can_be_asked_about():
    table = replace(TABLE, constraints=(parse_constraint("combination(smoker, ward)"),))
    metadata = Metadata(tables={"visits": table})
    model = fitted("autoregressive", real(200, 1), metadata, max_epochs=2)
    assert np.isfinite(model.losses("visits", real(50, 2), 0, no_progress)).all()


def test_columns_that_lead_to_a_parent_are_not_asked_of_the_reference():
    other = Relationship(
        parent_table_name="patients",
        parent_primary_key="id",
        child_table_name="visits",
        child_foreign_key="patient",
    )
    metadata = Metadata(tables={"visits": replace(TABLE, primary_key=None)}, relationships=(other,))
    seen = {}

    class Noting(Listed):
        def fit(self, tables, metadata, **how):
            seen["columns"] = list(tables["visits"])
            seen["metadata"] = metadata
            return FitResult(artifact=b"")

    model = replace(listed(real(100, 1), 0.0), engine=Noting(0.0))
    model.refitted("visits", real(100, 2), metadata, 0, no_progress)
    assert "patient" not in seen["columns"]
    assert seen["metadata"].relationships == ()


def test_those_it_cannot_be_measured_of_are_told_why():
    train, holdout = real(300, 1), real(300, 2)
    model = listed(train, 0.0)
    reasons = {
        "only the rows are at hand": attacked(None, train, holdout),
        "does not tell how likely": attacked(
            replace(model, synthesizer="sdv-ctgan"), train, holdout
        ),
        "200 held-out people": attacked(model, train, holdout.iloc[:199]),
        "Bring real rows that it was not trained on": attacked(model, train, holdout, unseen=False),
    }
    for words, scores in reasons.items():
        assert list(scores) == [NAME]
        assert scores[NAME].value is None
        assert scores[NAME].sentence.startswith("Not measured: ")
        assert words in scores[NAME].sentence


def test_a_cancel_is_heard():
    def cancel(done, total, note):
        raise Cancelled

    train = real(300, 1)
    with pytest.raises(Cancelled):
        attacked(listed(train, 0.0), train, real(300, 2), on_progress=cancel)


def test_it_is_a_part_that_an_evaluation_is_asked_for_by_name():
    train, holdout = real(300, 1), real(300, 2)
    tables = ({"visits": t} for t in (train, holdout, real(100, 3)))
    assert Part.WHITE_BOX not in USUAL.parts
    report = evaluate(
        *tables,
        METADATA,
        seed=0,
        on_progress=no_progress,
        asked=ASKED,
        model=listed(train, 1.0),
    )
    assert {s.name for s in report.scores} == {NAME, f"{NAME}_outliers", f"{NAME}_low_fpr"}
    assert report.score(NAME).value > 0.9


@pytest.mark.parametrize("rows", [50, 250])
def test_one_in_a_hundred_strangers_is_accused_at_most(rows):
    random = np.random.default_rng(0)
    tried: Trial = careful_trial(random.normal(1, 1, rows), random.normal(0, 1, rows), 0)
    assert tried.control_hits == rows // 100
    assert 0 < tried.hits < rows


def test_ties_are_broken_by_lot():
    tried = careful_trial(np.zeros(1000), np.zeros(1000), 0)
    assert tried.hits < 40
    assert tried.finding().p > 0.01


def test_chance_accuses_as_rarely_as_it_should():
    random = np.random.default_rng(0)
    ps = [
        careful_trial(random.normal(size=300), random.normal(size=300), i).finding().p
        for i in range(400)
    ]
    assert np.mean(np.array(ps) <= 0.05) <= 0.08
