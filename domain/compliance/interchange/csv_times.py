"""Formats of times in the pictures of Unicode (UTS 35), as far as CSV on the Web knows them."""

from __future__ import annotations

import re
from typing import Any

from domain.datasets.counted_times import COUNTED
from domain.datasets.dates import has_time
from domain.datasets.entities import ColumnSpec
from domain.datasets.spelling import format_of

_PICTURES = {
    "%Y": "yyyy",
    "%m": "MM",
    "%-m": "M",
    "%d": "dd",
    "%-d": "d",
    "%H": "HH",
    "%M": "mm",
    "%S": "ss",
    "%f": "SSSSSS",
    "%3f": "SSS",
    "%^z": "XXX",
}
_DIRECTIVE = re.compile(r"%[-^3]?[A-Za-z]")

_ORDERS = ("dd MM yyyy", "d M yyyy", "MM dd yyyy", "M d yyyy")
_DATES = (
    *("yyyy-MM-dd", "yyyyMMdd"),
    *(order.replace(" ", mark) for order in _ORDERS for mark in "-/."),
)
_TIMES = ("HH:mm:ss.SSSSSS", "HH:mm:ss.SSS", "HH:mm:ss", "HH:mm", "HHmmss", "HHmm")
_ISO_ONLY = "T"
"""With it only ISO days stand before a time; with a space, any."""
_ZONES = ("", "XXX")


def csv_time(spec: ColumnSpec) -> Any:
    """The datatype of a column of times; text where the vocabulary has no word for the format."""
    form = format_of(spec)
    if form in COUNTED:
        return "integer"
    pictured = picture(form)
    if pictured not in _known():
        return "string"
    return {"base": "datetime" if has_time(form) else "date", "format": pictured}


def picture(form: str) -> str | None:
    """A format as people know it from spreadsheets (``dd.MM.yyyy``); ``None`` for one with parts
    that have no picture here."""
    found = [_PICTURES.get(directive) for directive in _DIRECTIVE.findall(form)]
    if None in found:
        return None
    return _DIRECTIVE.sub(lambda m: _PICTURES[m[0]], form)


def _known() -> set[str]:
    """Every format that the recommendation lists (section 6.4.4)."""
    iso = {f"yyyy-MM-dd{_ISO_ONLY}{time}" for time in _TIMES if ":" in time}
    timed = {f"{date} {time}" for date in _DATES for time in _TIMES} | iso
    return set(_DATES) | {f"{moment}{zone}" for moment in timed for zone in _ZONES}
