"""Under ε no advice says to train longer: what helps is told instead."""

import pytest

from domain.evaluation.private_wording import privately_worded
from domain.evaluation.report import EvaluationReport, Score
from domain.evaluation.verdict import NO_ATTACK


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("It differs: train longer or use another.", "It differs: allow a larger ε or bring more"),
        ("Train longer or on more histories: look.", "Allow a larger ε or bring more histories: "),
        ("Invented: train longer, or on a longer window.", "a larger ε or bring a longer window."),
        (f"Not measured. {NO_ATTACK}", "is bounded by ε alone"),
        ("Nothing is wrong.", "Nothing is wrong."),
    ],
)
def test_a_private_report_says_what_helps_there(said, meant):
    score = Score(name="temporal.gaps", scope="table", value=0.2, sentence=said)
    report = privately_worded(EvaluationReport(scores=(score,), reasons=(said,)))
    assert meant in report.scores[0].sentence
    assert meant in report.reasons[0]
    assert "rain longer" not in report.scores[0].sentence
