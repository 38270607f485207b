"""Rules as people write them: read, written back, and refused in one sentence."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.datasets.constraint_language import parse_constraint, parse_constraints
from domain.datasets.constraints import (
    Combination,
    Formula,
    Never,
    Order,
    Range,
    Term,
    Unique,
)
from domain.datasets.entities import Metadata, TableMetadata
from domain.kernel import BadInput

NAMES = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(["a b", "net-tax", 'quoted "q"', "`tick`", "unique", "100 %", "Größe", "1st"]),
)
NUMBERS = st.floats(-1e6, 1e6, allow_nan=False).filter(lambda x: x != 0)
SEVERAL = st.lists(NAMES, min_size=2, max_size=4, unique=True).map(tuple)


@st.composite
def formulas(draw):
    column, *parts = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    terms = {}
    for part in parts:
        columns = tuple(sorted([part, *draw(st.lists(st.sampled_from(parts), max_size=2))]))
        terms[columns] = draw(NUMBERS)
    listed = tuple(Term(factor=f, columns=c) for c, f in terms.items())
    return Formula(column=column, terms=listed, decimals=draw(st.none() | st.integers(0, 15)))


RULES = st.one_of(
    SEVERAL.map(lambda n: Combination(columns=n)),
    SEVERAL.map(lambda n: Unique(columns=n)),
    SEVERAL.flatmap(
        lambda n: st.tuples(*[st.text(min_size=1).filter(lambda v: v == v.strip())] * len(n)).map(
            lambda v: Never(cells=tuple(zip(n, v, strict=True)))
        )
    ),
    st.builds(lambda n, strict: Order(low=n[0], high=n[1], strict=strict), SEVERAL, st.booleans()),
    st.builds(
        lambda n, low, above: Range(column=n, minimum=str(low), above=above),
        NAMES,
        st.integers(-99, 99),
        st.booleans(),
    ),
    st.builds(
        lambda n, below: Range(
            column=n, minimum="2020-01-01", maximum="2021-05-06T07:08:09.5", below=below
        ),
        NAMES,
        st.booleans(),
    ),
    formulas(),
)


@given(RULES)
def test_what_is_written_reads_back_as_the_same_rule(rule):
    assert parse_constraint(str(rule)) == rule


@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_is_refused(text):
    with contextlib.suppress(BadInput):
        rule = parse_constraint(text)
        assert parse_constraint(str(rule)) == rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0 <= age <= 120", Range(column="age", minimum="0", maximum="120")),
        ("120 > age", Range(column="age", maximum="120", below=True)),
        ("start < end", Order(low="start", high="end", strict=True)),
        ("end >= start", Order(low="start", high="end")),
        ("a ≤ b", Order(low="a", high="b")),
        ('combination(city, "home country")', Combination(columns=("city", "home country"))),
        ("Unique(a)", Unique(columns=("a",))),
        (
            "never(pregnant=true, sex=Male)",
            Never(cells=(("pregnant", "true"), ("sex", "Male"))),
        ),
        (
            "total = price * quantity",
            Formula(column="total", terms=(Term(factor=1, columns=("price", "quantity")),)),
        ),
        (
            "paid = net * (1 - discount) + 5",
            Formula(
                column="paid",
                terms=(
                    Term(factor=1, columns=("net",)),
                    Term(factor=-1, columns=("discount", "net")),
                    Term(factor=5),
                ),
            ),
        ),
        (
            "vat = round(0.19 * `net-sum`, 2)",
            Formula(column="vat", terms=(Term(factor=0.19, columns=("net-sum",)),), decimals=2),
        ),
    ],
)
def test_people_write_rules_as_in_the_guide(text, rule):
    assert parse_constraint(text) == rule


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "needs a column"),
        ("age", "compares nothing"),
        ("a < b < c", "split it"),
        ("a < b > c", "against each other"),
        ("1 < 2", "names no column"),
        ("a < a", "with itself"),
        ("a = b / c", "as a product"),
        ("a = a + b", "from itself"),
        ("a = 5", "on the right"),
        ("a = b - b", "on the right"),
        ("a + b < c", "column of its own"),
        ("often(a)", "unknown word “often”"),
        ("unique()", "needs a column"),
        ("unique(a, a)", "twice"),
        ("combination(a)", "at least 2"),
        ("never(a=1)", "at least 2"),
        ('"a < b', "open quote"),
        ("a < b c", "before “c”"),
        ("a = " + "(" * 900 + "b" + ")" * 900, "nested too deep"),
        ("a < " + "b" * 3_000, "at most"),
        ("a = 1e308 * 1e308 * b", "too large"),
    ],
)
def test_what_is_no_rule_is_refused_with_the_reason(text, says):
    with pytest.raises(BadInput, match=says):
        parse_constraint(text)


@pytest.mark.parametrize("text", ["age", "often(a)", "a < b c", '"a < b', "unique()"])
def test_what_cannot_be_read_is_refused_with_examples(text):
    with pytest.raises(BadInput, match=r"write it like 0 <= age <= 120"):
        parse_constraint(text)


@pytest.mark.parametrize(
    "text",
    ["a < b < c", "a < a", "a = b / c", "a = a + b", "a = 5", "a + b < c", "unique(a, a)"],
)
def test_what_is_read_but_cannot_be_is_refused_with_what_to_do_alone(text):
    with pytest.raises(BadInput, match="; ") as refused:
        parse_constraint(text)
    assert "write it like" not in str(refused.value)


def test_several_rules_stand_one_a_line():
    assert parse_constraints("a < b\n\n  unique(a)\n") == (
        Order(low="a", high="b", strict=True),
        Unique(columns=("a",)),
    )


def test_a_metadata_document_keeps_its_rules_and_an_older_one_has_none():
    rules = (Order(low="a", high="b"), Unique(columns=("a b",)))
    about = Metadata(
        tables={"t": TableMetadata(columns=(), constraints=rules, suggested_constraints=rules[:1])}
    )
    document = about.to_document()
    assert Metadata.from_document(document) == about
    older = {"primary_key": None, "columns": []}
    assert (
        Metadata.from_document({**document, "tables": {"t": older}}).tables["t"].constraints == ()
    )
