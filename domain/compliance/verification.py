"""Is an evidence pack as it was signed? Trusts nothing in the file it is given.

The check is that of ``verify.py``, which every pack brings along (``verifiers/program``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from domain.compliance.verifiers.program.broken import BrokenError
from domain.compliance.verifiers.program.pack import Findings, check
from domain.compliance.verifiers.program.zipped import Zip


@dataclass(frozen=True, slots=True, kw_only=True)
class PackCheck:
    """What checking a pack found."""

    first_break: str | None
    """The first thing wrong, in one sentence; ``None`` when the pack is as it was signed."""
    found: Findings | None = None
    """What an intact pack holds."""

    @property
    def intact(self) -> bool:
        return self.first_break is None

    @property
    def pack_id(self) -> str:
        """Which pack it is; empty for a broken one."""
        return self.found.pack_id if self.found else ""

    @property
    def public_key(self) -> bytes:
        """The key that signed it. Compare it with the key the sender published: a pack signed with
        another key is intact, but not theirs."""
        return self.found.public_key if self.found else b""


def verify_pack(stream: BinaryIO) -> PackCheck:
    """Check a seekable zip against its signed manifest.

    Finds changed, missing and added files, names that occur twice or point elsewhere, a changed
    manifest, bytes cut off, hidden or hung on, an audit log that is not the one that was signed,
    and statements about other files. Holds one chunk and one document of at most 16 MiB in memory,
    whatever the zip claims.
    """
    try:
        return PackCheck(first_break=None, found=check(Zip(stream)))
    except BrokenError as broken:
        return PackCheck(first_break=str(broken))
