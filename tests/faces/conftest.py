"""How much of a job tests of faces do: they are about the way to it, and what comes back."""

from __future__ import annotations

import pytest

from adapters.memory.documents import MemoryDocuments
from config.wiring import adapters, worker
from domain.evaluation.report import EvaluationReport, Score
from tests.studio import Resampler


@pytest.fixture
def printed_papers() -> None:
    """Papers as they leave the product: setting their pages takes seconds a pack."""


@pytest.fixture(autouse=True)
def _papers_of_one_line(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each paper is there, and a PDF, but for tests that ask for :func:`printed_papers`."""
    if "printed_papers" not in request.fixturenames:
        monkeypatch.setattr(adapters, "documents", MemoryDocuments)


@pytest.fixture
def quick_synthesizer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits in no time: what is tested is the way of the pages, not the learning."""
    one = Resampler()
    monkeypatch.setattr(worker, "engine", lambda name: one)


@pytest.fixture
def quick_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    """One score instead of all, which take seconds that few tests need."""
    score = Score(name="similarity.quality", scope="table", value=0.9, sentence="Close.")
    monkeypatch.setattr(
        "domain.usecases.evaluate_twin.evaluate",
        lambda *sides, **how: EvaluationReport(scores=(score,)),
    )
