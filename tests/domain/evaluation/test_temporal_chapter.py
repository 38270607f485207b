"""The chapter on time: in a report, on a page, and for eyes that may not see the real rows."""

from __future__ import annotations

import json
import math

import pytest

from domain.datasets.entities import Metadata
from domain.evaluation.chapters import Chapter, chapters
from domain.evaluation.report import EvaluationReport
from domain.evaluation.shareable import shareable
from domain.evaluation.spec import USUAL, EvaluationSpec, Part
from domain.evaluation.suite import evaluate
from domain.evaluation.temporal import log_keys
from domain.evaluation.titles import TITLES
from tests.domain.evaluation.logs import METADATA, accounts

TIME = EvaluationSpec(parts=frozenset({Part.TEMPORAL}))


def judged(metadata: Metadata = METADATA, asked: EvaluationSpec = TIME) -> EvaluationReport:
    sides = [{"log": accounts(25, seed)} for seed in (1, 2, 3)]
    return evaluate(*sides, metadata, seed=0, on_progress=lambda *_: None, asked=asked)


@pytest.fixture(scope="module")
def report() -> EvaluationReport:
    return judged()


def chapter(report: EvaluationReport) -> Chapter:
    (table,) = chapters(report)
    return next(c for c in table.chapters if c.key.endswith("temporal"))


def without_keys() -> Metadata:
    document = METADATA.to_document()
    document["tables"]["log"]["sequence"] = None
    return Metadata.from_document(document)


def test_every_score_has_a_title_a_source_and_a_sentence(report):
    assert len(report.scores) > 15
    for score in report.scores:
        assert score.name.startswith("temporal.")
        assert score.name in TITLES
        assert score.source
        assert score.sentence.endswith(".")
        assert "{" not in score.sentence


def test_a_document_of_it_is_read_back_as_it_was(report):
    document = json.loads(json.dumps(report.to_document(), allow_nan=False))
    assert EvaluationReport.from_document(document) == report


def test_a_document_from_before_there_were_logs_still_loads(report):
    document = report.to_document()
    del document["logs"]
    assert EvaluationReport.from_document(document).logs == ()


def test_time_is_a_usual_part_and_no_verdict_waits_for_it():
    assert Part.TEMPORAL in USUAL.parts
    before = EvaluationSpec(parts=USUAL.parts - {Part.TEMPORAL})
    assert before.whole


def test_a_table_that_nobody_called_a_log_has_no_such_chapter():
    assert judged(without_keys()).scores == ()


def test_a_time_that_was_asked_for_makes_a_table_a_log():
    bare, confirmed = (m.tables["log"] for m in (without_keys(), METADATA))
    asked = EvaluationSpec(entity="account", time="booked")
    assert log_keys(bare, asked) == confirmed.sequence
    assert log_keys(bare, EvaluationSpec(entity="account")) is None
    assert log_keys(confirmed, USUAL) == confirmed.sequence


def test_the_page_draws_courses_memories_gaps_lengths_and_weekdays(report):
    titles = [chart.title for chart in chapter(report).charts]
    assert titles == [
        "amount, event by event",
        "balance, event by event",
        "amount and itself, later",
        "balance and itself, later",
        "Days between events",
        "Events a history",
        "Weekday",
    ]
    assert chapter(report).keyed
    assert all(chart.alt for chart in chapter(report).charts)


def test_what_is_told_of_single_columns_stands_apart(report):
    told = chapter(report)
    assert all(score.scope.startswith("column:") for score in told.details)
    assert {score.name for score in told.scores} >= {"temporal.events", "temporal.running_formula"}


def test_no_real_value_is_drawn_exactly(report):
    real = {v for seed in (1, 2) for v in accounts(25, seed)["balance"]}
    (log,) = report.logs
    for course in log.courses:
        band = [*course.low, *course.middle, *course.high]
        largest = max(map(abs, band))
        step = 10.0 ** (math.floor(math.log10(largest)) - 1)
        assert all(math.isclose(v / step, round(v / step), abs_tol=1e-6) for v in band)
        assert real.isdisjoint(v for v in band if v % 1)


def test_the_shareable_page_has_no_band_and_no_small_cells(report):
    shared = shareable(report)
    (log,) = shared.logs
    assert log.courses
    assert all(not course.low and course.synthetic for course in log.courses)
    for spread in log.spreads:
        assert not any(0 < count < 11 for count in (*spread.real, *spread.held_out))
    assert any("without the band" in note for note in shared.notes)
    assert chapter(shared).charts[0].title == "amount, event by event"
