from __future__ import annotations

import re
import uuid

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import PiiAction, PiiKind, SdType
from domain.synthesis.encoding.surrogates import SurrogateCodec
from tests.domain.synthesis.simulated import spec

SALT = "0123456789abcdef"


def invented(
    column: pd.Series,
    rows: int,
    sdtype: SdType = SdType.ID,
    unique: bool = True,
    held_out: pd.Series | None = None,
    **more: object,
) -> pd.Series:
    about = spec("x", sdtype, unique=unique, **more)
    unseen = column[:0] if held_out is None else held_out
    codec = SurrogateCodec.fit(column, about, 5, unique=unique, salt=SALT, held_out=unseen)
    return codec.decode(np.zeros(rows, dtype=np.int64), np.random.default_rng(0))


def strings(values: list[str]) -> pd.Series:
    return pd.Series(values, dtype="string[pyarrow]")


def test_surrogates_look_alike_are_unique_and_never_real() -> None:
    real = strings([f"CUST-{i:05d}/{'ABC'[i % 3]}{'XY'[i % 2]}" for i in range(2_000)])
    made = invented(real, 5_000)
    assert made.is_unique
    assert not set(made) & set(real)
    assert all(re.fullmatch(r"CUST-\d{5,}/[A-Z]{2}", value) for value in made)
    assert made.dtype == real.dtype


def test_running_numbers_get_no_leading_zero() -> None:
    real = strings([str(i) for i in range(150)])
    made = invented(real, 300)
    assert not [value for value in made if value.startswith("0")]
    assert made.is_unique
    assert not set(made) & set(real)


def test_surrogates_stay_unique_from_chunk_to_chunk() -> None:
    real = strings([f"{i:04d}" for i in range(500)])
    codec = SurrogateCodec.fit(
        real, spec("x", SdType.ID), 5, unique=True, salt=SALT, held_out=real[:0]
    )
    rng = np.random.default_rng(0)
    parts = [codec.decode(np.zeros(1_000, dtype=np.int64), rng) for _ in range(6)]
    made = pd.concat(parts)
    assert made.is_unique
    assert not set(made) & set(real)


def test_no_identifier_of_a_row_that_is_not_learned_is_invented() -> None:
    real = strings([f"{i:04d}" for i in range(0, 10_000, 2)])
    made = invented(real[:2_500], 3_000, held_out=real[2_500:])
    assert not set(made) & set(real)
    whole = pd.Series(range(1, 4_000, 3), dtype="Int64")
    numbers = invented(whole[::2], 900, SdType.INTEGER, held_out=whole[1::2])
    assert not set(numbers) & set(whole)


def test_a_used_up_key_space_is_made_longer() -> None:
    real = strings([str(i) for i in range(10)])
    made = invented(real, 300)
    assert made.is_unique
    assert not set(made) & set(real)


def test_uuids_get_hexadecimal_surrogates() -> None:
    rng = np.random.default_rng(0)
    real = strings([str(uuid.UUID(bytes=rng.bytes(16))) for _ in range(300)])
    for value in invented(real, 100):
        uuid.UUID(value)


def test_emails_go_to_reserved_domains() -> None:
    real = strings([f"jo{i}@clinic{i % 9}.org" for i in range(100)])
    made = invented(real, 200, SdType.TEXT, pii_kind=PiiKind.EMAIL)
    assert made.str.fullmatch(r"[a-z]+\.[a-z]+\d+@example\.(com|org|net)").all()


def test_phones_keep_their_punctuation() -> None:
    real = strings([f"+1 (555) {i:03d}-{(i * 7) % 10_000:04d}" for i in range(400)])
    made = invented(real, 100, SdType.TEXT)
    assert made.str.fullmatch(r"\+\d \(\d{3}\) \d{3}-\d{4}").all()


def test_names_are_pronounceable_words() -> None:
    first, last = ["Anna", "Jose", "Mary", "Ivan"], ["Smith", "Jones", "Braun", "Clark"]
    real = strings([f"{f} {n}" for f in first for n in last] * 3)
    made = invented(real, 50, SdType.TEXT, unique=False)
    assert made.str.fullmatch(r"[A-Z][a-z]{3} [A-Z][a-z]{4}").all()
    assert not set(made) & set(real)


def test_free_text_becomes_words_without_meaning() -> None:
    rng = np.random.default_rng(0)
    real = strings([" ".join(rng.choice(["pain", "since", "monday"], 12)) for _ in range(80)])
    made = invented(real, 80, SdType.TEXT, unique=False)
    assert not made.str.contains("pain|since|monday").any()
    assert made.str.split().str.len().between(9, 15).all()


def test_values_that_repeat_repeat_alike() -> None:
    real = strings([f"C{i:03d}" for i in range(20) for _ in range(i + 1)])
    made = invented(real, len(real), unique=False)
    assert not set(made) & set(real)
    assert made.value_counts().tolist() == real.value_counts().tolist()


@pytest.mark.parametrize("unique", [True, False])
def test_typed_identifying_columns_keep_their_dtype(unique: bool) -> None:
    rng = np.random.default_rng(0)
    whole = pd.Series(rng.choice(90_000, 500, replace=False) + 10_000, dtype="Int64")
    born = pd.Series(
        pd.Timestamp("1930-01-01") + pd.to_timedelta(rng.integers(0, 30_000, 500), "D")
    )
    made = invented(whole, 700, SdType.INTEGER, unique, pii_action=PiiAction.SURROGATE)
    dates = invented(born.astype("datetime64[ns]"), 700, SdType.DATETIME, unique, date_only=True)
    assert made.dtype == "Int64"
    assert dates.dtype == "datetime64[ns]"
    assert not set(made) & set(whole)
    assert not set(dates) & set(born)
    assert made.is_unique or not unique


def test_an_all_missing_identifier_stays_missing() -> None:
    assert invented(strings([None, None]), 7).isna().all()  # type: ignore[list-item]


def test_the_state_holds_no_real_value() -> None:
    real = strings([f"Jane Roe {i}" for i in range(50)])
    half, rest = real[:25], real[25:]
    about = spec("x", SdType.TEXT)
    codec = SurrogateCodec.fit(half, about, 5, unique=False, salt=SALT, held_out=rest)
    assert "Jane" not in repr(codec.state())
