"""The record of the last look at a pack before it is sealed: what was looked for, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.compliance.leak_linter import LINTER_RULES, LeakFinding

LEAK_CHECK_SCHEMA = 1

SOURCE_DELETED = (
    "Not checked: the real rows were deleted before the pack was built, so there was nothing left "
    "to compare with."
)
UNCOUNTED = (
    "How many real values and rows there are is not told: in a private run nobody paid for it. "
    "That this file could be sealed is not covered by ε either."
)
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakCheck:
    """What a check found in which files; ``looked_for`` is ``None`` where none was possible."""

    files: tuple[str, ...]
    looked_for: int | None
    """How many different real values."""
    real_rows: int = 0
    private: bool = False
    """Whether the numbers of real values and rows may not leave."""
    findings: tuple[LeakFinding, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """The JSON form: counts and places, no value."""
        return {
            "schema": LEAK_CHECK_SCHEMA,
            "rules": LINTER_RULES,
            "checked": self.looked_for is not None,
            "note": self._note,
            "files": list(self.files),
            "real_values": None if self.private else self.looked_for,
            "real_rows": None if self.private else self.real_rows,
            "findings": [
                {"file": f.file, "place": f.place, "kind": f.kind, "count": f.count}
                for f in self.findings
            ],
        }

    @property
    def _note(self) -> str:
        if self.looked_for is None:
            return SOURCE_DELETED
        return UNCOUNTED if self.private else ""


def refusal(findings: Sequence[LeakFinding]) -> str:
    """Why a file may not leave, and what to do: one sentence for a person."""
    named = "; ".join(str(finding) for finding in findings[:_SHOWN])
    more = len(findings) - _SHOWN
    others = f"; and {more} more places" if more > 0 else ""
    return (
        f"Nothing was released, because the leak check found real values ({named}{others}): "
        "replace or drop the columns they come from, or draw the rows again with another seed, "
        "and ask for the pack again."
    )
