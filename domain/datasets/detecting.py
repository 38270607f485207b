"""What one column of text means: its type and spelling, with warnings in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from domain.datasets import dates
from domain.datasets.counted_times import SERIAL_DAYS, counting_format
from domain.datasets.entities import ColumnSpec, SdType
from domain.datasets.headers import (
    names_a_code,
    names_a_date,
    names_a_day,
    names_a_moment,
    names_a_number,
    names_a_person,
    names_an_id,
)
from domain.datasets.spelling import (
    COMMA_NUMBER_PATTERN,
    INTEGER_PATTERN,
    MISSING_WORDS,
    NUMBER_PATTERN,
)
from domain.datasets.time_settings import UnreadableTimes
from domain.datasets.time_zones import MIXED, explaining_zone
from domain.datasets.unreadable_times import (
    LEAST_READABLE,
    READABLE_SHARE,
    Readable,
    most_readable,
)
from domain.datasets.values import ColumnValues
from domain.datasets.writing_numbers import write_floats

BOOLEAN_WORDS = tuple(
    pair
    for lower in (("true", "false"), ("yes", "no"), ("t", "f"), ("y", "n"))
    for pair in (lower, (lower[0].title(), lower[1].title()), (lower[0].upper(), lower[1].upper()))
)
"""``(true, false)`` words in their three cases."""

_FIRST_LOOK = 1000
"""Values to try a spelling on before all of them."""

CODE_BOOK_SIZE = 100
"""An id column with more different values names things; with fewer it is a code."""

_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_CODE = r"^[^\s]{1,64}$"
_POINT_ZERO = r"^(0|-?[1-9][0-9]{0,14})\.0$"
_PLAIN_DECIMAL = r"^-?(0|[1-9][0-9]*)[.,][0-9]+$"


class Detected(NamedTuple):
    """A column's spec and what a person should know about it."""

    spec: ColumnSpec
    warnings: tuple[str, ...] = ()


def detect(values: ColumnValues) -> Detected:
    """Suggest how to read a column."""
    present, word = _without_missing_words(values)
    if not present.distinct:
        return Detected(ColumnSpec(name=values.name, sdtype=SdType.CATEGORICAL))
    found = _boolean(present) or _number(present) or _datetime(present) or _mostly(present)
    if found is not None and found.spec.sdtype not in (SdType.ID, SdType.CATEGORICAL):
        return _with_missing(found, values, word)
    return found if found is not None and present is values else _text(values)


def detect_as(values: ColumnValues, sdtype: SdType, datetime_format: str | None) -> Detected:
    """The spelling of a column whose type somebody has stated."""
    present, word = _without_missing_words(values)
    bare = ColumnSpec(name=values.name, sdtype=sdtype)
    match sdtype:
        case SdType.INTEGER:
            zero = present.all_match(_POINT_ZERO)
            return _with_missing(Detected(replace(bare, point_zero=zero)), values, word)
        case SdType.FLOAT:
            return _with_missing(_stated_float(present), values, word)
        case SdType.BOOLEAN:
            return _with_missing(_stated_boolean(present), values, word)
        case SdType.DATETIME:
            return _with_missing(_stated_datetime(present, datetime_format), values, word)
        case SdType.CATEGORICAL:
            return _with_candidate(Detected(bare), values)
        case _:
            return Detected(replace(bare, unique=sdtype is SdType.ID and values.unique))


def _without_missing_words(values: ColumnValues) -> tuple[ColumnValues, str]:
    """The other values, and the commonest spelling of “missing” (empty when cells are empty)."""
    markers = pc.is_in(values.texts, value_set=pa.array(MISSING_WORDS))
    if not pc.any(markers).as_py():
        return values, ""
    words = values.only(markers)
    return values.only(pc.invert(markers)), words.texts[int(np.argmax(words.counts))].as_py()


def _with_missing(found: Detected, values: ColumnValues, word: str) -> Detected:
    if not word:
        return found
    spec, warnings = replace(found.spec, missing_word=word), found.warnings
    markers = pc.is_in(values.texts, value_set=pa.array(MISSING_WORDS))
    if values.filled < values.rows or pc.sum(markers).as_py() > 1:
        warnings += ("Missing values are spelled in several ways; the twin uses one of them.",)
    return Detected(spec, warnings)


def _with_candidate(found: Detected, values: ColumnValues) -> Detected:
    """A category that may mean “missing” is pointed out: only a person knows."""
    present, word = _without_missing_words(values)
    if not word or not present.distinct:
        return found
    advice = f"“{word}” may stand for a missing value; it is a category unless you confirm it does."
    return Detected(replace(found.spec, missing_candidate=word), (*found.warnings, advice))


def _boolean(values: ColumnValues) -> Detected | None:
    if values.distinct > 2:
        return None
    words = set(values.texts.to_pylist())
    for true, false in BOOLEAN_WORDS:
        # “Yes” or “t” alone may be anything; “true” alone is a boolean that happens to be constant
        if words == {true, false} or (len(true) > 3 and words <= {true, false}):
            spec = ColumnSpec(
                name=values.name, sdtype=SdType.BOOLEAN, true_word=true, false_word=false
            )
            return Detected(spec)
    return None


def _stated_float(values: ColumnValues) -> Detected:
    if values.all_match(NUMBER_PATTERN) or values.all_match(COMMA_NUMBER_PATTERN):
        found = _float(values)
        return found._replace(spec=replace(found.spec, sdtype=SdType.FLOAT))
    return Detected(ColumnSpec(name=values.name, sdtype=SdType.FLOAT))


def _stated_boolean(values: ColumnValues) -> Detected:
    words = set(values.texts.to_pylist()) if values.distinct <= 2 else set()
    for true, false in (*BOOLEAN_WORDS, ("1", "0")):
        if words and words <= {true, false}:
            return Detected(
                ColumnSpec(
                    name=values.name, sdtype=SdType.BOOLEAN, true_word=true, false_word=false
                )
            )
    return Detected(ColumnSpec(name=values.name, sdtype=SdType.BOOLEAN))


def _number(values: ColumnValues) -> Detected | None:
    """Integers, floats, and digits that are no quantity: dates, ids and codes."""
    if values.all_match(INTEGER_PATTERN):
        return _whole(values)
    if values.all_match(r"^-?[0-9]+$"):
        return _digits(values)
    if values.all_match(_POINT_ZERO):
        return _named(values) or Detected(
            ColumnSpec(name=values.name, sdtype=SdType.INTEGER, point_zero=True)
        )
    if values.all_match(NUMBER_PATTERN) or values.all_match(COMMA_NUMBER_PATTERN):
        return _float(values)
    return None


def _whole(values: ColumnValues) -> Detected:
    if names_a_date(values.name) and (form := dates.compact_format(values.texts)):
        spec = ColumnSpec(
            name=values.name, sdtype=SdType.DATETIME, datetime_format=form, date_only=True
        )
        return Detected(spec)
    if not names_an_id(values.name) and (moments := _counted(values)):
        return Detected(moments)
    return _named(values) or Detected(ColumnSpec(name=values.name, sdtype=SdType.INTEGER))


def _counted(values: ColumnValues) -> ColumnSpec | None:
    """Seconds or milliseconds since 1970, or the serial days of spreadsheets."""
    if not names_a_moment(values.name):
        return None
    form = counting_format(values.texts, days=names_a_day(values.name))
    if form is None:
        return None
    days = form == SERIAL_DAYS
    return ColumnSpec(
        name=values.name, sdtype=SdType.DATETIME, datetime_format=form, date_only=days
    )


def _named(values: ColumnValues) -> Detected | None:
    """An id or a code when the header says so, for such numbers are no quantities."""
    if names_a_code(values.name):
        return Detected(ColumnSpec(name=values.name, sdtype=SdType.CATEGORICAL))
    sure = names_an_id(values.name)
    if not (sure or names_a_number(values.name)):
        return None
    unique = values.unique
    nearly = values.distinct_share > 0.95 and values.distinct > CODE_BOOK_SIZE
    person = names_a_person(values.name) and values.distinct > CODE_BOOK_SIZE
    if unique or nearly or person:
        return Detected(ColumnSpec(name=values.name, sdtype=SdType.ID, unique=unique))
    return Detected(ColumnSpec(name=values.name, sdtype=SdType.CATEGORICAL)) if sure else None


def _digits(values: ColumnValues) -> Detected:
    """Leading zeros or more digits than 64 bits hold: spelled like numbers, but names."""
    nearly = values.unique or (values.distinct_share > 0.95 and values.distinct > CODE_BOOK_SIZE)
    kind = SdType.ID if nearly else SdType.CATEGORICAL
    return Detected(ColumnSpec(name=values.name, sdtype=kind, unique=nearly and values.unique))


def _float(values: ColumnValues) -> Detected:
    """The spelling that writes every number back as it was, else the shortest one."""
    comma = not values.all_match(NUMBER_PATTERN)
    plain = pc.replace_substring(values.texts, ",", ".") if comma else values.texts
    floats = pc.cast(pc.replace_substring_regex(plain, r"^\+", ""), pa.float64()).to_numpy()
    if not np.isfinite(floats).all():
        return Detected(ColumnSpec(name=values.name, sdtype=SdType.CATEGORICAL))
    texts = values.texts.to_pylist()
    for option in _float_spellings(values, texts, comma):
        few = write_floats(floats[:_FIRST_LOOK], option).to_pylist() == texts[:_FIRST_LOOK]
        if few and write_floats(floats, option).to_pylist() == texts:
            return Detected(option)
    point_zero = values.share_matching(r"[.,]0$") > 0
    bare = ColumnSpec(
        name=values.name, sdtype=SdType.FLOAT, decimal_comma=comma, point_zero=point_zero
    )
    return Detected(
        bare, ("Its numbers vary in how they are written; the twin writes the shortest form.",)
    )


def _float_spellings(values: ColumnValues, texts: list[str], comma: bool) -> Iterator[ColumnSpec]:
    bare = ColumnSpec(name=values.name, sdtype=SdType.FLOAT, decimal_comma=comma)
    if values.all_match(_PLAIN_DECIMAL):
        places = {len(t) - 1 - t.index("," if comma else ".") for t in texts}
        if len(places) == 1:
            yield replace(bare, decimals=places.pop())
    elif values.all_match(r"^-?[0-9]+$"):
        yield replace(bare, decimals=0)
    yield bare
    yield replace(bare, point_zero=True)


def _datetime(values: ColumnValues) -> Detected | None:
    forms = list(dates.formats_of(values.texts))
    if not forms:
        return None
    form = forms[0]
    spec = ColumnSpec(
        name=values.name,
        sdtype=SdType.DATETIME,
        datetime_format=form,
        date_only=not dates.has_time(form),
    )
    warnings = []
    if {"%d/%m", "%m/%d", "%d-%m", "%m-%d"} & {_day_order(f) for f in forms} and len(
        {_day_order(f) for f in forms}
    ) > 1:
        warnings.append(
            "Day and month could be either way round; it was read as "
            f"{'month first' if _day_order(form).startswith('%m') else 'day first'}."
        )
    if dates.has_offset(form):
        spec, said = _with_zone(values.texts, spec)
        warnings.append(said)
    return Detected(spec, tuple(warnings))


def _with_zone(texts: pa.Array, spec: ColumnSpec) -> tuple[ColumnSpec, str]:
    """Whose clock the times show, by offsets that vary."""
    moments = dates.parse(texts, spec.datetime_format)
    zone = explaining_zone(moments, dates.offsets_in(texts))
    if zone is None:
        return replace(spec, time_zone=MIXED), (
            "Its offsets from UTC vary as in no single time zone, so the times are modelled in UTC "
            "and the offset of each row as a column beside; the twin is written with both."
        )
    return replace(spec, time_zone=zone), (
        f"Its offsets from UTC vary as the clocks of {zone} do (other zones may have the same); "
        "the times are modelled in UTC and written on that clock, summer time included."
    )


def _mostly(values: ColumnValues) -> Detected | None:
    """Times of one format, but for a few cells that no format reads."""
    found = most_readable(values)
    if found is None or not READABLE_SHARE <= found.share < 1:
        return None
    return _some_unreadable(values, found)


def _some_unreadable(values: ColumnValues, found: Readable) -> Detected | None:
    fits = dates.fits(values.texts, found.form)
    fits[fits] = ~np.isnat(dates.parse(values.texts.filter(pa.array(fits)), found.form))
    read = _datetime(values.only(pa.array(fits)))
    if read is None:
        return None
    warning = (
        f"{found.filled - found.cells} of {found.filled} filled cells cannot be read as times; "
        "they count as missing, and a column beside says so. They can be interpolated instead."
    )
    spec = replace(read.spec, unreadable_times=UnreadableTimes.TAG)
    return Detected(spec, (*read.warnings, warning))


def _day_order(form: str) -> str:
    return form.replace("%-", "%")[:5]


def _stated_datetime(values: ColumnValues, form: str | None) -> Detected:
    spec = ColumnSpec(name=values.name, sdtype=SdType.DATETIME)
    if form is None:
        found = _datetime(values) if values.distinct else None
        if found is not None:
            return found
        form = dates.compact_format(values.texts) or counting_format(values.texts, days=True)
        most = most_readable(values) if form is None else None
        if most is not None and LEAST_READABLE <= most.share < 1:
            return _some_unreadable(values, most) or Detected(spec)
    only = form is not None and not dates.has_time(form)
    return Detected(replace(spec, datetime_format=form, date_only=only))


def _text(values: ColumnValues) -> Detected:
    """Ids, categories and free text among columns that are neither numbers nor dates."""
    bare = ColumnSpec(name=values.name, sdtype=SdType.CATEGORICAL)
    nearly = values.distinct_share > 0.95 and values.filled >= 20
    code_like = values.all_match(_CODE)
    has_digits = values.share_matching(r"[0-9]") > 0.9
    named = names_an_id(values.name) or names_a_number(values.name)
    person = named and names_a_person(values.name) and values.distinct > CODE_BOOK_SIZE
    if values.all_match(_UUID) and values.distinct > 1:
        return Detected(replace(bare, sdtype=SdType.ID, unique=values.unique))
    if code_like and (person or (nearly and (has_digits or named))):
        return Detected(replace(bare, sdtype=SdType.ID, unique=values.unique))
    if _is_prose(values) or (nearly and values.filled >= 50):
        return Detected(replace(bare, sdtype=SdType.TEXT))
    return _with_candidate(Detected(bare, _dates_in_disguise(values)), values)


def _is_prose(values: ColumnValues) -> bool:
    lengths = pc.utf8_length(values.texts).to_numpy(zero_copy_only=False)
    mean = float(np.average(lengths, weights=values.counts)) if values.filled else 0.0
    return mean > 50 and values.distinct_share > 0.5 and values.filled >= 20


def _dates_in_disguise(values: ColumnValues) -> tuple[str, ...]:
    day = r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2}))"
    looks = rf"^{day}([T ]\d{{1,2}}:\d{{2}}.*)?$"
    if values.share_matching(looks) > 0.9:
        return (
            "It looks like dates, but of several formats or outside the years 1678 to 2261, so it "
            "is taken as categories; write all dates alike to have them modelled as time.",
        )
    return ()
