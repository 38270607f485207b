"""Small tables as the bytes of CSV files."""

from __future__ import annotations

import numpy as np
import pandas as pd


def people_csv(rows: int = 200, seed: int = 0) -> bytes:
    """A small table in which income follows age and city."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 90, rows)
    city = rng.choice(["Bern", "Lyon", "Oslo"], rows, p=[0.5, 0.3, 0.2])
    income = np.round(1000 + 40 * age + 500 * (city == "Oslo") + rng.normal(0, 200, rows), 2)
    rich = np.where(income > np.median(income), "yes", "no")
    frame = pd.DataFrame({"age": age, "city": city, "income": income, "rich": rich})
    return frame.to_csv(index=False).encode()


def payments_csv(accounts: int = 20, seed: int = 0) -> bytes:
    """A small log: three to eight payments of each account, days apart."""
    rng = np.random.default_rng(seed)
    payments = rng.integers(3, 9, accounts)
    days = np.concatenate([np.cumsum(rng.integers(1, 20, n)) for n in payments])
    frame = pd.DataFrame(
        {
            "account_id": np.repeat(np.arange(accounts) + 1000, payments),
            "date": (pd.Timestamp("2020-01-01") + pd.to_timedelta(days, "D")).strftime("%Y-%m-%d"),
            "kind": rng.choice(["in", "out"], len(days)),
            "amount": rng.gamma(2.0, 50.0, len(days)).round(2),
        }
    )
    return frame.to_csv(index=False).encode()


def hourly_csv(hours: int = 96, seed: int = 0) -> bytes:
    """One series with a regular clock and a daily rhythm."""
    rng = np.random.default_rng(seed)
    hour = np.arange(hours)
    load = 100 + 20 * np.sin(2 * np.pi * hour / 24) + rng.normal(0, 1, hours)
    times = pd.Timestamp("2024-01-01") + pd.to_timedelta(hour, "h")
    frame = pd.DataFrame({"time": times.strftime("%Y-%m-%d %H:%M"), "load": load.round(2)})
    return frame.to_csv(index=False).encode()
