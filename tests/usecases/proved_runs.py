"""Private runs that prove something at once, and what the ledger says of them."""

from __future__ import annotations

from dataclasses import replace

from domain.kernel import (
    Role,
)
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.requests import PrivacyRequest
from tests.studio import ORGANISATION, Resampler, actor

PEOPLE = (471_147_114, 471_247_125, 471_347_136)
"""Numbers that no digest or identifier holds by chance."""
ADMINISTRATOR = actor(Role.ADMINISTRATOR)


class Proving(Resampler):
    """Learns in no time, and proves nine tenths of what was asked for."""

    breaks: Exception | None = None

    def fit(self, tables, metadata, *, privacy, **how):
        if self.breaks is not None:
            raise self.breaks
        result = super().fit(tables, metadata, privacy=privacy, **how)
        if privacy is None:
            return result
        statement = PrivacyStatement(
            epsilon=0.9 * privacy.epsilon,
            delta=privacy.delta,
            unit=privacy.unit,
            accountant="by hand",
        )
        return replace(result, statement=statement)


def started(studio, dataset, epsilon=4.0, delta=1e-5, entity=None):
    """A queued private run."""
    return studio.start(
        actor(),
        dataset_id=dataset.id,
        synthesizer="marginals",
        privacy=PrivacyRequest(epsilon=epsilon, delta=delta, entity=entity),
        evaluate=False,
        pack=False,
    )


def states(studio, dataset):
    """Of every line about a dataset, in order."""
    return [e.state for e in studio.ledger.account(ORGANISATION, dataset.id).entries]


def told(studio, dataset):
    return studio.read_ledger(actor(), dataset_id=dataset.id)


def fit_job(studio, synthesis):
    return studio.jobs.get(ORGANISATION, synthesis.jobs[0].id)


def ages(*numbers) -> bytes:
    """A table with a patient a row, told by their number."""
    rows = [f"{n},{20 + n % 60},{'Bern' if n % 3 else 'Oslo'}" for n in numbers]
    return "\n".join(["patient,age,city", *rows]).encode()
