"""The tables of controls: the product's own, and those that an organisation adds in the same form.

A table is TOML: ``framework``, ``edition``, ``written``, one ``[source]`` and any number of
``[[control]]``. ``needs`` lists kinds of evidence, all of which are needed; “a or b” takes either.
``shows`` is a sentence for all of it, or ``shows."kind"`` one for each.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from domain.compliance.controls.control import Control, EvidenceKind, Source, Standing, Status
from domain.kernel import BadInput

FRAMEWORKS: Mapping[str, str] = {"hipaa": "HIPAA", "gdpr": "GDPR", "soc2": "SOC 2"}
"""The frameworks that come with the product, and what they are called."""

_TABLES = (
    "hipaa_security",
    "hipaa_privacy",
    "safe_harbor",
    "hipaa_security_proposed",
    "gdpr",
    "gdpr_anonymity",
    "soc2",
)
"""In the order of reading."""

_Words = TypeVar("_Words", Status, Standing, EvidenceKind)

_WORD = re.compile(r"[a-z][a-z0-9-]{0,30}")
_SOURCE = {"title", "cites", "version", "dated", "standing"}
_REQUIRED = {"id", "title", "requirement", "at_best", "remains", "do"}
_OPTIONAL = {"needs", "shows", "identifier"}


@cache
def own_controls() -> tuple[Control, ...]:
    """Every control that comes with the product."""
    folder = Path(__file__).parent
    texts = ((folder / f"{name}.toml").read_text("utf-8") for name in _TABLES)
    return tuple(control for text in texts for control in read_controls(text))


def chosen_controls(
    frameworks: Sequence[str] = tuple(FRAMEWORKS), added: Iterable[Control] = ()
) -> tuple[Control, ...]:
    """The controls of some frameworks, those that the organisation ``added`` last.

    Added controls of a framework of their own are always there. Raises :class:`BadInput` for a
    framework that nobody knows, or a control that stands there twice.
    """
    require_frameworks(frameworks)
    every = (*own_controls(), *added)
    found = tuple(c for c in every if c.framework in frameworks or c.framework not in FRAMEWORKS)
    _refuse_doubles(found)
    return found


def require_frameworks(chosen: Sequence[str]) -> None:
    """Raise :class:`BadInput` for a framework that nobody knows, or none at all."""
    if not chosen or any(name not in FRAMEWORKS for name in chosen):
        raise BadInput(f"Choose frameworks among these: {', '.join(FRAMEWORKS)}.")


def framework_title(name: str) -> str:
    """What a framework is called; one of the organisation's own by its word."""
    return FRAMEWORKS.get(name, name)


def read_controls(text: str) -> tuple[Control, ...]:
    """The controls of one table; :class:`BadInput` says what is wrong with it."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"The table of controls is not TOML ({error}); mend that place.") from None
    source = _source(table)
    rows = table.get("control")
    if not isinstance(rows, list) or not rows:
        raise BadInput("The table of controls has no [[control]]; add at least one.")
    controls = tuple(_control(source, row) for row in rows)
    _refuse_doubles(controls)
    return controls


def _source(table: Mapping[str, Any]) -> Source:
    told = table.get("source")
    if not isinstance(told, dict) or set(told) != _SOURCE or not _all_words(told.values()):
        raise BadInput(
            f"The table of controls needs a [source] with {', '.join(sorted(_SOURCE))}; each of "
            "them is a text."
        )
    framework, edition, written = (table.get(n) for n in ("framework", "edition", "written"))
    if not isinstance(framework, str) or not _WORD.fullmatch(framework):
        raise BadInput(
            "The table of controls needs a framework in small letters, such as iso-27001."
        )
    if type(edition) is not int or edition < 1 or type(written) is not date:
        raise BadInput(
            "The table of controls needs edition, a whole number from 1, and written, a date."
        )
    return Source(
        framework=framework,
        edition=edition,
        written=written.isoformat(),
        **{**told, "standing": _member(Standing, told["standing"], "standing")},
    )


def _control(source: Source, row: Any) -> Control:
    if not isinstance(row, dict) or not set(row) - _OPTIONAL == _REQUIRED:
        raise BadInput(
            f"Each [[control]] needs {', '.join(sorted(_REQUIRED))} and may have "
            f"{', '.join(sorted(_OPTIONAL))}; nothing else."
        )
    words = {name: value for name, value in row.items() if name not in ("needs", "shows")}
    if not _all_words(words.values()):
        raise BadInput("Everything in a [[control]] but needs is a text that is not empty.")
    at_best = _member(Status, row["at_best"], "at_best")
    needs = _needs(row.get("needs", []))
    shows = _shows(row.get("shows"), needs)
    if bool(needs) != (at_best in (Status.SATISFIED, Status.SUPPORTED)):
        raise BadInput(
            f"The control “{row['id']}” needs evidence exactly where at_best is "
            f"“{Status.SATISFIED}” or “{Status.SUPPORTED}”; change needs or at_best."
        )
    return Control(source=source, **{**words, "at_best": at_best, "needs": needs, "shows": shows})


def _needs(listed: Any) -> tuple[tuple[EvidenceKind, ...], ...]:
    if not isinstance(listed, list) or not all(isinstance(need, str) for need in listed):
        raise BadInput('needs is a list of kinds of evidence, such as ["model card"].')
    return tuple(
        tuple(_member(EvidenceKind, kind, "needs") for kind in need.split(" or "))
        for need in listed
    )


def _shows(
    told: Any, needs: tuple[tuple[EvidenceKind, ...], ...]
) -> Mapping[EvidenceKind, str] | str:
    """A text, or texts by kinds of evidence that are needed."""
    if told is None:
        return ""
    texts = told if isinstance(told, dict) else {"": told}
    if not texts or not _all_words(texts.values()):
        raise BadInput("shows is a text, or a text for each kind of evidence; none is empty.")
    if not isinstance(told, dict):
        return str(told)
    sentences = {_member(EvidenceKind, kind, "shows"): text for kind, text in told.items()}
    if not set(sentences) <= {kind for kinds in needs for kind in kinds}:
        raise BadInput("shows tells of evidence that is not among needs; add it there.")
    return sentences


def _member(kind: type[_Words], word: str, place: str) -> _Words:
    try:
        return kind(word)
    except ValueError:
        raise BadInput(f"{place} takes one of these: {', '.join(kind)}.") from None


def _all_words(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) and value.strip() for value in values)


def _refuse_doubles(controls: Iterable[Control]) -> None:
    seen: set[tuple[str, str]] = set()
    for control in controls:
        key = (control.framework, control.id)
        if key in seen:
            raise BadInput(
                f"The control “{control.id}” of {framework_title(control.framework)} stands there "
                "twice; give one of them another id."
            )
        seen.add(key)
