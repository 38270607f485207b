import pytest

from domain.evaluation.report import EvaluationReport, Score
from tests.studio import Studio


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture(autouse=True)
def quick_evaluation(monkeypatch):
    """What is measured has tests of its own; here it matters what happens around it."""

    def measured(train, holdout, synthetic, metadata, **how):
        how["on_progress"](1, 1, "measured")
        score = Score(name="similarity.quality", scope="table", value=0.9, sentence="Close.")
        return EvaluationReport(scores=(score,))

    monkeypatch.setattr("domain.usecases.evaluate_twin.evaluate", measured)
