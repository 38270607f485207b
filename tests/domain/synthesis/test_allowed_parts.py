"""What conditions leave of a column: exact masses, and values that never lie outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.datasets.entities import SdType
from domain.kernel import BadInput
from domain.synthesis.condition_rows import matching
from domain.synthesis.conditions import Condition, Operator
from domain.synthesis.encoding.allowed import Pieces, Spans
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.codec import Codec
from domain.synthesis.encoding.grid import Grid
from domain.synthesis.encoding.numbers import NumberCodec
from tests.domain.synthesis.simulated import spec

MANY = settings(deadline=None)
ORDERED = (Operator.ABOVE, Operator.AT_LEAST, Operator.BELOW, Operator.AT_MOST)
SETS = (Operator.IS, Operator.NOT)
BARE = (Operator.MISSING, Operator.PRESENT)


@dataclass(frozen=True)
class Kind:
    """A column kind: its type, cells, how a bound is written and how cells become a column."""

    sdtype: SdType
    cells: st.SearchStrategy[object]
    more: dict[str, object]

    def column(self, values: list[object]) -> pd.Series:
        match self.sdtype:
            case SdType.INTEGER:
                return pd.Series(values, dtype="Int64")
            case SdType.FLOAT:
                return pd.Series([np.nan if v is None else v for v in values], dtype="float64")
            case SdType.DATETIME:
                return pd.Series(pd.to_datetime(values)).astype("datetime64[ns]")
        return pd.Series(pd.Categorical(values))

    def written(self, value: object) -> str:
        if isinstance(value, pd.Timestamp):
            return value.isoformat()
        return repr(value) if isinstance(value, float) else str(value)


DAYS = st.integers(-9_000, 9_000).map(lambda d: pd.Timestamp("2000-01-01") + pd.Timedelta(days=d))
MOMENTS = st.integers(0, 10**6).map(
    lambda s: pd.Timestamp("2020-01-01") + pd.Timedelta(seconds=37 * s)
)
KINDS = {
    "small whole numbers": Kind(SdType.INTEGER, st.integers(-20, 60), {}),
    "any whole numbers": Kind(SdType.INTEGER, st.integers(-(2**63), 2**63 - 1), {}),
    "money": Kind(
        SdType.FLOAT, st.integers(-5_000, 90_000).map(lambda n: n / 100), {"decimals": 2}
    ),
    "floats": Kind(SdType.FLOAT, st.floats(-1e6, 1e6), {}),
    "days": Kind(SdType.DATETIME, DAYS, {"date_only": True}),
    "moments": Kind(SdType.DATETIME, MOMENTS, {}),
}


@st.composite
def numbers(draw: st.DrawFn) -> tuple[pd.Series, NumberCodec, list[Condition]]:
    """A column with repeats and gaps, its codec, and conditions near its values."""
    kind = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    pool = draw(st.lists(kind.cells, min_size=1, max_size=30))
    repeats = draw(st.lists(st.integers(1, 12), min_size=len(pool), max_size=len(pool)))
    cells = [v for v, times in zip(pool, repeats, strict=True) for _ in range(times)]
    cells += [None] * draw(st.integers(0, 6))
    column = kind.column(cells)
    codec = NumberCodec.fit(column, spec("x", kind.sdtype, **kind.more), draw(st.integers(1, 6)))
    bounds = st.one_of(st.sampled_from(pool), kind.cells).map(kind.written)
    conditions = draw(st.lists(_condition(bounds), min_size=1, max_size=3))
    return column, codec, conditions


@st.composite
def _condition(draw: st.DrawFn, values: st.SearchStrategy[str]) -> Condition:
    test = draw(st.sampled_from([*ORDERED, *SETS, *BARE]))
    count = {True: 0}.get(test in BARE, 1 if test in ORDERED else draw(st.integers(1, 3)))
    named = tuple(draw(st.lists(values, min_size=count, max_size=count)))
    return Condition(column="x", test=test, values=named)


@MANY
@given(numbers())
def test_no_decoded_number_lies_outside_what_is_allowed(
    case: tuple[pd.Series, NumberCodec, list[Condition]],
) -> None:
    _, codec, conditions = case
    frame = decoded(codec, codec.allowed(conditions, []))
    assert matching(frame, conditions).all()


@MANY
@given(numbers())
def test_none_of_the_excluded_conditions_holds_of_a_decoded_number(
    case: tuple[pd.Series, NumberCodec, list[Condition]],
) -> None:
    _, codec, conditions = case
    frame = decoded(codec, codec.allowed([], conditions))
    for condition in conditions:
        assert not matching(frame, [condition]).any()


@MANY
@given(numbers())
def test_a_condition_and_its_opposite_share_out_every_code(
    case: tuple[pd.Series, NumberCodec, list[Condition]],
) -> None:
    _, codec, conditions = case
    for condition in conditions:
        inside, outside = codec.allowed([condition], []), codec.allowed([], [condition])
        assert inside.weights.min() >= 0
        np.testing.assert_allclose(inside.weights + outside.weights, 1.0, atol=1e-9)


@MANY
@given(numbers())
def test_all_conditions_leave_no_more_than_each_and_not_less_than_must_be_left(
    case: tuple[pd.Series, NumberCodec, list[Condition]],
) -> None:
    _, codec, conditions = case
    each = np.array([codec.allowed([c], []).weights for c in conditions])
    together = codec.allowed(conditions, []).weights
    assert (together <= each.min(axis=0) + 1e-9).all()
    assert (together >= each.sum(axis=0) - (len(each) - 1) - 1e-9).all()


@MANY
@given(numbers())
def test_a_weight_is_the_share_of_what_the_code_decodes_to(
    case: tuple[pd.Series, NumberCodec, list[Condition]],
) -> None:
    _, codec, conditions = case
    # Farther out, floats are too coarse to interpolate evenly between neighbouring numbers.
    assume(np.abs(codec.knots).max(initial=0) < 2**40)
    weights = codec.allowed(conditions, []).weights
    times = 2_000
    codes = np.repeat(np.arange(codec.size), times)
    free = pd.DataFrame({"x": codec.decode(codes, np.random.default_rng(0))})
    shares = matching(free, conditions).reshape(codec.size, times).mean(axis=1)
    # A quantile function that crosses a bound in the middle of a stratum is off by one row.
    np.testing.assert_allclose(shares, weights, atol=8 / times)


SPANS = st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 9)), max_size=5)


def spans_of(parts: list[tuple[int, int]], *, whole: bool) -> Spans:
    """Spans that may touch or overlap, tidied by the complement of their complements."""
    left = Spans(spans=((-np.inf, np.inf),), missing=True, whole=whole)
    for low, length in parts:
        one = Spans(spans=((float(low), float(low + length)),), missing=False, whole=whole)
        left = left.meet(one.rest())
    return left.rest()


@MANY
@given(SPANS, SPANS, st.booleans())
def test_spans_keep_the_laws_of_sets(
    one: list[tuple[int, int]], other: list[tuple[int, int]], whole: bool
) -> None:
    a, b = spans_of(one, whole=whole), spans_of(other, whole=whole)
    assert a.rest().rest() == a
    assert a.meet(b) == b.meet(a)
    assert a.meet(a) == a
    assert a.meet(a.rest()).spans == ()
    inside = {p for p in range(-40, 50) if _in(a, p) and _in(b, p)}
    assert {p for p in range(-40, 50) if _in(a.meet(b), p)} == inside
    assert {p for p in range(-40, 50) if _in(a.rest(), p)} == {
        p for p in range(-40, 50) if not _in(a, p)
    }


def _in(spans: Spans, position: float) -> bool:
    return any(low <= position <= high for low, high in spans.spans)


@MANY
@given(SPANS, st.lists(st.floats(-60, 60), min_size=1, max_size=20), st.booleans())
def test_positions_are_held_in_the_spans_and_not_moved_where_they_are_inside(
    parts: list[tuple[int, int]], positions: list[float], whole: bool
) -> None:
    spans = spans_of(parts, whole=whole)
    if not spans.spans:
        return
    at = np.array(positions)
    held = spans.held(at)
    assert all(_in(spans, p) for p in held)
    inside = np.array([_in(spans, p) for p in (np.round(at) if whole else at)])
    np.testing.assert_array_equal(held[inside], (np.round(at) if whole else at)[inside])


@MANY
@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40), SPANS)
def test_pieces_place_uniforms_evenly_inside_the_spans(
    values: list[float], parts: list[tuple[int, int]]
) -> None:
    column = pd.Series(values * 3, dtype="float64")
    codec = NumberCodec.fit(column, spec("x", SdType.FLOAT), 2)
    spans = spans_of(parts, whole=bool(codec.grid.step))
    pieces = Pieces.of(spans, codec.starts, codec.levels, codec.knots)
    codes = np.repeat(np.flatnonzero(pieces.weights(codec.bins) > 0), 50)
    uniforms = np.tile((np.arange(50) + 0.5) / 50, len(codes) // 50)
    placed = pieces.placed(codes, uniforms)
    for code in np.unique(codes):
        own = pieces.codes == code
        lows, highs = pieces.lows[own], pieces.highs[own]
        levels = placed[codes == code]
        within = (levels[:, None] >= lows - 1e-9) & (levels[:, None] <= highs + 1e-9)
        assert within.any(axis=1).all()
        counts = within[:, lows < highs].sum(axis=0)
        np.testing.assert_allclose(counts / 50, (highs - lows) / (highs - lows).sum(), atol=0.05)


TRUTHS = st.lists(st.booleans() | st.none(), min_size=1, max_size=20)
CATEGORIES = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=60)


@MANY
@given(CATEGORIES, st.integers(0, 5), st.lists(_condition(st.sampled_from("abcxyz")), max_size=3))
def test_no_decoded_category_lies_outside_what_is_allowed(
    words: list[str], gaps: int, conditions: list[Condition]
) -> None:
    conditions = [c for c in conditions if c.test not in ORDERED]
    column = pd.Series(pd.Categorical([*words, *[None] * gaps]))
    codec = CategoryCodec.fit(column, spec("x", SdType.CATEGORICAL), 3)
    frame = decoded(codec, codec.allowed(conditions, []))
    assert matching(frame, conditions).all()
    assert set(frame["x"].dropna()) <= {*codec.values, codec.stand_in}
    for condition in conditions:
        inside, outside = codec.allowed([condition], []), codec.allowed([], [condition])
        np.testing.assert_allclose(inside.weights + outside.weights, 1.0 * codec.drawable)


@pytest.mark.parametrize("share", [0, 1])
def test_the_share_of_a_tail_is_that_of_its_allowed_values(share: int) -> None:
    words = [f"w{i}" for i in range(1_200) for _ in range(5 + (i < 1_000))]
    codec = CategoryCodec.fit(pd.Series(pd.Categorical(words)), spec("x", SdType.CATEGORICAL), 5)
    asked = ("w1000", "w1001", "w1002", "w1003")
    named = Condition(column="x", test=Operator.IS, values=asked)
    tests = ([named], []) if share else ([], [named])
    allowed = codec.allowed(*tests)
    tail = np.flatnonzero((allowed.weights > 0) & (allowed.weights < 1))
    assert allowed.weights[tail] == pytest.approx([4 / 200 if share else 196 / 200])
    back = codec.decode(np.repeat(tail, 800), np.random.default_rng(0), allowed)
    assert (set(back) == set(asked)) if share else (not set(back) & set(asked))
    counts = back.value_counts().loc[lambda c: c > 0]
    assert counts.max() - counts.min() <= 3


@MANY
@given(
    st.lists(st.booleans() | st.none(), min_size=1, max_size=20), st.sampled_from(["true", "false"])
)
def test_booleans_are_told_apart_by_their_canonical_words(
    values: list[bool | None], word: str
) -> None:
    codec = CategoryCodec.fit(pd.Series(values, dtype="boolean"), spec("x", SdType.BOOLEAN), 5)
    for test in (Operator.IS, Operator.NOT):
        condition = Condition(column="x", test=test, values=(word,))
        frame = decoded(codec, codec.allowed([condition], []))
        assert matching(frame, [condition]).all()
        assert frame["x"].isna().sum() == 0


def test_a_category_has_no_order() -> None:
    codec = CategoryCodec.fit(
        pd.Series(pd.Categorical(["a"] * 9)), spec("x", SdType.CATEGORICAL), 5
    )
    with pytest.raises(BadInput, match="without an order"):
        codec.allowed([Condition(column="x", test=Operator.ABOVE, values=("a",))], [])


def test_a_number_between_the_steps_of_a_column_is_nowhere() -> None:
    column = pd.Series(np.arange(400) * 5, dtype="Int64")
    grid = Grid.fit(column, spec("x", SdType.INTEGER))
    between = Condition(column="x", test=Operator.IS, values=("12",))
    assert Spans.of(grid, [between], []).spans == ()
    above = Condition(column="x", test=Operator.ABOVE, values=("12",))
    assert Spans.of(grid, [above], []).spans == ((3.0, np.inf),)


def decoded(codec: Codec, allowed: object, times: int = 12) -> pd.DataFrame:
    """Every code that may be drawn, several times, decoded under what is allowed."""
    codes = np.repeat(np.flatnonzero(allowed.weights > 0), times)  # type: ignore[attr-defined]
    column = codec.decode(codes, np.random.default_rng(0), allowed)  # type: ignore[arg-type]
    return pd.DataFrame({"x": column})
