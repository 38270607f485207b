"""Measured figures in the words of a worksheet, and the places that are left for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.evaluation.titles import figure, title


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One question of a worksheet. Without an answer it is a blank for a person to fill."""

    asks: str
    answer: str = ""
    file: str = ""
    """Where the answer is from."""

    def to_document(self) -> dict[str, Any]:
        return {"asks": self.asks, "answer": self.answer or None, "file": self.file or None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Some lines under one heading."""

    title: str
    says: str = ""
    """What the heading means, and where it comes from."""
    lines: tuple[Line, ...]

    def to_document(self) -> dict[str, Any]:
        lines = [line.to_document() for line in self.lines]
        return {"title": self.title, "says": self.says, "lines": lines}


@dataclass(frozen=True, slots=True, kw_only=True)
class Worksheet:
    """A form that the pack fills as far as it can."""

    name: str
    framework: str
    title: str
    cites: str
    says: str
    sections: tuple[Section, ...]

    def to_document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "framework": self.framework,
            "title": self.title,
            "cites": self.cites,
            "says": self.says,
            "sections": [section.to_document() for section in self.sections],
        }


NOT_MEASURED = "Not measured: ask for an evaluation with held-out rows."
INSIDE = (
    "Not told: figures that were computed on real rows stay inside the instance, since ε does not "
    "cover them."
)


def with_outliers(attacks: Iterable[str]) -> tuple[str, ...]:
    """The scores of each attack: on average, then among the most outlying people."""
    return tuple(score for name in attacks for score in (name, f"{name}_outliers"))


def measured(
    report: Mapping[str, Any] | None, names: Iterable[str], file: str, *, private: bool
) -> tuple[Line, ...]:
    """A line for each of the scores called ``names`` that was measured, the worst of several
    tables; one line that says why there is none."""
    scores = report["scores"] if report else ()
    found = (_worst([s for s in scores if s["name"] == name]) for name in names)
    lines = tuple(_line(score, file) for score in found if score)
    if lines:
        return lines
    why = INSIDE if private and report is None else NOT_MEASURED
    return (Line(asks="Measured on this twin", answer=why),)


def _worst(scores: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    values = [s for s in scores if s["value"] is not None]
    return max(values, key=lambda s: s["value"]) if values else None


def _line(score: Mapping[str, Any], file: str) -> Line:
    name, interval, limit = score["name"], score["interval"], score["threshold"]
    told = figure(name, score["value"])
    if interval:
        told += f" (95 % interval {figure(name, interval[0])} to {figure(name, interval[1])})"
    if score["baseline"] is not None:
        told += f"; other real rows {figure(name, score['baseline'])}"
    if limit is not None:
        told += f"; limit {figure(name, limit)}"
    return Line(asks=title(name), answer=f"{told}. {score['sentence']}".strip(), file=file)
