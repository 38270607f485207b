"""A private fit of a small log, and a sample of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from domain.datasets.entities import Metadata
from domain.kernel import no_progress
from domain.privacy.budget import PrivacySpec
from domain.privacy.code_book import CodeBook
from domain.synthesis.base import FitResult
from domain.synthesis.conditions import PLAIN, SampleSpec
from domain.synthesis.sequences.engine import Sequences

TABLE = "events"
BOOK = CodeBook(
    source="s", person="p", values={"kind": ("in", "out"), "region": ("north", "south")}
)


def privately(
    log: pd.DataFrame,
    metadata: Metadata,
    *,
    epsilon: float = 50.0,
    unit: str = "account",
    book: CodeBook | None = BOOK,
    settings: Mapping[str, int] | None = None,
    seed: int = 0,
    secret: int = 1,
) -> FitResult:
    """The engine under so weak a privacy that a small log stands out of the noise."""
    return Sequences().fit(
        {TABLE: log},
        metadata,
        held_out={},
        settings=settings or {},
        privacy=PrivacySpec(
            epsilon=epsilon,
            delta=1e-4,
            unit=unit,
            code_book=book,
            secret=secret.to_bytes(32, "big"),
        ),
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
