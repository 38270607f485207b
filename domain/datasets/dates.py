"""Dates and times as text: which format a column is in, reading it, and writing it back alike.

Formats are strptime's, with additions for spellings that strptime reads but cannot write: ``%-d``
and its kind for numbers without a leading zero, ``%^b`` for capitals (both as in glibc) and ``%3f``
for milliseconds. Offsets from UTC come last and vary: ``%z`` is ``+01:00``, ``%-z`` is ``+0100``
and ``%^z`` has ``Z`` for UTC itself; such times are UTC once read. Any other offset is a literal
part of the format, and the times stay local. Numbers that count are told by
``domain.datasets.counted_times``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from domain.datasets.counted_times import COUNTED, counted, write_counted

_ANY_OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})"
_DIRECTIVES = {
    "%Y": r"[12]\d{3}",
    "%y": r"\d{2}",
    "%m": r"(?:0[1-9]|1[0-2])",
    "%-m": r"(?:[1-9]|1[0-2])",
    "%d": r"(?:0[1-9]|[12]\d|3[01])",
    "%-d": r"(?:[1-9]|[12]\d|3[01])",
    "%b": r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)",
    "%^b": r"(?:JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)",
    "%B": (
        r"(?:January|February|March|April|May|June|July|August|September|October|November"
        r"|December)"
    ),
    "%H": r"(?:[01]\d|2[0-3])",
    "%-H": r"(?:\d|1\d|2[0-3])",
    "%I": r"(?:0[1-9]|1[0-2])",
    "%-I": r"(?:[1-9]|1[0-2])",
    "%M": r"[0-5]\d",
    "%S": r"[0-5]\d",
    "%f": r"\d{6}",
    "%3f": r"\d{3}",
    "%p": r"(?:AM|PM)",
    "%z": _ANY_OFFSET,
    "%-z": r"[+-]\d{4}",
    "%^z": r"(?:Z|[+-]\d{2}:\d{2})",
}
_DIRECTIVE = re.compile(r"%(?:-|\^|3)?[a-zA-Z]")

_DATES = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"),
    *("%d.%m.%Y", "%-d.%-m.%Y", "%d.%m.%y", "%-d.%-m.%y"),
    *("%m/%d/%Y", "%d/%m/%Y", "%-m/%-d/%Y", "%-d/%-m/%Y"),
    *("%m/%d/%y", "%d/%m/%y", "%-m/%-d/%y", "%-d/%-m/%y"),
    *("%d-%m-%Y", "%m-%d-%Y", "%-d-%-m-%Y", "%-m-%-d-%Y", "%d-%m-%y", "%m-%d-%y"),
    *("%d-%b-%Y", "%d-%b-%y", "%d-%^b-%Y", "%d-%^b-%y", "%-d-%b-%Y", "%-d-%b-%y"),
    *("%d %b %Y", "%-d %b %Y", "%d %B %Y", "%-d %B %Y", "%-d. %B %Y"),
    *("%b %d, %Y", "%b %-d, %Y", "%B %d, %Y", "%B %-d, %Y", "%d%^b%Y", "%d%b%Y"),
)
_TIMES = (
    *("%H:%M:%S", "%H:%M", "%H:%M:%S.%3f", "%H:%M:%S.%f", "%-H:%M", "%-H:%M:%S"),
    *("%I:%M %p", "%-I:%M %p", "%I:%M:%S %p", "%-I:%M:%S %p"),
)
_ARROW_READS = frozenset({"%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"})
_EARLIEST, _LATEST = np.datetime64("1678-01-01", "s"), np.datetime64("2262-01-01", "s")
_FIRST_LOOK = 1000
_OFFSET = re.compile(rf"{_ANY_OFFSET}$")
_LAST_OFFSET = re.compile(r"%[-^]?z$")
_MINUTE = np.timedelta64(60, "s")
_ISO_SECONDS = {
    "%Y-%m-%d %H:%M:%S": (" ", ""),
    "%Y-%m-%dT%H:%M:%S": ("T", ""),
    "%Y-%m-%dT%H:%M:%SZ": ("T", "Z"),
}


def formats_of(texts: pa.Array) -> Iterator[str]:
    """The formats in which every one of the different ``texts`` is written, likeliest first.

    Each one reads every text and writes it back unchanged, with its own offset from UTC where it
    has one; offsets that are spelled in several ways come back in one of them.
    """
    first = texts[0].as_py() if len(texts) else ""
    fitting = [form for form in candidates(first) if fits(texts, form).all()]
    exact = [form for form in fitting if _exact(texts, form)]
    yield from exact or (f for f in fitting if f.endswith("%z") and not _unread(texts, f))


def fits(texts: pa.Array, form: str) -> NDArray[np.bool_]:
    """Which texts have the look of the format (the 30th of February has too)."""
    looks = pc.match_substring_regex(texts, f"^{_pattern(form)}$")
    return looks.to_numpy(zero_copy_only=False).astype(np.bool_)


def compact_format(texts: pa.Array) -> str | None:
    """``%Y%m%d`` when every text is such a day of 1900 to 2100."""
    if not pc.all(pc.match_substring_regex(texts, r"^(19|20|2100)\d{4,6}$")).as_py():
        return None
    return "%Y%m%d" if _exact(texts, "%Y%m%d") else None


def has_time(form: str) -> bool:
    """Whether the format has a time of day."""
    return any(part in form for part in ("%H", "%-H", "%I", "%-I"))


def has_offset(form: str | None) -> bool:
    """Whether each text says its own offset from UTC."""
    return form is None or _LAST_OFFSET.search(form) is not None


def says_offset(form: str) -> bool:
    """Whether the texts end with an offset, be it the same throughout."""
    return has_offset(form) or _OFFSET.search(form) is not None


def offsets_in(texts: pa.Array) -> NDArray[np.int64]:
    """The offset from UTC that each text ends with, in minutes; 0 where it has none."""
    words = pd.Series(texts.to_pylist(), dtype=object)
    parts = words.str.extract(r"([+-])(\d{2}):?(\d{2})$").astype("string")
    minutes = parts[1].astype("Int64") * 60 + parts[2].astype("Int64")
    signed = minutes.where(parts[0] != "-", -minutes)
    return np.asarray(signed.fillna(0).to_numpy(), dtype=np.int64)


def parse(texts: pa.Array, form: str | None) -> NDArray[np.datetime64]:
    """Moments in nanoseconds, naive (UTC after an offset); ``NaT`` where a text does not fit.

    ``form`` of ``None`` reads ISO 8601.
    """
    if form in COUNTED:
        return counted(texts, form)
    if form in _ARROW_READS and (quick := _parsed_by_arrow(texts, form)) is not None:
        return quick
    plain = "ISO8601" if form is None else re.sub(r"%[-^3]", "%", form)
    utc = has_offset(form)
    if not len(texts):
        return np.array([], dtype="datetime64[ns]")
    words = pd.Series(texts.to_pylist(), dtype=object)
    found = pd.to_datetime(words, format=plain, errors="coerce", utc=utc)
    if utc:
        found = found.dt.tz_localize(None)
    return found.to_numpy("datetime64[ns]")


def _parsed_by_arrow(texts: pa.Array, form: str) -> NDArray[np.datetime64] | None:
    """As :func:`parse`, twenty times as fast, if every text fits and is in range."""
    if not pc.all(pc.match_substring_regex(texts, f"^{_pattern(form)}$")).as_py():
        return None
    try:
        seconds = pc.cast(texts, pa.timestamp("s")).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:  # the 30th of February
        return None
    in_range = (seconds > _EARLIEST) & (seconds < _LATEST)
    return seconds.astype("datetime64[ns]") if in_range.all() else None


def write(
    moments: NDArray[np.datetime64], form: str, offsets: NDArray[np.int64] | None = None
) -> pa.Array:
    """The text of each moment (none may be ``NaT``) in the format.

    ``offsets``: of each moment from UTC in minutes, for a format that says it; without, it is UTC.
    """
    if form in COUNTED:
        return write_counted(moments, form)
    if offset := _LAST_OFFSET.search(form):
        minutes = np.zeros(len(moments), np.int64) if offsets is None else offsets
        local = write(moments + minutes * _MINUTE, form[: offset.start()])
        return pc.binary_join_element_wise(local, offset_words(minutes, offset[0]), "")
    if form in _ISO_SECONDS:
        text = pc.cast(pa.array(moments.astype("datetime64[s]")), pa.string())
        between, end = _ISO_SECONDS[form]
        text = text if between == " " else pc.replace_substring(text, " ", between)
        return pc.binary_join_element_wise(text, end, "")
    if form == "%Y-%m-%d":
        return pc.cast(pa.array(moments.astype("datetime64[D]")), pa.string())
    different, codes = np.unique(moments, return_inverse=True)
    return pa.array(_formatted(different, form), pa.string()).take(pa.array(codes.ravel()))


def offset_words(minutes: NDArray[np.int64], directive: str = "%z") -> pa.Array:
    """Offsets from UTC as text, such as ``+02:00``."""
    different, codes = np.unique(minutes, return_inverse=True)
    between = "" if directive == "%-z" else ":"
    written = [
        f"{'-' if m < 0 else '+'}{abs(m) // 60:02}{between}{abs(m) % 60:02}"
        for m in different.tolist()
    ]
    if directive == "%^z":
        written = ["Z" if text == "+00:00" else text for text in written]
    return pa.array(written, pa.string()).take(pa.array(codes.ravel()))


def _formatted(moments: NDArray[np.datetime64], form: str) -> list[str]:
    plain = form.replace("%^b", "\x01%b\x02").replace("%3f", "\x03%f\x04")
    written = [m.strftime(plain) for m in moments.astype("datetime64[us]").tolist()]
    return [_finished(t) for t in written] if plain != form else written


def _finished(text: str) -> str:
    text = re.sub("\x01(.*?)\x02", lambda m: m[1].upper(), text)
    return re.sub("\x03(\\d{3})\\d{3}\x04", r"\1", text)


@cache
def _pattern(form: str) -> str:
    parts = _DIRECTIVE.split(form)
    named = _DIRECTIVE.findall(form)
    built = re.escape(parts[0])
    for directive, literal in zip(named, parts[1:], strict=True):
        built += _DIRECTIVES[directive] + re.escape(literal)
    return built


def candidates(text: str) -> Iterator[str]:
    """Formats that may fit one text, by its date, then its time, then its offset."""
    offset = _OFFSET.search(text)
    for date in _DATES:
        matched = re.match(_pattern(date), text)
        if not matched:
            continue
        rest = text[matched.end() :]
        if not rest:
            yield date
        elif rest[0] in "T ":
            yield from _timed(f"{date}{rest[0]}", rest[1:], offset)


def _timed(start: str, rest: str, found: re.Match[str] | None) -> Iterator[str]:
    zone = found[0] if found else ""
    bare = rest.removesuffix(zone)
    for time in _TIMES:
        if re.fullmatch(_pattern(time), bare.rstrip(" ")):
            gap = " " * (len(bare) - len(bare.rstrip(" ")))
            yield f"{start}{time}{gap}{zone}"  # one offset throughout is part of the spelling
            if zone:
                yield from (f"{start}{time}{gap}{offset}" for offset in ("%z", "%-z", "%^z"))


def _exact(texts: pa.Array, form: str) -> bool:
    """Whether the format reads every text and writes it back, looking at a few first."""
    return all(_exact_part(part, form) for part in (texts[:_FIRST_LOOK], texts[_FIRST_LOOK:]))


def _unread(texts: pa.Array, form: str) -> bool:
    return bool(np.isnat(parse(texts, form)).any())


def _exact_part(texts: pa.Array, form: str) -> bool:
    moments = parse(texts, form)
    if np.isnat(moments).any():
        return False
    return write(moments, form, offsets_in(texts) if has_offset(form) else None).equals(texts)
