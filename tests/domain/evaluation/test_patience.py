"""Long works side by side, a beat meanwhile, and an end to all at the first trouble."""

from __future__ import annotations

import threading
import time

import pytest

from domain.evaluation import patience
from domain.evaluation.patience import all_patiently, patiently
from domain.kernel import Cancelled


def test_results_come_in_the_order_of_the_works_whichever_ends_first():
    works = [lambda: time.sleep(0.05) or "slow", lambda: "quick", lambda: "last"]
    assert all_patiently(works, lambda done, at: None) == ["slow", "quick", "last"]


def test_no_work_is_no_result():
    assert all_patiently([], lambda done, at: None) == []


def test_the_beat_tells_how_many_are_done_and_what_is_next(monkeypatch):
    monkeypatch.setattr(patience, "BEAT_SECONDS", 0.01)
    told: list[tuple[int, int]] = []
    all_patiently([lambda: time.sleep(0.03)] * 3, lambda *beat: told.append(beat))
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((0, 0), (3, 3))


def test_a_cancel_ends_the_waiting_and_later_works_never_begin(monkeypatch):
    monkeypatch.setattr(patience, "BEAT_SECONDS", 0.01)
    begun, go = [], threading.Event()

    def work(number: int) -> None:
        begun.append(number)
        go.wait(5)

    def stop(done: int, at: int) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        all_patiently([lambda n=n: work(n) for n in range(6)], stop)
    go.set()
    time.sleep(0.05)
    assert max(begun) < 4


def test_what_a_work_raises_is_raised_here():
    def broken() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        all_patiently([lambda: None, broken], lambda done, at: None)
    with pytest.raises(ValueError, match="broken"):
        patiently(broken, lambda: None)
