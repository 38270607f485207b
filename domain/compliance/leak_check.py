"""The record of the last look at a pack before it is sealed: what was looked for, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.compliance.leak_finding import LINTER_RULES, LeakFinding

LEAK_CHECK_SCHEMA = 1

SOURCE_DELETED = (
    "Not checked: the real rows were deleted before the pack was built, so there was nothing left "
    "to compare with."
)
PAPERS_ALONE = (
    "Papers alone were searched for real values: in a private run what real rows hold must not "
    "decide which synthetic rows leave. How many real values and rows there are is not told, since "
    "nobody paid for it. That this file could be sealed is not covered by ε either."
)
ROWS_ALONE = (
    "There was no value to look for: no column is treated as identifying, and no value is so "
    "telling that chance would not repeat it. Only copies of whole real rows, more than chance "
    "explains, were looked for."
)
NOTHING_TO_FIND = (
    "There was nothing to look for: no column is treated as identifying, no value is so telling "
    "that chance would not repeat it, and rows of so few columns repeat by chance."
)
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakCheck:
    """What a check found in which files; ``looked_for`` is ``None`` where none was possible."""

    files: tuple[str, ...]
    looked_for: int | None
    """How many different real values."""
    real_rows: int = 0
    """How many rows, of tables wide enough that a copy tells of its row."""
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
        if self.private:
            return PAPERS_ALONE
        if self.looked_for:
            return ""
        return ROWS_ALONE if self.real_rows else NOTHING_TO_FIND


def refusal(findings: Sequence[LeakFinding], *, private: bool = False) -> str:
    """Why a file may not leave, and what to do: one sentence for a person.

    Of a private run it tells no number, and nobody is sent to draw other rows: rows that were
    chosen by what real ones hold would be a release that ε does not cover.
    """
    named = "; ".join(_place(f) if private else str(f) for f in findings[:_SHOWN])
    more = len(findings) - _SHOWN
    others = f"; and {'' if private else f'{more} '}more places" if more > 0 else ""
    again = "" if private else ", or draw the rows again with another seed,"
    return (
        f"Nothing was released, because the leak check found real values ({named}{others}): "
        f"replace or drop the columns they come from{again} and ask for the pack again."
    )


def _place(finding: LeakFinding) -> str:
    return f"{finding.file}, {finding.place}"
