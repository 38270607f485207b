"""What somebody who holds the twin works out from a shared report about single real people."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations_with_replacement, product

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.evaluation.charting import attack_charts
from domain.evaluation.coarse import at_least, reworded, step_over, to_step
from domain.evaluation.copying import beyond_limit
from domain.evaluation.pictures import AssociationMatrix, Axis, ColumnOverlay, LagLines, LogPictures
from domain.evaluation.report import AttackRates, Backing, EvaluationReport, Score
from domain.evaluation.shareable import shareable
from domain.evaluation.spec import EvaluationSpec, Part
from domain.evaluation.suite import evaluate
from domain.evaluation.titles import bounded

YES_NO = ("dead", "treated", "rested")


def people(rows: int, seed: int) -> pd.DataFrame:
    """Three yes/no columns, ages with a rare extreme, and who died when: hardly anybody."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({name: rng.integers(0, 2, rows).astype(float) for name in YES_NO})
    frame["age"] = rng.normal(50, 9, rows).round(2)
    frame["died"] = np.where(np.arange(rows) < 4, 2000.0 + np.arange(rows), np.nan)
    frame["city"] = np.where(np.arange(rows) % 40 == 0, "Ys", "Rome")
    return frame


def table() -> Metadata:
    columns = [ColumnSpec(name=n, sdtype=SdType.FLOAT) for n in (*YES_NO, "age", "died")]
    columns.append(ColumnSpec(name="city", sdtype=SdType.CATEGORICAL))
    return Metadata(tables={"t": TableMetadata(columns=tuple(columns))})


def judged(train: pd.DataFrame, holdout: pd.DataFrame, twin: pd.DataFrame) -> EvaluationReport:
    return evaluate(
        {"t": train},
        {"t": holdout},
        {"t": twin},
        table(),
        seed=0,
        on_progress=lambda *_: None,
        asked=EvaluationSpec(parts=frozenset({Part.SIMILARITY})),
    )


@pytest.fixture(scope="module")
def few_held_out() -> EvaluationReport:
    return judged(people(60, 1), people(5, 2), people(60, 3))


@pytest.fixture(scope="module")
def many() -> EvaluationReport:
    twin = people(400, 5)
    twin["age"] = twin["age"].clip(35, 70)
    twin.loc[:29, "city"] = "Ys"
    return judged(people(400, 4), people(160, 6), twin)


def fitting(matrix: AssociationMatrix, held_out: int) -> list[tuple]:
    """The held-out people whose associations are those of ``matrix``."""
    places = [matrix.columns.index(name) for name in YES_NO]
    told = np.array(matrix.real)[np.ix_(places, places)]
    fit = []
    for guess in combinations_with_replacement(list(product([0, 1], repeat=len(YES_NO))), held_out):
        rows = np.array(guess, float)
        if (rows.std(axis=0) > 0).all() and np.allclose(np.corrcoef(rows.T), told, atol=1e-9):
            fit.append(guess)
    return fit


def test_associations_of_five_people_give_away_their_answers_and_are_not_shared(few_held_out):
    answers = sorted(map(tuple, people(5, 2)[list(YES_NO)].astype(int).to_numpy().tolist()))
    possible = fitting(few_held_out.matrices[0], 5)
    assert tuple(answers) in possible
    assert len(possible) < 10
    assert shareable(few_held_out).matrices == ()


def test_nothing_that_was_measured_on_five_people_is_shared(few_held_out):
    shared = shareable(few_held_out)
    assert [s.name for s in shared.scores if s.value is not None or s.baseline is not None] == []
    assert not [s for s in shared.scores if s.name == "similarity.pair"]
    measured = [
        s for s in few_held_out.scores if s.value is not None and s.name != "similarity.pair"
    ]
    assert len(measured) > 20
    withheld = [s for s in shared.scores if "fewer than 11 people" in s.sentence]
    assert len(withheld) == len(measured)
    assert "rest on a side of fewer than 11 real people are withheld" in " ".join(shared.notes)


def visits(people: int, first: int) -> pd.DataFrame:
    """Twenty rows of each of so many people."""
    whose = np.repeat(np.arange(first, first + people), 20)
    costs = np.random.default_rng(first).normal(100, 20, len(whose))
    return pd.DataFrame({"whose": whose.astype(str), "cost": costs})


def test_people_are_counted_where_one_has_many_rows():
    columns = (
        ColumnSpec(name="whose", sdtype=SdType.ID),
        ColumnSpec(name="cost", sdtype=SdType.FLOAT),
    )
    of_nine = evaluate(
        {"visits": visits(40, 0)},
        {"visits": visits(9, 100)},
        {"visits": visits(40, 200)},
        Metadata(tables={"visits": TableMetadata(columns=columns)}),
        seed=0,
        on_progress=lambda *_: None,
        asked=EvaluationSpec(parts=frozenset({Part.SIMILARITY}), entity="whose"),
    )
    assert of_nine.backing == (Backing(table="", trained=40, held_out=9),)
    assert any(s.value is not None for s in of_nine.scores)
    assert all(s.value is None for s in shareable(of_nine).scores)


def test_a_report_of_before_is_judged_by_its_charts(few_held_out):
    before = replace(few_held_out, backing=())
    assert all(s.value is None for s in shareable(before).scores)


def test_how_many_people_a_report_rests_on_goes_along_inside_and_stays_there(few_held_out):
    document = json.loads(json.dumps(few_held_out.to_document()))
    assert EvaluationReport.from_document(document).backing == (
        Backing(table="", trained=60, held_out=5),
    )
    assert shareable(few_held_out).to_document()["backing"] == []


def test_a_column_that_four_people_have_is_in_no_figure(many):
    shared = shareable(many)
    about = [s for s in shared.scores if "died" in s.scope]
    assert {s.value for s in about} == {None}
    assert "died" in many.matrices[0].columns
    assert "died" not in shared.matrices[0].columns
    assert all(len(row) == len(shared.matrices[0].columns) for row in shared.matrices[0].real)
    assert any(s.value is not None for s in shared.scores if s.scope == "column:age")


def test_associations_are_told_as_their_chart_shows_them(many):
    matrix = shareable(many).matrices[0]
    for strength in np.array([matrix.real, matrix.synthetic]).ravel():
        assert strength == round(strength, 2)


def test_the_real_span_cannot_be_divided_out_of_what_is_covered(many):
    """``span of the twin / coverage`` is the span of the real rows, to as many digits."""
    internal = many.score("similarity.range_coverage", "column:age")
    assert 35 / internal.value == pytest.approx(np.ptp(people(400, 4)["age"]), rel=1e-9)
    for name in ("range_coverage", "boundary_adherence"):
        told = shareable(many).score(f"similarity.{name}", "column:age")
        assert told.value in {n / 10 for n in range(10)}
        assert told.baseline in {n / 10 for n in range(10)}
        assert f"{many.score(f'similarity.{name}', 'column:age').value:.1%}" not in told.sentence
    for name in ("coverage", "adherence"):
        told = shareable(many).score(f"similarity.{name}")
        assert told.value in {n / 10 for n in range(10)}
        assert "age" not in told.sentence


def test_what_is_told_in_steps_is_said_to_be_a_bound(many):
    """Nine tenths of cells within what is real would be a poor twin; at least nine are none."""
    name, inside = "similarity.adherence", many.score("similarity.adherence")
    outside = shareable(many).score(name)
    assert (inside.at_least, outside.at_least) == (False, True)
    assert EvaluationReport.from_document(shareable(many).to_document()).score(name).at_least
    assert bounded(name, outside.value, at_least=outside.at_least) == "≥ 90%"
    assert bounded(name, 0.0, at_least=True) == "< 10%"
    assert bounded(name, 0.9, at_least=False) == "90.00%"


@pytest.mark.parametrize(
    ("share", "told"), [(1.0, 0.9), (0.9511, 0.9), (0.9, 0.9), (0.8999, 0.8), (0.3, 0.3), (0.04, 0)]
)
def test_a_twin_that_spans_everything_is_told_like_one_that_spans_nearly_everything(share, told):
    assert at_least(share) == told


def test_a_count_of_one_to_ten_cannot_be_worked_out_of_a_distance(many):
    """Of 160 held-out people 4 live in Ys; the twin's own share is known to everybody."""
    internal = many.score("similarity.tv", "column:city")
    assert 160 * (39 / 400 - internal.value) == pytest.approx(4)
    told = shareable(many).score("similarity.tv", "column:city")
    step = step_over(11, 160)
    assert step * 160 >= 11
    assert told.value == to_step(step)(internal.value)
    for name in ("js", "chi2_p", "chi2_q"):
        assert shareable(many).score(f"similarity.{name}", "column:city").value is None


def test_advice_does_not_tell_how_much_lies_beyond_the_real_ends():
    told = shareable(
        EvaluationReport(
            scores=(
                Score(
                    name="detection.give_away",
                    scope="column:age",
                    value=0.1,
                    sentence="Without “age” it loses 0.100. 7.2% of its values lie outside the "
                    "real range: state its limits as a rule.",
                ),
            )
        )
    )
    assert told.scores[0].sentence == (
        "Without “age” it loses 0.100. Some of its values lie outside the real range: state its "
        "limits as a rule."
    )


def test_memories_of_logs_have_two_decimals_and_logs_of_few_people_no_figures():
    lines = LagLines(column="x", real=(0.1234, None), held_out=(0.5678, 0.1), synthetic=(0.2, 0.1))
    gaps = Score(name="temporal.gaps", scope="table", value=0.2, sentence="At most 0.200 apart.")
    log = LogPictures(table="", memories=(lines,))
    told = shareable(EvaluationReport(scores=(gaps,), logs=(log,)))
    assert told.logs[0].memories[0].real == (0.12, None)
    assert told.scores[0].value == 0.2
    few = shareable(EvaluationReport(scores=(gaps,), logs=(replace(log, few=True),)))
    assert few.scores[0].value is None


def test_sentences_have_no_more_digits_than_the_figures_beside_them():
    assert reworded("RMSE 4936.418, 98.29% of “v1.234”, 18 of 20, 1,010 rows (95 %)") == (
        "RMSE 4940, 98.3% of “v1.234”, 18 of 20, 1,010 rows (95 %)"
    )


def quality(value: float, **more) -> Score:
    return Score(name="similarity.quality", scope="table", value=value, **more)


def test_a_reason_does_not_quote_what_its_figure_withholds():
    few = EvaluationReport(
        scores=(quality(0.7044, baseline=0.7),),
        backing=(Backing(table="", trained=21, held_out=5),),
    )
    reasons = (
        "Quality score (SDMetrics): 70.4% (limit 80.0%, for real rows reach 70.0%). Tell whoever.",
    )
    (told,) = shareable(replace(few, reasons=reasons)).reasons
    assert told == (
        "Quality score (SDMetrics): withheld, for fewer than 11 people are behind it. Tell whoever."
    )


def test_rounding_never_turns_a_limit_that_is_kept_into_one_that_is_not():
    words = ColumnOverlay(
        table="",
        column="c",
        axis=Axis.CATEGORY,
        words=("a", "b"),
        real=(95, 5),
        held_out=(50, 50),
        synthetic=(90, 10),
        missing=(0, 0, 0),
    )
    near = Score(
        name="similarity.tv", scope="column:c", value=0.151, threshold=0.149, baseline=0.129
    )
    (told,) = shareable(EvaluationReport(scores=(near,), overlays=(words,))).scores
    assert told.value == pytest.approx(0.2)
    assert told.threshold is None or told.value > told.threshold


def attacked(hits: int, control: int) -> Score:
    """An attack on twenty people and as many held out, so many of whom it finds out."""
    return Score(
        name="leakage.linkability_outliers",
        scope="table",
        value=0.39,
        interval=(0.09, 0.61),
        threshold=0.09,
        sentence=(
            f"An attacker succeeds for {hits / 20:.1%} of training people, and the same for "
            f"{control / 20:.1%} held out: a risk of 39.0% (95 %: 9.0% to 61.0%). Repeat it."
        ),
        rates=AttackRates(
            attack=hits / 20,
            attack_interval=(0.2, 0.7),
            attacks=20,
            control=control / 20,
            control_interval=(0.02, 0.3),
            controls=20,
            guess=0.0,
        ),
    )


@pytest.mark.parametrize(
    ("hits", "control", "told"),
    [(12, 2, False), (9, 11, False), (11, 11, True), (12, 0, True), (10, 11, False)],
)
def test_a_rate_of_twenty_people_is_not_told_where_it_counts_one_to_ten(hits, control, told):
    after = shareable(EvaluationReport(scores=(attacked(hits, control),)))
    (score,) = after.scores
    assert (score.rates is not None) is told
    assert (f"{control / 20:.1%} held out" in score.sentence) is told
    assert (score.value, score.interval, score.threshold) == (0.39, (0.09, 0.61), 0.09)
    assert score.sentence.endswith("isk of 39.0% (95 %: 9.0% to 61.0%). Repeat it.")
    assert any("Risks of attacks stay" in note for note in after.notes) is not told


def test_a_chart_says_how_many_attacks_it_does_not_draw():
    report = EvaluationReport(scores=(attacked(12, 2), attacked(12, 11), attacked(9, 2)))
    (chart,) = attack_charts("leakage", shareable(report).scores)
    assert chart.alt.endswith(
        "2 more attacks are not drawn, for few people are behind a rate: see the table."
    )
    (inside,) = attack_charts("leakage", report.scores)
    assert "not drawn" not in inside.alt


def copied(value: float, doubles: int, limit: float) -> Score:
    """Copies beside 239 held-out rows, of which so many repeat a training row by chance."""
    share = doubles / 239
    return Score(
        name="privacy.exact_copies",
        scope="table",
        value=value,
        baseline=share,
        threshold=limit,
        sentence=(
            f"{value:.2%} of 1,295 synthetic rows repeat a training row in every compared column "
            f"(95 %: 0.76% to 2.00%); of 239 held-out real rows {share:.2%} do by chance "
            "(95 %: 1.43% to 5.92%). Rows repeat as often among real people."
        ),
    )


def test_copies_do_not_tell_how_few_real_rows_repeat_one():
    """2.93 % of 239 rows are seven; the limit follows from the seven."""
    (few,) = shareable(EvaluationReport(scores=(copied(0.0124, 7, 0.0564),))).scores
    assert (few.baseline, few.threshold) == (None, None)
    assert "of 239 held-out real rows at most 10 do by chance. Rows repeat" in few.sentence
    (many,) = shareable(EvaluationReport(scores=(copied(0.0124, 20, 0.12),))).scores
    assert "8.37% do by chance" in many.sentence
    assert many.threshold == 0.12


def test_copies_beyond_chance_stay_beyond_it_where_few_real_rows_repeat_one():
    report = EvaluationReport(scores=(copied(0.058, 7, 0.0564),))
    (told,) = shareable(report).scores
    assert beyond_limit(told)
    assert told.threshold == 0.05
