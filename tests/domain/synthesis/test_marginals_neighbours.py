"""Whole fits on tables that differ by one person: no answer, nor all of them together, tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.kernel import no_progress
from domain.privacy.budget import PrivacySpec
from domain.privacy.code_book import CodeBook
from domain.privacy.private_table import NoisyCounts
from domain.privacy.randomness import SecretStream
from domain.privacy.touches import Uncharged
from domain.synthesis import marginals
from domain.synthesis.marginals import Marginals
from domain.synthesis.private_encoding.categories import CategoryColumn
from domain.synthesis.private_fit import PrivateFit
from domain.synthesis.settings import SettingValue

FITS, FITS_TO_FIND = 80, 15
EPSILON, DELTA = 1.0, 0.01
SPECS = tuple(ColumnSpec(name=n, sdtype=SdType.CATEGORICAL) for n in ("one", "two"))
BOOK = CodeBook(source="s", person="p", values={"one": ("a", "b"), "two": ("a", "b")})
SETTINGS: dict[str, SettingValue] = {"target": "", "bins": 4, "corrections": 0, "iterations": 10}
HER = pd.DataFrame({"one": ["b"], "two": ["b"]})
OTHERS = pd.DataFrame({"one": ["a", "b"] * 10, "two": ["a", "a", "b", "b"] * 5})
EVERYBODY = pd.concat([OTHERS, HER], ignore_index=True)


@dataclass(slots=True)
class Suspicion:
    """Adds up what every answer says of her: the best that can be known from all of them."""

    sum: float = 0.0
    her: pd.DataFrame | None = None

    def rewritten(self, row_by_row: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self.her = row_by_row(HER)

    def counted(self, cells: Any, counts: np.ndarray, sigma: float) -> None:
        mine = int(cells(HER if self.her is None else self.her)[0])
        self.sum += counts[mine] / sigma**2

    def found(self, column: Any, counts: Any, sigma: float) -> None:
        raise AssertionError("every word is public")


def suspicions(rows: pd.DataFrame, fits: int) -> np.ndarray:
    """The sum of many fits, each with secrets of its own."""
    return np.array([suspicion(rows, number) for number in range(fits)])


def suspicion(rows: pd.DataFrame, number: int) -> float:
    seen = Suspicion()
    asked = PrivacySpec(
        epsilon=EPSILON,
        delta=DELTA,
        code_book=BOOK,
        secret=(number + 1_000_003 * len(rows)).to_bytes(32, "big"),
        witness=seen,
    )
    private = PrivateFit(privacy=asked, specs=SPECS, keys=frozenset())
    marginals._Fit(private, SETTINGS).run(rows, no_progress)
    return seen.sum


def excess(with_her: np.ndarray, without: np.ndarray) -> float:
    """By how much the odds of an event exceed e^ε: below δ for all, but for chance."""
    cuts = np.quantile(np.r_[with_her, without], np.linspace(0.05, 0.95, 19))
    shares = [(np.mean(with_her > c), np.mean(without > c)) for c in cuts]
    up = max(a - np.exp(EPSILON) * b for a, b in shares)
    down = max((1 - b) - np.exp(EPSILON) * (1 - a) for a, b in shares)
    return float(max(up, down))


def chance(fits: int) -> float:
    """Three standard deviations of how far an excess is off, at most."""
    return float(3 * np.sqrt(0.25 / fits) * np.hypot(1, np.exp(EPSILON)) / 2)


def test_all_answers_of_a_fit_together_tell_no_more_of_her_than_was_promised():
    seen = suspicions(EVERYBODY, FITS), suspicions(OTHERS, FITS)
    assert excess(*seen) <= DELTA + chance(FITS)


def test_with_a_hundredth_of_the_noise_the_same_look_finds_her_out(monkeypatch):
    usual = SecretStream.whole_gaussians
    monkeypatch.setattr(
        SecretStream, "whole_gaussians", lambda self, n, sigma: usual(self, n, sigma / 100)
    )
    seen = suspicions(EVERYBODY, FITS_TO_FIND), suspicions(OTHERS, FITS_TO_FIND)
    assert excess(*seen) > DELTA + chance(FITS_TO_FIND)


def test_a_column_that_was_neither_charged_nor_declared_ends_the_fit(monkeypatch):
    """A careless codec that reads a column past the budget gets no signature."""
    usual = CategoryColumn.flagged

    def peeking(table, spec, rho):
        return usual(Peeking(table._frame), spec, rho)

    monkeypatch.setattr(CategoryColumn, "flagged", peeking)
    rows = OTHERS.assign(two=pd.Series([True, False] * 10, dtype="boolean"))
    specs = (SPECS[0], ColumnSpec(name="two", sdtype=SdType.BOOLEAN))
    asked = PrivacySpec(epsilon=EPSILON, delta=DELTA, code_book=BOOK)
    with pytest.raises(Uncharged, match="“two”"):
        Marginals().fit(
            {"t": rows},
            Metadata(tables={"t": TableMetadata(columns=specs)}),
            held_out={},
            settings={"iterations": 10},
            privacy=asked,
            seed=0,
            on_progress=no_progress,
        )


@dataclass(frozen=True, slots=True)
class Peeking:
    """Answers without noise and without a charge."""

    frame: pd.DataFrame

    def counts(self, what: str, cells: Any, size: int, rho: float) -> NoisyCounts:
        return NoisyCounts(counts=np.bincount(cells(self.frame), minlength=size), sigma=1.0)
