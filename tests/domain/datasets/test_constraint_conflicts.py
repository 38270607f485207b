"""Rules that cannot be kept are named before anything is trained."""

import pytest

from domain.datasets.constraint_conflicts import refuse_conflicts
from domain.datasets.constraint_language import parse_constraint
from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    PiiKind,
    Relationship,
    SdType,
    TableMetadata,
)
from domain.kernel import BadInput

COLUMNS = (
    *(ColumnSpec(name=n, sdtype=SdType.INTEGER) for n in "abcde"),
    ColumnSpec(name="start", sdtype=SdType.DATETIME),
    ColumnSpec(name="end", sdtype=SdType.DATETIME),
    ColumnSpec(name="city", sdtype=SdType.CATEGORICAL),
    ColumnSpec(name="land", sdtype=SdType.CATEGORICAL),
    ColumnSpec(name="well", sdtype=SdType.BOOLEAN, true_word="Y", false_word="N"),
    ColumnSpec(name="key", sdtype=SdType.ID, unique=True),
    ColumnSpec(name="mail", sdtype=SdType.TEXT, pii_action=PiiAction.DROP),
    ColumnSpec(
        name="born",
        sdtype=SdType.DATETIME,
        pii_kind=PiiKind.BIRTH_DATE,
        pii_action=PiiAction.SURROGATE,
    ),
)


def check(*texts: str) -> None:
    rules = tuple(map(parse_constraint, texts))
    table = TableMetadata(columns=COLUMNS, primary_key="key", constraints=rules)
    refuse_conflicts(Metadata(tables={"people": table}))


@pytest.mark.parametrize(
    "texts",
    [
        ("a < b", "b < a"),
        ("a <= b", "b <= a"),
        ("a < b", "b <= c", "c < a"),
        ("0 <= a <= 5", "a > 5"),
        ("a < 3", "a >= 7"),
        ("start >= 2021-01-01", "start < 2020-06-01"),
        ("a = b + c", "b = a - c"),
        ("a = b + c", "a = d * e"),
        ("a = b + c", "c = 2 * d", "d = a + 1"),
        ("a = b + c", "combination(a, city)"),
        ("combination(city, land)", "combination(land, well)"),
        ("a <= b", "a >= 10", "b < 10"),
    ],
)
def test_two_rules_that_cannot_both_hold_are_named(texts):
    with pytest.raises(BadInput) as refusal:
        check(*texts)
    named = [text for text in texts if f"“{text}”" in refusal.value.message]
    assert len(named) >= 2, refusal.value.message
    for text in texts:
        check(text)


@pytest.mark.parametrize(
    "texts",
    [
        ("a < b", "b < c", "a < c", "a <= b"),
        ("0 <= a <= 5", "a >= 5"),
        ("a = b + c", "d = 2 * a", "a >= 0", "b < a"),
        ("combination(city, land)", "never(city=Bern, well=true)", "unique(a, b)"),
        ("start <= end", "2020-01-01 <= start", "unique(key)", "never(well=N, a=5)"),
    ],
)
def test_rules_that_go_together_pass(texts):
    check(*texts)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a < missing", "missing"),
        ("combination(city, mail)", "left out of the twin"),
        ("born < start", "invented"),
        ("combination(key, city)", "invented"),
        ("a < start", "date with a number"),
        ("city < land", "for numbers and dates"),
        ("a = b + well", "for numbers"),
        ("never(start=2020-01-01, city=Bern)", "for categories"),
        ("never(well=maybe, city=Bern)", "true or false"),
        ("never(a=many, city=Bern)", "takes a number"),
        ("start >= 5", "a date such as"),
        ("a >= 2020-01-01", "a number"),
        ("start <= 2020-13-45", "a date such as"),
        ("5 <= a <= 3", "leaves no value"),
        ("5 < a <= 5", "leaves no value"),
    ],
)
def test_a_rule_that_makes_no_sense_for_its_columns_is_refused(text, says):
    with pytest.raises(BadInput, match=says):
        check(text)


def test_columns_that_link_tables_keep_their_own_rules():
    parent = TableMetadata(columns=COLUMNS, primary_key="key")
    child = TableMetadata(
        columns=(ColumnSpec(name="owner", sdtype=SdType.ID),),
        constraints=(parse_constraint("unique(owner)"),),
    )
    link = Relationship(
        parent_table_name="people",
        parent_primary_key="key",
        child_table_name="pets",
        child_foreign_key="owner",
    )
    about = Metadata(tables={"people": parent, "pets": child}, relationships=(link,))
    with pytest.raises(BadInput, match="links tables"):
        refuse_conflicts(about)


def test_more_rules_than_anyone_reads_are_refused():
    with pytest.raises(BadInput, match="more than 500"):
        check(*(f"a >= {n}" for n in range(501)))
