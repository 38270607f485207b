"""What an earlier audit found, from a file."""

from __future__ import annotations

from pathlib import Path

from domain.evaluation.privacy_audit import MOST_BYTES, PrivacyAudit
from domain.kernel import BadInput


def read_audit(path: Path) -> PrivacyAudit:
    """The result of an earlier audit; refuses any other file."""
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"{path} is too long for the document of an audit.")
    return PrivacyAudit.of_text(path.read_bytes())
