"""Who is controller and who is processor: one answer for every paper of a pack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Parties:
    """The roles of Article 4(7) and (8) GDPR."""

    controller: str
    """Who decides about the personal data, and so about the release."""
    processor: str = ""
    """Who makes the twin for the controller; empty where the controller makes it and nobody, or
    nobody known, runs the instance on its behalf."""

    @classmethod
    def of(cls, organisation: str, controller: str = "") -> Self:
        """``organisation`` makes the pack. It decides about its own data, unless it has named
        another ``controller``, for whom it is the processor then."""
        if not controller:
            return cls(controller=organisation)
        return cls(controller=controller, processor=organisation)
