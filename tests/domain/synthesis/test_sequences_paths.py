"""Numbers of one series that move on from where they are."""

import numpy as np
import pandas as pd
import pytest
import torch

from domain.datasets.entities import ColumnSpec, SdType
from domain.synthesis.sequences.calibrating import SHORTEST, side_by_side
from domain.synthesis.sequences.choosing_paths import moving
from domain.synthesis.sequences.drawing import Asked
from domain.synthesis.sequences.levels import Side
from domain.synthesis.sequences.network import EventNetwork, EventShape
from domain.synthesis.sequences.recall import Recall
from domain.synthesis.sequences.scales import Scale
from domain.synthesis.sequences.tables import Tables, chosen
from domain.synthesis.sequences.training import series_pieces
from domain.synthesis.sequences.usual import Usual

_LOAD = ColumnSpec(name="load", sdtype=SdType.FLOAT, decimals=1)
_HOURS = np.arange(24 * 60)


def _prices(days: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    close = 20 * np.exp(np.cumsum(rng.normal(0.004, 0.01, days)))
    opening = np.append(close[0], close[:-1]) * np.exp(rng.normal(0, 0.002, days))
    high = np.maximum(opening, close) * np.exp(np.abs(rng.normal(0, 0.004, days)))
    low = np.minimum(opening, close) * np.exp(-np.abs(rng.normal(0, 0.004, days)))
    return pd.DataFrame({"open": opening, "high": high, "low": low, "close": close}).round(2)


def _specs(rows: pd.DataFrame) -> list[ColumnSpec]:
    return [ColumnSpec(name=name, sdtype=SdType.FLOAT, decimals=2) for name in rows]


def test_scores_become_the_values_that_they_came_from() -> None:
    values = pd.Series(np.random.default_rng(0).integers(0, 40, 1_000), dtype="Int64")
    scale = Scale.of_scores(values, ColumnSpec(name="n", sdtype=SdType.INTEGER), 3)
    back = scale.column(scale.scored(values))
    assert back.dtype == "Int64"
    inside = values.between(1, 38)
    assert (back[inside] - values[inside]).abs().max() <= 1
    assert (back == values).mean() > 0.9


def test_the_lowest_and_highest_value_are_blurred() -> None:
    values = pd.Series([*np.linspace(0, 1, 300), 900.0])
    scale = Scale.of_scores(values, _LOAD, 5)
    assert scale.column(np.array([9.0])).iloc[0] < 200


def test_drawn_scores_that_spread_otherwise_settle_on_the_real_values() -> None:
    rng = np.random.default_rng(0)
    values = pd.Series(rng.exponential(size=4_000))
    drawn = 0.3 + 0.6 * rng.normal(size=4_000)
    settled = Scale.of_scores(values, _LOAD, 5).settled(drawn).column(drawn)
    assert abs(settled.median() - values.median()) < 0.1
    assert abs(settled.quantile(0.95) - values.quantile(0.95)) < 0.2


def test_the_rhythm_of_a_day_and_a_slow_course_are_usual() -> None:
    course, rhythm = _HOURS / 700, np.sin(_HOURS * np.pi / 12)
    scores = (course + rhythm)[:, np.newaxis]
    usual = Usual.fit(scores, _HOURS, (24, 7 * 24))
    assert len(usual.rhythm) == 24
    assert np.abs(usual.at(_HOURS) - scores)[100:-100].max() < 0.05


def test_a_rhythm_of_which_too_little_was_seen_is_not_learned() -> None:
    usual = Usual.fit(np.zeros((100, 1)), np.arange(100), (24, 7 * 24))
    assert usual.rhythm.shape == (1, 1)


def test_what_is_recalled_and_the_surprises_make_the_series_again() -> None:
    rng = np.random.default_rng(0)
    unusual = np.zeros((600, 2))
    for now in range(1, len(unusual)):
        unusual[now] = unusual[now - 1] @ [[0.8, 0.1], [0.0, 0.6]] + rng.normal(size=2)
    recall = Recall.fit(unusual, (1, 2))
    assert recall.before[0, 0] == pytest.approx(0.8, abs=0.1)
    surprises, again = recall.surprises(unusual), np.zeros_like(unusual)
    for now in range(len(again)):
        past = np.concatenate([again[now - k] if now >= k else np.zeros(2) for k in (1, 2)])
        for place in range(2):
            known = recall.before[place] @ past + recall.beside[place] @ again[now]
            again[now, place] = known + surprises[now, place]
    assert np.allclose(again, unusual)


def test_what_would_never_fade_is_recalled_from_the_last_step_alone() -> None:
    growing = 1.01 ** np.arange(500)[:, np.newaxis]
    recall = Recall.fit(growing, (1, 2))
    assert recall.lags == (1,)
    assert recall.before[0, 0] < 1


def test_what_drawn_surprises_recall_by_themselves_is_taken_off() -> None:
    rng = np.random.default_rng(0)
    real, drawn = np.zeros((3_000, 1)), np.zeros((3_000, 1))
    for now in range(1, 3_000):
        real[now] = 0.8 * real[now - 1] + rng.normal()
        drawn[now] = 0.9 * drawn[now - 1] + rng.normal()
    recall = Recall.fit(real, (1, 2))
    corrected = recall.corrected([drawn[:1_500], drawn[1_500:]])
    assert corrected.before.sum() == pytest.approx(0.7, abs=0.1)


def test_prices_of_a_day_follow_from_the_one_that_is_nearest_to_all() -> None:
    rows = _prices(600)
    found = moving(rows, _specs(rows), day=np.zeros(600, dtype=np.int64), rare_threshold=3)
    assert tuple(found.paths) == ("close",)
    sides = {level.name: level.side for level in found.levels}
    assert sides == {"open": Side.AFTER, "high": Side.OVER, "low": Side.UNDER}


def test_the_highest_price_is_never_below_another() -> None:
    rows = _prices(600)
    found = moving(rows, _specs(rows), day=np.zeros(600, dtype=np.int64), rare_threshold=3)
    rng = np.random.default_rng(1)
    scores = {"close": found.paths["close"].scored(rows["close"])}
    for level in found.levels:
        scores[level.name] = level.drawn(rng.normal(0, 0.01, 600), scores)
    between = np.stack([scores["open"], scores["close"]])
    assert (scores["high"] >= between.max(0)).all()
    assert (scores["low"] <= between.min(0)).all()


def test_what_rests_every_night_or_hardly_ever_changes_has_no_path() -> None:
    rng = np.random.default_rng(0)
    day = _HOURS % 24
    sun = np.clip(np.sin((day - 6) * np.pi / 12), 0, None) * rng.uniform(0.5, 1, len(day))
    held = np.repeat(rng.normal(size=len(day) // 6), 6)
    noise = np.cumsum(rng.normal(size=len(day)))
    rows = pd.DataFrame({"sun": sun, "held": held, "level": noise - noise.mean()})
    found = moving(rows, _specs(rows), day=day, rare_threshold=3)
    assert tuple(found.paths) == ("level",)


def test_a_series_with_gaps_in_a_column_keeps_them_out_of_the_paths() -> None:
    rows = pd.DataFrame({"level": np.cumsum(np.ones(200))})
    rows.loc[7, "level"] = np.nan
    found = moving(rows, _specs(rows), day=np.zeros(200, dtype=np.int64), rare_threshold=3)
    assert not found.paths


def test_blocks_of_a_series_are_learned_or_set_aside_and_none_both() -> None:
    learned, aside = series_pieces(1_000, 64, np.random.default_rng(0))
    places = [
        np.concatenate([np.arange(s, s + n) for s, n in zip(p.starts, p.lengths, strict=True)])
        for p in (learned, aside)
    ]
    assert sorted(np.concatenate(places)) == list(range(1_000))
    assert len(places[1]) >= 64


def test_a_series_is_tried_out_from_many_places_of_its_span() -> None:
    one = Asked(
        lengths=np.array([20_000]),
        constants=np.zeros((1, 0), dtype=np.int16),
        first=np.array([7]),
        last=np.array([7]),
        openings={},
    )
    many = side_by_side(one, step=3)
    assert many.first[0] == 7
    assert many.first[-1] == 7 + 3 * (20_000 - many.lengths[0])
    assert (many.lengths >= SHORTEST).all()


def _network(kinds: tuple[int | None, ...]) -> EventNetwork:
    shape = EventShape(
        sizes=(3, 5, 4, 6),
        ordered=(False, True, False, True),
        front=2,
        asked=(2, 3),
        days=None,
        constants=(2,),
        hidden=7,
        block=4,
        kinds=kinds,
        kind=None,
    )
    network = EventNetwork(shape, [torch.zeros(4), torch.zeros(6)])
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape) * 0.4)
    return network.eval()


@pytest.mark.parametrize("kinds", [(None,) * 4, (None, None, 0, 1), (None, 1, 1, None)])
@torch.no_grad()
def test_tables_say_what_the_network_says(kinds: tuple[int | None, ...]) -> None:
    torch.manual_seed(0)
    network = _network(kinds)
    codes = torch.randint(0, 3, (2, 6, 4))
    constant = network.constant(torch.tensor([[0], [1]]))
    now = network.embedded(codes)
    before = torch.cat([torch.zeros_like(now[:, :1]), now[:, :-1]], 1)
    remembered, _ = network.memory(network.inputs(before, now, constant))
    blocks = torch.cat([network.blocks(remembered, now, run) for run in network.runs], 2)
    tables = Tables(network, constant, 2, {})
    for step in range(6):
        tables.begin(2)
        for place in range(4):
            if place == 2:
                tables.remember()
            if place >= 2 and (kind := kinds[place]) is not None:
                tables.enter(kind, np.arange(2))
            elif place >= 2:
                tables.leave()
            if place >= 2:
                said = tables.logits(place - 2, np.arange(2), None)
                known = network.logits(place - 2, blocks[:, step, place - 2], None)
                assert torch.allclose(said, known, atol=1e-5)
            tables.hear(place, codes[:, step, place].numpy())
        tables.end()


def test_codes_are_chosen_as_often_as_their_logits_say() -> None:
    logits = np.log(np.tile([[0.2, 0.0, 0.5, 0.3]], (20_000, 1)) + 1e-30).astype(np.float32)
    codes = chosen(logits, np.random.default_rng(0))
    assert np.allclose(np.bincount(codes, minlength=4) / 20_000, [0.2, 0.0, 0.5, 0.3], atol=0.01)
