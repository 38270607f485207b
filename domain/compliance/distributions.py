"""What the product depends on, in the versions that are installed here: a model is made again from
that. Tools of developers, and whatever else happens to be installed, change no byte of it and would
tell a recipient more of the machine than they need.
"""

from __future__ import annotations

import importlib.metadata
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Self

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PRODUCT_DISTRIBUTION = "synthetic-data-studio"
"""The product's own, normalised (PEP 503)."""

_FOR_DEVELOPERS = frozenset({"dev"})
"""Extras of the product that no fit uses."""
_METADATA = ("METADATA", "PKG-INFO", "")
"""Where distributions name themselves: wheels, older installations, files of older ones."""
_HEADER = re.compile(r"^(Name|Version|Requires-Dist|Provides-Extra): *(.*?) *$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One installed distribution, as its headers tell of it."""

    name: str
    """Normalised."""
    version: str
    requires: tuple[str, ...]
    """Requirements (PEP 508)."""
    extras: tuple[str, ...]

    @classmethod
    def of(cls, found: importlib.metadata.Distribution) -> Self | None:
        """``None`` for one without a readable name. Only headers are read: parsing whole
        descriptions, as ``.metadata`` does, takes six times as long."""
        texts = (found.read_text(place) for place in _METADATA)
        headers = next(filter(None, texts), "").partition("\n\n")[0]
        told: dict[str, list[str]] = {}
        for header, value in _HEADER.findall(headers):
            told.setdefault(header, []).append(value)
        if not told.get("Name") or not told.get("Version"):
            return None
        return cls(
            name=canonicalize_name(told["Name"][-1]),
            version=told["Version"][-1],
            requires=tuple(told.get("Requires-Dist", ())),
            extras=tuple(told.get("Provides-Extra", ())),
        )

    def needs(self, extras: Iterable[str]) -> Iterator[Requirement]:
        """What it asks for on this machine with these of its extras."""
        chosen = ("", *extras)
        for text in self.requires:
            if "extra ==" in text and not any(extra in text for extra in chosen[1:]):
                continue  # most are of extras, and reading each takes longer than all the rest
            asked = Requirement(text)
            if asked.marker is None or any(asked.marker.evaluate({"extra": e}) for e in chosen):
                yield asked


def depended_on() -> dict[str, str]:
    """Version by normalised name of the product and of all that it depends on, as far as they are
    installed. All that is installed where the product is not, for then nobody can say."""
    return dict(_depended_on())


@cache
def _depended_on() -> Mapping[str, str]:
    found = installed()
    product = found.get(PRODUCT_DISTRIBUTION)
    if product is None:
        return {name: known.version for name, known in found.items()}
    extras = frozenset(product.extras) - _FOR_DEVELOPERS
    names = sorted(_reached(found, PRODUCT_DISTRIBUTION, extras))
    return {name: found[name].version for name in names}


def installed() -> dict[str, Distribution]:
    """Every distribution that this process could import, by name. The first on the path wins, as
    it does for imports."""
    found: dict[str, Distribution] = {}
    for distribution in filter(None, map(Distribution.of, importlib.metadata.distributions())):
        found.setdefault(distribution.name, distribution)
    return dict(sorted(found.items()))


def _reached(
    found: Mapping[str, Distribution], name: str, extras: frozenset[str]
) -> frozenset[str]:
    """The names that can be reached from one, each with all extras that somebody asks for."""
    asked: dict[str, frozenset[str]] = {}
    waiting = [(name, extras)]
    while waiting:
        name, extras = waiting.pop()
        known = asked.get(name)
        if name not in found or (known is not None and extras <= known):
            continue
        asked[name] = extras | (known or frozenset())
        needed = found[name].needs(asked[name])
        waiting += [(canonicalize_name(need.name), frozenset(need.extras)) for need in needed]
    return frozenset(asked)
