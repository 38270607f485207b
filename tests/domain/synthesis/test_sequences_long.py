"""Histories that are much longer than what is learned or drawn at once."""

import numpy as np
import pytest

from domain.synthesis.sequences.cells import bucket
from domain.synthesis.sequences.drawing import Asked, EventDrawer
from domain.synthesis.sequences.events import Events
from domain.synthesis.sequences.model import network_of
from domain.synthesis.sequences.training import Pieces, in_runs


def test_runs_hold_every_event_of_their_history_once() -> None:
    histories = Pieces(
        starts=np.array([0, 5, 2_005]), lengths=np.array([5, 2_000, 64]), owners=np.array([7, 8, 9])
    )
    runs = in_runs(histories, 64)
    assert runs.lengths.max() == 64
    events = [np.arange(s, s + n) for s, n in zip(runs.starts, runs.lengths, strict=True)]
    assert np.array_equal(np.concatenate(events), np.arange(2_069))
    assert runs.lengths[runs.owners == 8].sum() == 2_000


@pytest.mark.filterwarnings("ignore:Initializing zero-element")
def test_the_beginning_of_a_long_history_is_drawn_as_one() -> None:
    events = Events(clock=None, columns=(), totals=(), ends=True, until=False)
    asked = Asked(
        lengths=np.array([4, 2]),
        constants=np.zeros((2, 0), dtype=np.int16),
        first=np.zeros(2, dtype=np.int64),
        last=np.zeros(2, dtype=np.int64),
        openings={},
        whole=np.array([900, 2]),
    )
    drawer = EventDrawer(events, network_of(events, (), 4, 4), [])
    drawn = drawer.draw(asked, np.random.default_rng(0), lambda done, total: None)
    left = [cell.name for cell in events.cells()].index("events left")
    assert np.array_equal(drawn.codes[:, 0, left], bucket(900 - np.arange(4)))
    assert np.array_equal(drawn.real.sum(0), [4, 2])
