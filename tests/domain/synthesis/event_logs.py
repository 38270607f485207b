"""Small logs of events to learn from, and the engine on them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    SdType,
    SequenceKeys,
    TableMetadata,
)
from domain.kernel import no_progress
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.sequences import calibrating
from domain.synthesis.sequences.engine import Sequences

TABLE = "events"
QUICK: Mapping[str, int] = {"max_epochs": 2, "memory": 16, "block_size": 8, "window": 16}

_ID = ColumnSpec(name="account", sdtype=SdType.ID, pii_action=PiiAction.SURROGATE)
_SPECS = {
    spec.name: spec
    for spec in (
        _ID,
        ColumnSpec(name="when", sdtype=SdType.DATETIME),
        ColumnSpec(name="region", sdtype=SdType.CATEGORICAL),
        ColumnSpec(name="kind", sdtype=SdType.CATEGORICAL),
        ColumnSpec(name="amount", sdtype=SdType.FLOAT, decimals=2),
        ColumnSpec(name="balance", sdtype=SdType.FLOAT, decimals=2),
    )
}


def log_metadata(entity: str | None, time: str | None, *columns: ColumnSpec) -> Metadata:
    """One table of events."""
    keys = SequenceKeys(entity=entity, time=time)
    return Metadata(tables={TABLE: TableMetadata(columns=columns, sequence=keys)})


def bank_log(accounts: int, seed: int = 0, *, clock: bool = False) -> pd.DataFrame:
    """Deposits and payments, by turns mostly, with a running balance; an account has one region."""
    rng = np.random.default_rng(seed)
    parts = []
    for number in range(accounts):
        events = int(rng.integers(2, 16))
        days = np.datetime64("2024-01-01") + np.cumsum(rng.integers(0, 9, events))
        when = days.astype("datetime64[ns]")
        if clock:
            when = when + rng.integers(8 * 3600, 18 * 3600, events) * np.timedelta64(10**9, "ns")
        turned = rng.random(events) < 0.1
        kind = np.where((np.arange(events) + turned) % 2 == 0, "in", "out")
        amount = rng.integers(1, 400, events) * 25 / 100
        signed = np.where(kind == "in", amount, -amount)
        parts.append(
            pd.DataFrame(
                {
                    "account": f"A{number:05d}",
                    "when": np.sort(when),
                    "region": ["north", "south"][number % 2],
                    "kind": kind,
                    "amount": amount,
                    "balance": (rng.integers(0, 4) * 100 + np.cumsum(signed)).round(2),
                }
            )
        )
    log = pd.concat(parts, ignore_index=True)
    return typed_log(log.sort_values("when", kind="stable").reset_index(drop=True))


def typed_log(log: pd.DataFrame) -> pd.DataFrame:
    """With the dtypes that the engines are given."""
    kinds = {"account": "string[pyarrow]", "region": "category", "kind": "category"}
    return log.astype({name: kind for name, kind in kinds.items() if name in log})


def bank_metadata() -> Metadata:
    """Of :func:`bank_log`."""
    return log_metadata("account", "when", *_SPECS.values())


def fitted(
    log: pd.DataFrame, metadata: Metadata, *, seed: int = 0, **settings: int | float
) -> FitResult:
    """The engine after a quick course, held to what it learned once (of thrice): a round draws
    the whole log."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibrating, "ROUNDS", 1)
        return Sequences().fit(
            {TABLE: log},
            metadata,
            held_out={TABLE: log.iloc[:0]},
            settings={**QUICK, **settings},
            privacy=None,
            seed=seed,
            on_progress=no_progress,
        )


def drawn(
    fit: FitResult, rows: int | None = None, *, seed: int = 1, spec: SampleSpec = PLAIN
) -> pd.DataFrame:
    """A whole sample."""
    chunks = Sequences().sample(
        fit.artifact, rows=rows, seed=seed, spec=spec, on_progress=no_progress
    )
    return pd.concat([chunk[TABLE] for chunk in chunks], ignore_index=True)
