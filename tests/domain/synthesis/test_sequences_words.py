"""Words of drawn events: what another column says, and what never goes together."""

import numpy as np
import pandas as pd
import pytest

from domain.datasets.entities import ColumnSpec, Metadata, SdType, SequenceKeys, TableMetadata
from domain.kernel import no_progress
from domain.synthesis.encoding.categories import CategoryCodec
from domain.synthesis.encoding.numbers import NumberCodec
from domain.synthesis.sequences.columns import EventColumn
from domain.synthesis.sequences.companions import Companion, companions
from domain.synthesis.sequences.engine import Sequences
from domain.synthesis.sequences.partners import Partner, pairs_of

_CODES = 20
_SETTINGS = {"max_epochs": 2, "memory": 16, "block_size": 8}


def _visits() -> pd.DataFrame:
    """40 patients with 12 visits: a code, its description, a provider and its organisation."""
    rng = np.random.default_rng(0)
    codes, of = rng.integers(0, _CODES, 480), rng.integers(0, 6, 480)
    return pd.DataFrame(
        {
            "patient": pd.Series([f"p{i // 12:03d}" for i in range(480)], dtype="string"),
            "code": pd.Categorical([f"C{code}" for code in codes]),
            "text": pd.Categorical([f"what C{code} means" for code in codes]),
            "provider": pd.Series([f"doctor {o}" for o in of], dtype="string"),
            "house": pd.Series([f"clinic {o}" for o in of], dtype="string"),
            "urgent": pd.array(codes % 2 == 0, dtype="boolean"),
            "fee": rng.integers(10, 99, 480).astype(float),
        }
    )


def _column(name: str, codec: CategoryCodec | NumberCodec) -> EventColumn:
    spec = ColumnSpec(name=name, sdtype=SdType.CATEGORICAL)
    return EventColumn(spec=spec, codec=codec, repeats=False, key=(), since=False)


def _words(name: str, values: pd.Series, rare_threshold: int = 1) -> EventColumn:
    spec = ColumnSpec(name=name, sdtype=SdType.CATEGORICAL)
    return _column(name, CategoryCodec.fit(values, spec, rare_threshold))


@pytest.fixture(scope="module")
def twin() -> pd.DataFrame:
    rows = _visits()
    types = {
        "patient": SdType.ID,
        "code": SdType.CATEGORICAL,
        "text": SdType.CATEGORICAL,
        "provider": SdType.ID,
        "house": SdType.ID,
        "urgent": SdType.BOOLEAN,
        "fee": SdType.FLOAT,
    }
    table = TableMetadata(
        columns=tuple(ColumnSpec(name=n, sdtype=t) for n, t in types.items()),
        sequence=SequenceKeys(entity="patient", time=None),
    )
    fitted = Sequences().fit(
        {"visits": rows},
        Metadata(tables={"visits": table}),
        held_out={},
        settings=_SETTINGS,
        privacy=None,
        seed=0,
        on_progress=no_progress,
    )
    drawn = Sequences().sample(fitted.artifact, rows=None, seed=1, on_progress=no_progress)
    return pd.concat([tables["visits"] for tables in drawn], ignore_index=True)


def test_a_description_is_always_that_of_its_code(twin: pd.DataFrame) -> None:
    assert twin["code"].nunique() > _CODES / 2
    assert (twin["text"].astype(str) == "what " + twin["code"].astype(str) + " means").all()


def test_a_flag_that_a_code_says_is_as_it_says(twin: pd.DataFrame) -> None:
    even = twin["code"].astype(str).str[1:].astype(int) % 2 == 0
    assert twin["urgent"].dtype == "boolean"
    assert (twin["urgent"] == even).all()


def test_an_invented_provider_stays_in_one_invented_house(twin: pd.DataFrame) -> None:
    real = _visits()
    assert twin["provider"].nunique() > 1
    assert not set(twin["house"]) & set(real["house"])
    assert (twin.groupby("provider")["house"].nunique() == 1).all()


def test_what_chance_may_have_put_together_is_no_pair() -> None:
    rng = np.random.default_rng(1)
    many = pd.DataFrame({"a": rng.integers(0, 4, 400), "b": rng.integers(0, 2, 400)}).astype(str)
    assert pairs_of(many, ["a", "b"]) == []
    rare = pd.DataFrame({"a": ["x", "y"] * 200, "b": ["no"] * 399 + ["yes"]})
    assert pairs_of(rare, ["a", "b"]) == []
    few = pd.DataFrame({"a": ["x", "x", "y", "y"], "b": ["1", "1", "2", "2"]})
    assert pairs_of(few, ["a", "b"]) == []


def test_a_reworded_description_says_its_code_and_not_the_other_way_round() -> None:
    codes = pd.Series([f"C{i % 10}" for i in range(600)])
    rows = pd.DataFrame({"code": codes, "text": "means " + codes})
    rows.loc[rows.index[codes == "C2"][:20], "text"] = "C2 reworded"
    assert pairs_of(rows, ["code", "text"]) == [("code", "text")]


def test_rare_values_are_not_kept_with_what_they_mean() -> None:
    code = pd.Series(["A"] * 20 + ["B"] * 20 + ["R"])
    rows = pd.DataFrame({"code": code, "text": "means " + code})
    partner = Partner.of(("text", "code"), [_words("code", code, 5)], rows, None, 5, boolean=False)
    assert partner.words == {"A": "means A", "B": "means B"}
    again = Partner.from_state(partner.state())
    found = again.found(pd.DataFrame({"code": ["B", None]}))
    assert found[0] == "means B"
    assert found.isna().tolist() == [False, True]


def _two_kinds() -> tuple[Companion, ...]:
    """Transfers have a bank, cash never has one."""
    kind = pd.Series(["cash", "transfer"] * 50)
    bank = pd.Series([np.nan if k == "cash" else float(i) for i, k in enumerate(kind)])
    spec = ColumnSpec(name="bank", sdtype=SdType.FLOAT)
    columns = [_words("kind", kind), _column("bank", NumberCodec.fit(bank, spec, 1))]
    codes = {"kind": columns[0].codec.encode(kind), "bank": columns[1].codec.encode(bank)}
    return companions(columns, ["kind"], codes, None, 1)


def test_what_a_kind_of_events_never_has_is_left_out() -> None:
    (companion,) = _two_kinds()
    codec = companion.column.codec
    allowed = companion.codes({"column kind": np.array([0, 1])}, np.array([0, 1]))
    assert codec.missing is not None
    assert allowed[0].tolist() == [code == codec.missing for code in range(codec.size)]
    assert allowed[1].tolist() == [code != codec.missing for code in range(codec.size)]
    state = {"column kind": np.array([0]), "last bank": np.array([0])}
    assert not companion.again(state, np.array([0])).any()


def test_what_never_goes_together_is_kept_in_the_artifact() -> None:
    (companion,) = _two_kinds()
    again = Companion.from_state(companion.state(), [companion.column])
    assert (again.possible == companion.possible).all()


def test_words_that_are_too_seldom_to_tell_may_go_together() -> None:
    kind, word = pd.Series(["a"] * 96 + ["b"] * 4), pd.Series(["x", "y"] * 48 + ["x"] * 4)
    columns = [_words("kind", kind), _words("word", word)]
    codes = {c.name: c.codec.encode(v) for c, v in zip(columns, (kind, word), strict=True)}
    assert companions(columns, ["kind"], codes, None, 1) == ()


def test_what_one_entity_alone_has_beside_it_counts_as_never() -> None:
    kind = pd.Series(["cash", "transfer"] * 50)
    word = pd.Series(["none", "rent"] * 50)
    word[0] = "rent"
    columns = [_words("kind", kind), _words("word", word)]
    codes = {c.name: c.codec.encode(v) for c, v in zip(columns, (kind, word), strict=True)}
    (held,) = companions(columns, ["kind"], codes, np.arange(100) // 10, 2)
    cash, rent = codes["kind"][0], codes["word"][0]
    assert not held.possible[cash, rent]
    (told,) = companions(columns, ["kind"], codes, np.arange(100) // 10, 1)
    assert told.possible[cash, rent]
