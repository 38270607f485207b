from dataclasses import replace

import pytest

from domain.datasets.entities import (
    ColumnSpec,
    Metadata,
    PiiAction,
    Relationship,
    SdType,
    TableMetadata,
)
from domain.synthesis.condition_checks import checked_spec
from domain.synthesis.condition_text import BadCondition, SpecWords, parse_spec
from domain.synthesis.conditions import SampleSpec
from domain.synthesis.spec_wording import spec_sentences

PEOPLE = TableMetadata(
    columns=(
        ColumnSpec(name="id", sdtype=SdType.ID),
        ColumnSpec(name="age", sdtype=SdType.INTEGER),
        ColumnSpec(name="income", sdtype=SdType.FLOAT, decimals=2, decimal_comma=True),
        ColumnSpec(name="sex", sdtype=SdType.CATEGORICAL, missing_word="?"),
        ColumnSpec(name="rich", sdtype=SdType.BOOLEAN, true_word="ja", false_word="nein"),
        ColumnSpec(name="born", sdtype=SdType.DATETIME, datetime_format="%d.%m.%Y", date_only=True),
        ColumnSpec(name="seen", sdtype=SdType.DATETIME, datetime_format="%Y-%m-%dT%H:%M:%S%z"),
        ColumnSpec(name="note", sdtype=SdType.TEXT),
        ColumnSpec(name="name", sdtype=SdType.CATEGORICAL, pii_action=PiiAction.SURROGATE),
        ColumnSpec(name="mail", sdtype=SdType.CATEGORICAL, pii_action=PiiAction.DROP),
    ),
    primary_key="id",
)
VISITS = TableMetadata(
    columns=(
        ColumnSpec(name="person", sdtype=SdType.ID),
        ColumnSpec(name="age", sdtype=SdType.INTEGER),
        ColumnSpec(name="cost", sdtype=SdType.FLOAT),
    )
)
WORK = ColumnSpec(name="work", sdtype=SdType.CATEGORICAL, missing_candidate="?")
ONE = Metadata(tables={"people": PEOPLE})
TWO = Metadata(
    tables={"people": PEOPLE, "visits": VISITS},
    relationships=(
        Relationship(
            parent_table_name="people",
            parent_primary_key="id",
            child_table_name="visits",
            child_foreign_key="person",
        ),
    ),
)


def checked(metadata: Metadata = ONE, **words):
    return checked_spec(parse_spec(SpecWords(**words)), metadata)


def values(line: str) -> tuple[str, ...]:
    return checked(where=[line]).where[0].values


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("age>=065", ("65",)),
        ("age=1e2", ("100",)),
        ("age in 3, 3.0, 4", ("3", "4")),
        ("income>=12,5", ("12.5",)),
        ("income>=1e3", ("1000.0",)),
        ("rich=ja", ("true",)),
        ("rich=False", ("false",)),
        ("born<=31.12.1999", ("1999-12-31T00:00:00",)),
        ("born<=1999-12-31", ("1999-12-31T00:00:00",)),
        ("seen>2024-05-01T12:00:00+02:00", ("2024-05-01T10:00:00",)),
        ("seen>2024-05-01 12:00:00.5", ("2024-05-01T12:00:00.500",)),
        ("sex=Female", ("Female",)),
    ],
)
def test_values_become_canonical_texts(line, expected):
    assert values(line) == expected


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("agee>3", "no column named “agee”; the columns are: id, age"),
        ("id=17", "invented"),
        ("note is missing", "invented"),
        ("name=Smith", "invented"),
        ("mail=x", "left out"),
        ("age>old", "whole number"),
        ("age>3.5", "whole number"),
        ("age>99999999999999999999", "whole number"),
        ("income>much", "a number"),
        ("rich=maybe", "yes or no; write ja or nein"),
        ("born>31.31.1999", "a date"),
        ("born>1999-12-31T10:00:00+02:00", "time zone"),
        ("sex>Female", "has no order"),
        ("rich>ja", "has no order"),
        ("sex=?", "sex is missing"),
        ("age=NA", "age is missing"),
    ],
)
def test_what_a_column_cannot_carry_is_refused(line, word):
    with pytest.raises(BadCondition, match=word) as refusal:
        checked(where=[line])
    assert refusal.value.field == "where"
    for typed in ("Smith", "maybe", "much", "99999"):
        assert typed not in refusal.value.message


@pytest.mark.parametrize(
    "lines",
    [
        ("age>=65", "age<18"),
        ("age>20", "age<21"),
        ("income>1", "income<=1"),
        ("age is missing", "age>3"),
        ("age is missing", "age is present"),
        ("sex=Female", "sex=Male"),
        ("sex in Female,Male", "sex not in Male,Female"),
        ("rich!=ja", "rich!=nein"),
        ("age in 1,2,3", "age>3"),
        ("born>=2000-01-01", "born<=31.12.1999"),
        ("age=30..20",),
    ],
)
def test_conditions_that_no_row_can_meet_are_refused(lines):
    with pytest.raises(BadCondition, match="no row is left"):
        checked(where=lines)


@pytest.mark.parametrize(
    "lines",
    [
        ("age>20", "age<22"),
        ("income>=1", "income<=1"),
        ("age>=20", "age>=30", "age!=30"),
        ("sex in Female,Male", "sex!=Male"),
        ("rich!=ja",),
        ("age is missing", "sex is missing"),
        ("born=1999-12-31", "age=20..30"),
    ],
)
def test_conditions_that_leave_room_are_taken(lines):
    assert checked(where=lines).where


@pytest.mark.parametrize(
    ("words", "field", "word"),
    [
        ({"amplify": ["rich=ja:10"], "stratify": ["sex"]}, "stratify", "one column only"),
        ({"amplify": ["rich=ja:10", "sex=Female:2"]}, "amplify", "one column only"),
        ({"amplify": ["sex=A:2"], "stratify": ["sex=B:0.3"]}, "stratify", "one way only"),
        ({"amplify": ["sex=A:2"], "stratify": ["sex"]}, "stratify", "one way only"),
        ({"amplify": ["sex=A:2", "sex=A:3"]}, "amplify", "twice"),
        ({"amplify": ["rich=ja:0"]}, "amplify", "above 0"),
        ({"amplify": ["sex=A:2"], "where": ["sex!=A"]}, "amplify", "no row of those"),
        ({"stratify": ["sex=A:1.5"]}, "stratify", "above 1"),
        ({"stratify": ["sex=A:.7,B:.7"]}, "stratify", "add up to more than 1"),
        ({"stratify": ["rich=ja:.2,nein:.2"]}, "stratify", "do not add up to 1"),
        ({"stratify": ["sex=A:.2"], "where": ["sex=B"]}, "stratify", "leave out a value"),
        ({"stratify": ["age=7:.2,7.0:.3"]}, "stratify", "two shares"),
        ({"impute": ["note"]}, "impute", "invented"),
        ({"impute": ["age"], "where": ["age is missing"]}, "impute", "choose one"),
    ],
)
def test_shares_that_contradict_are_refused_in_their_field(words, field, word):
    with pytest.raises(BadCondition, match=word) as refusal:
        checked(**words)
    assert refusal.value.field == field


def test_half_and_half_is_taken():
    assert checked(stratify=["rich=ja:50%,nein:50%"]).stratify.shares == {
        "true": 0.5,
        "false": 0.5,
    }


def test_all_names_every_column_that_is_learned():
    assert checked(impute=["all"]).impute == ("age", "income", "sex", "rich", "born", "seen")


def test_a_column_of_several_tables_is_written_with_its_table():
    with pytest.raises(BadCondition, match=r"write people\.age or visits\.age"):
        checked(TWO, where=["age>3"])
    spec = checked(TWO, where=["people.age>3", "visits.cost>1", "sex=Female"])
    assert [c.column for c in spec.where] == ["people.age", "cost", "sex"]
    assert checked(where=["people.age>3"]).where[0].column == "age"


def _at_work(spec: ColumnSpec) -> Metadata:
    return Metadata(tables={"people": TableMetadata(columns=(spec,))})


def test_filling_a_column_whose_gaps_may_be_a_category_asks_which_they_are():
    with pytest.raises(BadCondition, match="may mean missing; confirm the columns again"):
        checked(_at_work(WORK), impute=["work"])


@pytest.mark.parametrize("word", ["?", ""])
def test_it_is_filled_once_a_person_has_said_what_means_missing(word):
    spec = replace(WORK, missing_word=word, missing_confirmed=True)
    assert checked(_at_work(spec), impute=["work"]).impute == ("work",)


def test_filling_all_columns_does_not_ask():
    spec = checked(_at_work(WORK), impute=["all"])
    assert (spec.impute, spec.undecided) == (("work",), ("work",))


def filled(*with_gaps: str, impute: str = "all"):
    words = parse_spec(SpecWords(impute=[impute]))
    return checked_spec(words, ONE, lambda table, column: column.name in with_gaps)


def test_only_columns_with_gaps_are_filled_and_named():
    assert filled("age", "sex").impute == ("age", "sex")
    assert filled("age", impute="age, sex").impute == ("age",)
    assert spec_sentences(filled("sex")) == ("Missing cells are filled in: sex.",)


def test_where_no_column_has_gaps_it_is_said_and_kept():
    spec = filled()
    assert not spec
    (sentence,) = spec_sentences(SampleSpec.from_document(spec.to_document()))
    assert "no column is known to have any" in sentence


def test_a_word_that_may_be_a_gap_is_warned_of_when_all_are_filled():
    words = parse_spec(SpecWords(impute=["all"]))
    spec = checked_spec(words, _at_work(WORK), lambda table, column: False)
    (nothing, warning) = spec_sentences(spec)
    assert "no column is known" in nothing
    assert "“?” in work may mean missing" in warning
    assert "--missing" in warning


def test_a_time_without_a_zone_is_told_on_the_clock_of_its_column():
    spec = replace(PEOPLE.column("seen"), time_zone="Europe/Madrid")
    madrid = Metadata(tables={"people": PEOPLE.with_column(spec)})
    for line in ("seen>2024-05-01 12:00", "seen>2024-05-01T11:00:00+01:00"):
        assert checked(madrid, where=[line]).where[0].values == ("2024-05-01T10:00:00",)
