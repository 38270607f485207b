"""The fields that say which columns make a table a log of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from apps.api.resource import Body
from domain.datasets.entities import Metadata, SequenceKeys
from domain.datasets.event_keys import keys_in_words
from domain.synthesis.runs import TrainingRun

TIME = "The column that says when a row happened: whole histories are learned, in its order."


class KeysSerializer(serializers.Serializer[Any]):
    """What makes a table a log of events."""

    entity = serializers.CharField(
        allow_null=True, help_text="Whose each row is; null: the table is one long series."
    )
    time = serializers.CharField(
        allow_null=True, help_text="When it happened; null: the order of rows is that of time."
    )


class EventTableSerializer(serializers.Serializer[Any]):
    """A table of events, as suggested and as confirmed."""

    table = serializers.CharField()
    suggested = KeysSerializer(allow_null=True, help_text="What profiling takes the keys for.")
    confirmed = KeysSerializer(allow_null=True, help_text="A person's word; null: no log.")
    in_words = serializers.CharField(help_text="What the keys make of the table.")


class LearnedEventsSerializer(KeysSerializer):
    """A table that a run learns as a log of events."""

    table = serializers.CharField()
    in_words = serializers.CharField(help_text="What the keys make of the table.")


class KeysBody(Body):
    """A person's word on a table of events."""

    entity = serializers.CharField(
        default=None, allow_null=True, help_text="Whose each row is; left out: one long series."
    )
    time = serializers.CharField(
        default=None, allow_null=True, help_text="When; left out: in the order of the rows."
    )


class EventsField(serializers.DictField):
    """Keys by table; ``null`` says that a table is no log."""

    child = KeysBody(allow_null=True)


def confirmed_events(events: Mapping[str, Any] | None) -> dict[str, SequenceKeys | None]:
    """What a request says of its tables as values."""
    return {n: SequenceKeys(**keys) if keys else None for n, keys in (events or {}).items()}


def log_lines(metadata: Metadata) -> list[dict[str, Any]]:
    """Every table that is a log, or looks like one."""
    return [
        {
            "table": name,
            "suggested": _line(table.suggested_sequence),
            "confirmed": _line(table.sequence),
            "in_words": keys_in_words(keys),
        }
        for name, table in metadata.tables.items()
        if (keys := table.sequence or table.suggested_sequence) is not None
    ]


def run_log_lines(run: TrainingRun) -> list[dict[str, Any]]:
    """The tables that a run learns as logs."""
    return [
        {"table": name, "entity": keys.entity, "time": keys.time, "in_words": keys_in_words(keys)}
        for name, keys in run.sequences.items()
    ]


def _line(keys: SequenceKeys | None) -> dict[str, str | None] | None:
    return {"entity": keys.entity, "time": keys.time} if keys else None
