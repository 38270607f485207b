"""Any synthetic file is judged against real ones; nothing of the files is kept."""

from __future__ import annotations

import io
import json

import pytest

from domain.datasets.set_aside import ONE_SERIES
from domain.evaluation.report import EvaluationReport, Score, Verdict
from domain.evaluation.spec import EvaluationSpec, Part
from domain.kernel import BadInput, NotAllowed, Role, no_progress
from domain.synthesis.requests import InputFile
from domain.usecases.evaluate_files import NOT_HELD_OUT, EvaluateFiles
from tests.small_tables import hourly_csv, payments_csv, people_csv
from tests.studio import actor

LIKE = EvaluationSpec(parts=frozenset({Part.SIMILARITY}))


def file(data: bytes, name: str = "people.csv") -> InputFile:
    return InputFile(name=name, open=lambda: io.BytesIO(data))


REAL, TWIN, HOLDOUT = (file(people_csv(120, seed)) for seed in range(3))


@pytest.fixture
def judge(studio):
    evaluate = EvaluateFiles(
        audit=studio.audit,
        documents=studio.documents,
        rules=lambda organisation_id: studio.release_rules,
        clock=studio.clock,
        organisation="Clinic",
        product_version="1",
        on_progress=no_progress,
    )

    def judged(real=REAL, synthetic=TWIN, *, by=Role.MEMBER, asked=LIKE, **more):
        return evaluate(actor(by), real=real, synthetic=synthetic, asked=asked, **more)

    return judged


@pytest.fixture
def seen(monkeypatch):
    """What the measuring was given, instead of measuring."""
    given = {}

    def measured(train, holdout, synthetic, metadata, **how) -> EvaluationReport:
        given.update(how, train=train["table"], holdout=holdout["table"])
        return EvaluationReport(
            scores=(Score(name="leakage.reidentification", scope="table", value=0.0),)
        )

    monkeypatch.setattr("domain.usecases.evaluate_files.evaluate", measured)
    return given


def test_a_file_is_measured_and_the_documents_say_so(judge):
    found = judge(holdout=HOLDOUT)
    assert set(found.documents) == {"evaluation.json", "evaluation.html", "evaluation.pdf"}
    document = json.loads(found.documents["evaluation.json"])
    assert document["rendering"] == "internal"
    assert {s["name"] for s in document["scores"]} >= {"similarity.quality", "similarity.ks"}


def test_the_shareable_rendering_says_that_it_is_that(judge):
    found = judge(holdout=HOLDOUT, shareable=True)
    assert json.loads(found.documents["evaluation.json"])["rendering"] == "shareable"


def test_a_holdout_is_what_the_synthesizer_never_saw(judge, seen):
    judge(holdout=HOLDOUT)
    assert seen["unseen"] is True
    assert (len(seen["train"]), len(seen["holdout"])) == (120, 120)


def test_without_a_holdout_a_fifth_is_a_yardstick_and_the_report_says_what_that_costs(judge, seen):
    report = judge().report
    assert seen["unseen"] is False
    assert (len(seen["train"]), len(seen["holdout"])) == (96, 24)
    assert NOT_HELD_OUT in report.notes


def test_rows_of_one_entity_stay_on_one_side(judge, seen):
    rows = [f"p{i % 40},{i},{i % 7}" for i in range(200)]
    events = file("\n".join(["who,when,what", *rows]).encode())
    judge(events, events, asked=EvaluationSpec(entity="who", time="when"))
    assert not set(seen["train"]["who"]) & set(seen["holdout"]["who"])
    assert len(seen["holdout"]) == 40


def test_everything_asked_for_gets_a_verdict_and_a_part_gets_none(judge, seen):
    assert judge(asked=EvaluationSpec()).report.verdict is Verdict.RELEASE
    assert judge(asked=LIKE).report.verdict is None


def test_the_audit_log_holds_counts_and_the_verdict(judge, seen, studio):
    judge(asked=EvaluationSpec(), holdout=HOLDOUT)
    entry = studio.audit.entries()[-1].document()
    assert entry["action"] == "files.evaluated"
    assert entry["details"] == {
        "rows": {"real": 120, "synthetic": 120, "holdout": 120},
        "verdict": "release",
    }


def test_a_synthetic_file_with_other_columns_is_refused_in_one_sentence(judge):
    with pytest.raises(BadInput, match="The synthetic file has no column “"):
        judge(synthetic=file(b"a,b\n1,2\n3,4\n"))


def test_a_target_that_no_column_has_is_refused(judge):
    with pytest.raises(BadInput, match="no column named “wealth”"):
        judge(asked=EvaluationSpec(target="wealth"))


def test_an_entity_that_no_column_has_is_refused(judge):
    with pytest.raises(BadInput, match="no column named “whom”"):
        judge(asked=EvaluationSpec(entity="whom"))


def test_a_file_of_two_tables_is_refused(judge):
    two = file(json.dumps({"a": [{"x": 1, "y": 2}], "b": [{"x": 1, "y": 2}]}).encode(), "two.json")
    with pytest.raises(BadInput, match="The real file holds 2 tables"):
        judge(two)


def test_a_viewer_may_not_evaluate(judge):
    with pytest.raises(NotAllowed):
        judge(by=Role.VIEWER)


def test_one_series_is_judged_as_one_and_nothing_is_split_off(judge):
    asked = EvaluationSpec(parts=frozenset({Part.LEAKAGE}), time="time")
    report = judge(file(hourly_csv()), file(hourly_csv(seed=1)), asked=asked).report
    assert report.notes == (ONE_SERIES,)
    [risk] = [s for s in report.scores if s.name == "leakage.reidentification"]
    assert risk.value is None


def test_of_a_log_whole_entities_are_split_off(judge, seen):
    asked = EvaluationSpec(entity="account_id", time="date")
    judge(file(payments_csv()), file(payments_csv(seed=1)), asked=asked)
    assert len(seen["holdout"])
    assert not set(seen["holdout"]["account_id"]) & set(seen["train"]["account_id"])


def test_of_few_entities_none_is_split_off(judge, seen):
    asked = EvaluationSpec(entity="account_id", time="date")
    judge(file(payments_csv(4)), file(payments_csv(4, seed=1)), asked=asked)
    assert (len(seen["holdout"]), len(seen["train"]) > 0) == (0, True)
