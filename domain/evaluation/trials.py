"""Trials side by side: each trains once and is judged, in a process of its own on one core."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
from joblib import cpu_count
from threadpoolctl import threadpool_limits

from domain.datasets.entities import Metadata
from domain.evaluation.frontier import Trial
from domain.evaluation.trial_scores import TrialJudge
from domain.kernel import Cancelled, OnProgress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.base import Synthesizer
from domain.synthesis.settings import SettingValue

_POLL_SECONDS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One trial to be run."""

    epsilon: float
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What all trials of a search have in common."""

    engine: Callable[[], Synthesizer]
    """A function of a module: it travels to other processes by name."""
    settings: Mapping[str, SettingValue]
    privacy: PrivacySpec
    """But for ε, which is the trial's."""
    metadata: Metadata
    judge: TrialJudge

    def trial(self, asked: Asked, on_progress: OnProgress) -> Trial:
        """Train at one ε with one seed, and measure the rows that come out."""
        started = time.perf_counter()
        twin = self._twin(asked, on_progress)
        figures = self.judge.figures(twin)
        seconds = round(time.perf_counter() - started, 3)
        return Trial(epsilon=asked.epsilon, seed=asked.seed, figures=figures, seconds=seconds)

    def _twin(self, asked: Asked, on_progress: OnProgress) -> pd.DataFrame:
        engine, name = self.engine(), self.metadata.only_table
        assert name is not None  # a private fit learns single tables
        fitted = engine.fit(
            {name: self.judge.train},
            self.metadata,
            held_out={},
            settings=self.settings,
            privacy=replace(self.privacy, epsilon=asked.epsilon, secret=_secret(asked.seed)),
            seed=asked.seed,
            on_progress=on_progress,
        )
        rows = len(self.judge.train)
        chunks = engine.sample(fitted.artifact, rows=rows, seed=asked.seed, on_progress=on_progress)
        return pd.concat([chunk[name] for chunk in chunks], ignore_index=True)


def _secret(seed: int) -> bytes:
    """Of a trial whose rows are public, or whose ε is void: its noise hides nothing from anyone,
    so that a published seed may drive it and the log suffices to repeat it."""
    return hashlib.sha256(f"tuning trial {seed}".encode()).digest()


RunTrials = Callable[[Sequence[Asked]], list[Trial]]
"""Runs trials, as many at a time as there is room for; results in the order asked."""


@contextmanager
def workshop(bench: Bench, workers: int, on_trial: OnProgress) -> Iterator[RunTrials]:
    """A way to run trials: ``workers`` processes, or here where there is only one.

    ``on_trial`` hears of each finished trial and may raise ``Cancelled``, which stops them all.
    """
    if workers < 2:
        yield lambda asked: [bench.trial(each, on_trial) for each in asked]
        return
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(bench, stop)
    )
    try:
        yield lambda asked: _gathered([pool.submit(_run, each) for each in asked], on_trial)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _gathered(futures: Sequence[Future[Trial]], on_trial: OnProgress) -> list[Trial]:
    waiting = set(futures)
    while waiting:
        done, waiting = wait(waiting, timeout=_POLL_SECONDS)
        for future in done:
            future.result()  # what one trial refuses, all would
        on_trial(len(futures) - len(waiting), len(futures), "training and judging trials")
    return [future.result() for future in futures]


def room_for(trials: int) -> int:
    """How many processes are worth starting for so many trials here.

    None beside this one in a process that may start none, as a worker of a queue.
    """
    if multiprocessing.current_process().daemon:
        return 1
    return max(1, min(trials, cpu_count()))


_here: dict[str, Any] = {}
"""In a process of its own: the bench and the word to stop, from the day it began."""


def _begin(bench: Bench, stop: Any) -> None:
    os.environ["LOKY_MAX_CPU_COUNT"] = "1"  # what asks joblib for cores gets this one
    _here.update(bench=bench, stop=stop, alone=threadpool_limits(limits=1))


def _run(asked: Asked) -> Trial:
    trial: Trial = _here["bench"].trial(asked, _heed)
    return trial


def _heed(done: int, total: int, note: str) -> None:
    """End the trial when the search is over."""
    if _here["stop"].is_set():
        raise Cancelled
