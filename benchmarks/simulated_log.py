"""Accounts with about twenty transactions each and a running balance, for comparing engines."""

from __future__ import annotations

import numpy as np
import pandas as pd

ENTITY, TIME = "account_id", "date"
_FIRST_DAY = np.datetime64("2023-01-01")


def transactions(accounts: int, seed: int) -> pd.DataFrame:
    """Events in the order of accounts, then of time; other seeds give other accounts.

    A salary comes once a month on the account's own day, the rent five days after it, purchases
    and cash now and then; every amount changes the balance.
    """
    rng = np.random.default_rng([2023, seed])
    return pd.concat(
        [_history(f"A{seed}{place:05d}", rng) for place in range(accounts)], ignore_index=True
    )


def _history(name: str, rng: np.random.Generator) -> pd.DataFrame:
    wage = float(rng.lognormal(7.8, 0.35))
    payday = int(rng.integers(0, 28))
    opened = int(rng.integers(0, 300))
    days, kinds = _events(opened, payday, rng)
    amounts = np.array([_amount(kind, wage, rng) for kind in kinds])
    start = round(float(rng.lognormal(6.5, 0.6)), 2)
    return pd.DataFrame(
        {
            ENTITY: name,
            TIME: (_FIRST_DAY + days).astype(str),
            "kind": kinds,
            "amount": amounts,
            "balance": np.round(start + np.cumsum(amounts), 2),
        }
    )


def _events(opened: int, payday: int, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    months = int(rng.integers(2, 6))
    found: list[tuple[int, str]] = []
    for month in range(months):
        start = opened + 30 * month
        found += [(start + payday, "salary"), (start + payday + 5, "rent")]
        many = int(rng.poisson(3.2))
        found += [(start + int(d), "shop") for d in rng.integers(0, 30, many)]
        found += [(start + int(rng.integers(0, 30)), "cash")] if rng.random() < 0.5 else []
    found += [(opened + 30 * months, "interest")]
    found.sort(key=lambda event: event[0])
    return np.array([day for day, _ in found]), [kind for _, kind in found]


def _amount(kind: str, wage: float, rng: np.random.Generator) -> float:
    drawn = {
        "salary": wage,
        "rent": -0.35 * wage,
        "shop": -float(rng.lognormal(3.6, 0.8)),
        "cash": -float(rng.choice([50.0, 100.0, 200.0])),
        "interest": float(rng.uniform(0.5, 6.0)),
    }
    return round(drawn[kind], 2)
