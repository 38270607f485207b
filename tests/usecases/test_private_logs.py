"""A log of events under differential privacy, from the request to histories of its twin."""

from __future__ import annotations

import pandas as pd
import pytest

from domain.kernel import BadInput
from domain.synthesis.constrained import Constrained
from domain.synthesis.requests import PrivacyRequest
from domain.synthesis.sequences.engine import Sequences
from domain.usecases.source_tables import training_split
from tests.domain.synthesis.event_logs import bank_log
from tests.studio import ORGANISATION, Studio, actor

ASKED = PrivacyRequest(epsilon=9.0, delta=1e-4, entity="account")
LOG = bank_log(60)[["account", "when", "region", "kind", "amount"]]


@pytest.fixture
def private() -> Studio:
    return Studio(synthesizer=Constrained(Sequences()))


def started(studio: Studio, privacy: PrivacyRequest = ASKED, **wanted: object):
    dataset = studio.confirmed(LOG.to_csv(index=False).encode())
    usual = {"entity": "account", "time": "when", "evaluate": False, "pack": False}
    return studio.start(actor(), dataset_id=dataset.id, privacy=privacy, **usual | wanted)


def test_histories_of_whole_entities_are_learned_held_out_and_drawn(private: Studio):
    run = started(private).run
    (train,), (held,) = (
        side.values() for side in training_split(private.datasets, private.blobs, run)[1:]
    )
    assert not set(train["account"]) & set(held["account"])
    private.work_off()
    done = private.runs.get(ORGANISATION, run.id)
    assert (done.synthesizer, done.statement.unit) == ("sequences", "account")
    assert done.statement.epsilon <= 9.0
    twin = twin_of(private, run)
    assert list(twin.columns) == list(LOG.columns)
    assert twin.groupby("account")["when"].apply(lambda t: t.is_monotonic_increasing).all()


def twin_of(studio: Studio, run) -> pd.DataFrame:
    engine = Constrained(Sequences())
    with studio.blobs.open(ORGANISATION, studio.runs.get(ORGANISATION, run.id).artifact_blob) as b:
        artifact = b.read()
    chunks = engine.sample(artifact, rows=None, seed=1, on_progress=lambda *_: None)
    return pd.concat([next(iter(c.values())) for c in chunks], ignore_index=True)


def test_whose_history_it_is_is_whom_epsilon_protects(private: Studio):
    run = started(private, PrivacyRequest(epsilon=9.0, delta=1e-4)).run
    assert run.privacy.unit == "account"


@pytest.mark.parametrize(
    ("privacy", "wanted", "reason"),
    [
        (PrivacyRequest(epsilon=3.0, delta=1e-4), {"entity": None}, "no other to be hidden among"),
        (PrivacyRequest(epsilon=3.0, delta=1e-4, entity="region"), {}, "entity “account” with"),
        (
            PrivacyRequest(epsilon=3.0, delta=1e-4, entity="account", rows_a_unit=9),
            {},
            "events_per_entity",
        ),
    ],
)
def test_what_promises_nothing_is_refused_before_it_is_queued(
    private: Studio, privacy: PrivacyRequest, wanted: dict, reason: str
):
    with pytest.raises(BadInput, match=reason):
        started(private, privacy, **wanted)
