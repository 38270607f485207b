"""Tables to try the product on: a real clinical one, and seeded simulators of each domain.

The people in the simulated tables are invented: their e-mail addresses end in ``example.com``,
their phone numbers are of the 555-01xx range kept for fiction, and their social security numbers
start with 9, which is never issued. Needs scikit-learn: the web process does not import it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer

from domain.datasets.templates import FINTECH, HEALTH, SALES, Template
from domain.kernel import BadInput

Strings = NDArray[np.str_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_FIRST = (
    *("Ada", "Ben", "Clara", "David", "Emma", "Felix", "Grace", "Hugo", "Irene", "Jonas"),
    *("Karen", "Liam", "Maria", "Noah", "Olivia", "Peter", "Quinn", "Rosa", "Sarah", "Thomas"),
)
_LAST = (
    *("Abbott", "Baker", "Castillo", "Dubois", "Evans", "Fischer", "Garcia", "Hoffmann", "Ito"),
    *("Jensen", "Keller", "Lopez", "Meyer", "Novak", "Okafor", "Patel", "Quist", "Rossi", "Silva"),
)
_AREA_CODES = (202, 212, 305, 312, 404, 415, 503, 617, 702, 808)
_DEPARTMENTS = {
    "Cardiology": ("I10", "I25.1", "I50.9", "I48.0"),
    "Endocrinology": ("E11.9", "E11.65", "E03.9", "E78.5"),
    "Oncology": ("C50.9", "C34.1", "C18.9"),
    "Orthopaedics": ("S72.0", "M17.1", "M54.5"),
    "Pulmonology": ("J44.9", "J18.9", "J45.9"),
}
_MERCHANTS = ("grocery", "fuel", "restaurant", "electronics", "travel", "gambling", "utilities")
_MERCHANT_MEDIAN = np.array([38.0, 52.0, 27.0, 210.0, 340.0, 90.0, 75.0])
_CATEGORIES = ("furniture", "office", "phones", "clothing", "garden")
_CATEGORY_PRICE = np.array([180.0, 14.0, 420.0, 45.0, 60.0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A table to try things on."""

    name: str
    title: str
    rows: int
    """How many rows it has when nobody says otherwise."""
    target: str
    frame: Callable[[int, int], pd.DataFrame]
    """``frame(rows, seed)``"""

    def csv(self, rows: int, seed: int) -> bytes:
        """The table as UTF-8 CSV; the same rows and seed give the same bytes."""
        return self.frame(rows, seed).to_csv(index=False, lineterminator="\n").encode()


def clinical() -> pd.DataFrame:
    """The Breast Cancer Wisconsin (Diagnostic) table, 569 rows, as scikit-learn ships it.

    Wolberg, Mangasarian, Street and Street, 1995, doi 10.24432/C5DW2B, CC BY 4.0; the target
    is spelled out as ``malignant`` or ``benign`` in column ``diagnosis``.
    """
    bunch = load_breast_cancer(as_frame=True)
    diagnosis = np.asarray(bunch.target_names)[bunch.target.to_numpy()]
    return bunch.data.assign(diagnosis=diagnosis)


def _clinical(rows: int, seed: int) -> pd.DataFrame:
    table = clinical()
    if rows > len(table):
        raise BadInput(f"The clinical sample has {len(table)} rows; ask for no more.")
    return table if rows == len(table) else table.sample(rows, random_state=seed)


def health_visits(rows: int, seed: int) -> pd.DataFrame:
    """Hospital visits of patients who come about twice each, as text ready to be written."""
    random = np.random.default_rng(seed)
    people = _patients(max(rows // 2, 1), random)
    who = random.integers(len(people), size=rows)
    visits = people.iloc[who].reset_index(drop=True)
    admitted = _moments("2023-01-01", 730, rows, random)
    age = (admitted - pd.to_datetime(visits["birth_date"])).dt.days.to_numpy() / 365.25
    smoker = random.random(rows) < np.where(visits["sex"] == "male", 0.28, 0.2)
    department, diagnosis = _diagnoses(age, smoker, random)
    bmi = np.clip(random.normal(24 + 0.05 * age, 4.2), 15, 55)
    pressure = np.clip(random.normal(95 + 0.45 * age + 0.6 * (bmi - 25) + 5 * smoker, 11), 80, 220)
    diabetic = np.char.startswith(diagnosis, "E11")
    hba1c = np.clip(
        random.normal(np.where(diabetic, 7.8, 5.5), np.where(diabetic, 1.1, 0.4)), 4, 14
    )
    stay = random.poisson(0.8 + age / 18 + 3 * (department == "Oncology"))
    charge = np.exp(
        random.normal(6.1 + 0.22 * np.sqrt(stay) + 0.5 * (department == "Oncology"), 0.35)
    )
    risk = -4.6 + 0.025 * age + 0.16 * stay + 0.6 * smoker + 0.5 * diabetic
    return pd.DataFrame(
        {
            "visit_id": [f"V{i:07d}" for i in range(1, rows + 1)],
            **{name: visits[name] for name in people.columns},
            "admitted_at": admitted.dt.strftime("%Y-%m-%d %H:%M"),
            "department": department,
            "diagnosis": diagnosis,
            "smoker": _words(smoker, "yes", "no"),
            "systolic_bp": _sometimes_missing(pressure.round().astype(int), 0.04, random),
            "bmi": _sometimes_missing(_fixed(bmi, 1), 0.07, random),
            "hba1c": _sometimes_missing(_fixed(hba1c, 1), np.where(diabetic, 0.05, 0.7), random),
            "days_in_hospital": stay,
            "charge": _fixed(charge, 2),
            "readmitted": _words(_happens(risk, random), "yes", "no"),
        }
    )[[c.name for c in HEALTH.columns]]


def _patients(count: int, random: np.random.Generator) -> pd.DataFrame:
    first, last = random.choice(_FIRST, count), random.choice(_LAST, count)
    number = np.arange(1, count + 1)
    age = np.clip(random.normal(56, 19, count), 1, 97)
    born = pd.Timestamp("2023-01-01") - pd.to_timedelta((age * 365.25).astype(int), unit="D")
    area = random.choice(_AREA_CODES, count)
    return pd.DataFrame(
        {
            "patient_id": [f"P{i:06d}" for i in random.permutation(number)],
            "patient_name": [f"{a} {b}" for a, b in zip(first, last, strict=True)],
            "email": [
                f"{a}.{b}{i}@example.com".lower()
                for a, b, i in zip(first, last, number, strict=True)
            ],
            "phone": [f"({a}) 555-01{random.integers(100):02d}" for a in area],
            "ssn": [_invented_ssn(random) for _ in number],
            "birth_date": born.strftime("%Y-%m-%d"),
            "sex": random.choice(["female", "male"], count, p=[0.54, 0.46]),
        }
    )


def _invented_ssn(random: np.random.Generator) -> str:
    return (
        f"9{random.integers(100):02d}-{random.integers(1, 100):02d}-{random.integers(1, 10000):04d}"
    )


def _diagnoses(
    age: Floats, smoker: NDArray[np.bool_], random: np.random.Generator
) -> tuple[Strings, Strings]:
    """Departments by age and smoking, diagnoses by department."""
    names = np.array(list(_DEPARTMENTS))
    appeal = np.stack(
        [0.035 * age, 0.02 * age + 0.3, 0.025 * age - 0.4, 1.4 - 0.005 * age, 0.4 + 1.3 * smoker],
        axis=1,
    )
    chosen = (appeal + random.gumbel(size=appeal.shape)).argmax(axis=1)
    diagnosis = np.empty(len(age), dtype="U8")
    for i, codes in enumerate(_DEPARTMENTS.values()):
        here = chosen == i
        weights = 1 / np.arange(1, len(codes) + 1)
        diagnosis[here] = random.choice(codes, here.sum(), p=weights / weights.sum())
    return names[chosen], diagnosis


def fintech_transactions(rows: int, seed: int) -> pd.DataFrame:
    """Card payments in order of time; about one in a hundred is fraud, of a different look."""
    random = np.random.default_rng(seed)
    accounts = max(rows // 20, 1)
    account = random.integers(accounts, size=rows)
    age = random.gamma(2.0, 500, accounts).astype(int)[account]
    booked = _moments("2024-01-01", 180, rows, random).sort_values(ignore_index=True)
    fraud = _happens(-5.0 + 0.9 * (booked.dt.hour < 6) + 0.7 * (age < 300), random)
    usual = np.array([0.3, 0.13, 0.24, 0.1, 0.06, 0.03, 0.14])
    merchant = _pick(usual, np.array([0.02, 0.05, 0.03, 0.42, 0.23, 0.23, 0.02]), fraud, random)
    spread = np.where(fraud, 0.9, 0.55)
    amount = np.exp(random.normal(np.log(_MERCHANT_MEDIAN[merchant] * (1 + 1.2 * fraud)), spread))
    online = random.random(rows) < np.where(fraud, 0.85, np.where(merchant >= 3, 0.5, 0.15))
    abroad = random.random(rows) < np.where(fraud, 0.5, np.where(merchant == 4, 0.3, 0.03))
    balance = random.lognormal(8.1, 0.7, accounts)[account] - amount
    score = np.clip(random.beta(np.where(fraud, 2.0, 6.0), np.where(fraud, 4.0, 1.5)), 0, 1)
    foreign = random.choice(["FR", "DE", "BR", "NG", "CN"], rows)
    return pd.DataFrame(
        {
            "transaction_id": 10_000_000 + np.arange(rows),
            "account_id": 400_000 + account,
            "booked_at": booked.dt.strftime("%Y-%m-%d %H:%M:%S"),
            "merchant_category": np.array(_MERCHANTS)[merchant],
            "channel": np.where(online, "online", random.choice(["chip", "contactless"], rows)),
            "country": np.where(abroad, foreign, "US"),
            "amount": _fixed(np.maximum(amount, 0.5), 2),
            "balance_after": _fixed(balance, 2),
            "account_age_days": age,
            "device_score": _sometimes_missing(
                _fixed(score, 3), np.where(online, 0.02, 0.6), random
            ),
            "is_fraud": _words(fraud, "true", "false"),
        }
    )[[c.name for c in FINTECH.columns]]


def _pick(
    usual: Floats, rare: Floats, is_rare: NDArray[np.bool_], random: np.random.Generator
) -> Integers:
    """One index a row, by the ``rare`` weights where they apply."""
    return np.where(
        is_rare,
        random.choice(len(rare), len(is_rare), p=rare / rare.sum()),
        random.choice(len(usual), len(is_rare), p=usual / usual.sum()),
    )


def sales(rows: int, seed: int) -> pd.DataFrame:
    """Order lines with seasons, discounts that move quantities, and returns that follow ratings."""
    random = np.random.default_rng(seed)
    ordered = (
        _moments("2023-01-01", 730, rows, random).dt.normalize().sort_values(ignore_index=True)
    )
    winter = ordered.dt.month.isin([11, 12]).to_numpy()
    segment = random.choice(["consumer", "corporate", "small office"], rows, p=[0.52, 0.3, 0.18])
    usual = np.array([0.18, 0.34, 0.16, 0.22, 0.1])
    category = _pick(usual, np.array([0.1, 0.2, 0.32, 0.33, 0.05]), winter, random)
    product = random.integers(12, size=rows)
    price = _CATEGORY_PRICE[category] * (0.6 + 0.08 * product)
    discount = random.choice([0, 0.05, 0.1, 0.2, 0.3], rows, p=[0.55, 0.15, 0.15, 0.1, 0.05])
    quantity = 1 + random.poisson(0.7 + 4 * discount + 2.2 * (segment == "corporate"))
    rating = np.clip(np.round(random.normal(4.1 - 0.5 * (category == 3), 0.9)), 1, 5).astype(int)
    returned = _happens(0.4 - 0.9 * rating + 0.8 * (category == 3), random)
    shipped = ordered + pd.to_timedelta(1 + random.poisson(2 + 2 * winter), unit="D")
    open_order = random.random(rows) < np.where(
        ordered > ordered.max() - pd.Timedelta(days=7), 0.8, 0.01
    )
    total = (price.round(2) * quantity * (1 - discount)).round(2)
    return pd.DataFrame(
        {
            "order_id": [f"S-{i:06d}" for i in range(1, rows + 1)],
            "ordered_on": ordered.dt.strftime("%Y-%m-%d"),
            "shipped_on": shipped.dt.strftime("%Y-%m-%d").mask(open_order),
            "region": random.choice(
                ["north", "south", "east", "west"], rows, p=[0.3, 0.2, 0.26, 0.24]
            ),
            "segment": segment,
            "category": np.array(_CATEGORIES)[category],
            "sku": [
                f"{_CATEGORIES[c][:3].upper()}-{p:02d}"
                for c, p in zip(category, product, strict=True)
            ],
            "quantity": quantity,
            "unit_price": _fixed(price, 2),
            "discount": _fixed(discount, 2),
            "total": _fixed(total, 2),
            "rating": _sometimes_missing(rating, 0.25, random),
            "returned": _words(returned, "Y", "N"),
        }
    )[[c.name for c in SALES.columns]]


def _moments(start: str, days: int, rows: int, random: np.random.Generator) -> pd.Series:
    """Moments from ``start`` on, more of them by day than by night."""
    day = random.integers(days, size=rows)
    second = (np.clip(random.normal(14, 4.5, rows) % 24, 0, 23.999) * 3600).astype(int)
    offset = pd.to_timedelta(day, unit="D") + pd.to_timedelta(second, unit="s")
    return pd.Series(pd.Timestamp(start) + offset)


def _happens(log_odds: Floats | pd.Series, random: np.random.Generator) -> NDArray[np.bool_]:
    odds = np.asarray(log_odds, dtype=float)
    return random.random(len(odds)) < 1 / (1 + np.exp(-odds))


def _fixed(numbers: Floats, decimals: int) -> Strings:
    """Text with a fixed number of decimals, as systems export money and measurements."""
    return np.array([f"{x:.{decimals}f}" for x in numbers.tolist()])


def _words(truth: NDArray[np.bool_], yes: str, no: str) -> Strings:
    return np.where(truth, yes, no)


def _sometimes_missing(
    values: Strings | Integers, share: float | Floats, random: np.random.Generator
) -> pd.Series:
    return pd.Series(values).astype(object).mask(random.random(len(values)) < share)


def _of(template: Template, rows: int, frame: Callable[[int, int], pd.DataFrame]) -> Sample:
    return Sample(
        name=template.name, title=template.title, rows=rows, target=template.target, frame=frame
    )


SAMPLES: dict[str, Sample] = {
    sample.name: sample
    for sample in (
        Sample(
            name="clinical",
            title="Breast cancer biopsies (real)",
            rows=569,
            target="diagnosis",
            frame=_clinical,
        ),
        _of(HEALTH, 2000, health_visits),
        _of(FINTECH, 4000, fintech_transactions),
        _of(SALES, 2000, sales),
    )
}
