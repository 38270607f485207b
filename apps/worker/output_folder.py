"""A folder that appears whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from domain.kernel import BadInput


def check_free(target: Path, *, force: bool) -> None:
    """Refuse a target that would overwrite something, unless forced."""
    if target.exists() and not target.is_dir():
        raise BadInput(f"{target} is a file; choose a folder for --out.")
    if target.is_dir() and any(target.iterdir()) and not force:
        raise BadInput(f"{target} is not empty; choose another folder or add --force.")


@contextmanager
def whole_folder(target: Path, *, force: bool) -> Iterator[Path]:
    """Yield a temporary sibling that becomes ``target`` when the block succeeds."""
    check_free(target, force=force)
    made = _make_parents(target.parent)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        yield temporary
        _put_in_place(temporary, target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        for folder in made:
            folder.rmdir()
        raise


def _make_parents(folder: Path) -> list[Path]:
    """Create missing parents; returns those created, innermost first."""
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _put_in_place(temporary: Path, target: Path) -> None:
    temporary.chmod(0o755)
    if not target.exists():
        temporary.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    target.rename(old / "was")
    temporary.rename(target)
    shutil.rmtree(old)
