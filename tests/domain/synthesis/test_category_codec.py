from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.datasets.entities import SdType
from domain.synthesis.encoding.categories import MAX_CODES, CategoryCodec
from tests.domain.synthesis.simulated import spec

WORDS = st.lists(st.none() | st.text(min_size=1, max_size=6), min_size=1, max_size=40)


def codec_of(column: pd.Series, threshold: int = 5) -> CategoryCodec:
    return CategoryCodec.fit(column, spec("x", SdType.CATEGORICAL), threshold)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_unprotected_categories_come_back_as_they_were(values: list[str | None]) -> None:
    column = pd.Series(pd.Categorical(values))
    codec = codec_of(column, threshold=1)
    back = codec.decode(codec.encode(column), np.random.default_rng(0))
    assert isinstance(back.dtype, pd.CategoricalDtype)
    assert back.astype(object).where(back.notna(), None).tolist() == values


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_a_category_seen_fewer_than_five_times_is_never_drawn(values: list[str | None]) -> None:
    column = pd.Series(pd.Categorical(values))
    codec = codec_of(column)
    drawable = np.flatnonzero(codec.drawable)
    back = codec.decode(np.tile(drawable, 3), np.random.default_rng(0))
    counts = column.value_counts()
    assert not set(back.dropna()) & set(counts.index[counts < 5])


def test_the_count_of_protected_values_is_kept() -> None:
    column = pd.Series(pd.Categorical(["a"] * 9 + ["b", "c", "c"]))
    assert codec_of(column).rare == 2


def test_booleans_are_not_protected() -> None:
    column = pd.Series([True] + [False] * 50 + [pd.NA], dtype="boolean")
    codec = CategoryCodec.fit(column, spec("x", SdType.BOOLEAN), 5)
    back = codec.decode(codec.encode(column), np.random.default_rng(0))
    assert back.equals(column)


def test_a_stand_in_word_is_none_of_the_real_ones() -> None:
    column = pd.Series(pd.Categorical(["(other)", "a", "b"]))
    codec = codec_of(column)
    back = codec.decode(codec.encode(column), np.random.default_rng(0))
    assert not set(back) & {"(other)", "a", "b"}


def test_a_hundred_thousand_categories_need_few_codes_and_keep_their_frequencies() -> None:
    rng = np.random.default_rng(0)
    column = pd.Series(
        pd.Categorical(np.char.add("c", rng.integers(0, 20_000, 200_000).astype(str)))
    )
    codec = codec_of(column)
    assert codec.size <= MAX_CODES + 3
    back = codec.decode(codec.encode(column), rng)
    real, made = column.value_counts(normalize=True), back.value_counts(normalize=True)
    safe = set(column.value_counts()[lambda c: c >= 5].index)
    assert set(back.unique()) <= safe
    assert made.reindex(real.index, fill_value=0).sub(real).abs().sum() / 2 < 0.2
