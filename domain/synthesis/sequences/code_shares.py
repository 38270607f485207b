"""How frequent values were among the real events: what amplification multiplies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from domain.synthesis.conditions import Amplification, Condition
from domain.synthesis.sequences.columns import EventColumn, encoded
from domain.synthesis.sequences.events import Events

Floats = NDArray[np.float64]
CodeShares = Mapping[str, Floats]
"""By column the share of each code among all real events, 0 to 1."""
NO_SHARES: CodeShares = MappingProxyType({})
"""Of a model that was learned before they were kept."""


def code_shares(columns: Sequence[EventColumn], frame: pd.DataFrame) -> CodeShares:
    """Counted in the learned events."""
    return {
        name: np.bincount(codes) / max(len(codes), 1)
        for name, codes in encoded(columns, frame).items()
    }


def share_of(condition: Condition, events: Events, shares: CodeShares) -> float | None:
    """The share of the real events that ``condition`` holds of; ``None`` where it is not known."""
    column = next((c for c in events.columns if c.name == condition.column), None)
    if column is None or column.name not in shares:
        return None
    weights, share = column.codec.allowed([condition], []).weights, shares[column.name]
    common = min(len(weights), len(share))
    return float(weights[:common] @ share[:common])


def learned_shares(
    events: Events, amplify: Iterable[Amplification], shares: CodeShares
) -> Floats | None:
    """Those of all conditions, or ``None``."""
    found = [share_of(a.condition, events, shares) for a in amplify]
    known = [share for share in found if share is not None]
    return np.array(known) if len(known) == len(found) else None
