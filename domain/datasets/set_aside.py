"""What of a log was learned and what was kept from learning, in words and counts.

Knows real rows, and tells of them only how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from domain.datasets.entities import Metadata, SequenceKeys, Tables
from domain.datasets.event_keys import keys_of
from domain.datasets.preparing import FEW_ENTITIES

ONE_SERIES = (
    "Nothing is held out of one long series, because a part of it is no other series to judge by: "
    "memory cannot be told from chance unless you bring another series as a holdout."
)
TOO_FEW = (
    f"Nothing is held out of fewer than {FEW_ENTITIES} histories, because each is too large a part "
    "of what can be learned: memory cannot be told from chance unless you bring histories of "
    "others as a holdout."
)


def counted_histories(train: Tables, holdout: Tables, metadata: Metadata) -> Iterator[str]:
    """A sentence on every table of histories: how many were learned, and how many held out."""
    for name, keys in keys_of(metadata).items():
        if keys.entity is not None:
            where = "" if metadata.only_table else f"Of “{name}”: "
            learned, kept = _histories(train, name, keys), _histories(holdout, name, keys)
            yield f"{where}{learned} of “{keys.entity}” were learned, {kept} held out."


def why_unsplit(
    train: pd.DataFrame, holdout: pd.DataFrame | None, keys: SequenceKeys | None
) -> str:
    """Why none of a log's rows could be held out, and what to do; empty where some are, where it is
    no log, and where there are enough to hold some out."""
    if keys is None or (holdout is not None and len(holdout)):
        return ""
    if keys.entity is None:
        return ONE_SERIES
    few = keys.entity in train and train[keys.entity].nunique() < FEW_ENTITIES
    return TOO_FEW if few else ""


def unsplit_notes(train: Tables, holdout: Tables, metadata: Metadata) -> tuple[str, ...]:
    """What must be known of tables of which nothing could be held out."""
    found = (
        why_unsplit(train[name], holdout.get(name), keys)
        for name, keys in keys_of(metadata).items()
    )
    return tuple(dict.fromkeys(filter(None, found)))


def _histories(tables: Mapping[str, pd.DataFrame], name: str, keys: SequenceKeys) -> str:
    frame = tables.get(name)
    if frame is None or keys.entity not in frame:
        return "no history"
    rows = frame[frame[keys.entity].notna()]
    many = rows[keys.entity].nunique()
    if not many:
        return "none"
    return f"{_number(many, 'history', 'histories')} with {_number(len(rows), 'event', 'events')}"


def _number(many: int, one: str, several: str) -> str:
    return f"{many:,} {one if many == 1 else several}"
