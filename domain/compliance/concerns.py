"""What the first page says against a pack: settings, acts and blanks that no gate looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.compliance.controls.exhibit import State
from domain.compliance.controls.instance import INSTANCE_FILE
from domain.compliance.controls.pack_documents import AUDIT
from domain.compliance.summary_wording import bounded, counted

_LONGEST = 130
"""Characters of findings: room for TLS, a second factor and shared accounts together."""


def concerns(
    mapping: Mapping[str, Any] | None, legal: Mapping[str, Any] | None, *, contact: str
) -> str:
    """In sentences; empty where there is nothing to say."""
    findings = bounded(" ".join(_findings(mapping)), _LONGEST) if mapping else ""
    return " ".join((findings, *_left_open(legal, contact))).strip()


def _findings(mapping: Mapping[str, Any]) -> Iterator[str]:
    """About the instance, then about who acted. Those about columns, measurements and proofs have
    gates."""
    for file in (INSTANCE_FILE, AUDIT):
        for evidence in mapping["evidence"]:
            if evidence["state"] == State.FAILED and evidence["file"] == file:
                yield evidence["says"]


def _left_open(legal: Mapping[str, Any] | None, contact: str) -> Iterator[str]:
    if not contact:
        yield "Nobody is named as contact."
    blanks = sum(paper["blanks"] for paper in legal["papers"]) if legal else 0
    if blanks:
        places = counted(blanks, "place")
        yield f"The legal papers leave {places} for people to fill, in [brackets]."
