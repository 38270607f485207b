"""Fix a dataset's column types and PII actions: a person's word, needed before training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.datasets.confirmation import Confirmation
from domain.datasets.constraining import (
    chosen_constraints,
    confirmed_constraints,
    refuse_broken,
)
from domain.datasets.entities import ColumnDecision, Dataset, Metadata, SequenceKeys
from domain.datasets.event_keys import keys_of, with_confirmed_keys
from domain.datasets.named_times import named_times, with_named_times
from domain.datasets.preparing import decided, typed
from domain.datasets.time_settings import UnreadableTimes
from domain.kernel import Actor, Conflict, DatasetId, Permission
from domain.ports import Atomic, AuditLog, Blobs, Clock, Datasets
from domain.usecases.source_tables import text_tables


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmColumns:
    """Confirm the suggested columns, with ``decisions`` where the person thinks otherwise.

    ``constraints`` are the rules to keep, as text by table; a table left out keeps those
    suggested. Or they are said without tables: ``added`` ones, beside those suggested unless
    ``suggested`` is false. ``missing`` says, by column, which word is read as a missing cell,
    ``unreadable_times`` what happens to cells that hold no time. ``time`` names a column that will
    order events, so that it is read as times, or refused, whatever profiling took it for.
    ``events`` says, by table, which columns make it a log of events (``None``: it is none); a table
    left out stays as it was. ``how`` is on record: a caller that does not say so did not look.
    """

    datasets: Datasets
    blobs: Blobs
    audit: AuditLog
    atomic: Atomic
    clock: Clock

    def __call__(
        self,
        actor: Actor,
        *,
        dataset_id: DatasetId,
        decisions: Sequence[ColumnDecision] = (),
        constraints: Mapping[str, Sequence[str]] | None = None,
        added: Sequence[str] = (),
        suggested: bool = True,
        missing: Mapping[str, str] | None = None,
        unreadable_times: Mapping[str, UnreadableTimes] | None = None,
        time: str | None = None,
        events: Mapping[str, SequenceKeys | None] | None = None,
        how: Confirmation = Confirmation.UNSEEN,
    ) -> Dataset:
        actor.require(Permission.CONFIRM)
        dataset = self.datasets.get(actor.organisation_id, dataset_id)
        if dataset.metadata is None or dataset.profile_blob is None:
            raise Conflict("This dataset is not profiled yet; wait for the profile to finish.")
        decisions = [
            *decisions,
            *_about_missing(missing or {}, dataset.metadata),
            *_about_times(unreadable_times or {}, dataset.metadata),
        ]
        if added or not suggested:
            constraints = chosen_constraints(dataset.metadata, added, suggested=suggested)
        named = named_times(dataset.metadata, decisions, events or {}, time)
        metadata = self._timed(dataset, named)
        metadata = confirmed_constraints(decided(metadata, decisions), constraints)
        metadata = with_confirmed_keys(metadata, {**keys_of(metadata), **(events or {})})
        if constraints or any(d.sdtype or d.unreadable_times for d in decisions):
            for name, text in text_tables(self.blobs, dataset).items():
                typed(text, metadata.tables[name])  # refuses types that the cells do not fit
                refuse_broken(text, metadata.tables[name])
        with self.atomic():
            self.datasets.confirm(
                actor.organisation_id, dataset.id, metadata, actor.user_id, self.clock(), how
            )
            self.audit.append(
                actor.organisation_id,
                actor.user_id,
                "columns.confirmed" if how.by_person else "columns.taken_as_suggested",
                str(dataset.id),
                {
                    "how": how,
                    "columns": sum(len(t.columns) for t in metadata.tables.values()),
                    "constraints": sum(len(t.constraints) for t in metadata.tables.values()),
                    "events": {
                        name: {"entity": keys.entity, "time": keys.time}
                        for name, keys in keys_of(metadata).items()
                    },
                    "pii": [
                        {"column": f.column, "kind": f.kind, "action": f.action}
                        for f in metadata.pii_flags
                    ],
                },
            )
        return self.datasets.get(actor.organisation_id, dataset.id)

    def _timed(self, dataset: Dataset, named: Sequence[tuple[str, str]]) -> Metadata:
        """With the formats of columns that are named as times; reads rows only for those."""
        assert dataset.metadata is not None
        if not named:
            return dataset.metadata
        return with_named_times(dataset.metadata, named, text_tables(self.blobs, dataset))


def _about_times(words: Mapping[str, UnreadableTimes], metadata: Metadata) -> list[ColumnDecision]:
    """What happens to cells without a time as decisions, each for the table of the column."""
    return [
        ColumnDecision(table=metadata.table_with(column), column=column, unreadable_times=what)
        for column, what in words.items()
    ]


def _about_missing(words: Mapping[str, str], metadata: Metadata) -> list[ColumnDecision]:
    """The words for missing cells as decisions, each for the table that has the column."""
    return [
        ColumnDecision(table=metadata.table_with(column), column=column, missing_word=word)
        for column, word in words.items()
    ]
