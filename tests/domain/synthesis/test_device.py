"""No machine that runs these tests needs a GPU: one is faked, and broken in every way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
import torch

from domain.kernel import no_progress
from domain.synthesis import device
from domain.synthesis.artifacts import Artifact
from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.base import FitResult
from domain.synthesis.device import best_device, on_processor
from domain.synthesis.engines import engine
from domain.synthesis.on_best_device import OnBestDevice, in_spite_of_gpu
from domain.synthesis.training import torch_set_up
from tests.domain.synthesis.simulated import drawn, fitted, people

FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")
BROKEN = RuntimeError("CUDA error: an illegal memory access was encountered")


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that answers, as far as it is only asked."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: "NVIDIA Test 1")
    monkeypatch.setattr(device, "_try_out", lambda where: None)


class Faulty:
    """An engine whose GPU fails at a given chunk; 0 is the fit."""

    def __init__(self, error: Exception, at: int) -> None:
        self.error, self.at = error, at
        self.devices: list[str] = []

    def _work(self, place: int) -> None:
        self.devices.append(best_device().torch.type)
        if best_device().torch.type == "cuda" and place == self.at:
            raise self.error

    def fit(self, *_: Any, **__: Any) -> FitResult:
        self._work(0)
        return FitResult(artifact=b"", notes=("learned",))

    def sample(self, *_: Any, **__: Any) -> Iterator[dict[str, pd.DataFrame]]:
        for place in (1, 2):
            self._work(place)
            yield {"people": pd.DataFrame({"chunk": [place]})}

    def complete(self, *_: Any, **__: Any) -> Iterator[pd.DataFrame]:
        self._work(1)
        yield pd.DataFrame({"chunk": [1]})


def fit(faulty: Faulty) -> FitResult:
    frame, about = people(30)
    return fitted(OnBestDevice(faulty), {"people": frame}, about)


def chunks(faulty: Faulty) -> list[int]:
    made = OnBestDevice(faulty).sample(b"", rows=2, seed=0, on_progress=no_progress)
    return [int(tables["people"]["chunk"][0]) for tables in made]


def test_without_a_gpu_the_processor_is_used_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    found = best_device()
    assert (found.torch.type, found.name) == ("cpu", "cpu")
    assert found.now == "no GPU was found: training on the processor, 1 thread"
    assert found.afterwards == "No GPU was found: trained on the processor, 1 thread."


@pytest.mark.usefixtures("gpu")
def test_a_gpu_is_used_and_named() -> None:
    found = best_device()
    assert found.torch == torch.device("cuda", 0)
    assert found.now == "training on the GPU NVIDIA Test 1"
    assert found.afterwards == "Trained on the GPU NVIDIA Test 1."


def test_a_gpu_whose_driver_does_not_fit_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(where: torch.device) -> None:
        raise BROKEN

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: "NVIDIA Test 1")
    monkeypatch.setattr(device, "_try_out", broken)
    assert best_device().why == "the GPU of this machine could not be used"
    with torch_set_up(0, 1) as where:
        assert where.type == "cpu"


@pytest.mark.usefixtures("gpu")
def test_where_it_is_given_up_the_gpu_is_left_alone_for_that_block_only() -> None:
    with on_processor("it is busy"):
        assert best_device().why == "it is busy"
    assert best_device().why == ""


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FULL, "The GPU had too little free memory: trained on the processor, 1 thread."),
        (BROKEN, "The GPU broke off its work: trained on the processor, 1 thread."),
    ],
)
def test_a_gpu_that_fails_while_fitting_is_replaced_with_one_plain_note(
    error: Exception, words: str
) -> None:
    faulty = Faulty(error, at=0)
    result = fit(faulty)
    assert faulty.devices == ["cuda", "cpu"]
    assert result.notes == ("learned", words)
    assert result.versions == {"device": "cpu", "threads": "1"}


@pytest.mark.usefixtures("gpu")
def test_a_gpu_that_fails_before_the_first_rows_is_replaced() -> None:
    faulty = Faulty(FULL, at=1)
    assert chunks(faulty) == [1, 2]
    assert faulty.devices == ["cuda", "cpu", "cpu"]
    assert best_device().why == ""


@pytest.mark.usefixtures("gpu")
def test_rows_of_two_devices_are_never_mixed() -> None:
    with pytest.raises(torch.OutOfMemoryError):
        chunks(Faulty(FULL, at=2))


@pytest.mark.usefixtures("gpu")
def test_other_errors_are_no_reason_to_try_again() -> None:
    faulty = Faulty(RuntimeError("size mismatch"), at=0)
    with pytest.raises(RuntimeError, match="size mismatch"):
        fit(faulty)
    assert faulty.devices == ["cuda"]


def test_on_the_processor_a_lack_of_memory_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    calls = []

    def work() -> None:
        calls.append(1)
        raise FULL

    with pytest.raises(torch.OutOfMemoryError):
        in_spite_of_gpu(work)
    assert calls == [1]


def test_a_real_fit_with_a_broken_gpu_gives_what_the_processor_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frame, about = people(150)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    plain = fitted(engine("autoregressive"), {"people": frame}, about)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda number: "NVIDIA Test 1")
    broken = fitted(engine("autoregressive"), {"people": frame}, about)
    assert broken.artifact == plain.artifact
    assert broken.notes[-1].startswith("The GPU of this machine could not be used: trained on")
    assert plain.notes[-1].startswith("No GPU was found: trained on the processor")
    rows = drawn(engine("autoregressive"), broken.artifact)["people"]
    pd.testing.assert_frame_equal(rows, drawn(Autoregressive(), plain.artifact)["people"])
    assert Artifact.from_bytes(plain.artifact, "autoregressive").versions["torch"]
