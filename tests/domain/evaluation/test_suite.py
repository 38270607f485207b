"""Planted truths: the suite says what is known to be so."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    SdType,
    TableMetadata,
)
from domain.evaluation.comparison import compare
from domain.evaluation.report import EvaluationReport
from domain.evaluation.spec import USUAL_PARTS, EvaluationSpec, Part
from domain.evaluation.suite import evaluate, headline
from domain.evaluation.utility import utility_scores
from domain.kernel import BadInput, Cancelled, no_progress
from tests.domain.evaluation.tables import MEASURED, METADATA, real, shuffled, typed

ROWS = 800
WITHOUT = USUAL_PARTS - {Part.UTILITY}
"""Without a target no test here looks at utility, and choosing one takes a second."""
LIKENESS = frozenset({Part.SIMILARITY})
USE = frozenset({Part.UTILITY})
ATTACKS = frozenset({Part.LEAKAGE})


def judged(
    train: pd.DataFrame,
    holdout: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    target: str | None = None,
    metadata: Metadata = METADATA,
    seed: int = 0,
    parts: frozenset[Part] | None = None,
) -> EvaluationReport:
    """All parts that a test can look at, unless it says which it does."""
    (name,) = metadata.tables
    return evaluate(
        {name: train},
        {name: holdout},
        {name: synthetic},
        metadata,
        asked=EvaluationSpec(target=target, parts=parts or (USUAL_PARTS if target else WITHOUT)),
        seed=seed,
        on_progress=no_progress,
    )


def useful(train: pd.DataFrame, holdout: pd.DataFrame, target: str) -> EvaluationReport:
    """Only what models of the target say of other real rows."""
    (table,) = METADATA.tables.values()
    sides = compare(train, holdout, real(ROWS, 3), table, seed=0)
    return EvaluationReport(scores=tuple(utility_scores(sides, target)))


def value(report: EvaluationReport, name: str, scope: str = "table") -> float:
    score = report.score(name, scope)
    assert score is not None, name
    assert score.value is not None, score.sentence
    return score.value


@pytest.fixture(scope="module")
def train() -> pd.DataFrame:
    return real(ROWS, 1)


@pytest.fixture(scope="module")
def holdout() -> pd.DataFrame:
    return real(ROWS, 2)


@pytest.fixture(scope="module")
def honest(train, holdout) -> EvaluationReport:
    """Independent real rows in the place of synthetic ones."""
    return judged(train, holdout, real(ROWS, 3), target="outcome")


def test_independent_real_rows_look_real(honest):
    assert value(honest, "similarity.columns_passed") >= 5 / 6
    quality = honest.score("similarity.quality")
    assert quality is not None
    assert quality.value == pytest.approx(quality.baseline, abs=0.03)
    assert quality.value > 0.85
    assert 0.44 < value(honest, "detection.auc") < 0.56
    assert value(honest, "similarity.pairs") < 0.05


def test_independent_real_rows_are_no_nearer_to_train_and_copy_nobody(honest):
    assert 0.45 < value(honest, "privacy.dcr_share") < 0.55
    assert value(honest, "privacy.exact_copies") == 0.0


def test_independent_real_rows_are_as_useful_as_real_ones(honest):
    assert value(honest, "utility.auc", "column:outcome") > 0.8
    assert abs(value(honest, "utility.auc_gap", "column:outcome")) < 0.05
    gap = honest.score("utility.auc_gap", "column:outcome")
    assert gap is not None
    assert gap.interval is not None
    assert gap.interval[0] <= gap.value <= gap.interval[1]


def test_identifiers_text_and_surrogates_are_not_measured(honest):
    columns = {s.scope.removeprefix("column:") for s in honest.scores if "column:" in s.scope}
    assert columns == set(MEASURED)


def test_every_score_has_a_sentence_a_source_and_finite_numbers(honest):
    for score in honest.scores:
        assert score.sentence, score.name
        assert score.source, score.name
        assert score.value is None or np.isfinite(score.value)
    document = honest.to_document()
    assert (
        EvaluationReport.from_document(json.loads(json.dumps(document, allow_nan=False))) == honest
    )


def test_every_measurement_has_the_baseline_of_real_rows(honest):
    for score in honest.scores:
        assert score.baseline is not None, (score.name, score.scope)


def test_the_same_seed_gives_the_same_report():
    first, second = (
        judged(real(60, 1), real(60, 2), real(60, 3), target="outcome") for _ in range(2)
    )
    assert first == second


def test_a_copy_of_the_training_rows_is_caught(train, holdout):
    report = judged(train, holdout, train.sample(frac=1, random_state=5), parts=ATTACKS)
    assert value(report, "privacy.exact_copies") == 1.0
    assert value(report, "privacy.dcr_share") > 0.95
    assert value(report, "privacy.dcr_median") == 0.0
    copies = report.score("privacy.exact_copies")
    share = report.score("privacy.dcr_share")
    assert copies is not None
    assert share is not None
    assert "do not release" in copies.sentence
    assert "memorising" in share.sentence


def test_near_copies_are_caught_too(train, holdout):
    nudged = train.assign(pressure=train["pressure"] + 0.01)
    report = judged(train, holdout, nudged, parts=ATTACKS)
    assert value(report, "privacy.exact_copies") < 0.1
    assert value(report, "privacy.dcr_share") > 0.95


def test_shuffled_columns_pass_alone_and_fail_in_pairs(train, holdout, honest):
    parts = USUAL_PARTS - ATTACKS
    report = judged(train, holdout, shuffled(real(ROWS, 3), 4), target="outcome", parts=parts)
    assert value(report, "similarity.columns_passed") == value(honest, "similarity.columns_passed")
    pairs = report.score("similarity.pairs")
    assert pairs is not None
    assert pairs.value > 3 * pairs.baseline
    assert value(report, "detection.auc") > 0.8
    assert value(report, "utility.auc_gap", "column:outcome") < -0.2
    worst = [s for s in report.scores if s.name == "similarity.pair"]
    assert {"pair:age,pressure", "pair:smoker,ward"} <= {s.scope for s in worst[:4]}


def test_noise_is_told_apart_by_everything(train, holdout):
    rng = np.random.default_rng(0)
    noise = real(ROWS, 3).assign(
        age=pd.array(rng.integers(200, 400, ROWS), dtype="Int64"),
        ward=pd.Categorical(["nowhere"] * ROWS),
    )
    report = judged(train, holdout, noise, parts=frozenset({Part.SIMILARITY, Part.DETECTION}))
    assert value(report, "detection.auc") > 0.99
    assert value(report, "similarity.ks", "column:age") == 1.0
    assert value(report, "similarity.ks_p", "column:age") < 1e-6
    assert value(report, "similarity.tv", "column:ward") == 1.0
    assert value(report, "similarity.columns_passed") < 1.0


def test_column_tests_agree_with_scipy(train, holdout, honest):
    synthetic = real(ROWS, 3)
    ks = stats.ks_2samp(holdout["pressure"].dropna(), synthetic["pressure"].dropna())
    assert value(honest, "similarity.ks", "column:pressure") == pytest.approx(ks.statistic)
    assert value(honest, "similarity.ks_p", "column:pressure") == pytest.approx(ks.pvalue)
    counts = pd.DataFrame(
        {"a": holdout["ward"].value_counts(), "b": synthetic["ward"].value_counts()}
    )
    chi2 = stats.chi2_contingency(counts, correction=False)
    assert value(honest, "similarity.chi2_p", "column:ward") == pytest.approx(chi2.pvalue)


@pytest.mark.filterwarnings("ignore")
def test_the_quality_score_is_sdmetrics_own(train, honest):
    from sdmetrics.reports.single_table import QualityReport

    kept = {
        "age": "numerical",
        "pressure": "numerical",
        "admitted": "datetime",
        "smoker": "boolean",
        "ward": "categorical",
        "outcome": "categorical",
    }
    quality = QualityReport()
    frames = [
        f[list(kept)].astype({"age": float, "ward": str, "outcome": str, "smoker": bool})
        for f in (train, real(ROWS, 3))
    ]
    quality.generate(
        *frames, {"columns": {c: {"sdtype": s} for c, s in kept.items()}}, verbose=False
    )
    assert value(honest, "similarity.quality") == pytest.approx(quality.get_score(), abs=0.002)


def test_a_changed_rate_of_missing_cells_is_shown(train, holdout):
    synthetic = real(ROWS, 3)
    synthetic.loc[: ROWS // 2, "pressure"] = np.nan
    report = judged(train, holdout, synthetic, parts=LIKENESS)
    score = report.score("similarity.missing_difference", "column:pressure")
    assert score is not None
    assert score.value == pytest.approx(0.475, abs=0.04)
    assert abs(score.baseline) < 0.03


def test_the_headline_is_the_few_scores_that_lists_show(honest):
    numbers = headline(honest)
    assert set(numbers) == {
        "quality",
        "columns_passed",
        "auc_gap",
        "r2_gap",
        "detection_auc",
        "reidentification",
        "exact_copies",
        "dcr_share",
    }
    assert numbers["quality"] == value(honest, "similarity.quality")
    assert numbers["auc_gap"] == value(honest, "utility.auc_gap", "column:outcome")
    assert numbers["r2_gap"] is None


def test_a_numeric_target_is_measured_by_r2(train, holdout):
    report = useful(train, holdout, "pressure")
    assert value(report, "utility.r2", "column:pressure") > 0.5
    assert value(report, "utility.r2_linear", "column:pressure") > 0.5
    assert abs(value(report, "utility.r2_gap", "column:pressure")) < 0.1


def test_a_target_of_several_classes_gets_the_commonest_and_the_mean_over_classes(train, holdout):
    report = useful(train, holdout, "ward")
    assert 0.65 < value(report, "utility.auc", "column:ward") < 0.9
    assert 0.65 < value(report, "utility.macro_auc", "column:ward") < 0.9
    assert "commonest class" in report.score("utility.auc", "column:ward").sentence


RARE = (0.06, 0.03, 0.03, 0.015, 0.004)
"""Shares of rare classes, the last of twelve rows."""


@pytest.mark.slow
def test_classes_of_a_handful_of_rows_do_not_lead_the_model_of_the_others_astray():
    def frame(seed: int) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(3_000, 4))
        kind = np.where(x[:, 0] + rng.normal(0, 0.5, 3_000) > 0, "a", "b").astype(object)
        for place, (word, share) in enumerate(zip("cdefg", RARE, strict=True)):
            score = x[:, 1 + place % 3] + rng.normal(0, 0.3, 3_000)
            kind[score > np.quantile(score, 1 - share)] = word
        columns = {f"x{i}": x[:, i] for i in range(4)}
        return pd.DataFrame({**columns, "kind": pd.Categorical(kind)})

    numbers = [ColumnSpec(name=f"x{i}", sdtype=SdType.FLOAT) for i in range(4)]
    kind = ColumnSpec(name="kind", sdtype=SdType.CATEGORICAL)
    train, other = frame(1), frame(2)
    sides = compare(train, other, train, TableMetadata(columns=(*numbers, kind)), seed=0)
    score, *_ = utility_scores(sides, "kind")
    assert score.name == "utility.auc"
    assert score.baseline > 0.88  # one model of all classes reaches 0.81
    assert score.value == score.baseline


def test_a_numeric_target_of_few_values_is_predicted_as_classes():
    metadata = Metadata(
        tables={
            "t": TableMetadata(
                columns=(
                    ColumnSpec(name="x", sdtype=SdType.FLOAT),
                    ColumnSpec(name="y", sdtype=SdType.INTEGER),
                )
            )
        }
    )

    def frame(seed: int) -> pd.DataFrame:
        x = np.random.default_rng(seed).normal(size=300)
        return pd.DataFrame({"x": x, "y": pd.array((x > 0).astype(int), dtype="Int64")})

    report = judged(frame(1), frame(2), frame(3), target="y", metadata=metadata, parts=USE)
    assert value(report, "utility.auc", "column:y") > 0.95


def test_without_a_holdout_the_twin_is_compared_with_the_training_rows(train):
    report = judged(train[:200], train.iloc[:0], real(200, 3), target="outcome")
    assert all(s.baseline is None for s in report.scores)
    assert value(report, "similarity.columns_passed") > 0.5
    share = report.score("privacy.dcr_share")
    assert share is not None
    assert share.value is None
    assert "holdout" in share.sentence
    assert "no holdout was kept" in report.score("similarity.columns_passed").sentence
    assert report.score("utility.auc_gap", "column:outcome").value is None


def test_five_rows_are_enough_not_to_crash():
    report = judged(real(5, 1), real(3, 2), real(5, 3), target="outcome")
    json.dumps(report.to_document(), allow_nan=False)
    detection = report.score("detection.auc")
    assert detection is not None
    assert detection.value is None
    assert "20 rows" in detection.sentence
    assert all(s.sentence for s in report.scores)


def odd(rows: int, seed: int) -> pd.DataFrame:
    """Columns that break careless statistics."""
    frame = real(rows, seed)
    return frame.assign(
        age=pd.array([40] * rows, dtype="Int64"),
        pressure=np.full(rows, np.nan),
        ward=pd.Categorical([None] * rows, categories=["a"]),
        smoker=pd.array([None] * rows, dtype="boolean"),
        admitted=pd.Series([pd.NaT] * rows, dtype="datetime64[ns]"),
    )


@pytest.mark.parametrize("target", ["outcome", "age", "pressure", "ward"])
def test_constant_and_empty_columns_do_not_crash(target):
    parts = USUAL_PARTS if target == "outcome" else LIKENESS | USE
    report = judged(odd(60, 1), odd(40, 2), odd(60, 3), target=target, parts=parts)
    json.dumps(report.to_document(), allow_nan=False)
    assert value(report, "similarity.ks", "column:pressure") == 0.0
    assert value(report, "similarity.tv", "column:ward") == 0.0


def test_a_column_that_is_empty_on_one_side_alone_fails():
    report = judged(real(60, 1), real(40, 2), odd(60, 3), parts=LIKENESS)
    assert value(report, "similarity.ks", "column:pressure") == 1.0
    assert value(report, "similarity.ks_p", "column:pressure") == 0.0
    assert value(report, "similarity.tv", "column:ward") == 1.0


@pytest.mark.parametrize("target", ["outcome", "patient", "phone", "note"])
def test_a_target_that_cannot_be_learned_gets_a_reason(target):
    constant = real(60, 3).assign(outcome=pd.Categorical(["ill"] * 60))
    report = judged(real(60, 1), real(60, 2), constant, target=target, parts=USE)
    gap = report.score("utility.auc_gap", f"column:{target}")
    assert gap is not None
    assert gap.value is None
    assert gap.sentence.startswith("Not measured:")


def test_categories_that_only_one_side_has_are_no_trouble():
    other = real(60, 3)
    other["ward"] = other["ward"].cat.rename_categories({"eye": "ear"})
    report = judged(real(60, 1), real(60, 2), other, target="ward", parts=LIKENESS | USE)
    json.dumps(report.to_document(), allow_nan=False)
    assert value(report, "similarity.tv", "column:ward") > 0.2


def test_infinite_numbers_count_as_missing():
    synthetic = real(100, 3)
    synthetic.loc[0:20, "pressure"] = np.inf
    report = judged(real(100, 1), real(100, 2), synthetic, parts=LIKENESS)
    assert value(report, "similarity.missing_difference", "column:pressure") > 0.1


def test_a_table_of_identifiers_alone_says_so():
    metadata = Metadata(
        tables={"t": TableMetadata(columns=(ColumnSpec(name="id", sdtype=SdType.ID),))}
    )
    ids = pd.DataFrame({"id": pd.array(["a", "b"], dtype="string")})
    (score,) = judged(ids, ids, ids, metadata=metadata).scores
    assert score.value is None
    assert "identifiers" in score.sentence


def test_no_synthetic_rows_is_said_not_divided_by():
    report = judged(real(50, 1), real(50, 2), real(5, 3).iloc[:0])
    assert headline(report)["quality"] is None


def test_columns_left_out_of_the_twin_are_not_missed():
    left_out = METADATA.tables["visits"].with_column(
        ColumnSpec(name="ward", sdtype=SdType.CATEGORICAL, pii_action=PiiAction.DROP)
    )
    report = judged(
        real(50, 1),
        real(50, 2),
        real(50, 3).drop(columns="ward"),
        metadata=Metadata(tables={"visits": left_out}),
        parts=LIKENESS | ATTACKS,
    )
    assert report.score("similarity.tv", "column:ward") is None


def test_a_missing_column_is_refused_by_name():
    with pytest.raises(BadInput, match="synthetic rows have no column “age”"):
        judged(real(9, 1), real(9, 2), real(9, 3).drop(columns="age"))


def test_an_unknown_target_is_refused():
    with pytest.raises(BadInput, match="no column named “income”"):
        judged(real(9, 1), real(9, 2), real(9, 3), target="income")


def test_of_several_tables_each_is_measured_under_its_name():
    visits = METADATA.tables["visits"]
    metadata = Metadata(tables={"visits": visits, "stays": visits})
    sides = [
        {"visits": real(200, s), "stays": typed(shuffled(real(200, s + 3), 1))} for s in (1, 2, 3)
    ]
    sides[2]["stays"] = sides[2]["stays"].assign(age=pd.array([99] * 200, dtype="Int64"))
    asked = EvaluationSpec(target="outcome", parts=USUAL_PARTS - ATTACKS)
    report = evaluate(*sides, metadata, asked=asked, seed=0, on_progress=no_progress)
    assert value(report, "similarity.ks", "stays/column:age") > 0.9
    assert value(report, "similarity.ks", "visits/column:age") < 0.2
    assert report.score("similarity.quality") is None
    assert headline(report)["detection_auc"] == value(report, "detection.auc", "stays/table")
    utility = {s.scope for s in report.scores if s.name.startswith("utility.auc")}
    assert utility == {"visits/column:outcome"}


def test_long_tables_are_drawn_down_and_say_so(monkeypatch):
    monkeypatch.setattr("domain.evaluation.comparison.MAX_ROWS", 100)
    report = judged(real(150, 1), real(80, 2), real(120, 3), parts=LIKENESS)
    passed = report.score("similarity.columns_passed")
    assert passed is not None
    assert "100 random rows of the training and synthetic rows" in passed.sentence


def test_progress_is_told_between_steps_and_ends_complete():
    told: list[tuple[int, int, str]] = []
    evaluate(
        {"visits": real(60, 1)},
        {"visits": real(60, 2)},
        {"visits": real(60, 3)},
        METADATA,
        asked=EvaluationSpec(parts=WITHOUT),
        seed=0,
        on_progress=lambda *step: told.append(step),
    )
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][0] == told[-1][1]
    assert told[0][2] == "comparing columns"
    assert told[-1][2] == "measured"


def test_a_cancel_stops_the_evaluation():
    def stop(done: int, total: int, note: str) -> None:
        if done > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        evaluate(
            {"visits": real(60, 1)},
            {"visits": real(60, 2)},
            {"visits": real(60, 3)},
            METADATA,
            seed=0,
            on_progress=stop,
        )


def test_no_sentence_quotes_a_cell(train, holdout, honest):
    said = replace(honest, overlays=())  # a chart's axis names the categories
    text = json.dumps(said.to_document(), ensure_ascii=False)
    for cell in ("lung", "heart", "skin", "p1-", "seen"):
        assert cell not in text.replace("seen too", "")
