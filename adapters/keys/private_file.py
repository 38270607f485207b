"""A secret file that only its owner can read, made once even when two processes start together."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from domain.kernel import StudioError


def read_or_create(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of ``path``; when it is missing, ``make()`` fills it and the first writer wins."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = _written_beside(path, make())
        try:
            os.link(new, path)
        except FileExistsError:
            pass  # another process was quicker: its secret is the one
        finally:
            new.unlink()
    return read_private(path)


def read_private(path: Path) -> bytes:
    """The bytes of ``path``; a :class:`StudioError` when others could read them too."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise StudioError(
            f"The secret file {path} can be read by other users of this machine; "
            f"run “chmod 600 {path}” and start again."
        )
    return path.read_bytes()


def replace_private(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of ``path``: a reader sees the old bytes or the new, never half."""
    _written_beside(path, data).replace(path)


def _written_beside(path: Path, data: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return beside
