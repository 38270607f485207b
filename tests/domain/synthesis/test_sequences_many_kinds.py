"""A log of more kinds of events than a plain category has codes."""

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys, TableMetadata
from domain.kernel import no_progress
from domain.synthesis.catalogue import SEQUENCES, entry
from domain.synthesis.sequences.choosing_columns import PLAIN, telling
from domain.synthesis.sequences.columns import KIND
from domain.synthesis.sequences.kinds import Kinds
from domain.synthesis.sequences.learning import learn
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.settings import with_defaults

KINDS = PLAIN + 3


@pytest.fixture(scope="module")
def model() -> SequenceModel:
    """Ten people with an event of each kind; those of the first kind have a result."""
    many = 10 * KINDS
    kinds = pd.Series([f"kind {i % KINDS}" for i in range(many)])
    results = pd.Series(["good", "bad"] * (many // 2)).where(kinds == "kind 0")
    apart = pd.to_timedelta(np.random.default_rng(0).integers(1, 600, many).cumsum(), unit="h")
    frame = pd.DataFrame(
        {
            "who": pd.Series(np.repeat([f"p{i}" for i in range(10)], KINDS)).astype("category"),
            "when": pd.Timestamp("2024-01-01") + apart,
            KIND: kinds.astype("category"),
            "result": results.astype("category"),
        }
    )
    types = (SdType.ID, SdType.DATETIME, SdType.CATEGORICAL, SdType.CATEGORICAL)
    columns = tuple(
        ColumnSpec(name=name, sdtype=sdtype) for name, sdtype in zip(frame, types, strict=True)
    )
    keys = SequenceKeys(entity="who", time="when")
    settings = with_defaults(entry(SEQUENCES).plain_settings, {"max_epochs": 1, "memory": 8})
    return learn(
        frame,
        TableMetadata(columns=columns, sequence=keys),
        held_out=None,
        settings=settings,
        seed=0,
        on_progress=no_progress,
        kinds=Kinds(of={"result": "kind 0"}),
    ).model


def test_however_many_kinds_of_events_there_are_they_are_told_apart(model: SequenceModel) -> None:
    assert telling(model.events.columns)[0] == KIND
