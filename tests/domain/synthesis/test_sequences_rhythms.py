"""When events come: on days that are due, and on days that are never passed over."""

import numpy as np
import pandas as pd
import torch

from domain.datasets.entities import SequenceKeys
from domain.synthesis.sequences.columns import NOWHERE
from domain.synthesis.sequences.echoes import MONTH, Echoes, Past, Ring, month_before
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.waiting import log_odds, log_shares

_DAY = 86_400 * 10**9


def _log(rhythm: str | pd.DateOffset | None) -> tuple[Histories, np.ndarray, dict[str, np.ndarray]]:
    """Payments at random, and those of a kind of its own that come back by a ``rhythm``."""
    rng, parts = np.random.default_rng(0), []
    for number in range(30):
        first = np.datetime64("2024-01-01") + rng.integers(0, 28)
        due = pd.to_datetime(first + rng.integers(0, 300, 10))
        if rhythm is not None:
            due = pd.date_range(first, periods=10, freq=rhythm)
        random = pd.to_datetime(first + rng.integers(0, 300, 20))
        when = np.concatenate([due, random])
        parts.append(pd.DataFrame({"who": number, "when": when, "kind": [1] * 10 + [0] * 20}))
    histories = Histories.of(pd.concat(parts), SequenceKeys(entity="who", time="when"))
    days = histories.rows["when"].to_numpy("datetime64[ns]").astype(np.int64) // _DAY
    return histories, days, {"kind": histories.rows["kind"].to_numpy(np.int64)}


def test_the_rhythm_by_which_events_come_back_is_found() -> None:
    monthly, fortnightly = _log(pd.DateOffset(months=1)), _log("14D")
    for log, rhythm in ((monthly, MONTH), (fortnightly, 14)):
        found = Echoes.fit(*log)
        assert found is not None
        assert found.rhythms[0] == rhythm


def test_events_at_random_have_no_rhythm() -> None:
    assert Echoes.fit(*_log(None)) is None


def test_what_is_due_while_drawing_is_what_was_due_while_learning() -> None:
    histories, days, codes = _log(pd.DateOffset(months=1))
    echoes = Echoes.fit(histories, days, codes)
    assert echoes is not None
    past = Past.of(histories, days, echoes.classes(codes), echoes.rhythms)
    learned, ring = past.of_all(), Ring(1, len(days), echoes.rhythms)
    assert (learned != NOWHERE).any()
    for row in range(histories.lengths[0]):
        due = ring.due(np.zeros(1, dtype=np.int64), days[[[row]]])[0, 0]
        assert (due == learned[row]).all()
        ring.add(days[[row]], np.array([row]), past.kinds[[row]])


def test_nothing_that_comes_later_is_ever_due() -> None:
    histories, days, codes = _log("14D")
    past = Past.of(histories, days, codes["kind"] + 1, (MONTH, 14))
    rows = np.arange(len(days))
    ahead = days[np.maximum(rows - 1, 0)][:, np.newaxis] + np.arange(63)
    due = past.due(rows, ahead)
    assert (due < rows[:, np.newaxis, np.newaxis]).all()
    own = histories.owner[np.maximum(due, 0)] == histories.owner[rows][:, np.newaxis, np.newaxis]
    assert own[due != NOWHERE].all()


def test_a_month_before_is_the_same_day_or_the_last_one() -> None:
    for day, before in (("2024-03-15", "2024-02-15"), ("2024-03-31", "2024-02-29")):
        number = np.array([np.datetime64(day)]).astype(np.int64)
        assert month_before(number).astype("datetime64[D]")[0] == np.datetime64(before)


def test_a_day_on_which_it_always_happens_is_never_passed_over() -> None:
    due = torch.full((1, 10), -2.0)
    due[0, 4] = 30.0
    shares = log_shares(due, torch.zeros(1, 3)).exp()[0]
    assert abs(float(shares.sum()) - 1) < 1e-5
    assert float(shares[5:].sum()) < 1e-6
    assert float(shares[:4].min()) > 0.05


def test_waiting_begins_at_the_shares_that_were_counted() -> None:
    for longer in (0, 6):
        marginal = torch.randn(10 + longer, generator=torch.Generator().manual_seed(0))
        odds = log_odds(marginal.log_softmax(0), 10)
        shares = log_shares(odds[None, :10], odds[None, 10:]).softmax(1)[0]
        assert torch.allclose(shares, marginal.softmax(0), atol=1e-5)
