"""What the product ran on where a model was fitted, so that the same bytes can be made again."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self
from urllib.parse import quote

from packaging.utils import canonicalize_name

from domain.compliance.distributions import PRODUCT_DISTRIBUTION, depended_on

LOCK = "environment_lock"
"""The member of a run's ``versions`` that holds a lock as JSON text."""

_PLACES = {"studio": "product", "cpu": "instruction_set", "instructions": "instruction_set"}
"""Older names in ``versions`` of what a lock has a place for."""

_KNOWN = ("product", "python", "machine", "instruction_set", "processor")
_FIT = ("threads", "device")
"""What a fit settles for itself and writes into ``versions`` beside the lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentLock:
    """Product, Python, machine and what the product depends on, as they were at one moment."""

    product: str
    python: str
    implementation: str
    platform: str
    """Operating system and the C library. No host name, and no release of the kernel: it changes no
    byte, and tells an attacker what was not mended yet."""
    machine: str
    """Processor family, such as ``x86_64``."""
    instruction_set: str
    """What the arithmetic used, such as ``AVX512``: other sets round differently."""
    processor: str = ""
    """Its name, such as ``AMD EPYC``: with the same instruction set, linear algebra rounds
    differently on those of another maker. Empty in records of before it was asked."""
    threads: int | None
    """Of one operation: sums over other numbers of threads round differently."""
    device: str = ""
    """What training ran on, such as ``cpu``; empty where that is not on record."""
    distributions: Mapping[str, str] = field(default_factory=dict)
    """Version by normalised name (PEP 503), of the product and all that it depends on."""
    complete: bool = True
    """Whether all of them are named; of runs from before locks, only the main ones are."""

    @classmethod
    def here(cls, *, product: str, instruction_set: str, processor: str, threads: int) -> Self:
        """The lock of this process. The caller knows what its numerical library uses."""
        return cls(
            product=product,
            python=platform.python_version(),
            implementation=platform.python_implementation(),
            platform=" ".join((platform.system(), *platform.libc_ver())).strip(),
            machine=platform.machine(),
            instruction_set=instruction_set,
            processor=processor,
            threads=threads,
            distributions=depended_on(),
        )

    @classmethod
    def of_versions(cls, versions: Mapping[str, str]) -> Self:
        """The lock that a run keeps in its ``versions``, or as much of one as they tell."""
        if LOCK in versions:
            kept = cls.from_document(json.loads(versions[LOCK]))
            return replace(kept, **_of_the_fit(versions))
        told = {_PLACES.get(name, name): version for name, version in versions.items()}
        known: dict[str, Any] = {place: told.pop(place, "") for place in _KNOWN}
        return cls(
            **{**known, "threads": None, **_of_the_fit(told)},
            implementation="",
            platform="",
            distributions={
                canonicalize_name(name): version
                for name, version in sorted(told.items())
                if name not in _FIT
            },
            complete=False,
        )

    def to_text(self) -> str:
        """JSON for a run's ``versions``."""
        return json.dumps(self.to_document(), sort_keys=True, separators=(",", ":"))

    def to_document(self) -> dict[str, Any]:
        """The JSON form."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {**told, "distributions": dict(self.distributions)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read :meth:`to_document`'s form back."""
        return cls(**document)

    def requirements(self) -> bytes:
        """A lock file for ``pip install -r``, with the machine in comments. The product itself is
        on no index: it is named in a comment."""
        lines = [
            f"# Python {self.python}, {self.machine}, {self.instruction_set}, "
            f"{self.threads if self.threads is not None else 'unknown'} threads"
        ]
        if not self.complete:
            lines.append("# Only the main libraries: the run is older than full records.")
        lines += [f"# pip install -r FILE --extra-index-url {index}" for index in self._indexes()]
        for name, version in sorted(self.distributions.items()):
            lines.append(f"{'# ' if name == PRODUCT_DISTRIBUTION else ''}{name}=={version}")
        return ("\n".join(lines) + "\n").encode()

    def _indexes(self) -> tuple[str, ...]:
        """Where PyTorch keeps its builds for one kind of device, such as ``2.13.0+cpu``."""
        build = self.distributions.get("torch", "").partition("+")[2]
        return (f"https://download.pytorch.org/whl/{build}",) if build.isalnum() else ()

    def package_urls(self) -> tuple[str, ...]:
        """Each distribution as a package URL (purl, type ``pypi``; versions percent-encoded)."""
        return tuple(f"pkg:pypi/{n}@{quote(v)}" for n, v in sorted(self.distributions.items()))


def _of_the_fit(versions: Mapping[str, str]) -> dict[str, Any]:
    """Threads and device as the fit itself wrote them down."""
    found: dict[str, Any] = {"device": versions["device"]} if "device" in versions else {}
    if versions.get("threads", "").isdecimal():
        found["threads"] = int(versions["threads"])
    return found
