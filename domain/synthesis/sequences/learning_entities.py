"""Fitting the entities of a log: what is constant of each, and what its history asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.datasets.entities import ColumnSpec, SequenceKeys
from domain.kernel import OnProgress
from domain.synthesis.sequences import people
from domain.synthesis.sequences.clock import moments
from domain.synthesis.sequences.drawing import Asked
from domain.synthesis.sequences.events import Events
from domain.synthesis.sequences.fit_notes import ENTITIES
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.model import told_codes
from domain.synthesis.sequences.roles import Roles
from domain.synthesis.sequences.running import running
from domain.synthesis.sequences.time_limit import TimeLimit
from domain.synthesis.sequences.traits import traits
from domain.synthesis.table_model import TableModel
from domain.synthesis.training import TrainingPlan

Values = Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortedLog:
    """A log whose columns are sorted into entities' and events', and whose events are coded."""

    histories: Histories
    frame: pd.DataFrame
    """The columns of the events as they are learned."""
    keys: SequenceKeys
    specs: Mapping[str, ColumnSpec]
    roles: Roles
    events: Events


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedEntities:
    """The entities' own model, and what it would ask of the real histories."""

    model: TableModel | None
    """``None`` where there is one series only."""
    asked: Asked
    called: Mapping[str, str]
    """See ``people.names``."""
    traits: tuple[str, ...]
    """Columns of the model that are told to the network, but are none of the log's."""
    notes: tuple[str, ...] = ()
    losses: tuple[float, ...] = ()


def learn_entities(
    log: SortedLog,
    *,
    one: bool,
    held_out: pd.DataFrame | None,
    rare_threshold: int,
    seed: int,
    limit: TimeLimit,
    on_progress: OnProgress,
) -> LearnedEntities:
    """Fit one row an entity, unless there is ``one`` only. Values that ``held_out`` has are never
    invented as identifiers."""
    found = {} if one else _traits(log)
    called = people.names(log.specs, [t.total for t in log.roles.totals], found)
    rows = people.entity_rows(
        log.histories,
        log.keys.entity,
        log.roles.constant,
        log.roles.openings,
        found,
        called,
        log.events.clock,
    )
    names = tuple(called[trait] for trait in found)
    if one:
        nothing = np.zeros((len(rows), 0), dtype=np.int16)
        asked = _asked(log, rows, called, nothing)
        return LearnedEntities(model=None, asked=asked, called=called, traits=names)
    learned = TableModel.fit(
        rows,
        _specs(log, called, found),
        held_out=held_out,
        primary_key=log.keys.entity,
        rare_threshold=rare_threshold,
        block_size=64,
        plan=_plan(limit.for_entities(len(rows), len(log.frame))),
        seed=seed,
        on_progress=on_progress,
    )
    constants = told_codes(learned.model, rows, log.roles.constant, names)
    return LearnedEntities(
        model=learned.model,
        asked=_asked(log, rows, called, constants),
        called=called,
        traits=names,
        notes=learned.notes,
        losses=learned.losses,
    )


def _asked(
    log: SortedLog, rows: pd.DataFrame, called: Mapping[str, str], constants: NDArray[np.int16]
) -> Asked:
    first, last = people.spans(rows, called, log.events.clock)
    return Asked(
        lengths=log.histories.lengths,
        constants=constants,
        first=first,
        last=last,
        openings=log.roles.openings,
    )


def _specs(log: SortedLog, called: Mapping[str, str], found: Values) -> list[ColumnSpec]:
    assert log.keys.entity is not None
    own = [log.specs[name] for name in (log.keys.entity, *log.roles.constant)]
    totals = {t.total: log.specs[t.total] for t in log.roles.totals}
    return people.entity_specs(own, called, log.events.clock, totals, found)


def _traits(log: SortedLog) -> dict[str, NDArray[np.float64]]:
    totals = {
        total.total: running(total, log.histories, log.roles.openings[total.total])
        for total in log.roles.totals
    }
    now = np.arange(len(log.frame))
    if log.keys.time is not None:
        now = moments(log.histories.rows[log.keys.time], 1)
    return traits(log.histories, log.events.columns, totals, log.frame, now)


def _plan(seconds: float) -> TrainingPlan:
    return TrainingPlan(
        max_epochs=0,
        batch_size=0,
        learning_rate=0.006,
        dropout=0.5,
        seconds=seconds,
        called=ENTITIES,
    )
