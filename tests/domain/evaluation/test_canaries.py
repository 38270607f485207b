"""One fit, many coins: an honest fit passes, and every sabotage of it is caught."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType, TableMetadata
from domain.evaluation.canaries import WAYS, audited, judged
from domain.evaluation.canary_rows import Canaries
from domain.evaluation.canary_scores import Equations, estimated
from domain.evaluation.privacy_audit import AuditSpec, PrivacyAudit, ThreatModel
from domain.kernel import BadInput, no_progress
from domain.privacy.budget import PrivacySpec
from domain.privacy.code_book import CodeBook
from domain.privacy.randomness import SealedSeed, SecretStream
from domain.synthesis.catalogue import entry
from domain.synthesis.engines import engine
from domain.synthesis.marginals import Marginals
from domain.synthesis.settings import with_defaults

ROWS, CANARIES, CODES = 400, 320, 40
WORDS = tuple(f"code {n}" for n in range(CODES))
BOOK = CodeBook(
    source="the simulator", person="Ada", values=dict.fromkeys(("ward", "drug", "unit"), WORDS)
)
SPECS = (
    ColumnSpec(name="ward", sdtype=SdType.CATEGORICAL),
    ColumnSpec(name="drug", sdtype=SdType.CATEGORICAL),
    ColumnSpec(name="unit", sdtype=SdType.CATEGORICAL),
    ColumnSpec(name="town", sdtype=SdType.CATEGORICAL),
    ColumnSpec(name="dose", sdtype=SdType.INTEGER),
)
HISTORY = (ColumnSpec(name="person", sdtype=SdType.ID), *SPECS)
SETTINGS = with_defaults(entry("marginals").settings, {"iterations": 20, "corrections": 1})
ASKED = AuditSpec(
    synthesizer="marginals",
    settings=SETTINGS,
    privacy=PrivacySpec(epsilon=1.0, delta=1e-5, code_book=BOOK),
    trained_on="a simulator",
    internal=False,
    canaries=CANARIES,
)
PEOPLE = replace(ASKED, privacy=replace(ASKED.privacy, unit="person"))


@pytest.fixture(autouse=True)
def _the_same_coins_and_noise_in_every_run(monkeypatch):
    monkeypatch.setattr(SealedSeed, "fresh", classmethod(lambda cls: cls(bytes(range(32)))))


def visits() -> pd.DataFrame:
    """Most rows hold a few common codes; the others are there, and rare."""
    rng = np.random.default_rng(0)
    shares = np.r_[np.full(4, 0.2), np.full(CODES - 4, 0.2 / (CODES - 4))]
    coded = {n: pd.Categorical(rng.choice(WORDS, ROWS, p=shares)) for n in BOOK.values}
    return pd.DataFrame(
        {
            "person": pd.Series([f"p{n // 2}" for n in range(ROWS)], dtype="string[pyarrow]"),
            **coded,
            "town": pd.Categorical(rng.choice(["north", "south"], ROWS)),
            "dose": pd.Series(rng.integers(0, 50, ROWS), dtype="Int64"),
        }
    )


def audit(asked: AuditSpec = ASKED) -> PrivacyAudit:
    specs = SPECS if asked.privacy.entity is None else HISTORY
    metadata = Metadata(tables={"visits": TableMetadata(columns=specs)})
    rows = visits()[[s.name for s in specs]]
    return audited(Marginals(), rows, metadata, asked, seed=0, on_progress=no_progress)


def test_an_honest_fit_passes_and_says_what_that_is_worth():
    found = audit()
    assert found.epsilon_lower_bound < 1.0
    assert not found.broken
    assert found.canaries == CANARIES
    assert found.rows == ROWS
    assert 0 <= found.correct <= found.guesses
    assert "no proof" in found.sentence
    assert json.loads(json.dumps(found.to_document()))["sentence"] == found.sentence


def test_a_fit_without_noise_is_caught(monkeypatch):
    monkeypatch.setattr(
        SecretStream, "whole_gaussians", lambda self, count, sigma: np.zeros(count, np.int64)
    )
    found = audit()
    assert found.epsilon_lower_bound > 2.0
    assert found.broken
    assert "The promise is broken" in found.sentence


def test_a_thirtieth_of_the_noise_that_was_paid_for_is_caught(monkeypatch):
    usual = SecretStream.whole_gaussians
    monkeypatch.setattr(
        SecretStream,
        "whole_gaussians",
        lambda self, count, sigma: usual(self, count, sigma / 30),
    )
    assert audit().epsilon_lower_bound > 1.2


def test_people_whose_rows_are_bounded_pass():
    assert not audit(PEOPLE).broken


def test_people_whose_rows_are_not_bounded_are_caught(monkeypatch):
    monkeypatch.setattr("domain.synthesis.private_fit.bounded", lambda rows, unit, most, seed: rows)
    found = audit(PEOPLE)
    assert found.epsilon_lower_bound > 1.2
    assert found.broken


def test_words_that_are_told_however_rare_are_caught(monkeypatch):
    monkeypatch.setattr("domain.privacy.private_table.quantile_above", lambda sigma, share: -1)
    found = audit()
    assert found.epsilon_lower_bound > 1.2
    assert found.broken


def audit_of_common_codes(synthesizer: str, settings: dict, seen_by: ThreatModel) -> PrivacyAudit:
    """Where every code is common, and so kept apart from others."""
    words = WORDS[:16]
    rng, specs = np.random.default_rng(0), SPECS[:3]
    rows = pd.DataFrame({s.name: pd.Categorical(rng.choice(words, 2_000)) for s in specs})
    book = replace(BOOK, values={s.name: words for s in specs})
    asked = replace(
        ASKED,
        synthesizer=synthesizer,
        privacy=replace(ASKED.privacy, code_book=book),
        threat_model=seen_by,
        settings=with_defaults(entry(synthesizer).settings, settings),
    )
    metadata = Metadata(tables={"visits": TableMetadata(columns=specs)})
    return audited(engine(synthesizer), rows, metadata, asked, seed=0, on_progress=no_progress)


def seen_in_rows() -> PrivacyAudit:
    return audit_of_common_codes("marginals", {"iterations": 300}, ThreatModel.BLACK_BOX)


def seen_in_gradients() -> PrivacyAudit:
    settings = {"private_steps": 10, "private_batch_size": 2_000}
    return audit_of_common_codes("autoregressive", settings, ThreatModel.WHITE_BOX)


def test_gradients_without_noise_are_caught_and_noisy_ones_pass(monkeypatch):
    assert not seen_in_gradients().broken
    monkeypatch.setattr(SecretStream, "gaussians", lambda self, count, sigma: np.zeros(count))
    found = seen_in_gradients()
    assert found.epsilon_lower_bound > 1.2
    assert found.broken


def test_whoever_sees_rows_alone_catches_a_fit_without_noise_and_no_honest_one(monkeypatch):
    assert not seen_in_rows().broken
    monkeypatch.setattr(
        SecretStream, "whole_gaussians", lambda self, count, sigma: np.zeros(count, np.int64)
    )
    assert seen_in_rows().broken


def test_overlapping_equations_are_solved_together():
    """Two cells hold 1 and 2 of three canaries that each question mixes in another way."""
    held = np.array([1.0, 0.0, 1.0])
    equations = [
        Equations(
            who=np.arange(3),
            cells=np.array(cells),
            excess=np.bincount(cells, weights=held).astype(float),
            noise=np.full(3, 0.05),
        )
        for cells in ([0, 0, 1], [0, 1, 0])
    ]
    assert estimated(3, equations) == pytest.approx(held, abs=0.02)


def test_hardly_any_information_leaves_every_coin_at_a_half():
    told = Equations(
        who=np.arange(2),
        cells=np.array([0, 1]),
        excess=np.array([9.0, -9.0]),
        noise=np.full(2, 1e3),
    )
    assert estimated(2, [told]) == pytest.approx([0.5, 0.5], abs=1e-3)


def test_guesses_by_chance_prove_nothing_more_often_than_they_may():
    rng = np.random.default_rng(1)
    wide = replace(ASKED, canaries=400)
    found = [
        judged(rng.random(400), rng.random(400) < 0.5, wide, rows=1).epsilon_lower_bound
        for _ in range(300)
    ]
    assert np.mean(np.array(found) > 0) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_the_best_way_of_guessing_counts_and_all_are_told():
    held = np.random.default_rng(2).random(CANARIES) < 0.5
    found = judged(held.astype(float), held, ASKED, rows=1)
    assert len(found.ways) == len(WAYS)
    assert found.epsilon_lower_bound == max(w.epsilon_lower_bound for w in found.ways)
    assert found.ways[0].correct == found.ways[0].guesses == CANARIES // 4


def test_canaries_hold_values_that_the_columns_may_hold_and_mostly_meet_nobody():
    rows, table = visits(), TableMetadata(columns=SPECS)
    made = Canaries.among(rows, table, ASKED.privacy, CANARIES, np.random.default_rng(0))
    assert list(made.rows.columns) == [s.name for s in SPECS]
    for name in BOOK.values:
        assert set(made.rows[name]) == set(WORDS)
    assert made.rows["town"].is_unique
    assert set(made.rows["dose"]) <= set(rows["dose"])
    pairs = [set(zip(f["ward"], f["drug"], strict=True)) for f in (rows, made.rows)]
    assert len(pairs[1] - pairs[0]) > 0.8 * len(pairs[1])


def test_a_canary_is_a_person_where_people_are_protected_and_brings_more_than_is_kept():
    rows, table = visits(), TableMetadata(columns=HISTORY)
    made = Canaries.among(rows, table, PEOPLE.privacy, 50, np.random.default_rng(0))
    assert not set(made.rows["person"]) & set(rows["person"])
    assert made.rows["person"].is_unique
    assert made.others["person"].is_unique
    held = np.arange(50) < 3
    learned = made.learned(held)
    assert len(learned) == len(made.others) + 3 * made.brings
    assert learned["person"].dtype == rows["person"].dtype
    assert learned["dose"].dtype == rows["dose"].dtype


def test_an_audit_speaks_for_the_same_synthesizer_settings_and_promise_alone():
    found = judged(np.zeros(CANARIES), np.zeros(CANARIES, bool), ASKED, rows=1)
    asked = ASKED.privacy
    assert found.difference("marginals", SETTINGS, asked) == ""
    assert found.difference("autoregressive", SETTINGS, asked) == "synthesizer"
    assert found.difference("marginals", SETTINGS, replace(asked, epsilon=2.0)) == "ε"
    assert found.difference("marginals", SETTINGS, replace(asked, unit="person")) == "privacy unit"
    other = {**SETTINGS, "bins": 7}
    assert found.difference("marginals", other, asked) == "setting “bins”"


def test_an_audit_survives_being_written_down_and_nothing_else_is_read_as_one():
    found = judged(np.zeros(CANARIES), np.zeros(CANARIES, bool), ASKED, rows=1)
    assert PrivacyAudit.from_document(json.loads(json.dumps(found.to_document()))) == found
    text = json.dumps(found.to_document()).encode()
    assert PrivacyAudit.of_text(text) == found
    strange = [
        {**found.to_document(), name: value}
        for name, value in (("epsilon", None), ("correct", 10**6), ("epsilon_lower_bound", np.nan))
    ]
    for other in ({}, {"ways": []}, *strange):
        with pytest.raises(BadInput, match="no document of an audit"):
            PrivacyAudit.from_document(other)
    for text in (b"", b"[1]", b"\xff"):
        with pytest.raises(BadInput, match="no document of an audit"):
            PrivacyAudit.of_text(text)


@pytest.mark.parametrize("more", [{"canaries": 3}, {"canaries": 10**6}, {"confidence": 1.0}])
def test_an_audit_that_could_say_nothing_is_refused(more):
    with pytest.raises(BadInput):
        replace(ASKED, **more)
