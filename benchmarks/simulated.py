"""Tables of any size for measuring cost: numbers and categories that follow a hidden number."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata

NAME = "table"


def simulated(rows: int, columns: int, values: int) -> tuple[pd.DataFrame, Metadata]:
    """Numbers and categories of ``values`` distinct values in turn."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=rows)
    frame, specs = {}, []
    for place in range(columns):
        noisy = hidden + rng.normal(size=rows)
        number = place % 2 == 0
        frame[f"c{place}"] = noisy if number else _category(noisy, values)
        sdtype = SdType.FLOAT if number else SdType.CATEGORICAL
        specs.append(ColumnSpec(name=f"c{place}", sdtype=sdtype))
    return pd.DataFrame(frame), Metadata(tables={NAME: TableMetadata(columns=tuple(specs))})


def _category(noisy: np.ndarray, values: int) -> pd.Series:
    ranks = noisy.argsort().argsort() * values // len(noisy)
    words = [f"v{i}" for i in range(values)]
    return pd.Series(pd.Categorical.from_codes(ranks, categories=words))
