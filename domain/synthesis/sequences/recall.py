"""What scores keep of the steps before: a vector autoregression of their unusual parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
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
            found = cls._of_all([unusual], lags)
            if found._fades():
                return found
        return cls._of_own(unusual)

    def corrected(self, drawn: Sequence[Floats]) -> Recall:
        """Less what the surprises of ``drawn`` series recalled by themselves: real ones, being
        what least squares leave, recall nothing. Each series is of shape ``(events, columns)``."""
        rows = sum(max(len(one) - max(self.lags), 0) for one in drawn)
        if rows < _ENOUGH * len(self.before) * (len(self.lags) + 1):
            return self
        found = self._of_all(drawn, self.lags)
        wanted = replace(
            self,
            before=2 * self.before - found.before,
            beside=2 * self.beside - found.beside,
        )
        return wanted if wanted._fades() else self

    @classmethod
    def _of_all(cls, series: Sequence[Floats], lags: tuple[int, ...]) -> Recall:
        longest, columns = max(lags), series[0].shape[1]
        now = np.concatenate([one[longest:] for one in series])
        past = np.concatenate([_past(one, lags) for one in series])
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


def _past(unusual: Floats, lags: tuple[int, ...]) -> Floats:
    """Of every event from the longest lag on what came ``lags`` before, side by side."""
    longest = max(lags)
    return np.concatenate([unusual[longest - k : len(unusual) - k] for k in lags], axis=1)


def _least_squares(known: Floats, wanted: Floats) -> Floats:
    square = known.T @ known
    ridge = _RIDGE * max(float(np.diag(square).mean()), 1e-12) * np.eye(len(square))
    found: Floats = np.asarray(np.linalg.solve(square + ridge, known.T @ wanted), np.float64)
    return found
