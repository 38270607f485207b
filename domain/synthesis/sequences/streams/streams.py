"""Several related tables, learned as one stream of events of each entity.

The entities' own table gives what is the same in all events, every other table a kind of event with
columns of its own. A foreign key from one event to another is learned as how many events back the
other is, so that what is drawn always refers to an event of the same entity.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from domain.datasets.belonging import belonging
from domain.datasets.entities import Metadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.encoding.surrogates import SurrogateCodec
from domain.synthesis.sequences.learning import learn
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.requesting import requested
from domain.synthesis.sequences.streams.merging import Stream, merged
from domain.synthesis.sequences.streams.outside import Labels, Outside, learn_outside
from domain.synthesis.sequences.streams.plan import StreamPlan, stream_plan
from domain.synthesis.sequences.streams.splitting import Split
from domain.synthesis.sequences.time_limit import TimeLimit
from domain.synthesis.settings import SettingValue
from domain.synthesis.stages import Stages, named


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Streams:
    """Fitted tables."""

    plan: StreamPlan
    model: SequenceModel
    keys: Mapping[str, Mapping[str, Any]]
    """By table the state of the codec that invents its primary keys."""
    exact: frozenset[str]
    copies: Mapping[str, str]
    outside: Outside

    def chunks(
        self, entities: int | None, seed: int, on_progress: OnProgress, spec: SampleSpec = PLAIN
    ) -> Iterator[Tables]:
        """Typed rows of every table, parents first: of tables beside the stream at once, then of
        whole ``entities`` (``None``: as many as were learned from)."""
        rng = np.random.default_rng([seed, 4])
        scale = 1.0 if entities is None else entities / max(self.model.entities, 1)
        found: dict[tuple[str, str], list[pd.Series]] = {}
        for tables in self.outside.chunks(scale, seed, on_progress):
            for _, link in self.plan.labels:
                if link.parent in tables and (link.parent, link.key) not in found:
                    found[link.parent, link.key] = []
            for (parent, key), parts in found.items():
                parts += [tables[parent][key]] if parent in tables else []
            yield tables
        split = self._split({at: pd.concat(parts) for at, parts in found.items()}, rng)
        one = self.model.series is not None
        wanted = None if one and entities == 1 else entities
        for stream in requested(self.model, wanted, seed, on_progress, self._within(spec)):
            yield split.tables(stream, rng)

    def _split(
        self, outside: Mapping[tuple[str, str], pd.Series], rng: np.random.Generator
    ) -> Split:
        labels: dict[str, Labels] = {}
        for table, link in self.plan.labels:
            keys = outside[link.parent, link.key]
            labels[table.called(link.column)] = Labels(keys=keys, rng=rng)
        return Split(
            plan=self.plan,
            keys={name: SurrogateCodec.from_state(state) for name, state in self.keys.items()},
            exact=self.exact,
            copies=self.copies,
            labels=labels,
            one=self.model.series is not None,
        )

    def _within(self, spec: SampleSpec) -> SampleSpec:
        """What is asked of the entities' own columns, under their names in the stream."""
        root = self.plan.root
        names = {
            written: root.called(column)
            for column in root.columns
            if column not in root.linking
            for written in (column, root.called(column))
        }
        for column in spec.columns:
            if column not in names:
                raise BadInput(
                    f"No condition can be set on “{column}”: with several tables, conditions are "
                    f"on columns of “{root.name}”."
                )
        return spec.within(names)

    def state(self) -> Mapping[str, Any]:
        return {
            "plan": self.plan.state(),
            "model": self.model.state(),
            "keys": [[name, state] for name, state in self.keys.items()],
            "exact": sorted(self.exact),
            "copies": [[name, link] for name, link in self.copies.items()],
            "outside": self.outside.state(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Streams:
        return cls(
            plan=StreamPlan.from_state(state["plan"]),
            model=SequenceModel.from_state(state["model"]),
            keys=dict(state["keys"]),
            exact=frozenset(state["exact"]),
            copies=dict(state["copies"]),
            outside=Outside.from_state(state["outside"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LearnedStreams:
    """What came of learning several tables."""

    streams: Streams
    notes: tuple[str, ...]
    losses: Mapping[str, tuple[float, ...]]


def learn_streams(
    tables: Tables,
    metadata: Metadata,
    *,
    held_out: Tables,
    settings: Mapping[str, SettingValue],
    seed: int,
    on_progress: OnProgress,
) -> LearnedStreams:
    """Fit typed tables, of which one holds the entities of the others' events. Raises
    :class:`BadInput` where their metadata do not say so."""
    belongs = belonging(metadata)
    if belongs is None:
        raise BadInput(
            "Nothing says whose events the tables hold; add the table of the entities (patients, "
            "accounts) with the foreign keys that lead to it, or bring one table of events alone."
        )
    plan = stream_plan(metadata, belongs)
    if not len(tables[plan.root.name]):
        raise BadInput(f"The table “{plan.root.name}” has no rows to learn from; bring entities.")
    limit = TimeLimit.from_now(float(settings["max_seconds"]))
    beside = len(tables) - len(plan.tables) - 1
    stages = Stages(on_progress, {"beside": 0.1 * beside / len(tables), "stream": 0.9})
    on_progress(0, 0, "putting the tables in the order of time")
    stream = merged(tables, held_out, metadata, plan, belongs)
    outside = learn_outside(
        tables,
        held_out,
        metadata,
        plan,
        stream.shared,
        settings=settings,
        seed=seed,
        on_progress=named(stages.stage("beside"), "tables beside the events"),
        seconds=limit.for_beside(),
    )
    learned = learn(
        stream.frame,
        stream.table,
        held_out=stream.held_out,
        settings=settings,
        seed=seed,
        on_progress=stages.stage("stream"),
        kinds=stream.kinds,
        limit=limit,
    )
    streams = Streams(
        plan=plan,
        model=learned.model,
        keys=_keys(tables, held_out, metadata, plan, int(settings["rare_threshold"]), seed),
        exact=stream.exact,
        copies=stream.copies,
        outside=outside.outside,
    )
    notes = (*_notes(plan, stream), *learned.notes, *outside.notes)
    return LearnedStreams(streams=streams, notes=notes, losses={**learned.losses, **outside.losses})


def _keys(
    tables: Tables,
    held_out: Tables,
    metadata: Metadata,
    plan: StreamPlan,
    rare_threshold: int,
    seed: int,
) -> dict[str, Mapping[str, Any]]:
    """What invents the primary keys of the events."""
    rng = np.random.default_rng([seed, 5])
    found: dict[str, Mapping[str, Any]] = {}
    for table in plan.tables:
        if table.key is not None:
            column = tables[table.name][table.key]
            unseen = held_out[table.name][table.key] if table.name in held_out else column[:0]
            codec = SurrogateCodec.fit(
                column.dropna(),
                metadata.tables[table.name].column(table.key),
                rare_threshold,
                unique=True,
                salt=rng.bytes(8).hex(),
                held_out=unseen,
            )
            found[table.name] = codec.state()
    return found


def _notes(plan: StreamPlan, stream: Stream) -> Iterator[str]:
    names = ", ".join(f"“{table.name}”" for table in plan.tables)
    yield f"Learned as one stream of events of every row of “{plan.root.name}”: {names}."
    if stream.copies:
        copied = ", ".join(f"“{name}”" for name in stream.copies)
        yield f"Mostly as in the event that they refer to, and copied from it: {copied}."
    for name, rows in stream.left_out.items():
        yield f"Table “{name}”: {rows} rows that say not whose they are, or when, were left out."
