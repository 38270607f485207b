"""A few timed steps of the real network: what a fit will take on this machine. Loads torch."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from domain.datasets.entities import Metadata, Tables
from domain.kernel import OnProgress
from domain.synthesis import ctgan, tvae
from domain.synthesis.blocks import Blocks
from domain.synthesis.catalogue import CATALOGUE, SEQUENCES, entry
from domain.synthesis.device import THREADS
from domain.synthesis.effort import training_length
from domain.synthesis.encoding.mixed import MixedEncoder
from domain.synthesis.encoding.table import table_specs
from domain.synthesis.network import AutoregressiveNetwork, Shape
from domain.synthesis.preflight import Expectation, expected
from domain.synthesis.settings import SettingValue, with_defaults
from domain.synthesis.training import TrainingPlan, seconds_a_step, torch_set_up
from domain.synthesis.whole_rows import Beat, Method, Task
from domain.synthesis.workload import TableLoad, loads_of_tables

_NOTE = "looking at what fitting will take"
_LOOKED_AT = 2_000
_METHODS: Mapping[str, Method] = {m.name: m for m in (ctgan.METHOD, tvae.METHOD)}


def timed_expectation(
    tables: Tables,
    metadata: Metadata,
    synthesizer: str,
    settings: Mapping[str, SettingValue],
    available: int | None,
    on_progress: OnProgress,
) -> Expectation:
    """What it will take to fit typed ``tables`` here; trains nothing that is kept.

    Raises :class:`BadInput` where the ``available`` bytes of memory cannot hold it, before
    anything large is allocated.
    """
    on_progress(0, 0, _NOTE)
    loads = loads_of_tables(tables, metadata)
    complete = with_defaults(entry(synthesizer).settings, settings)
    by_size = expected(synthesizer, loads, complete)
    by_size.require_memory(available)
    if CATALOGUE[synthesizer].from_sdv or synthesizer == SEQUENCES:
        return by_size
    times = {
        load.name: seconds
        for load in loads
        if (seconds := _seconds(load, tables, metadata, synthesizer, complete, on_progress))
    }
    return expected(synthesizer, loads, complete, times)


def _seconds(
    load: TableLoad,
    tables: Tables,
    metadata: Metadata,
    synthesizer: str,
    settings: Mapping[str, SettingValue],
    on_progress: OnProgress,
) -> float | None:
    """Seconds a step; ``None`` where there will be none."""
    if len(load.sizes) < 2 or not load.rows:
        return None
    if synthesizer in _METHODS:
        return _of_whole_rows(_METHODS[synthesizer], load, tables, metadata, settings, on_progress)
    return _of_network(load, settings, on_progress)


def _of_network(
    load: TableLoad, settings: Mapping[str, SettingValue], on_progress: OnProgress
) -> float | None:
    """Of an autoregressive network of the expected shape, on codes that mean nothing."""
    length = training_length(load.rows, settings)
    if length is None:
        return None
    rng = np.random.default_rng(0)
    sizes = load.sizes
    codes = np.stack([rng.integers(0, s, length.batch) for s in sizes], axis=1).astype(np.int16)
    plan = TrainingPlan(
        max_epochs=1,
        batch_size=length.batch,
        learning_rate=float(settings["learning_rate"]),
        dropout=float(settings["dropout"]),
    )
    with torch_set_up(0, THREADS) as device:
        shape = Shape.of(sizes, [True] * len(sizes), int(settings["block_size"]))
        network = AutoregressiveNetwork(shape, [-torch.full((s,), float(s)).log() for s in sizes])
        return seconds_a_step(
            network.to(device), codes, plan, lambda done, total, note: on_progress(0, 0, _NOTE)
        )


def _of_whole_rows(
    method: Method,
    load: TableLoad,
    tables: Tables,
    metadata: Metadata,
    settings: Mapping[str, SettingValue],
    on_progress: OnProgress,
) -> float:
    """Of CTGAN or TVAE: what a second epoch over a few of the rows adds to the first."""
    table, beat = metadata.tables[load.name], Beat(lambda *_: on_progress(0, 0, _NOTE))
    batch = min(int(settings["batch_size"]), load.rows)
    few = tables[load.name].head(max(_LOOKED_AT, batch)).reset_index(drop=True)
    rng = np.random.default_rng(0)
    encoder = MixedEncoder.fit(
        few,
        table_specs(table),
        held_out=None,
        primary_key=table.primary_key,
        rare_threshold=int(settings["rare_threshold"]),
        seed=0,
        on_column=lambda done, total: beat(done, total, _NOTE),
    )
    rows = encoder.encode(few, rng, lambda done, total: beat(done, total, _NOTE))
    with torch_set_up(0, THREADS) as device:
        task = Task(
            rows=rows,
            encoder=encoder,
            blocks=Blocks(encoder.sizes, len(encoder.with_modes), device),
            settings={**settings, "batch_size": batch},
            rng=rng,
            beat=beat,
        )
        _timed(method, task, 1)  # torch's own optimizer loads for seconds the first time
        once, twice = (_timed(method, task, epochs) for epochs in (1, 2))
    epoch = twice - once if twice > once else once
    return epoch / max(len(few) // batch, 1)


def _timed(method: Method, task: Task, epochs: int) -> float:
    started = time.perf_counter()
    method.learn(replace(task, settings={**task.settings, "epochs": epochs}))
    return time.perf_counter() - started
