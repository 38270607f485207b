"""People who have many rows each are judged by their whole histories."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.evaluation.report import EvaluationReport
from domain.evaluation.spec import EvaluationSpec, Part
from domain.evaluation.suite import evaluate
from domain.evaluation.whole_entities import Histories, compare_histories
from domain.kernel import BadInput, no_progress

TABLE = TableMetadata(
    columns=(
        ColumnSpec(name="customer", sdtype=SdType.ID),
        ColumnSpec(name="home", sdtype=SdType.CATEGORICAL),
        ColumnSpec(name="at", sdtype=SdType.DATETIME),
        ColumnSpec(name="amount", sdtype=SdType.FLOAT),
        ColumnSpec(name="shop", sdtype=SdType.CATEGORICAL),
    )
)
METADATA = Metadata(tables={"purchases": TABLE})
PEOPLE = 120


def purchases(people: int, seed: int) -> pd.DataFrame:
    """Common amounts in common shops; who buys how much of what is the person's own."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(3, 12, people)
    who = np.repeat(np.arange(people), counts)
    taste = rng.random((people, 3))
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 360, len(who)), unit="D")
    return pd.DataFrame(
        {
            "customer": pd.array([f"{seed}-{w}" for w in who], dtype="string"),
            "home": pd.Categorical(rng.choice(["north", "south"], people)[who]),
            "at": day.astype("datetime64[ns]"),
            "amount": rng.choice([5.0, 10.0, 20.0, 50.0], len(who)),
            "shop": pd.Categorical(
                [["bread", "books", "tools"][int((taste[w] * rng.random(3)).argmax())] for w in who]
            ),
        }
    ).sample(frac=1, random_state=seed, ignore_index=True)


def judged(
    train: pd.DataFrame, holdout: pd.DataFrame, twin: pd.DataFrame, part: Part = Part.LEAKAGE
) -> EvaluationReport:
    asked = EvaluationSpec(parts=frozenset({part}), entity="customer", time="at")
    tables = ({"purchases": t} for t in (train, holdout, twin))
    return evaluate(*tables, METADATA, seed=0, on_progress=no_progress, asked=asked)


def risk(report: EvaluationReport) -> float:
    return report.score("leakage.reidentification").value


@pytest.fixture(scope="module")
def leaked() -> EvaluationReport:
    """Half of the training people's histories, under other names."""
    train = purchases(PEOPLE, 1)
    half = train[train["customer"].isin([f"1-{i}" for i in range(PEOPLE // 2)])]
    twin = pd.concat([half.assign(customer="new " + half["customer"]), purchases(60, 3)])
    return judged(train, purchases(PEOPLE, 2), twin.reset_index(drop=True))


def test_a_history_becomes_one_row_of_figures():
    told = Histories.of(TABLE, "customer", "at", purchases(5, 1)).told(
        pd.DataFrame(
            {
                "customer": ["b", "a", "a", None],
                "home": ["north", "south", "south", "north"],
                "at": pd.to_datetime(["2024-01-01", "2024-01-11", "2024-01-01", "2024-05-01"]),
                "amount": [1.0, 30.0, 10.0, 99.0],
                "shop": ["tools", "books", "books", "bread"],
            }
        )
    )
    assert len(told) == 2
    a = told.iloc[0]
    assert (a["customer: rows"], a["home"], a["shop: commonest"]) == (2, "south", "books")
    assert (a["amount: mean"], a["amount: spread"], a["amount: last"]) == (20.0, 10.0, 30.0)
    assert (a["amount: lowest"], a["amount: highest"]) == (10.0, 30.0)
    assert (a["at: first"], a["at: span"]) == (pd.Timestamp("2024-01-01"), 864_000.0)
    assert told.iloc[1]["at: span"] == 0.0
    assert np.isnan(told.iloc[1]["at: longest gap"])


def test_the_figures_have_a_column_each_and_constant_attributes_stay_as_they_are():
    histories = Histories.of(TABLE, "customer", "at", purchases(30, 1))
    told = histories.told(purchases(30, 2))
    assert list(told) == [s.name for s in histories.table.columns]
    assert [s.name for s in histories.constant] == ["home"]


@pytest.mark.filterwarnings("error")
def test_missing_cells_and_numbers_as_time_are_summed_up():
    frame = purchases(20, 1).assign(amount=np.nan, shop=pd.NA)
    frame["at"] = np.arange(len(frame), dtype=float)
    numbers = replace(TABLE.column("at"), sdtype=SdType.FLOAT)
    histories = Histories.of(TABLE.with_column(numbers), "customer", "at", purchases(20, 1), frame)
    told = histories.told(frame)
    assert told["amount: mean"].isna().all()
    assert (told["shop: different"] == 0).all()
    assert told["at: typical gap"].notna().any()


def test_a_leaked_history_is_found_though_its_rows_are_common(leaked):
    assert risk(leaked) > 0.09
    rates = leaked.score("leakage.linkability").rates
    assert rates.attack > 0.4
    assert rates.control < 0.2


def test_the_sentences_speak_of_people_and_histories(leaked):
    assert (
        "People are the “customer”, with their whole histories"
        in leaked.score("leakage.reidentification").sentence
    )
    assert "synthetic history" in leaked.score("leakage.membership_nearest").sentence
    for score in leaked.scores:
        assert "synthetic row" not in score.sentence, score.name
    copies = leaked.score("privacy.exact_copies")
    assert copies.value == pytest.approx(0.5)
    assert "synthetic histories repeat a training history" in copies.sentence


def test_independent_people_raise_no_alarm():
    report = judged(purchases(PEOPLE, 1), purchases(PEOPLE, 2), purchases(PEOPLE, 3))
    assert risk(report) == 0.0


def test_detection_is_shown_whole_histories():
    train, holdout = purchases(PEOPLE, 1), purchases(PEOPLE, 2)
    apart = purchases(PEOPLE, 3).assign(customer=lambda f: [f"c{i}" for i in range(len(f))])
    report = judged(train, holdout, apart, Part.DETECTION)
    assert report.score("detection.auc").value > 0.9
    assert "synthetic history" in report.score("detection.auc").sentence


def test_held_out_people_who_were_trained_on_are_no_control():
    events = purchases(PEOPLE, 1)
    report = judged(events.iloc[::2], events.iloc[1::2], purchases(PEOPLE, 3))
    score = report.score("leakage.reidentification")
    assert score.value is None
    assert "whose other rows were trained on" in score.sentence
    assert report.score("privacy.dcr_share").value is None
    assert report.score("privacy.exact_copies").baseline == 0.0  # of training people themselves


def test_a_few_who_were_trained_on_are_left_out_and_told_so():
    train, others = purchases(PEOPLE, 1), purchases(PEOPLE, 2)
    holdout = pd.concat([others, train[train["customer"] == "1-0"]], ignore_index=True)
    report = judged(train, holdout, purchases(PEOPLE, 3))
    assert risk(report) == 0.0
    assert "were left out" in report.score("leakage.reidentification").sentence


def test_without_a_holdout_there_is_a_comparison_but_no_attack():
    train = purchases(PEOPLE, 1)
    sides = (train, train.iloc[:0], purchases(PEOPLE, 3))
    compared = compare_histories(*sides, TABLE, entity="customer", time=None, seed=0)
    assert not compared.has_holdout
    assert len(compared.train) == PEOPLE
    assert judged(*sides).score("leakage.reidentification").value is None


@pytest.mark.parametrize("asked", [{"entity": "nobody"}, {"entity": "customer", "time": "nobody"}])
def test_people_or_times_in_an_unknown_column_are_refused(asked):
    with pytest.raises(BadInput, match="no column named “nobody”"):
        evaluate(
            *({"purchases": purchases(20, s)} for s in (1, 2, 3)),
            METADATA,
            seed=0,
            on_progress=no_progress,
            asked=EvaluationSpec(**asked),
        )


def test_people_of_a_confirmed_log_are_attacked_whole_though_nobody_asked_for_it():
    log = replace(TABLE, sequence=SequenceKeys(entity="customer", time="at"))
    train, holdout, twin = (purchases(PEOPLE, seed) for seed in (1, 2, 3))
    tables = ({"purchases": t} for t in (train, holdout, twin))

    report = evaluate(
        *tables,
        Metadata(tables={"purchases": log}),
        seed=0,
        on_progress=no_progress,
        asked=EvaluationSpec(parts=frozenset({Part.LEAKAGE})),
    )

    sentence = report.score("leakage.reidentification").sentence
    assert "People are the “customer”, with their whole histories" in sentence
    assert risk(report) == 0
