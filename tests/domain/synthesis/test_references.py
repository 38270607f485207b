"""Whole numbers that name others: which they are, and that invented ones stand in for them."""

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, SdType, SequenceKeys
from domain.synthesis.encoding.references import ReferenceCodec
from domain.synthesis.sequences.histories import Histories
from domain.synthesis.sequences.referring import refers

_SPEC = ColumnSpec(name="to", sdtype=SdType.INTEGER)
_PEOPLE, _EVENTS = 120, 12
_SALT = "0123456789abcdef"


@pytest.fixture(scope="module")
def log() -> Histories:
    """Each of many pays two accounts of its own, rents and fees of one office among them."""
    rng = np.random.default_rng(3)
    who = np.repeat(np.arange(_PEOPLE), _EVENTS)
    own = rng.integers(10_000, 99_999_999, (_PEOPLE, 2))
    pay = own[who, rng.integers(0, 2, len(who))]
    frame = pd.DataFrame(
        {
            "who": who,
            "when": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 360, len(who)), "D"),
            "to": np.where(rng.random(len(who)) < 0.2, 7, pay),
            "rent": np.round(np.exp(rng.normal(8, 0.6, (_PEOPLE, 2)))[who, 0] * 100),
            "meter": np.arange(len(who)) // 2 * 3,
            "seen": rng.integers(0, 99_999_999, len(who)),
        }
    ).astype(dict.fromkeys(("to", "rent", "meter", "seen"), "Int64"))
    return Histories.of(frame, SequenceKeys(entity="who", time="when"))


def test_numbers_of_accounts_name_others(log: Histories) -> None:
    assert refers(log.rows["to"], log, 5)


@pytest.mark.parametrize("name", ["rent", "meter", "seen"])
def test_amounts_counters_and_readings_do_not(log: Histories, name: str) -> None:
    assert not refers(log.rows[name], log, 5)


def test_what_many_share_is_kept_and_no_other_real_value_comes_out(log: Histories) -> None:
    once = log.rows[["who", "to"]].drop_duplicates()["to"]
    codec = ReferenceCodec.fit(once, _SPEC, 5, salt=_SALT, held_out=once[:0])
    codes = codec.encode(log.rows["to"])
    drawn = ReferenceCodec.from_state(codec.state()).decode(codes, np.random.default_rng(0))
    assert drawn.dtype == "Int64"
    shared = (log.rows["to"] == 7).to_numpy(bool)
    assert (drawn[shared] == 7).all()
    assert not drawn[~shared].isin(log.rows["to"]).any()
    assert drawn[~shared].between(10_000, 99_999_999).all()


def test_a_missing_reference_stays_missing() -> None:
    column = pd.Series([1, 1, 2, None], dtype="Int64")
    codec = ReferenceCodec.fit(column, _SPEC, 2, salt=_SALT, held_out=column[:0])
    assert codec.encode(column).tolist() == [0, 0, 1, 2]
    assert codec.missing == 2
    drawn = codec.decode(np.array([2, 0]), np.random.default_rng(0))
    assert drawn.isna().tolist() == [True, False]
