"""``reproduce.ipynb``: checks a pack, makes its rows again where the source is, counts them.

Its cells are kept as one program, ``notebook_cells.py``, which is formatted, typed and linted as
all others are. Format: nbformat 4.5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any
from uuid import UUID

from domain.compliance.environment_lock import EnvironmentLock
from domain.compliance.interchange.markdown_text import plain

NOTEBOOK_FILE = "reproduce.ipynb"
ENVIRONMENT_FILE = "environment.txt"

_CELLS = Path(__file__).with_name("notebook_cells.py")
_HEAD = re.compile(r"^# %% (?P<id>[a-z-]+) \[(?P<kind>markdown|code)\](?: (?P<when>\w+))?$", re.M)
_PYTHON = {"name": "python3", "display_name": "Python 3", "language": "python"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    """One cell of the program, before names are filled in."""

    id: str
    kind: str
    when: str
    """In which packs it stands: ``private``, ``evaluated``; empty for all."""
    text: str


def reproduce_notebook(
    card: Mapping[str, Any], provenance: Mapping[str, Any], names: Collection[str]
) -> bytes:
    """The notebook of the pack that ``provenance`` and the model ``card`` tell of and that has
    files of such ``names``. The same arguments give the same bytes.

    It quotes the names of dataset and organisation, and no other word of anybody; all else it
    reads from the pack as it runs.
    """
    there = {"": True, "private": provenance["private"], "evaluated": "evaluation.json" in names}
    told = _told(card, provenance)
    document = {
        "cells": [_filled(cell, told) for cell in _cells() if there[cell.when]],
        "metadata": {"kernelspec": _PYTHON, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n"


def notebook_parts(
    card: Mapping[str, Any],
    provenance: Mapping[str, Any],
    lock: EnvironmentLock,
    names: Collection[str],
) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of the files for whoever makes the rows of a pack again: the notebook, and
    ``lock``, the environment of the fit, as ``pip install -r`` takes it."""
    yield NOTEBOOK_FILE, reproduce_notebook(card, provenance, names)
    yield ENVIRONMENT_FILE, lock.requirements()


def _told(card: Mapping[str, Any], provenance: Mapping[str, Any]) -> dict[str, str]:
    """What is filled in, escaped as Markdown; the pack's id as its own digits, for code."""
    return {
        "dataset": plain(card["training_data"]["dataset"]),
        "organisation": plain(card["organisation"]),
        "version": plain(card["product"]["version"]),
        "date": plain(card["created_at"][:10]),
        "pack": str(UUID(provenance["pack"])),
    }


def _cells() -> Iterator[_Cell]:
    """The program in pieces."""
    _, *pieces = _HEAD.split(_CELLS.read_text("utf-8"))
    while pieces:
        name, kind, when, text, *pieces = pieces
        source = text.strip() if kind == "code" else _uncommented(text)
        yield _Cell(id=name, kind=kind, when=when or "", text=source)


def _uncommented(text: str) -> str:
    """Comments as Markdown."""
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in text.strip().splitlines())


def _filled(cell: _Cell, told: Mapping[str, str]) -> dict[str, Any]:
    """A cell as nbformat writes it: its source by lines, nothing run yet."""
    source = Template(cell.text).substitute(told).splitlines(keepends=True)
    document = {"cell_type": cell.kind, "id": cell.id, "metadata": {}, "source": source}
    return document if cell.kind == "markdown" else {**document, **_NOT_RUN}


_NOT_RUN: Mapping[str, Any] = {"execution_count": None, "outputs": []}
