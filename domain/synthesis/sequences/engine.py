"""The synthesizer of event logs and time series: a recurrent autoregressive network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from domain.datasets.entities import Metadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.artifacts import Artifact, library_versions
from domain.synthesis.base import FitResult, no_completing
from domain.synthesis.catalogue import SEQUENCES, entry
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.private_sequences.choice import PRIVATE, private_logs
from domain.synthesis.sequences.continuing import continued
from domain.synthesis.sequences.learning import LearnedLog, learn
from domain.synthesis.sequences.model import SequenceModel
from domain.synthesis.sequences.requesting import requested
from domain.synthesis.sequences.streams.streams import LearnedStreams, Streams, learn_streams
from domain.synthesis.settings import SettingValue, with_defaults


@dataclass(frozen=True, slots=True)
class Sequences:
    """Our engine for events in time (see :mod:`domain.synthesis.base` for the promises).

    ``sample`` differs in one thing: its ``rows`` count entities, each with a whole history (for
    one series, which has a single entity, its events). See ``event_requests`` for what conditions
    mean on columns of events.
    """

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
        """Learn one table of events, whose metadata name its entity and time columns, or several
        with the table of their entities (see ``sequences.streams``)."""
        _refuse(tables, metadata, privacy)
        if privacy is not None:
            return private_logs().fit(
                tables,
                metadata,
                settings=settings,
                privacy=privacy,
                seed=seed,
                on_progress=on_progress,
            )
        complete = with_defaults(entry(SEQUENCES).settings, settings)
        if metadata.only_table is None:
            return _several(tables, metadata, held_out, complete, seed, on_progress)
        name = metadata.only_table
        learned = learn(
            tables[name],
            metadata.tables[name],
            held_out=held_out.get(name),
            settings=complete,
            seed=seed,
            on_progress=on_progress,
        )
        shares = [[column, share] for column, share in learned.shares.items()]
        state = {"table": name, "model": learned.model.state(), "shares": shares}
        return _result(learned, state, complete, seed)

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw whole histories, sorted by entity and time; ``rows`` counts entities."""
        state = Artifact.from_bytes(artifact, SEQUENCES).state
        if PRIVATE in state:
            yield from private_logs().sample(
                state[PRIVATE], rows=rows, seed=seed, spec=spec, on_progress=on_progress
            )
            return
        if "streams" in state:
            yield from Streams.from_state(state["streams"]).chunks(rows, seed, on_progress, spec)
            return
        model = SequenceModel.from_state(state["model"])
        shares = dict(state.get("shares", []))
        for frame in requested(model, rows, seed, on_progress, spec, shares):
            yield {state["table"]: frame}

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Continue given histories: their rows stay as they are, sorted by time, and new ones
        follow those of each entity. ``spec.lengths`` counts the new ones; gaps stay gaps."""
        state = Artifact.from_bytes(artifact, SEQUENCES).state
        if PRIVATE in state:
            raise no_completing(SEQUENCES)
        if "streams" in state:
            raise BadInput(
                "This run learned several tables as one stream of events, which is drawn whole; "
                "train on the one table of events to continue its histories."
            )
        model = SequenceModel.from_state(state["model"])
        return continued(model, given, spec.lengths, seed, on_progress)


def _several(
    tables: Tables,
    metadata: Metadata,
    held_out: Tables,
    settings: Mapping[str, SettingValue],
    seed: int,
    on_progress: OnProgress,
) -> FitResult:
    learned = learn_streams(
        tables, metadata, held_out=held_out, settings=settings, seed=seed, on_progress=on_progress
    )
    return _result(learned, {"streams": learned.streams.state()}, settings, seed)


def _result(
    learned: LearnedLog | LearnedStreams,
    state: Mapping[str, Any],
    settings: Mapping[str, SettingValue],
    seed: int,
) -> FitResult:
    artifact = Artifact(
        synthesizer=SEQUENCES,
        seed=seed,
        settings=settings,
        state=state,
        versions=library_versions(),
    )
    return FitResult(artifact=artifact.to_bytes(), notes=learned.notes, curves=learned.losses)


def _refuse(tables: Tables, metadata: Metadata, privacy: PrivacySpec | None) -> None:
    if metadata.only_table is None:
        if privacy is not None:
            raise BadInput(
                f"Under differential privacy the synthesizer “{SEQUENCES}” learns one table of "
                "events; bring that table alone."
            )
        return
    if metadata.tables[metadata.only_table].sequence is None:
        raise BadInput(
            "Nothing says which columns are the entity and the time of the events; name them "
            "(--entity, --time)."
        )
    if not len(tables[metadata.only_table]):
        raise BadInput("The table of events has no rows to learn from; upload one with rows.")
