"""Any synthesizer, with the constraints of the tables kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from domain.datasets.belonging import belonging
from domain.datasets.constraint_rows import as_written, breaks, row_keys
from domain.datasets.constraints import Constraint, Formula, Unique
from domain.datasets.entities import Metadata, SdType, TableMetadata, Tables
from domain.kernel import BadInput, OnProgress
from domain.privacy.budget import PrivacySpec
from domain.synthesis.artifacts import Artifact
from domain.synthesis.base import FitResult, Synthesizer
from domain.synthesis.catalogue import SEQUENCES
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import PLAIN, Condition, SampleSpec
from domain.synthesis.constrained_completion import Completion
from domain.synthesis.continued_histories import ContinuedHistories
from domain.synthesis.floor import refuse_too_few
from domain.synthesis.keeping import Keeper, Kinds
from domain.synthesis.reshaping import Reshaping
from domain.synthesis.settings import RARE_ROWS, SettingValue
from domain.synthesis.translating import translated
from domain.synthesis.whole_histories import WholeHistories

NAME = "constrained"
_NOT_KEPT = (
    "Rules between columns are not kept: under differential privacy none is looked for in real "
    "rows or checked on them."
)
"""Said of every private run: whether rules were found would tell of the rows."""
_AGAIN = "drawing again what breaks a constraint"
_LOOKING = "looking how many rows fulfil the conditions"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """An engine's artifact, with what it takes to keep the constraints of its tables."""

    inner: bytes
    metadata: Metadata
    reshapings: Mapping[str, Reshaping]
    learned_rows: int
    """Of the main table; 0 in an artifact from before this was kept."""
    learned_entities: int = 0
    """Whose events they are; 0 where that is not known."""

    def to_bytes(self, seed: int, versions: Mapping[str, str]) -> bytes:
        state = {
            "inner": np.frombuffer(self.inner, dtype=np.uint8),
            "metadata": self.metadata.to_document(),
            "reshapings": [[name, r.state()] for name, r in self.reshapings.items()],
            "learned_rows": self.learned_rows,
            "learned_entities": self.learned_entities,
        }
        return Artifact(
            synthesizer=NAME, seed=seed, settings={}, state=state, versions=versions
        ).to_bytes()

    @classmethod
    def from_bytes(cls, artifact: bytes) -> Kept | None:
        """``None`` for the artifact of an engine without constraints."""
        try:
            state = Artifact.from_bytes(artifact, NAME).state
        except BadInput:
            return None
        metadata = Metadata.from_document(state["metadata"])
        return cls(
            inner=state["inner"].tobytes(),
            metadata=metadata,
            reshapings={
                name: Reshaping.from_state(metadata.tables[name], steps)
                for name, steps in state["reshapings"]
            },
            learned_rows=state.get("learned_rows", 0),
            learned_entities=state.get("learned_entities", 0),
        )


def learned_combinations(artifact: bytes) -> dict[str, tuple[pd.DataFrame, ...]]:
    """By table, for each fixed combination that was learned the typed cells that may stand
    together; none for an engine without constraints."""
    kept = Kept.from_bytes(artifact)
    if kept is None:
        return {}
    return {name: tuple(f.combinations for f in r.folds) for name, r in kept.reshapings.items()}


@dataclass(frozen=True, slots=True)
class Constrained:
    """An engine whose rows keep every constraint, as they are written.

    What a constraint fixes is not learned but put back after drawing; what it only limits is
    drawn again where a row breaks it. Without constraints this is the engine itself.
    """

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
        """Learn the tables as the constraints reshape them."""
        if privacy is not None:
            return self._unconstrained(
                tables, metadata, held_out, settings, privacy, seed, on_progress
            )
        if not any(table.constraints for table in metadata.tables.values()):
            return self._fitted(tables, metadata, held_out, settings, privacy, seed, on_progress)
        rare = int(settings.get("rare_threshold", RARE_ROWS))
        reshapings, notes = {}, []
        for name, table in metadata.tables.items():
            reshapings[name], said = Reshaping.fit(tables[name], table, rare)
            notes += [*_broken_notes(tables[name], table), *said]
        inner = replace(metadata, tables={n: r.inner for n, r in reshapings.items()})
        result = self._fitted(
            {n: r.shaped(tables[n]) for n, r in reshapings.items()},
            inner,
            {n: reshapings[n].shaped(frame) for n, frame in held_out.items()},
            settings,
            privacy,
            seed,
            on_progress,
        )
        main = _main(metadata, histories=_of_histories(result.artifact))
        kept = Kept(
            inner=result.artifact,
            metadata=metadata,
            reshapings=reshapings,
            learned_rows=len(tables[main]),
            learned_entities=_entities(tables[main], metadata.tables[main]),
        )
        return replace(result, artifact=kept.to_bytes(seed, {}), notes=(*result.notes, *notes))

    def _unconstrained(
        self,
        tables: Tables,
        metadata: Metadata,
        held_out: Tables,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        """A private fit: keeping a constraint would read real rows that nobody paid for."""
        plain = {n: replace(t, constraints=()) for n, t in metadata.tables.items()}
        result = self._fitted(
            tables,
            replace(metadata, tables=plain),
            held_out,
            settings,
            privacy,
            seed,
            on_progress,
        )
        return replace(result, notes=(*result.notes, _NOT_KEPT))

    def _fitted(
        self,
        tables: Tables,
        metadata: Metadata,
        held_out: Tables,
        settings: Mapping[str, SettingValue],
        privacy: PrivacySpec | None,
        seed: int,
        on_progress: OnProgress,
    ) -> FitResult:
        return self.engine.fit(
            tables,
            metadata,
            held_out=held_out,
            settings=settings,
            privacy=privacy,
            seed=seed,
            on_progress=on_progress,
        )

    def sample(
        self,
        artifact: bytes,
        *,
        rows: int | None,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[Tables]:
        """Draw rows, put back what constraints fix, draw again what breaks one."""
        kept = Kept.from_bytes(artifact)
        if kept is None:
            return self.engine.sample(
                artifact, rows=rows, seed=seed, spec=spec, on_progress=on_progress
            )
        return self._sampled(kept, rows, seed, spec, on_progress)

    def _sampled(
        self, kept: Kept, rows: int | None, seed: int, spec: SampleSpec, on_progress: OnProgress
    ) -> Iterator[Tables]:
        log = _of_histories(kept.inner)
        main = _main(kept.metadata, histories=log)
        inner, left = translated(spec, kept.reshapings[main])
        draw = _Draw(self.engine, kept, main, inner, seed, on_progress)
        if left:
            plain = replace(draw, spec=PLAIN, note=_LOOKING)
            about = [condition.column for condition in spec.where]
            refuse_too_few(spec.where, partial(plain.written, main, about), kept.learned_rows)
        histories = _histories(kept, left) if log else None
        whole = histories.tables if histories is not None else ()
        keepers = {
            name: Keeper.of(
                reshaping.table,
                identity=_identity(name, kept.metadata) | reshaping.invented,
                conditions=left if name == main else (),
                kinds=_kinds(spec) if name == main else None,
                draw_more=partial(draw.again, name),
                time=_time(kept.metadata.tables[name]),
            )
            for name, reshaping in kept.reshapings.items()
            if name not in whole
        }
        chunks = draw.tables(rows) if histories is None else histories.drawn(rows, draw.tables)
        for chunk in chunks:
            yield {n: keepers[n].kept(f) if n in keepers else f for n, f in chunk.items()}

    def complete(
        self,
        artifact: bytes,
        given: pd.DataFrame,
        *,
        seed: int,
        spec: SampleSpec = PLAIN,
        on_progress: OnProgress,
    ) -> Iterator[pd.DataFrame]:
        """Fill the gaps of given rows, or let histories go on, so that the constraints hold."""
        kept = Kept.from_bytes(artifact)
        if kept is None:
            return self.engine.complete(
                artifact, given, seed=seed, spec=spec, on_progress=on_progress
            )
        main = kept.metadata.main_tables[0]
        keys = kept.metadata.tables[main].sequence
        if keys is not None:
            return ContinuedHistories(
                reshaping=kept.reshapings[main],
                keys=keys,
                go_on=lambda frame, time: self.engine.complete(
                    kept.inner, frame, seed=_seed(seed, time), spec=spec, on_progress=on_progress
                ),
            ).rows(given)
        completion = Completion(
            reshaping=kept.reshapings[main],
            fill=lambda frame, time: self.engine.complete(
                kept.inner, frame, seed=_seed(seed, time), on_progress=on_progress
            ),
        )
        return completion.rows(given)


@dataclass(frozen=True, slots=True)
class _Draw:
    """The engine's rows under one spec."""

    engine: Synthesizer
    kept: Kept
    main: str
    """The table whose rows are counted."""
    spec: SampleSpec
    seed: int
    on_progress: OnProgress
    note: str = _AGAIN
    """What drawing other rows is for."""

    def tables(self, rows: int | None, time: int = 0) -> Iterator[Tables]:
        """All tables as they were before they were reshaped; each ``time`` gives others."""

        def report(done: int, total: int, note: str) -> None:
            self.on_progress(done, total, self.note if time else note)

        chunks = self.engine.sample(
            self.kept.inner,
            rows=rows,
            seed=_seed(self.seed, time),
            spec=self.spec,
            on_progress=report,
        )
        for chunk in chunks:
            yield {n: self.kept.reshapings[n].restored(frame) for n, frame in chunk.items()}

    def again(self, name: str, rows: int, time: int) -> Iterator[pd.DataFrame]:
        """Other rows of one table, under a seed of their own; of the main table no more than
        ``rows``, so that its children need not be drawn."""
        wanted = rows if name == self.main else None
        for chunk in self.tables(rows, time):
            if name in chunk:
                yield chunk[name]
                wanted = wanted - len(chunk[name]) if wanted is not None else None
            if wanted is not None and wanted <= 0:
                return

    def written(
        self, name: str, columns: Sequence[str], rows: int, time: int
    ) -> Iterator[pd.DataFrame]:
        """Other rows whose ``columns`` are as they read back from their text."""
        table = self.kept.metadata.tables[name]
        for frame in self.again(name, rows, time):
            yield frame.assign(**as_written(frame, table, columns))


def _main(metadata: Metadata, *, histories: bool) -> str:
    """The table whose rows are counted, and which conditions are about."""
    belongs = belonging(metadata) if histories and metadata.only_table is None else None
    return metadata.main_tables[0] if belongs is None else belongs.root


def _histories(kept: Kept, left: Sequence[Condition]) -> WholeHistories | None:
    """What keeps whole histories; ``None`` of a single one: its events are replaced one by one."""
    if kept.learned_entities == 1:
        return None
    invented = {
        name: _identity(name, kept.metadata) | reshaping.invented
        for name, reshaping in kept.reshapings.items()
    }
    return WholeHistories.of(kept.metadata, left, invented)


def _of_histories(artifact: bytes) -> bool:
    """Whether its engine counts entities; others learn the rows of a log one by one."""
    try:
        Artifact.from_bytes(artifact, SEQUENCES)
    except BadInput:
        return False
    return True


def _entities(frame: pd.DataFrame, table: TableMetadata) -> int:
    """Whose rows they are: of a log so many entities, else each its own."""
    keys = table.sequence
    if keys is None or keys.entity is None:
        return len(frame)
    named = [key for key in (keys.entity, keys.time) if key is not None]
    return int(frame.dropna(subset=named)[keys.entity].nunique())


def _seed(seed: int, time: int) -> int:
    return int(np.random.SeedSequence([seed, time]).generate_state(1)[0]) if time else seed


def _kinds(spec: SampleSpec) -> Kinds | None:
    """Rows that shares are set of are of one kind: by the value of the stratified column, or by
    which of the amplified conditions holds (one at most, or none)."""
    if (stratify := spec.stratify) is not None:
        return lambda frame: row_keys(frame, [stratify.column])[0]
    if not spec.amplify:
        return None
    conditions = [[amplified.condition] for amplified in spec.amplify]
    return lambda frame: sum(
        (place * matching(frame, c) for place, c in enumerate(conditions, 1)),
        start=np.zeros(len(frame), dtype=np.int64),
    )


def _identity(name: str, metadata: Metadata) -> frozenset[str]:
    """Columns that belong to a row whatever it is about: keys, and what never repeats."""
    table = metadata.tables[name]
    ends = {r.parent_primary_key for r in metadata.relationships if r.parent_table_name == name}
    ends |= {r.child_foreign_key for r in metadata.relationships if r.child_table_name == name}
    alone = {c.columns[0] for c in table.constraints if _alone(c)}
    invented = {
        s.name
        for s in table.columns
        if s.sdtype in (SdType.ID, SdType.TEXT) and (s.unique or s.name in alone)
    }
    keys = table.sequence
    times = {name for name in (keys.entity, keys.time) if name} if keys else set()
    return frozenset(
        ends | invented | times | ({table.primary_key} if table.primary_key else set())
    )


def _time(table: TableMetadata) -> str | None:
    """When its events happened, where it has events that happen at some date."""
    time = table.sequence.time if table.sequence is not None else None
    return time if time and table.column(time).sdtype is SdType.DATETIME else None


def _alone(rule: Constraint) -> bool:
    return isinstance(rule, Unique) and len(rule.columns) == 1


def _broken_notes(frame: pd.DataFrame, table: TableMetadata) -> list[str]:
    """How often real rows break what the twin will keep."""
    notes = []
    for rule in table.constraints:
        count = int(breaks(rule, frame, table).sum())
        if count:
            rows = "1 real row breaks it" if count == 1 else f"{count:,} real rows break it"
            notes.append(f"“{rule}”: {rows}; every synthetic row keeps it.")
        if isinstance(rule, Formula):
            notes.append(f"“{rule}”: computed from the written parts, not drawn.")
    return notes
