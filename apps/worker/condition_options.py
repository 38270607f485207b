"""The options by which a command line asks for conditions and shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
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

_LENGTHS = {
    "events": ("N", "events of every history, such as 50, 10-60 or x2"),
    "since": ("DATE", "when the log begins"),
    "until": ("DATE", "when it ends; histories are stretched or shortened"),
}


def add_condition_options(parser: CommandParser) -> None:
    """Let the command take conditions."""
    group = parser.add_argument_group(
        "which rows to draw", "For example: --where 'age>=65' --amplify is_fraud=true:10"
    )
    for name, (metavar, words) in _OPTIONS.items():
        group.add_argument(
            f"--{name}", action="append", default=[], metavar=metavar, help=f"{words}; repeatable"
        )


def add_length_options(add_argument: Callable[..., object]) -> None:
    """Let the command say how long histories shall be."""
    for name, (metavar, words) in _LENGTHS.items():
        option = "--from" if name == "since" else f"--{name}"
        add_argument(option, dest=name, metavar=metavar, help=words)


def words_in(options: Mapping[str, Any]) -> SpecWords:
    """What was typed behind them; an empty word is refused, for it would ask for nothing."""
    for name in _OPTIONS:
        if not all(word.strip() for word in options[name]):
            raise BadInput(f"--{name} is empty; write what it asks for, or leave it out.")
    return replace(words_of_lengths(options), **{name: options[name] for name in _OPTIONS})


def words_of_lengths(options: Mapping[str, Any]) -> SpecWords:
    """What was typed about the length of histories; an empty word is refused."""
    said = {name: options.get(name) for name in _LENGTHS}
    for name, word in said.items():
        if word is not None and not word.strip():
            option = "from" if name == "since" else name
            raise BadInput(f"--{option} is empty; write what it asks for, or leave it out.")
    return SpecWords(**{name: [word] for name, word in said.items() if word is not None})
