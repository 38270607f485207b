"""The options by which a command line asks for conditions and shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from domain.kernel import BadInput
from domain.synthesis.condition_text import SpecWords

_OPTIONS = {
    "where": (
        "CONDITION",
        "draw only rows like this: sex=Female, “age>=65”, age=20..30, “state in CA,NY” or "
        "“income is missing”; several all hold",
    ),
    "amplify": (
        "CONDITION:FACTOR",
        "make such rows so many times as frequent, as in is_fraud=true:10",
    ),
    "stratify": (
        "COLUMN[=VALUE:SHARE,…]",
        "keep the learned shares of a column exactly, or set them, as in sex=Female:0.5",
    ),
    "impute": ("COLUMN", "fill the missing cells of this column, or of all"),
}


def add_condition_options(parser: CommandParser) -> None:
    """Let the command take conditions."""
    for name, (metavar, words) in _OPTIONS.items():
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar=metavar, help=f"{words}; repeatable"
        )


def words_in(options: Mapping[str, Any]) -> SpecWords:
    """What was typed behind them; an empty word is refused, for it would ask for nothing."""
    for name in _OPTIONS:
        if not all(word.strip() for word in options[name]):
            raise BadInput(f"--{name} is empty; write what it asks for, or leave it out.")
    return SpecWords(**{name: options[name] for name in _OPTIONS})
