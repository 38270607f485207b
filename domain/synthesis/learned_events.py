"""Which tables of a run are logs of events: what was asked for, confirmed or suggested.

Light: pages import it.
"""

from __future__ import annotations

from domain.datasets.entities import Metadata, SequenceKeys
from domain.datasets.event_keys import keys_in_words, keys_of, with_keys, with_keys_by_table
from domain.synthesis.catalogue import AUTO, SEQUENCES, SynthesizerEntry
from domain.synthesis.fit_warnings import listed
from domain.synthesis.runs import TrainingRun


def events_for_audit(run: TrainingRun) -> dict[str, object]:
    """The names of the columns that make its tables logs of events."""
    events = {n: {"entity": k.entity, "time": k.time} for n, k in run.sequences.items()}
    return {"events": events} if events else {}


def as_events(
    metadata: Metadata, asked: SynthesizerEntry, entity: str | None, time: str | None
) -> Metadata:
    """The metadata with the tables of events named; of an entity alone only “sequences” makes one.

    Where nothing is named and nothing was confirmed, “sequences” takes what profiling suggests,
    else one table for one series in the order of its rows.
    """
    if time is not None or (entity is not None and asked.name == SEQUENCES):
        return with_keys(metadata, entity, time)
    if asked.name != SEQUENCES or keys_of(metadata):
        return metadata
    suggested = {n: t.suggested_sequence for n, t in metadata.tables.items()}
    found = {name: keys for name, keys in suggested.items() if keys is not None}
    if not found and metadata.only_table is not None:
        found = {metadata.only_table: SequenceKeys()}
    return with_keys_by_table(metadata, found)


def overlooked_events(chosen: SynthesizerEntry, metadata: Metadata) -> tuple[str, ...]:
    """A sentence where tables look like logs of events and are learned row by row, or where a
    table is learned as one series because nothing says more of it."""
    learned = keys_of(metadata)
    if SequenceKeys() in learned.values():
        return (
            "Nothing says whose each row is or when it happened, so the table is learned as one "
            "long series in the order of its rows; name entity and time if it is a log.",
        )
    if chosen.name == SEQUENCES or learned:
        return ()
    found = {n: t.suggested_sequence for n, t in metadata.tables.items() if t.suggested_sequence}
    if not found:
        return ()
    [(name, keys), *others] = found.items()
    look = f"The table “{name}” looks like {keys_in_words(keys)}, but its rows"
    if others:
        look = f"The tables {listed([f'“{n}”' for n in found])} look like events, but their rows"
    return (
        f"{look} are learned one by one; confirm entity and time, or choose “{SEQUENCES}” "
        f"(--synthesizer {SEQUENCES}), and whole histories are learned.",
    )


def counted_owner(metadata: Metadata, asked: SynthesizerEntry) -> str | None:
    """The column whose entities are counted when rows are drawn, where histories will be learned;
    ``None`` where rows are counted."""
    if asked.name not in (AUTO, SEQUENCES):
        return None
    keys = keys_of(as_events(metadata, asked, None, None)).values()
    return next((k.entity for k in keys if k.entity is not None), None)
