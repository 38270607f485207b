"""The warning that a private run learned hardly more than noise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.privacy.budget import PrivacySpec
from domain.synthesis.above_noise import noise_warning
from domain.synthesis.marginals import Marginals
from domain.synthesis.private_encoding.categories import CategoryColumn


def words(*cells: float) -> CategoryColumn:
    """A column of so many words, then missing cells, then other words, at noise of one."""
    counts, spreads = np.array(cells), np.ones(len(cells))
    return CategoryColumn(
        flag=False,
        words=tuple("abcdef"[: len(cells) - 2]),
        cells=counts,
        groups=np.arange(len(cells)),
        counts=counts,
        spreads=spreads,
    )


CLEAR, LOST = words(40.0, 60.0, 0.0, 1.0), words(0.0, 900.0)


def test_columns_whose_values_are_told_apart_need_no_warning():
    assert noise_warning({"a": CLEAR, "b": words(40.0, 60.0, 0.0)}) == ()


def test_words_that_nothing_is_known_of_are_no_values_that_stand_out():
    (said,) = noise_warning({"a": CLEAR, "b": LOST, "c": words(50.0, 2.0, 0.0, 300.0)})
    assert said.startswith("In 2 of 3 columns no two values stood out of the noise")
    assert "code book" in said


def test_a_column_of_one_value_among_many_is_nothing_to_warn_of():
    assert noise_warning({"lost": LOST, **dict.fromkeys("abcd", CLEAR)}) == ()


def fitted_notes(rows: int) -> str:
    rng = np.random.default_rng(5)
    columns = {name: rng.choice(20, rows).astype(str) for name in ("city", "job", "school")}
    table = pd.DataFrame(columns).astype("category")
    specs = tuple(ColumnSpec(name=name, sdtype=SdType.CATEGORICAL) for name in columns)
    return " ".join(
        Marginals()
        .fit(
            {"people": table},
            Metadata(tables={"people": TableMetadata(columns=specs)}),
            held_out={},
            settings={"iterations": 5},
            privacy=PrivacySpec(epsilon=1.0, delta=1e-5, secret=b"s" * 32),
            seed=0,
            on_progress=lambda done, total, note: None,
        )
        .notes
    )


def test_a_fit_of_few_rows_says_that_it_is_noise_and_one_of_many_does_not():
    assert "In 3 of 3 columns no two values stood out of the noise" in fitted_notes(300)
    assert "stood out of the noise" not in fitted_notes(20_000)
