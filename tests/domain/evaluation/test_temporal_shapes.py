"""Logs of any shape: the chapter neither breaks nor shows what is not a number."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.charts.courses import Band, Span, course_chart, span_of
from domain.evaluation.chapters import Chapter, chapters
from domain.evaluation.pictures import LogPictures
from domain.evaluation.report import EvaluationReport
from domain.evaluation.shareable import shareable
from domain.evaluation.temporal import LogRows, figure_findings, learned_findings
from tests.domain.evaluation.logs import METADATA

TABLE = METADATA.tables["log"]
KEYS = TABLE.sequence


@st.composite
def logs(draw) -> pd.DataFrame:
    """A few people with a few events each; any column may be constant or empty, gaps equal."""
    lengths = draw(st.lists(st.integers(1, 40), min_size=1, max_size=12))
    if draw(st.booleans()):
        lengths = [1] * len(lengths)
    rows, rng = sum(lengths), np.random.default_rng(draw(st.integers(0, 99)))
    days = np.arange(rows) if draw(st.booleans()) else np.cumsum(rng.integers(0, 9, rows))
    frame = pd.DataFrame(
        {
            "account": np.repeat([f"a{i}" for i in range(len(lengths))], lengths),
            "booked": pd.Timestamp("2020-01-02") + pd.to_timedelta(days, unit="D"),
            "kind": rng.choice(["in", "out"], rows),
            "amount": rng.normal(0, 10.0 ** draw(st.integers(-3, 9)), rows),
            "balance": rng.normal(size=rows).round(2),
            "sex": "f",
            "born": 1980.0,
        }
    )
    for name in draw(st.sets(st.sampled_from(["amount", "balance", "kind"]))):
        frame[name] = frame[name].iloc[0]
    return frame


def judged(real: pd.DataFrame, twin: pd.DataFrame, *, learned: bool = False) -> EvaluationReport:
    owners = real["account"].unique()
    held = real["account"].isin(owners[: len(owners) // 3])
    rows = LogRows(
        train=real[~held], holdout=real[held], synthetic=twin, table=TABLE, keys=KEYS, seed=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = (*figure_findings(rows), *(learned_findings(rows) if learned else ()))
    pictures = tuple(f for f in found if isinstance(f, LogPictures))
    return EvaluationReport(
        scores=tuple(f for f in found if not isinstance(f, LogPictures)), logs=pictures
    )


def chapter(report: EvaluationReport) -> Chapter:
    (table,) = chapters(report)
    return next(c for c in table.chapters if c.key.endswith("temporal"))


def assert_plain(report: EvaluationReport) -> None:
    """Every number is one, in the document, in both renderings' charts and in all words."""
    json.dumps(report.to_document(), allow_nan=False)
    for shown in (report, shareable(report)):
        told = chapter(shown)
        json.dumps([dict(chart.spec) for chart in told.charts], allow_nan=False)
        words = [s.sentence for s in shown.scores] + [chart.alt for chart in told.charts]
        assert not [w for w in words if " nan" in w or " inf" in w or not w.endswith(".")]


@settings(deadline=None, max_examples=6)
@given(logs(), logs())
def test_any_log_beside_any_other_gives_a_chapter_of_plain_numbers(real, twin):
    assert_plain(judged(real, twin))


@settings(deadline=None, max_examples=3)
@given(logs(), st.sampled_from(["amount", "balance", "kind", "sex", "born"]))
def test_a_column_without_any_value_in_the_twin_is_told_and_not_drawn_as_nothing(real, column):
    twin = real.assign(**{column: None if real[column].dtype == object else np.nan})
    report = judged(real, twin)
    assert_plain(report)
    found = [s for s in report.scores if s.scope == f"column:{column}" and s.value is not None]
    assert all(s.value > 0.4 for s in found if s.name in ("temporal.event_column",))


@pytest.mark.parametrize("people", [1, 30])
def test_one_event_each_and_one_person_alone_are_also_learned_from(people):
    rng = np.random.default_rng(1)
    rows = 120 if people == 1 else people
    log = pd.DataFrame(
        {
            "account": [f"a{i % people}" for i in range(rows)],
            "booked": pd.date_range("2024-01-01", periods=rows, freq="D"),
            "kind": rng.choice(["in", "out"], rows),
            "amount": 5.0,
            "balance": rng.normal(size=rows),
            "sex": "f",
            "born": 1980.0,
        }
    )
    assert_plain(judged(log, log.assign(balance=rng.permutation(log["balance"])), learned=True))


def test_of_few_people_outsiders_see_no_real_line_and_no_count():
    rng = np.random.default_rng(0)
    log = pd.DataFrame(
        {
            "account": np.repeat([f"a{i}" for i in range(9)], 40),
            "booked": np.tile(pd.date_range("2024-01-01", periods=40, freq="D"), 9),
            "kind": "in",
            "amount": rng.normal(size=360),
            "balance": rng.normal(size=360),
            "sex": "f",
            "born": 1980.0,
        }
    )
    inside = judged(log, log)
    (seen,), (shown,) = inside.logs, shareable(inside).logs
    assert seen.few
    assert seen.memories
    assert seen.spreads
    assert shown.memories == shown.spreads == ()
    assert any("fewer than 11 people are left out" in n for n in shareable(inside).notes)


def test_a_long_side_says_what_was_drawn_of_it_once_and_not_in_every_sentence(monkeypatch):
    monkeypatch.setattr("domain.evaluation.log_sides.MAX_EVENTS", 60)
    rng = np.random.default_rng(0)
    log = pd.DataFrame(
        {
            "account": np.repeat([f"a{i}" for i in range(30)], 8),
            "booked": np.tile(pd.date_range("2024-01-01", periods=8, freq="D"), 30),
            "kind": "in",
            "amount": rng.normal(size=240),
            "balance": 0.0,
            "sex": "f",
            "born": 1980.0,
        }
    )
    report = judged(log, log)
    (note,) = chapter(report).notes
    assert "about 60 events a side" in note
    assert "7 of 30 synthetic histories" in note
    assert not any("events a side" in s.sentence for s in report.scores)


@settings(max_examples=30)
@given(st.floats(-1e9, 1e9), st.floats(1e-4, 1e9))
def test_ticks_are_round_few_and_inside(low, width):
    span = Span(low=low, high=low + width)
    if span.high - span.low < width / 2:  # lost in the digits of a float
        return
    assert 1 <= len(span.ticks) <= 7
    assert all(low - width * 1e-6 <= t <= span.high + width * 1e-6 for t in span.ticks)


def test_one_peak_does_not_press_all_others_flat():
    band = Band(low=(0.0, 0.0), middle=(5.0, 5.0), high=(10.0, 10.0))
    span = span_of(band, ((3.0, 1e6),))
    assert (span.low, span.high) == (0.0, 20.0)
    assert span.beyond(((3.0, 1e6),)) == 1


def test_a_tick_of_a_third_decimal_is_written_with_three_and_thousands_stand_apart():
    def written(low: float, high: float) -> str:
        return Span(low=low, high=high).form

    assert written(0, 0.3) == ",.1f"
    assert written(0, 0.75) == ",.2f"
    assert written(0, 60_000) == ",.0f"
    assert written(0, 6e7) == "~s"


def test_every_history_has_a_panel_of_its_own_on_one_axis():
    chart = course_chart("c", "t", "a", band=None, drawn=((1.0, 2.0), (1.0, 2.0), (2.0, 1.0)))
    (lines, names) = chart.spec["layer"]
    first, second, _ = (
        [r["v"] for r in lines["data"]["values"] if r["p"] == p] for p in ("0", "1", "2")
    )
    assert first[0] - second[0] == pytest.approx(first[1] - second[1])
    assert min(first) > max(second)
    assert [r["t"] for r in names["data"]["values"]] == [
        f"Synthetic history {n}" for n in (1, 2, 3)
    ]
