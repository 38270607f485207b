"""Logs of events to draw real histories from, and ways to spoil them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    SdType,
    SequenceKeys,
    TableMetadata,
)

METADATA = Metadata(
    tables={
        "log": TableMetadata(
            columns=(
                ColumnSpec(name="account", sdtype=SdType.ID),
                ColumnSpec(name="booked", sdtype=SdType.DATETIME),
                ColumnSpec(name="kind", sdtype=SdType.CATEGORICAL),
                ColumnSpec(name="amount", sdtype=SdType.FLOAT),
                ColumnSpec(name="balance", sdtype=SdType.FLOAT),
                ColumnSpec(name="sex", sdtype=SdType.CATEGORICAL),
                ColumnSpec(name="born", sdtype=SdType.INTEGER),
            ),
            sequence=SequenceKeys(entity="account", time="booked"),
        )
    }
)
_KINDS = np.array(["credit", "debit", "fee"])
_NEXT = np.array([[0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.75, 0.2, 0.05]])
"""The chances of each kind after each kind."""
_SIGNS = np.array([1.0, -1.0, -1.0])


def accounts(count: int, seed: int) -> pd.DataFrame:
    """Bank accounts of about 20 bookings: amounts that remember the last one, kinds that follow
    each other, a running balance, hardly any booking on weekends."""
    rng = np.random.default_rng(seed)
    return pd.concat([_account(f"{seed}-{i}", rng) for i in range(count)], ignore_index=True)


def _account(name: str, rng: np.random.Generator) -> pd.DataFrame:
    events = int(8 + rng.poisson(12))
    kinds, size = np.zeros(events, int), np.zeros(events)
    for at in range(events):
        before = kinds[at - 1] if at else 1
        kinds[at] = rng.choice(3, p=_NEXT[before])
        size[at] = 0.75 * (size[at - 1] if at else rng.normal()) + rng.normal(0, 0.6)
    amounts = np.round(np.exp(3 + 0.5 * size), 2)
    days = np.cumsum(np.round(rng.gamma(1.2, 4.0, events)) + 1) + rng.integers(0, 60)
    weekday = (days + 3) % 7
    days = days + np.where(weekday >= 5, 7 - weekday, 0)
    return pd.DataFrame(
        {
            "account": name,
            "booked": pd.Timestamp("2020-01-02") + pd.to_timedelta(days, unit="D"),
            "kind": _KINDS[kinds],
            "amount": amounts,
            "balance": np.round(500 + np.cumsum(_SIGNS[kinds] * amounts), 2),
            "sex": "f" if rng.random() < 0.5 else "m",
            "born": int(rng.integers(1940, 2000)),
        }
    )


def hourly(days: int, seed: int) -> pd.DataFrame:
    """One series of loads and prices, hour by hour, with a rhythm of days."""
    rng = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    noise = np.zeros(len(hours))
    for at, shock in enumerate(rng.normal(0, 0.3, len(hours))):
        noise[at] = 0.8 * noise[at - 1] + shock if at else shock
    load = 10 + 3 * np.sin(2 * np.pi * hours / 24) + noise
    return pd.DataFrame(
        {
            "hour": pd.Timestamp("2021-03-01") + pd.to_timedelta(hours, unit="h"),
            "load": load,
            "price": 2 * load + rng.normal(0, 1, len(hours)),
        }
    )


def mixed(frame: pd.DataFrame, columns: list[str], seed: int, within: str = "") -> pd.DataFrame:
    """``columns`` permuted together: over all rows, or within each value of ``within``."""
    rng = np.random.default_rng(seed)
    keys = pd.factorize(frame[within])[0] if within else np.zeros(len(frame), int)
    here = np.argsort(keys, kind="stable")
    there = np.lexsort((rng.random(len(frame)), keys))
    spoiled = frame.copy()
    for name in columns:
        values = frame[name].to_numpy()
        changed = values.copy()
        changed[here] = values[there]
        spoiled[name] = changed
    return spoiled
