"""Tables of events on a page: which columns say whose a row is and when, and what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.datasets.entities import Metadata, SequenceKeys, TableMetadata
from domain.datasets.event_keys import keys_in_words, keys_of

_ON = "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsChoice:
    """Whether a table is a log of events, and by which columns."""

    log_field: str
    is_log: bool
    suggestion: str
    """What profiling takes the table for, in words; empty where it looks like no log."""
    entity_field: str
    entity: str
    time_field: str
    time: str
    columns: tuple[str, ...]
    """All that may be named: a person may change types and PII actions on the same page."""


def events_choice(
    table: TableMetadata, place: int, given: Mapping[str, str], *, confirmed: bool
) -> EventsChoice:
    """What can be chosen for the table at ``place``: what the person chose before, else what was
    confirmed, else what is suggested. Once columns are ``confirmed``, a suggestion that was not
    taken stays unticked."""
    log, entity, time = (f"{name}-{place}" for name in ("log", "entity", "time"))
    suggested = table.suggested_sequence
    keys = table.sequence or suggested or SequenceKeys()
    ticked = table.sequence is not None or (suggested is not None and not confirmed)
    return EventsChoice(
        log_field=log,
        is_log=given.get(log) == _ON if entity in given else ticked,
        suggestion=keys_in_words(suggested) if suggested else "",
        entity_field=entity,
        entity=given.get(entity, keys.entity or ""),
        time_field=time,
        time=given.get(time, keys.time or ""),
        columns=tuple(spec.name for spec in table.columns),
    )


def events_in(fields: Mapping[str, str], metadata: Metadata) -> dict[str, SequenceKeys | None]:
    """A person's word on every table that the page asked about."""
    return {
        name: _keys(fields, place)
        for place, name in enumerate(metadata.tables)
        if f"entity-{place}" in fields
    }


def _keys(fields: Mapping[str, str], place: int) -> SequenceKeys | None:
    if fields.get(f"log-{place}") != _ON:
        return None
    return SequenceKeys(
        entity=fields.get(f"entity-{place}") or None, time=fields.get(f"time-{place}") or None
    )


def logs_in_words(metadata: Metadata) -> tuple[tuple[str, str], ...]:
    """Every table confirmed as a log, and what its keys make of it; without the table's name where
    there is only one."""
    alone = metadata.only_table is not None
    return tuple(
        ("" if alone else name, keys_in_words(keys)) for name, keys in keys_of(metadata).items()
    )
