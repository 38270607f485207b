"""Any synthesizer of our own, on a GPU where one works, and in spite of one that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TypeVar

import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.kernel import OnProgress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.base import FitResult, Synthesizer
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.device import THREADS, best_device, on_processor, trouble
from domain.synthesis.recorded_machine import threads_for
from domain.synthesis.settings import SettingValue

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OnBestDevice:
    """An engine that says what it was trained on; where a GPU fails, it begins again without."""

    engine: Synthesizer

    def fit(
        self,
        tables: Tables,
        metadata: Metadata,
        *,
        held_out: Tables,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec | None,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        """Learn the tables."""

        def fitted() -> FitResult:
            device = best_device()
            on_progress(0, 0, device.now)
            result = self.engine.fit(
                tables,
                metadata,
                held_out=held_out,
                settings=settings,
                privacy=privacy,
                seed=seed,
                on_progress=on_progress,
            )
            computed = {"device": device.name, "threads": str(threads_for(THREADS))}
            return replace(result, notes=(*result.notes, device.afterwards), versions=computed)

        return in_spite_of_gpu(fitted)

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw rows."""

        def draw() -> Iterator[Tables]:
            return self.engine.sample(
                artifact, rows=rows, seed=seed, spec=spec, on_progress=on_progress
            )

        return _in_spite_of_gpu(draw(), draw)

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Fill gaps."""

        def draw() -> Iterator[pd.DataFrame]:
            return self.engine.complete(
                artifact, given, seed=seed, spec=spec, on_progress=on_progress
            )

        return _in_spite_of_gpu(draw(), draw)


def in_spite_of_gpu(work: Callable[[], T]) -> T:
    """Do ``work``; where a GPU fails in it, once more on the processor."""
    device = best_device()
    try:
        return work()
    except RuntimeError as error:
        why = trouble(error)
        if device.why or not why:
            raise
    with on_processor(why):
        return work()


def _in_spite_of_gpu(chunks: Iterator[T], again: Callable[[], Iterator[T]]) -> Iterator[T]:
    """The chunks; all of them from the processor, if a GPU fails before the first is there."""
    device, why, begun = best_device(), "", False
    while True:
        try:
            with on_processor(why) if why else nullcontext():
                chunk = next(chunks)
        except StopIteration:
            return
        except RuntimeError as error:
            if device.why or begun or why or not trouble(error):
                raise
            why = trouble(error)
            chunks = again()
            continue
        begun = True
        yield chunk
