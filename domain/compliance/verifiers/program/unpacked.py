"""An unpacked pack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from domain.compliance.verifiers.program.broken import BrokenError, shown
from domain.compliance.verifiers.program.directory import MAX_FILES
from domain.compliance.verifiers.program.zipped import CHUNK


class Folder:
    """An unpacked pack."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.names: list[str] = []
        folders = [root]
        while folders:
            for found in sorted(os.scandir(folders.pop()), key=lambda f: f.name):
                self._add(found, folders)
            if len(self.names) > MAX_FILES:
                raise BrokenError(f"The folder has more than {MAX_FILES:,} files: this is no pack.")

    def _add(self, found: os.DirEntry[str], folders: list[Path]) -> None:
        name = Path(found.path).relative_to(self._root).as_posix()
        if found.is_dir(follow_symlinks=False):
            folders.append(Path(found.path))
        elif not found.is_file(follow_symlinks=False):
            raise BrokenError(f"“{shown(name)}” is a link or a device, which packs never hold.")
        else:
            self.names.append(name)

    def size(self, name: str) -> int:
        return (self._root / name).stat().st_size

    def chunks(self, name: str) -> Iterator[bytes]:
        with (self._root / name).open("rb") as source:
            while chunk := source.read(CHUNK):
                yield chunk
