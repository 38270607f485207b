"""The fields by which a request asks for conditions and shares."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from typing import Any

from rest_framework import serializers

from apps.api.resource import Body
from domain.synthesis.condition_text import SpecWords

_MOST_LINES = 200
_FORMATS = ("csv", "parquet")
_BLANK = "An entry is empty; write what it asks for, or leave it out."
_WORDS = ("where", "amplify", "stratify", "impute")


def _lines(help_text: str) -> serializers.ListField:
    line = serializers.CharField(max_length=10_000, error_messages={"blank": _BLANK})
    return serializers.ListField(
        child=line, default=list, max_length=_MOST_LINES, help_text=help_text
    )


def _word(help_text: str) -> serializers.CharField:
    return serializers.CharField(default="", allow_blank=True, max_length=100, help_text=help_text)


class ConditionFields(Body):
    """Conditions, shares and file formats of the rows to draw."""

    where = _lines(
        "Conditions that every row fulfils: “sex=Female”, “age>=65”, “age=20..30”, "
        "“state in CA,NY”, “income is missing”."
    )
    amplify = _lines("Rows to be more frequent, and how many times: “is_fraud=true:10”.")
    stratify = _lines(
        "A column that keeps its learned shares exactly (“income”), or shares to set "
        "(“sex=Female:0.5”)."
    )
    impute = _lines("Columns whose missing cells are filled; “all” for every one.")
    events = _word("Of a log of events: events of every history: “50”, “10-60”, “x2”.")
    since = _word("Of a log of events: when it begins, such as 2025-01-01.")
    until = _word("Of a log of events: when it ends; histories are stretched or shortened.")
    formats = serializers.ListField(
        child=serializers.ChoiceField(_FORMATS),
        default=list(_FORMATS),
        allow_empty=False,
        help_text="Files to write. Parquet alone is quicker; an evidence pack needs CSV.",
    )


def lengths_in(asked: MutableMapping[str, Any]) -> SpecWords:
    """What is said of the lengths of histories; it leaves ``asked``."""
    return SpecWords(**{name: [asked.pop(name, "")] for name in ("events", "since", "until")})


def taken_out(asked: MutableMapping[str, Any]) -> dict[str, Any]:
    """The fields above as arguments of a use case; they leave ``asked``."""
    words = replace(lengths_in(asked), **{name: asked.pop(name) for name in _WORDS})
    return {"words": words, "csv": "csv" in asked.pop("formats")}
