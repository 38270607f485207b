import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.synthesis.condition_text import (
    ALL_COLUMNS,
    BadCondition,
    SpecWords,
    parse_spec,
    written,
)
from domain.synthesis.conditions import Condition, Operator


def where(*lines: str) -> list[tuple[str, str, tuple[str, ...]]]:
    found = parse_spec(SpecWords(where=lines)).where
    return [(c.column, str(c.test), c.values) for c in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sex=Female", ("sex", "is", ("Female",))),
        ("sex == Female", ("sex", "is", ("Female",))),
        ("age>=65", ("age", ">=", ("65",))),
        ("age <= 65", ("age", "<=", ("65",))),
        ("age<18", ("age", "<", ("18",))),
        ("age > 1e3", ("age", ">", ("1e3",))),
        ("city!=Bern", ("city", "is not", ("Bern",))),
        ('state in CA,NY,"New, York"', ("state", "is", ("CA", "NY", "New, York"))),
        ("state NOT IN CA, NY", ("state", "is not", ("CA", "NY"))),
        ("income is missing", ("income", "is missing", ())),
        ("income is present", ("income", "is present", ())),
        ("income is not missing", ("income", "is present", ())),
        ("marital status=Married", ("marital status", "is", ("Married",))),
        ('"a = b, c">3', ("a = b, c", ">", ("3",))),
        ('"say ""hi"""=yes', ('say "hi"', "is", ("yes",))),
        ("city=New, York", ("city", "is", ("New, York",))),
        ('x="a..b"', ("x", "is", ("a..b",))),
        ("fnl-wgt=-3.5", ("fnl-wgt", "is", ("-3.5",))),
        ("when>=2024-01-31 10:30", ("when", ">=", ("2024-01-31 10:30",))),
    ],
)
def test_a_condition_is_read_as_it_is_meant(line, expected):
    assert where(line) == [expected]


def test_a_range_is_two_conditions():
    assert where("age=20..30") == [("age", ">=", ("20",)), ("age", "<=", ("30",))]


def test_several_lines_all_hold_and_empty_lines_say_nothing():
    assert len(where("sex=Female", "  ", "age>=65", "")) == 2


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("age", "no test follows the column “age”"),
        ("=3", "character 1"),
        ('"age>=3', "character 1 is not closed"),
        ("age>=", "a value is missing behind “age”"),
        ('city="Bern', "quotes around the value of “city”"),
        ("state in CA,,NY", "a value is missing behind “state”"),
        ("state in", "no test follows"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_place(line, word):
    with pytest.raises(BadCondition, match=word) as refusal:
        parse_spec(SpecWords(where=["sex=Female", line]))
    assert refusal.value.field == "where"
    assert "where 2" in refusal.value.message
    assert "Bern" not in refusal.value.message


def test_an_amplification_is_a_condition_and_a_factor_behind_the_last_colon():
    spec = parse_spec(SpecWords(amplify=["is_fraud=true:10", 'code="a:b":2.5']))
    assert [(a.condition.values, a.factor) for a in spec.amplify] == [
        (("true",), 10.0),
        (("a:b",), 2.5),
    ]


@pytest.mark.parametrize(
    ("field", "line", "word"),
    [
        ("amplify", "is_fraud=true", "a factor is missing"),
        ("amplify", "is_fraud=true:ten", "a factor is a number"),
        ("amplify", "is_fraud=true:-1", "a factor is a number"),
        ("amplify", "age=20..30:2", "range"),
        ("stratify", "sex=Female", "a share is missing"),
        ("stratify", "age>3:0.5", "single values"),
        ("impute", "a,,b", "name is missing"),
    ],
)
def test_bad_shares_and_factors_are_refused_in_their_field(field, line, word):
    with pytest.raises(BadCondition, match=word) as refusal:
        parse_spec(SpecWords(**{field: [line]}))
    assert refusal.value.field == field


def test_shares_are_set_for_values_of_one_column():
    spec = parse_spec(SpecWords(stratify=["sex=Female:0.5, Male:30%", "sex=Other:.1"]))
    assert spec.stratify.column == "sex"
    assert spec.stratify.shares == {"Female": 0.5, "Male": 0.3, "Other": 0.1}
    with pytest.raises(BadCondition, match="second column"):
        parse_spec(SpecWords(stratify=["sex=Female:0.5", "age"]))


def test_a_bare_column_keeps_its_shares():
    assert parse_spec(SpecWords(stratify=["income"])).stratify.shares == {}


def test_columns_to_fill_are_named_or_all():
    assert parse_spec(SpecWords(impute=["a, b", "a"])).impute == ("a", "b")
    assert parse_spec(SpecWords(impute=["all"])).impute == (ALL_COLUMNS,)
    assert parse_spec(SpecWords(impute=['"all"'])).impute == ("all",)


def test_no_words_ask_for_a_plain_sample():
    assert not parse_spec(SpecWords(where=[" "]))


def test_a_name_that_looks_like_a_test_is_written_in_quotes():
    for name in ("a in b", "x is missing", "a > b", 'say "hi"'):
        condition = Condition(column=name, test=Operator.PRESENT)
        assert parse_spec(SpecWords(where=[written(condition)])).where == (condition,)


def test_a_long_line_is_read_in_no_time():
    started = time.process_time()
    for line in (
        f"a{' ' * 50_000}b",
        f"a={' ' * 50_000}..",
        f"a in {'b,' * 20_000}b",
        '"' * 50_001,
    ):
        with contextlib.suppress(BadCondition):
            parse_spec(SpecWords(where=[line], stratify=[line], amplify=[line]))
    assert time.process_time() - started < 2


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1)
trimmed = texts.map(str.strip).filter(bool)


@given(
    column=trimmed,
    test=st.sampled_from(Operator),
    values=st.lists(trimmed, min_size=1, unique=True),
)
def test_a_written_condition_is_read_back_the_same(column, test, values):
    if test in (Operator.MISSING, Operator.PRESENT):
        values = []
    elif test not in (Operator.IS, Operator.NOT):
        values = values[:1]
    condition = Condition(column=column, test=test, values=tuple(values))
    assert parse_spec(SpecWords(where=[written(condition)])).where == (condition,)


@pytest.mark.parametrize(
    "lines", [["sex=Female:0.2,Female:0.9"], ["sex=Female:0.2", 'sex="Female":0.9']]
)
def test_two_shares_for_one_value_are_refused(lines):
    with pytest.raises(BadCondition, match="One value of “sex” has two shares; set one"):
        parse_spec(SpecWords(stratify=lines))


def test_a_doubled_test_is_named_instead_of_the_value():
    with pytest.raises(BadCondition, match="the test behind “age” is wrong"):
        parse_spec(SpecWords(where=["age>>65"]))
    assert where('age=">65"') == [("age", "is", (">65",))]


@pytest.mark.parametrize("value", ["<", "=3", ">=65", "!important"])
def test_a_value_that_starts_like_a_test_is_written_in_quotes(value):
    condition = Condition(column="note", test=Operator.IS, values=(value,))
    assert written(condition) == f'note = "{value}"'
    assert parse_spec(SpecWords(where=[written(condition)])).where == (condition,)


def test_a_whole_bound_is_written_without_a_fraction():
    low = Condition(column="Low", test=Operator.AT_LEAST, values=("60.0",))
    assert written(low) == "Low >= 60"
