"""A synthesizer that claims a proof in no time, for tests of what the faces show of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from config.wiring import worker
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.base import FitResult
from tests.domain.compliance.private_examples import statement
from tests.studio import Resampler


class Proving(Resampler):
    """Draws learned rows again, and states what was asked for as proved."""

    def fit(self, tables, metadata, *, privacy, **rest) -> FitResult:
        result = super().fit(tables, metadata, privacy=privacy, **rest)
        return replace(result, statement=_proved(privacy) if privacy else None)


def _proved(privacy) -> PrivacyStatement:
    return statement(
        epsilon=privacy.epsilon, delta=privacy.delta, unit=privacy.unit, tuning=privacy.tuning
    )


@pytest.fixture
def proving_synthesizer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits in no time: what is tested is what is said of it."""
    one = Proving()
    monkeypatch.setattr(worker, "engine", lambda name: one)
