"""Whole fits of logs that differ by one person with all her events: no answer tells of her."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType, SequenceKeys, TableMetadata
from domain.kernel import no_progress
from domain.privacy import private_histories
from domain.privacy.budget import PrivacySpec
from domain.privacy.code_book import CodeBook
from domain.privacy.private_histories import GRAINS, PrivateHistories, _most_even, shortened
from domain.privacy.private_table import NoisyCounts, PrivateTable
from domain.privacy.touches import Uncharged
from domain.synthesis.private_encoding.categories import CategoryColumn
from domain.synthesis.private_sequences import fitting
from domain.synthesis.private_sequences.entity_wise import Called, people_rows, step_rows
from domain.synthesis.private_sequences.fitting import SequenceFit
from domain.synthesis.private_sequences.model import PrivateSequenceModel
from domain.synthesis.sequences.histories import Histories
from tests.domain.synthesis.private_sequences.private_logs import TABLE, privately

FITS, FITS_TO_FIND = 30, 10
EPSILON, DELTA, MOST = 1.0, 0.01, 8
KEYS = SequenceKeys(entity="who", time=None)
SPECS = (
    ColumnSpec(name="who", sdtype=SdType.ID),
    ColumnSpec(name="kind", sdtype=SdType.CATEGORICAL),
)
LOG = TableMetadata(columns=SPECS, sequence=KEYS)
BOOK = CodeBook(source="s", person="p", values={"kind": ("a", "b")})
SETTINGS = {"events_per_entity": MOST, "event_bins": 4, "longest_history": 20}
OTHERS = pd.DataFrame({"who": [f"p{n // 4}" for n in range(80)], "kind": ["a", "b", "a", "a"] * 20})
HER = pd.DataFrame({"who": ["she"] * 400, "kind": ["b"] * 400})
CALLED = Called.apart_from(OTHERS.columns, None)
EVERYBODY = pd.concat([OTHERS, HER], ignore_index=True)


@dataclass(slots=True)
class Suspicion:
    """Adds up what every answer of a table says of her: the best that can be known of them all."""

    mine: pd.DataFrame
    """Her rows, as they are read at the moment."""
    weigh: Callable[[np.ndarray, int], np.ndarray]
    """What her rows in some cells, of so many cells, add to the counts."""
    sum: float = 0.0

    def rewritten(self, row_by_row: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        self.mine = row_by_row(self.mine)

    def counted(self, cells: Any, counts: np.ndarray, sigma: float) -> None:
        hers = self.weigh(cells(self.mine), len(counts))
        self.sum += float((counts * hers).sum()) / sigma**2

    def found(self, column: Any, counts: Any, sigma: float) -> None:
        raise AssertionError("every word is public")


class Watched(SequenceFit):
    """A fit over whose shoulder somebody looks who knows her whole history."""

    def watched_by(self, *seen: Suspicion) -> SequenceFit:
        self.seen = seen
        return self

    def _people(self, rows: pd.DataFrame) -> PrivateTable:
        table = super()._people(rows)
        table._witness = self.seen[0]
        return table

    def _events(self, histories: Histories, rows: pd.DataFrame) -> PrivateHistories:
        table = super()._events(histories, rows)
        table._witness = self.seen[1]
        return table


def as_one_row(cells: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(cells, minlength=size).astype(float)


def as_a_history(cells: np.ndarray, size: int) -> np.ndarray:
    """Of her many events some take part, all alike: shortened as everybody's are."""
    longest = _most_even(MOST, size)
    return shortened(np.zeros(MOST, np.int64), cells[-MOST:], size, longest) / GRAINS


def suspicion(rows: pd.DataFrame, number: int) -> float:
    own, called = Histories.of(HER, KEYS), Called.apart_from(HER.columns, None)
    hers = people_rows(own, ["kind"], None, called, 20), step_rows(own, ["kind"], None, called)
    weights = as_one_row, as_a_history
    seen = [Suspicion(rows, weigh) for rows, weigh in zip(hers, weights, strict=True)]
    secret = (number + 1_000_003 * len(rows)).to_bytes(32, "big")
    asked = PrivacySpec(epsilon=EPSILON, delta=DELTA, unit="who", code_book=BOOK, secret=secret)
    fit = Watched.of("t", LOG, KEYS, asked, SETTINGS)
    fit.watched_by(*seen).run(rows, no_progress)
    return sum(one.sum for one in seen)


def suspicions(rows: pd.DataFrame, fits: int) -> np.ndarray:
    """The sum of many fits, each with secrets of its own."""
    return np.array([suspicion(rows, number) for number in range(fits)])


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


@pytest.fixture
def all_vary(monkeypatch):
    """Every column is asked about event by event, where her four hundred would show; nothing is
    drawn from the answers, which tells no more than they do."""
    monkeypatch.setattr(fitting, "constant_columns", lambda *asked: ())
    monkeypatch.setattr(PrivateSequenceModel, "settled", lambda model: model)


@pytest.mark.usefixtures("all_vary")
def test_all_answers_together_tell_no_more_of_four_hundred_events_than_was_promised():
    seen = suspicions(EVERYBODY, FITS), suspicions(OTHERS, FITS)
    assert excess(*seen) <= DELTA + chance(FITS)


@pytest.mark.usefixtures("all_vary")
def test_without_a_bound_on_what_one_person_adds_the_same_look_finds_her_out(monkeypatch):
    monkeypatch.setattr(private_histories, "bounded", lambda rows, unit, most, seed: rows)
    monkeypatch.setattr(private_histories, "shortened", unshortened)
    seen = suspicions(EVERYBODY, FITS_TO_FIND), suspicions(OTHERS, FITS_TO_FIND)
    assert excess(*seen) > DELTA + chance(FITS_TO_FIND)


def unshortened(units: Any, places: np.ndarray, size: int, longest: int) -> np.ndarray:
    return np.bincount(places, minlength=size) * GRAINS


def test_a_column_of_events_that_was_read_without_a_charge_ends_the_fit(monkeypatch):
    usual = CategoryColumn.flagged
    monkeypatch.setattr(
        CategoryColumn, "flagged", lambda table, spec, rho: usual(Peeking(table._frame), spec, rho)
    )
    columns = (SPECS[0], ColumnSpec(name="kind", sdtype=SdType.BOOLEAN))
    flags = OTHERS.assign(kind=pd.Series([True, False] * 40, dtype="boolean"))
    metadata = Metadata(tables={TABLE: TableMetadata(columns=columns, sequence=KEYS)})
    with pytest.raises(Uncharged, match="“kind”"):
        privately(flags, metadata, unit="who", book=None)


@dataclass(frozen=True, slots=True)
class Peeking:
    """Answers without noise and without a charge."""

    frame: pd.DataFrame

    def counts(self, what: str, cells: Any, size: int, rho: float) -> NoisyCounts:
        return NoisyCounts(counts=np.bincount(cells(self.frame), minlength=size), sigma=1.0)


def test_the_whole_fit_moves_by_her_alone():
    """Removing her leaves the rows of everybody else as they were, in people and in events."""
    with_her, without = (
        (people_rows(h, ["kind"], None, CALLED, 20), step_rows(h, ["kind"], None, CALLED))
        for h in (Histories.of(EVERYBODY, KEYS), Histories.of(OTHERS, KEYS))
    )
    for more, fewer in zip(with_her, without, strict=True):
        pd.testing.assert_frame_equal(more.iloc[: len(fewer)], fewer, check_dtype=False)
    assert len(with_her[0]) == len(without[0]) + 1
    assert len(with_her[1]) == len(without[1]) + len(HER)
