"""What was learned once is learned again on as many threads, and on the same kind of device."""

import torch
from threadpoolctl import threadpool_info

from domain.synthesis.device import best_device
from domain.synthesis.recorded_machine import as_recorded, threads_for
from domain.synthesis.training import torch_set_up


def _blas() -> set[int]:
    return {team["num_threads"] for team in threadpool_info() if team["user_api"] == "blas"}


def test_everything_works_on_the_recorded_number_of_threads_and_then_as_before():
    before = torch.get_num_threads(), _blas()
    with as_recorded("cpu", 3):
        assert (torch.get_num_threads(), _blas()) == (3, {3})
        with torch_set_up(0, threads=1):
            assert torch.get_num_threads() == 3
        assert threads_for(1) == 3
    assert (torch.get_num_threads(), _blas()) == before
    with torch_set_up(0, threads=1):
        assert torch.get_num_threads() == 1
    assert threads_for(1) == 1


def test_what_is_not_on_record_stays_as_it_is():
    before = torch.get_num_threads(), _blas()
    with as_recorded("", None):
        assert (torch.get_num_threads(), _blas()) == before
        assert threads_for(1) == 1


def test_a_fit_on_the_processor_is_repeated_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda at: "a card")
    monkeypatch.setattr("domain.synthesis.device._try_out", lambda device: None)
    with as_recorded("cpu", 1):
        assert best_device().name == "cpu"
    assert best_device().name == "a card"
