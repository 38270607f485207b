"""What scores keep of the steps before: a vector autoregression of their unusual parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_ENOUGH = 20
"""Events for every coefficient, at least; else a column is recalled from its own last step."""
_LOOK_AHEAD = 10_000
"""Steps after which something unusual has to have faded."""
_OWN = 0.995
_RIDGE = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recall:
    """A recursive vector autoregression (Sims 1980): each column from all columns ``lags`` steps
    before and from the columns before it at the same step."""

    lags: tuple[int, ...]
    before: Floats
    """Shape ``(columns, lags * columns)``."""
    beside: Floats
    """Shape ``(columns, columns)``, below its diagonal."""

    @classmethod
    def fit(cls, unusual: Floats, lags: tuple[int, ...]) -> Recall:
        """Least squares on ``unusual`` parts of shape ``(events, columns)``."""
        columns, rows = unusual.shape[1], len(unusual) - max(lags)
        if rows >= _ENOUGH * columns * (len(lags) + 1):
            found = cls._of_all(unusual, lags)
            if found._fades():
                return found
        return cls._of_own(unusual)

    @classmethod
    def _of_all(cls, unusual: Floats, lags: tuple[int, ...]) -> Recall:
        columns, longest = unusual.shape[1], max(lags)
        now = unusual[longest:]
        past = np.concatenate([unusual[longest - k : len(unusual) - k] for k in lags], axis=1)
        before, beside = np.zeros((columns, past.shape[1])), np.zeros((columns, columns))
        for place in range(columns):
            known = np.concatenate([past, now[:, :place]], axis=1)
            weights = _least_squares(known, now[:, place])
            before[place], beside[place, :place] = np.split(weights, [past.shape[1]])
        return cls(lags=lags, before=before, beside=beside)

    @classmethod
    def _of_own(cls, unusual: Floats) -> Recall:
        together = (unusual[1:] * unusual[:-1]).sum(0)
        own = together / np.maximum((unusual[:-1] ** 2).sum(0), 1e-12)
        nothing = np.zeros((unusual.shape[1], unusual.shape[1]))
        return cls(lags=(1,), before=np.diag(np.clip(own, -_OWN, _OWN)), beside=nothing)

    def _fades(self) -> bool:
        """Whether what is unusual is forgotten: by iterating what follows from random parts."""
        columns, longest = len(self.beside), max(self.lags)
        solved = np.linalg.solve(np.eye(columns) - self.beside, self.before).T
        back = np.array(self.lags)
        path = np.zeros((longest + _LOOK_AHEAD, columns))
        path[:longest] = np.random.default_rng(0).normal(size=(longest, columns))
        for now in range(longest, len(path)):
            path[now] = path[now - back].reshape(-1) @ solved
        halfway = np.abs(path[longest : longest + _LOOK_AHEAD // 2]).max()
        return bool(np.abs(path[-longest:]).max() < halfway)

    def surprises(self, unusual: Floats) -> Floats:
        """What is left of each event; what came before the first events was usual."""
        longest = max(self.lags)
        padded = np.concatenate([np.zeros((longest, unusual.shape[1])), unusual])
        past = [padded[longest - lag : len(padded) - lag] for lag in self.lags]
        expected = np.concatenate(past, axis=1) @ self.before.T + unusual @ self.beside.T
        left: Floats = unusual - expected
        return left

    def state(self) -> Mapping[str, Any]:
        return {**asdict(self), "lags": list(self.lags)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Recall:
        return cls(**{**state, "lags": tuple(state["lags"])})


def _least_squares(known: Floats, wanted: Floats) -> Floats:
    square = known.T @ known
    ridge = _RIDGE * max(float(np.diag(square).mean()), 1e-12) * np.eye(len(square))
    found: Floats = np.asarray(np.linalg.solve(square + ridge, known.T @ wanted), np.float64)
    return found
