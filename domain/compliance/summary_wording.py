"""The sentences of the executive summary, each of a bounded length."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from unicodedata import east_asian_width

from domain.evaluation.titles import figure, title

DISCLAIMER = (
    "This page summarises evidence. It is no audit, no certification and no legal advice. Whether "
    "the rows are anonymous or de-identified in the sense of a law is for the organisation, and "
    "where a law asks for one, an expert, to decide."
)

_RISK = "leakage.reidentification"
_SHOWN = (_RISK, "privacy.exact_copies", "similarity.quality")
"""The figures that tell most, safety first; then whichever others there are."""
_MOST_FIGURES = 3
_LONGEST_TABLE = 20
_LONGEST_UNIT = 40
"""Characters of the column that says whose rows they are: a promise is never cut elsewhere."""
_NOT_PRIVATE = (
    "None by proof: it was learned without differential privacy. What it may give away was "
    "measured instead, and a measurement finds only what it looks for."
)
_NOT_MEASURED = (
    "None: it was learned without differential privacy, and no attack was made that would tell "
    "what it may give away."
)


def bounded(text: str, most: int) -> str:
    """``text`` on one line of so many characters at most, cut at a word where one ends near."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    at_word = cut.rpartition(" ")[0]
    return f"{(at_word if len(at_word) > most * 0.7 else cut).rstrip(' ,;:')}…"


def fitted(text: str, most: int) -> str:
    """``text`` on one line as wide as so many ordinary letters at most: wide ones count twice."""
    line = " ".join(text.split())
    if _width(line) <= most:
        return line
    room = next(n for n in range(len(line), 0, -1) if _width(line[:n]) < most)
    return bounded(line, room + 1)


def _width(text: str) -> int:
    return sum(2 if letter in _WIDE or east_asian_width(letter) in "WF" else 1 for letter in text)


_WIDE = frozenset("WMmw@%—…") | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is not one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def day_words(at: datetime) -> str:
    """A day as a person writes it, in UTC."""
    there = at.astimezone(UTC)
    return f"{there.day} {there:%B %Y}"


def source_end(card: Mapping[str, Any]) -> str:
    """When the real rows end that a model card is about, or ended."""
    data = card["training_data"]
    gone = data.get("deleted_at")
    day = day_words(datetime.fromisoformat(gone or data["deleted_after"]))
    return f"The source was shredded on {day}." if gone else f"The source is shredded after {day}."


def guarantee(card: Mapping[str, Any], dp_report: Mapping[str, Any] | None) -> str:
    """What is promised, in one sentence."""
    if dp_report is not None:
        told, unit = str(dp_report["summary"]), str(dp_report["unit"])
        return told.replace(unit, fitted(unit, _LONGEST_UNIT))
    attacked = any(
        m["name"] == _RISK and m["value"] is not None for m in card["metrics"]["headline"]
    )
    return _NOT_PRIVATE if attacked else _NOT_MEASURED


def headline_words(card: Mapping[str, Any]) -> str:
    """The few figures that tell most, with their limits."""
    measured = [
        m for m in card["metrics"]["headline"] if m["value"] is not None or m["name"] == _RISK
    ]
    measured.sort(key=lambda m: _SHOWN.index(m["name"]) if m["name"] in _SHOWN else len(_SHOWN))
    return " · ".join(_figure(m) for m in measured[:_MOST_FIGURES])


def _figure(metric: Mapping[str, Any]) -> str:
    """With its limit; a risk with its interval too, which has to keep it, and what no limit
    judges with how sure it is."""
    name, limit, interval = metric["name"], metric["threshold"], metric["interval"]
    if metric["value"] is None:
        return f"{title(name)} not measured"
    table = _table(metric["scope"])
    about = [f"of “{fitted(table, _LONGEST_TABLE)}”"] if table else []
    if interval and (limit is None or name.startswith("leakage.")):
        about.append(f"95 %: {figure(name, interval[0])} to {figure(name, interval[1])}")
    if limit is not None:
        about.append(f"limit {figure(name, limit)}")
    told = f"{title(name)} {figure(name, metric['value'])}"
    return f"{told} ({'; '.join(about)})" if about else told


def _table(scope: str) -> str:
    """The table that a figure is about, where there are several; empty of an only one."""
    table, kind, _ = scope.rpartition("column:")
    return (table if kind else scope.removesuffix("table")).rstrip("/")
