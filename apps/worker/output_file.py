"""A file that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from domain.kernel import BadInput


def check_new(out: Path, *, force: bool) -> None:
    """Refuse a file that would overwrite something, unless forced, or that has no folder."""
    if out.is_dir():
        raise BadInput(f"{out} is a folder; name the file in it for --out.")
    if out.exists() and not force:
        raise BadInput(f"{out} is there already; choose another name or add --force.")
    if not out.parent.is_dir():
        raise BadInput(f"There is no folder {out.parent}; make it first.")


def write_whole(stream: BinaryIO, out: Path) -> None:
    """Copy ``stream`` to ``out``, for its owner only, and close it."""
    descriptor, name = tempfile.mkstemp(prefix=f".{out.name}-", dir=out.parent)
    try:
        with stream, os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
