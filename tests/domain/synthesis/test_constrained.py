"""Whatever engine draws, the rows that are written keep every constraint."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.datasets.constraint_guard import ConstraintGuard
from domain.datasets.constraint_language import parse_constraint
from domain.datasets.constraint_rows import breaks
from domain.datasets.entities import Metadata, Relationship, SdType, TableMetadata
from domain.datasets.preparing import untyped
from domain.kernel import BadInput, no_progress
from domain.synthesis.autoregressive import Autoregressive
from domain.synthesis.conditions import (
    Amplification,
    Condition,
    Operator,
    SampleSpec,
    Stratification,
)
from domain.synthesis.constrained import Constrained, Kept
from domain.synthesis.reshaping import Reshaping
from tests.domain.synthesis.careless import Careless
from tests.domain.synthesis.lawful import RULES, about, lawful, through_csv
from tests.domain.synthesis.simulated import drawn, fitted, spec, twin

Is = Operator
WHOLE_TABLES = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow],
    "phases": [Phase.explicit, Phase.reuse, Phase.generate],  # a smaller table explains no more
}
DAY = pd.Timedelta("1D")


@settings(max_examples=8, **WHOLE_TABLES)
@given(
    rows=st.integers(40, 200),
    seed=st.integers(0, 10**6),
    gaps=st.sampled_from([0, 0.1, 0.4]),
    rules=st.sets(st.sampled_from(RULES), min_size=1),
)
def test_a_lawful_table_has_a_lawful_twin_even_of_a_careless_engine(rows, seed, gaps, rules):
    metadata = about(*sorted(rules))
    table = metadata.tables["t"]
    real = through_csv(lawful(rows, seed, gaps), table)
    for rule in table.constraints:
        assert not breaks(rule, real, table).any()
    engine = Constrained(Careless())
    artifact = fitted(engine, {"t": real}, metadata, seed=seed).artifact
    chunks = [
        chunk["t"]
        for chunk in engine.sample(artifact, rows=rows + 7, seed=seed, on_progress=no_progress)
    ]
    for chunk in chunks:
        assert list(chunk.columns) == list(real.columns)
        assert list(chunk.dtypes.map(_kind)) == list(real.dtypes.map(_kind))
    made = pd.concat(chunks, ignore_index=True)
    assert len(made) == rows + 7
    back = through_csv(made, table)
    for rule in table.constraints:
        assert not breaks(rule, back, table).any(), str(rule)
    if "combination(city, land)" in rules:
        pairs = real.groupby(["city", "land"], dropna=False, observed=True).size()
        frequent = {_pair(p) for p in pairs[pairs >= 5].index}
        assert {_pair(p) for p in zip(back["city"], back["land"], strict=True)} <= frequent


def _kind(dtype: object) -> str:
    return "category" if isinstance(dtype, pd.CategoricalDtype) else str(dtype)


def _pair(cells) -> tuple:
    return tuple(None if pd.isna(c) else c for c in cells)


@pytest.fixture
def real() -> pd.DataFrame:
    return lawful(400, 3, 0.1)


def made(real: pd.DataFrame, *rules: str, rows: int = 400, spec: SampleSpec | None = None):
    """``(engine, twin)`` of a careless engine."""
    inner = Careless()
    engine = Constrained(inner)
    artifact = fitted(engine, {"t": real}, about(*rules)).artifact
    chunks = engine.sample(
        artifact, rows=rows, seed=5, spec=spec or SampleSpec(), on_progress=no_progress
    )
    return inner, pd.concat([c["t"] for c in chunks], ignore_index=True)


def test_without_constraints_it_is_the_engine_itself(real):
    inner = Careless()
    result = fitted(Constrained(inner), {"t": real}, about())
    assert result == fitted(inner, {"t": real}, about())
    assert "t" in drawn(Constrained(inner), result.artifact, rows=3)


def test_a_formula_column_is_not_learned_but_computed(real):
    parts = real["net"].notna() & real["tax"].notna()
    real["gross"] = real["gross"].where(parts, np.nan).where(~parts, (real["net"] + real["tax"]))
    real["gross"] = real["gross"].round(2)
    inner, rows = made(real, "gross = net + tax")
    assert "gross" not in inner.tables["t"]
    assert (rows["gross"].isna() == rows["tax"].isna()).all()


def test_a_formula_column_with_gaps_of_its_own_keeps_their_share(real):
    inner, rows = made(real, "worth = net * pieces", "gross = net + tax", rows=4_000)
    assert "gross" in inner.tables["t"]
    assert rows["gross"].isna().mean() == pytest.approx(real["gross"].isna().mean(), abs=0.03)
    whole = rows[["net", "tax", "gross"]].dropna()
    assert np.allclose(whole["gross"], whole["net"] + whole["tax"], atol=0.0051)


def test_an_order_keeps_its_gaps_as_tight_as_they_were(real):
    full = real.dropna(subset=["start", "end"])
    inner, rows = made(full, "start < end", rows=2_000)
    assert inner.metadata.tables["t"].column("end").sdtype is SdType.INTEGER
    gaps = (rows["end"] - rows["start"]) / DAY
    assert gaps.max() <= ((full["end"] - full["start"]) / DAY).max()
    assert gaps.mean() == pytest.approx(((full["end"] - full["start"]) / DAY).mean(), rel=0.1)


def test_a_distance_that_says_no_more_than_the_column_is_not_learned():
    rng = np.random.default_rng(0)
    small, large = rng.integers(0, 100, 500), rng.choice([100, 500, 900], 500)
    frame = pd.DataFrame({"a": pd.array(small, "Int64"), "b": pd.array(large, "Int64")})
    metadata = about("a < b", columns=(spec("a", SdType.INTEGER), spec("b", SdType.INTEGER)))
    inner = Careless()
    rows = twin(Constrained(inner), frame, metadata)
    assert set(inner.tables["t"]["b"]) == set(rows["b"]) == {100, 500, 900}


def test_a_distance_of_an_older_artifact_is_read_under_its_older_name(real):
    reshaping, _ = Reshaping.fit(real, about("low <= high").tables["t"], 5)
    (state,) = reshaping.state()
    older = Reshaping.from_state(reshaping.table, [{**state, "kind": "gap"}])
    assert state["kind"] == "distance"
    assert older == reshaping


def test_chains_of_orders_and_formulas_are_put_back_in_turn():
    rng = np.random.default_rng(0)
    a = rng.integers(0, 1_000, 500)
    frame = pd.DataFrame({"a": a, "b": a + rng.integers(1, 9, 500)})
    frame["c"] = frame["b"] + rng.integers(0, 5, 500)
    frame["sum"] = frame["a"] + frame["c"]
    frame["top"] = frame["sum"] + rng.integers(0, 3, 500)
    frame = frame.astype("Int64")
    columns = tuple(spec(n, SdType.INTEGER) for n in frame)
    rules = ("sum = a + c", "b <= c", "a < b", "sum <= top")
    inner = Careless()
    rows = twin(Constrained(inner), frame, about(*rules, columns=columns))
    assert inner.tables["t"]["c"].max() <= 4
    assert inner.tables["t"]["top"].max() <= 2
    assert ((rows["c"] - rows["b"]) <= 4).all()
    assert (rows["sum"] == rows["a"] + rows["c"]).all()


def test_a_column_above_several_is_a_distance_from_the_highest_and_no_row_is_drawn_again():
    rng = np.random.default_rng(0)
    low = rng.integers(1_000, 9_000, 500)
    frame = pd.DataFrame({"low": low, "open": low + rng.integers(0, 40, 500)})
    frame["close"] = low + rng.integers(0, 40, 500)
    frame["high"] = frame[["open", "close"]].max(axis=1) + rng.integers(0, 9, 500)
    frame = frame.astype("Int64")
    columns = tuple(spec(n, SdType.INTEGER) for n in frame)
    rules = ("open <= high", "low <= open", "low <= close", "close <= high")
    inner = Careless()
    rows = twin(Constrained(inner), frame, about(*rules, columns=columns), rows=300)
    assert inner.asked == 300
    assert (rows["high"] - rows[["open", "close"]].max(axis=1)).between(0, 8).all()
    assert (rows["low"] <= rows[["open", "close"]].min(axis=1)).all()


def test_a_rare_combination_never_comes_out_and_is_counted(real):
    real.loc[0, ["city", "land"]] = ["Bern", "FR"]
    engine = Constrained(Careless())
    result = fitted(engine, {"t": real}, about("combination(city, land)"))
    assert any("1 combination is held by fewer than 5 rows" in n for n in result.notes)
    rows = drawn(engine, result.artifact, rows=3_000)["t"]
    assert not ((rows["city"] == "Bern") & (rows["land"] == "FR")).any()


def test_combinations_that_are_all_rare_are_refused(real):
    with pytest.raises(BadInput, match="at least 5 rows"):
        fitted(Constrained(Careless()), {"t": real}, about("combination(code, slot)"))


def test_real_rows_that_break_a_rule_are_counted_in_the_notes(real):
    real.loc[:2, "age"] = 150
    result = fitted(Constrained(Careless()), {"t": real}, about("age <= 99"))
    assert "“age <= 99”: 3 real rows break it; every synthetic row keeps it." in result.notes


def test_a_rule_that_cannot_be_met_is_named_after_a_bounded_search(real):
    with pytest.raises(BadInput, match="too few meet the constraint “unique\\(well, city\\)”"):
        made(real.dropna(), "unique(well, city)", "age >= 0")


def test_the_same_seed_gives_the_same_rows(real):
    _, first = made(real, *RULES)
    _, again = made(real, *RULES)
    pd.testing.assert_frame_equal(first, again)


def where(column: str, test: Is, *values: str) -> SampleSpec:
    return SampleSpec(where=(Condition(column=column, test=test, values=values),))


def test_conditions_on_plain_columns_are_the_engine_s(real):
    asked = where("age", Is.AT_LEAST, "50")
    inner, rows = made(real, "gross = net + tax", spec=asked)
    assert set(inner.specs) == {asked}
    assert (rows["age"] >= 50).all()


def test_conditions_on_computed_and_distant_columns_are_met_by_drawing_more(real):
    asked = SampleSpec(
        where=(
            Condition(column="worth", test=Is.ABOVE, values=("100.0",)),
            Condition(column="end", test=Is.BELOW, values=("2021-12-31",)),
        )
    )
    _, rows = made(real, *RULES, spec=asked)
    assert len(rows) == 400
    assert (rows["worth"] > 100).all()
    assert (rows["end"] < pd.Timestamp("2021-12-31")).all()
    assert (rows["start"].isna() | (rows["start"] < rows["end"])).all()


def test_a_condition_on_a_combined_column_is_one_on_the_combination(real):
    inner, rows = made(real, *RULES, spec=where("land", Is.IS, "CH"))
    assert set(rows["land"]) == {"CH"}
    assert set(rows["city"]) == {"Bern", "Genf"}
    assert inner.specs[0].where[0].column == "city"
    with pytest.raises(BadInput, match="No combination"):
        made(real, *RULES, spec=where("land", Is.IS, "NO"))


def test_a_condition_that_hardly_any_row_meets_is_refused(real):
    with pytest.raises(BadInput, match="Too few of the 400 rows"):
        made(real, "worth = net * pieces", spec=where("worth", Is.ABOVE, "1e6"))


@pytest.mark.parametrize("rows", [1, 20, 400])
def test_too_few_learned_rows_behind_a_distant_column_are_refused_however_few_are_wanted(rows):
    orders = lawful(2_000, 3, 0)
    assert 1 <= (orders["high"] >= 204).sum() < 5
    with pytest.raises(BadInput, match=r"Too few of the 2,000 rows.*widen them\.$"):
        made(orders, "low <= high", rows=rows, spec=where("high", Is.AT_LEAST, "204"))
    _, found = made(orders, "low <= high", rows=rows, spec=where("high", Is.AT_LEAST, "198"))
    assert len(found) == rows
    assert (found["high"] >= 198).all()


def test_a_model_that_does_not_say_how_many_rows_it_learned_takes_no_such_conditions(real):
    engine = Constrained(Careless())
    artifact = fitted(engine, {"t": real}, about("worth = net * pieces")).artifact
    older = replace(Kept.from_bytes(artifact), learned_rows=0).to_bytes(0, {})
    asked = where("worth", Is.ABOVE, "5")
    with pytest.raises(BadInput, match="train it again"):
        list(engine.sample(older, rows=9, seed=5, spec=asked, on_progress=no_progress))


def test_the_floor_counts_all_conditions_together():
    orders = lawful(1_000, 3, 0)
    both = SampleSpec(
        where=(
            Condition(column="age", test=Is.IS, values=("42",)),
            Condition(column="high", test=Is.AT_LEAST, values=("195",)),
        )
    )
    for condition in both.where:
        made(orders, "low <= high", rows=5, spec=SampleSpec(where=(condition,)))
    with pytest.raises(BadInput, match="Too few of the 1,000 rows"):
        made(orders, "low <= high", rows=5, spec=both)


@pytest.mark.parametrize(
    "shares",
    [
        {"stratify": Stratification(column="well", shares={"Y": 0.5})},
        {
            "amplify": (
                Amplification(
                    condition=Condition(column="age", test=Is.ABOVE, values=("50",)), factor=2
                ),
            )
        },
    ],
)
def test_shares_beside_a_condition_on_a_tied_column_are_refused_before_drawing(real, shares):
    asked = SampleSpec(where=where("worth", Is.ABOVE, "5").where, **shares)
    engine = Careless()
    artifact = fitted(Constrained(engine), {"t": real}, about("worth = net * pieces")).artifact
    with pytest.raises(BadInput, match=r"Conditions on “worth”.* do not go together with shares"):
        list(
            Constrained(engine).sample(
                artifact, rows=9, seed=5, spec=asked, on_progress=no_progress
            )
        )
    assert not engine.asked


def test_rows_drawn_again_leave_an_amplified_share_as_it_was(real):
    rule = "never(well=false, city=Bern)"  # half of what the engine draws of Bern breaks it
    rare = Condition(column="city", test=Is.IS, values=("Bern",))
    wanted = SampleSpec(amplify=(Amplification(condition=rare, factor=2),))
    inner, rows = made(real, rule, spec=wanted)
    first = pd.concat(
        c["t"]
        for c in inner.sample(b'["t"]', rows=400, seed=5, spec=wanted, on_progress=no_progress)
    )
    assert (rows["city"] == "Bern").sum() == (first["city"] == "Bern").sum()


def test_shares_of_a_tied_column_are_refused_and_of_a_combined_one_amplified(real):
    tied = Amplification(condition=where("worth", Is.ABOVE, "5").where[0], factor=2)
    with pytest.raises(BadInput, match="ties it to other columns"):
        made(real, *RULES, spec=SampleSpec(amplify=(tied,)))
    with pytest.raises(BadInput, match="ties it to other columns"):
        made(real, *RULES, spec=SampleSpec(stratify=Stratification(column="city", shares={})))
    rare = Amplification(condition=where("land", Is.IS, "CH").where[0], factor=2)
    inner, _ = made(real, "combination(city, land)", spec=SampleSpec(amplify=(rare,)))
    assert inner.specs[0].amplify[0].condition.column == "city"


def test_replaced_rows_keep_the_shares_of_a_stratified_column(real):
    full = real.dropna(subset=["well"])
    inner = Careless()
    engine = Constrained(inner)
    artifact = fitted(engine, {"t": full}, about("never(well=false, city=Bern)")).artifact
    asked = SampleSpec(stratify=Stratification(column="well", shares={}))
    plain = pd.concat([c["t"] for c in inner.sample(b'["t"]', rows=400, seed=5, on_progress=None)])
    chunks = engine.sample(artifact, rows=400, seed=5, spec=asked, on_progress=no_progress)
    rows = pd.concat([c["t"] for c in chunks])
    assert rows["well"].value_counts().to_dict() == plain["well"].value_counts().to_dict()


def test_columns_without_gaps_stay_so_through_formulas_and_combinations(real):
    asked = SampleSpec(impute=("worth", "city", "end"))
    _, rows = made(
        real, "worth = net * pieces", "combination(city, land)", "start < end", spec=asked
    )
    assert not rows[["worth", "city", "end"]].isna().any().any()


def test_keys_stay_with_their_rows_and_match_between_tables():
    rng = np.random.default_rng(0)
    parents = pd.DataFrame(
        {
            "id": pd.array([f"P{i}" for i in range(200)], dtype="string[pyarrow]"),
            "a": pd.array(rng.integers(0, 50, 200), dtype="Int64"),
        }
    )
    parents["b"] = parents["a"] + pd.array(rng.integers(0, 3, 200), dtype="Int64")
    children = pd.DataFrame(
        {
            "owner": pd.array(
                [f"P{i}" for i in rng.integers(0, 200, 500)], dtype="string[pyarrow]"
            ),
            "x": pd.array(rng.integers(0, 9, 500), dtype="Int64"),
            "y": pd.array(rng.integers(0, 9, 500), dtype="Int64"),
        }
    )
    children = children[children["x"] <= children["y"]].reset_index(drop=True)
    numbers = tuple(spec(n, SdType.INTEGER) for n in "ab")
    metadata = Metadata(
        tables={
            "people": TableMetadata(
                columns=(spec("id", SdType.ID, unique=True), *numbers),
                primary_key="id",
                constraints=(parse_constraint("a <= b"), parse_constraint("a <= 40")),
            ),
            "pets": TableMetadata(
                columns=(
                    spec("owner", SdType.ID),
                    spec("x", SdType.INTEGER),
                    spec("y", SdType.INTEGER),
                ),
                constraints=(parse_constraint("x <= y"),),
            ),
        },
        relationships=(
            Relationship(
                parent_table_name="people",
                parent_primary_key="id",
                child_table_name="pets",
                child_foreign_key="owner",
            ),
        ),
    )
    engine = Constrained(Autoregressive())
    result = fitted(engine, {"people": parents, "pets": children}, metadata)
    out = drawn(engine, result.artifact, rows=150)
    assert out["people"]["id"].is_unique
    assert set(out["pets"]["owner"].dropna()) <= set(out["people"]["id"])
    assert (out["people"]["a"] <= out["people"]["b"]).all()
    assert (out["people"]["a"] <= 40).all()
    assert (out["pets"]["x"] <= out["pets"]["y"]).all()
    assert len(out["people"]) == 150


def test_our_own_engine_keeps_them_in_a_table_of_every_kind(real):
    metadata = about(*RULES)
    rows = twin(Constrained(Autoregressive()), real, metadata, rows=300)
    table = metadata.tables["t"]
    fold = Reshaping.fit(real, table, 5)[0].folds[0]
    ConstraintGuard(table, [fold.combinations]).check(untyped(rows, table))
    assert not set(rows["code"]) & set(real["code"])


class _Recording(Careless):
    """Remembers which tables were drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[str] = []

    def _drawn(self, name, rows, seed, spec) -> pd.DataFrame:
        self.drawn.append(name)
        return super()._drawn(name, rows, seed, spec)


def test_children_are_not_drawn_where_only_a_parent_is_drawn_again(real):
    engine = _Recording()
    child = pd.DataFrame({"city_of": pd.Categorical(["Bern", "Genf"] * 20)})
    other = TableMetadata(columns=(spec("city_of", SdType.CATEGORICAL),))
    metadata = about("never(well=false, city=Bern)")
    metadata = replace(
        metadata,
        tables={**metadata.tables, "visits": other},
        relationships=(
            Relationship(
                parent_table_name="t",
                parent_primary_key="city",
                child_table_name="visits",
                child_foreign_key="city_of",
            ),
        ),
    )
    constrained = Constrained(engine)
    artifact = fitted(constrained, {"t": real, "visits": child}, metadata).artifact
    drawn(constrained, artifact, rows=200)
    assert engine.drawn.count("t") > 1
    assert engine.drawn.count("visits") == 1


class _Telling(Careless):
    """Says that it draws."""

    def sample(self, artifact, *, on_progress, **words):
        on_progress(0, 1, "drawing rows")
        yield from super().sample(artifact, on_progress=on_progress, **words)


def test_looking_how_many_rows_there_are_says_so(real):
    engine = Constrained(_Telling())
    artifact = fitted(engine, {"t": real}, about("low <= high")).artifact
    wanted = SampleSpec(where=(Condition(column="high", test=Is.ABOVE, values=("100",)),))
    notes: list[str] = []

    def listen(done: int, total: int, note: str) -> None:
        notes.append(note)

    assert list(engine.sample(artifact, rows=20, seed=1, spec=wanted, on_progress=listen))
    assert notes[0] == "looking how many rows fulfil the conditions"
    assert "drawing rows" in notes
