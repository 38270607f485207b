"""A twin that was asked to differ is compared with real rows that differ alike."""

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, Relationship, SdType, TableMetadata
from domain.evaluation.alike import MIN_ROWS, alike_rows
from domain.evaluation.report import EvaluationReport
from domain.evaluation.spec import USUAL_PARTS, EvaluationSpec, Part
from domain.evaluation.suite import evaluate
from domain.kernel import no_progress
from domain.synthesis.condition_checks import checked_spec
from domain.synthesis.condition_rows import matching
from domain.synthesis.condition_text import SpecWords, parse_spec
from domain.synthesis.conditions import SampleSpec
from tests.domain.evaluation.tables import METADATA, real


def spec_of(metadata: Metadata = METADATA, **words):
    return checked_spec(parse_spec(SpecWords(**words)), metadata)


def alike(spec, synthetic, rows: int = 2000):
    train, holdout = {"visits": real(rows, 1)}, {"visits": real(rows, 2)}
    return alike_rows(spec, train, holdout, {"visits": synthetic}, METADATA, seed=0)


def drawn(spec, rows: int = 2000) -> pd.DataFrame:
    """An ideal twin under the spec: other real rows, by weight."""
    frame = real(40_000, 3)
    frame = frame[matching(frame, spec.where)]
    odds = np.ones(len(frame))
    for a in spec.amplify:
        odds[matching(frame, [a.condition])] *= a.factor
    return frame.sample(rows, weights=odds, random_state=0, ignore_index=True)


def test_real_rows_that_fulfil_the_conditions_are_left():
    spec = spec_of(where=["age>=65", "smoker=True"])
    rows = alike(spec, drawn(spec))
    for side in (rows.train, rows.holdout, rows.all_train, rows.all_holdout):
        assert matching(side["visits"], spec.where).all()
        assert len(side["visits"]) > MIN_ROWS
    assert "age >= 65; smoker = true" in rows.notes[0]
    (shift,) = rows.shifts
    assert shift.what == "age >= 65 and smoker = true"
    assert (shift.learned, shift.drawn) == (pytest.approx(0.12, abs=0.03), 1.0)


def test_real_rows_are_drawn_down_to_the_shares_of_the_twin():
    spec = spec_of(amplify=["ward=lung:4"])
    twin = drawn(spec)
    rows = alike(spec, twin)
    share = (twin["ward"] == "lung").mean()
    assert (rows.train["visits"]["ward"] == "lung").mean() == pytest.approx(share, abs=0.01)
    assert len(rows.all_train["visits"]) == 2000
    assert not rows.train["visits"]["patient"].duplicated().any()
    (shift,) = rows.shifts
    assert shift.what == "ward = lung"
    assert shift.drawn > 2 * shift.learned > 0
    assert "drawn down" in rows.notes[0]


def test_set_shares_of_several_values_are_met():
    spec = spec_of(stratify=["ward=lung:0.5,heart:0.3"])
    frame = real(40_000, 3)
    parts = {"lung": 1000, "heart": 600, "eye": 200, "skin": 200}
    twin = pd.concat([frame[frame["ward"] == w].head(n) for w, n in parts.items()])
    shares = alike(spec, twin).train["visits"]["ward"].value_counts(normalize=True)
    assert shares["lung"] == pytest.approx(0.5, abs=0.02)
    assert shares["heart"] == pytest.approx(0.3, abs=0.02)


def test_the_same_seed_draws_the_same_real_rows():
    spec = spec_of(amplify=["ward=lung:4"])
    twin = drawn(spec)
    pd.testing.assert_frame_equal(
        alike(spec, twin).train["visits"], alike(spec, twin).train["visits"]
    )


def test_rows_with_gaps_are_left_out_where_gaps_were_filled():
    spec = spec_of(impute=["pressure"])
    rows = alike(spec, real(500, 3))
    assert not rows.train["visits"]["pressure"].isna().any()
    assert "filled in: pressure." in rows.notes[0]


def test_a_plain_twin_is_compared_with_every_row_and_nothing_is_said():
    rows = alike(spec_of(), real(500, 3))
    assert (len(rows.train["visits"]), rows.notes, rows.shifts) == (2000, (), ())


def test_a_twin_without_gaps_to_fill_is_compared_with_every_row_and_it_is_said():
    rows = alike(SampleSpec(filling=True), real(500, 3))
    (note,) = rows.notes
    assert "no column is known to have any" in note
    assert len(rows.train["visits"]) == 2000


def test_children_follow_their_parents():
    people = pd.DataFrame({"id": ["a", "b"], "age": pd.array([20, 70], dtype="Int64")})
    visits = pd.DataFrame({"person": ["a", "b", "b"], "cost": [1.0, 2.0, 3.0]})
    metadata = Metadata(
        tables={
            "people": TableMetadata(
                columns=(
                    ColumnSpec(name="id", sdtype=SdType.ID),
                    ColumnSpec(name="age", sdtype=SdType.INTEGER),
                ),
                primary_key="id",
            ),
            "visits": TableMetadata(
                columns=(
                    ColumnSpec(name="person", sdtype=SdType.ID),
                    ColumnSpec(name="cost", sdtype=SdType.FLOAT),
                )
            ),
        },
        relationships=(
            Relationship(
                parent_table_name="people",
                parent_primary_key="id",
                child_table_name="visits",
                child_foreign_key="person",
            ),
        ),
    )
    tables = {"people": people, "visits": visits}
    spec = spec_of(metadata, where=["people.age>=65"])
    rows = alike_rows(spec, tables, tables, tables, metadata, seed=0)
    assert rows.all_train["visits"]["cost"].tolist() == [2.0, 3.0]
    assert "only 1 real training rows" in rows.too_few


def judged(
    spec, synthetic: pd.DataFrame, rows: int = 1500, parts: frozenset[Part] = USUAL_PARTS
) -> EvaluationReport:
    return evaluate(
        {"visits": real(rows, 1)},
        {"visits": real(rows, 2)},
        {"visits": synthetic},
        METADATA,
        asked=EvaluationSpec(parts=parts),
        seed=0,
        on_progress=no_progress,
        spec=spec,
    )


@pytest.mark.slow
def test_an_ideal_conditioned_twin_scores_as_real_rows_do():
    spec = spec_of(where=["age>=60"])
    parts = frozenset({Part.SIMILARITY, Part.DETECTION})
    report = judged(spec, drawn(spec, 600), parts=parts)
    passed = report.score("similarity.columns_passed")
    assert passed is not None
    assert passed.value >= 0.8
    detection = report.score("detection.auc")
    assert detection is not None
    assert detection.value < 0.6
    assert report.to_document()["shifts"][0]["drawn"] == 1.0
    assert EvaluationReport.from_document(report.to_document()) == report


def test_too_few_real_rows_are_said_instead_of_measured_but_copies_are_still_looked_for():
    spec = spec_of(where=["age>=94"])
    twin = drawn(spec, 60)
    report = judged(spec, twin)
    skipped = report.score("similarity.columns_passed")
    assert skipped is not None
    assert skipped.value is None
    assert "are needed" in skipped.sentence
    assert report.score("detection.auc") is None
    assert report.score("privacy.exact_copies") is not None


def test_held_out_rows_that_are_too_few_to_compare_with_are_still_counted():
    spec = spec_of(where=["age>=65", "smoker=True"])
    train, holdout = {"visits": real(2000, 1)}, {"visits": real(60, 2)}
    left = int(matching(holdout["visits"], spec.where).sum())
    rows = alike_rows(spec, train, holdout, {"visits": drawn(spec)}, METADATA, seed=0)
    assert 0 < left < MIN_ROWS
    assert len(rows.holdout["visits"]) == 0
    assert f"and {left} held-out rows" in rows.notes[0]
    assert "compared with training rows" in rows.notes[-1]


def test_no_comparison_is_claimed_where_too_few_training_rows_are_left():
    spec = spec_of(where=["age>=65", "smoker=True"])
    rows = alike(spec, drawn(spec), rows=60)
    assert "Not measured" in rows.too_few
    assert not any("is compared with" in note for note in rows.notes)
