"""A log of more kinds of events than a plain category has codes."""

import numpy as np
import pandas as pd
import pytest
import torch

from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys, TableMetadata
from domain.kernel import no_progress
from domain.synthesis.catalogue import SEQUENCES, entry
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.sequences.choosing_columns import PLAIN, telling
from domain.synthesis.sequences.columns import KIND, NOWHERE, EventColumn
from domain.synthesis.sequences.drawing import Asked, EventDrawer
from domain.synthesis.sequences.kinds import Kinds
from domain.synthesis.sequences.learning import learn
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.tables import MOST_HISTORIES
from domain.synthesis.sequences.within import Within
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


@torch.no_grad()
def test_a_cell_is_told_by_those_before_it_that_its_kind_of_events_has() -> None:
    torch.manual_seed(0)
    within = Within((0, 2, 3), 5, (2, 3), block=2, width=3)
    event = torch.randn(5, 3)
    said = within(event).split(2)
    for asked, hidden in zip((2, 3), said, strict=True):
        places, own = within.before(asked), within.weights().split(2)[asked - 2]
        seen = event[torch.from_numpy(places)].flatten()
        assert torch.allclose(hidden, own[:, : len(seen)] @ seen)
        assert not own[:, len(seen) :].any()
    assert (within.before(2).tolist(), within.before(3).tolist()) == ([0], [0, 2])


def test_a_column_of_one_kind_sees_those_of_all_and_its_own_alone(model: SequenceModel) -> None:
    shape = model.network().shape
    names = [cell.name for cell in model.events.cells()]
    [own] = {c.kind for c in model.events.columns} - {None}
    assert names[shape.seen(own)[-1]] == "column result"
    assert shape.seen(own + 1) == shape.seen(None) == shape.seen(own)[:-1]


@pytest.mark.parametrize("many", [3, MOST_HISTORIES + 1])
def test_only_events_of_its_kind_are_asked_for_a_cell_and_the_others_say_so(
    model: SequenceModel, many: int
) -> None:
    network = model.network()
    asked = Asked(
        lengths=np.full(many, 120 // min(many, 12)),
        constants=np.zeros((many, len(network.shape.constants)), dtype=np.int16),
        first=np.zeros(many, dtype=np.int64),
        last=np.full(many, 10_000),
        openings={},
    )
    drawer = EventDrawer(model.events, network, model.shifts)
    drawn = drawer.draw(asked, np.random.default_rng(0), lambda done, total: None)
    cells = model.events.cells()
    kinds = drawn.codes[:, :, [c.name for c in cells].index(f"column {KIND}")]
    [place] = [i for i, c in enumerate(cells) if c.kind is not None]
    own = kinds == cells[place].kind
    assert own.any()
    assert np.array_equal(drawn.drawn[:, :, drawer.slot[place]], own)
    assert (drawn.codes[:, :, place][~own] == cells[place].lacking).all()
    assert (drawn.codes[:, :, place][own] != cells[place].lacking).all()


def test_real_events_of_other_kinds_have_the_codes_that_say_so() -> None:
    column = EventColumn(
        spec=ColumnSpec(name="seen", sdtype=SdType.CATEGORICAL),
        codec=CategoryCodec.fit(
            pd.Series(["a", "b"] * 5), ColumnSpec(name="seen", sdtype=SdType.CATEGORICAL), 1
        ),
        repeats=True,
        key=(KIND,),
        since=False,
        kind=1,
    )
    state = {
        "place": np.arange(2),
        f"column {KIND}": np.array([0, 2]),
        "source seen": np.array([NOWHERE, 0]),
        "last seen": np.full(2, column.codec.size),
    }
    for cell in column.cells():
        state[cell.name] = cell.told(state)
        assert state[cell.name].tolist() == [cell.lacking] * 2
