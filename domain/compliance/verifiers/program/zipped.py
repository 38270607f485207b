"""A zipped pack: its frame, and the bytes of its files."""

from __future__ import annotations

import io
import stat
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from domain.compliance.verifiers.program.broken import BrokenError, shown
from domain.compliance.verifiers.program.directory import (
    LOCAL,
    Entry,
    descriptor,
    local_headers,
    read_at,
    read_directory,
)
from domain.compliance.verifiers.program.names import is_safe_name

CHUNK = 1 << 20
PLAUSIBLE_SIZE, PLAUSIBLE_RATIO = 1 << 30, 100
"""A pack may unpack to a gibibyte, or to a hundred times its own size: more is a bomb."""

STORED, DEFLATED = 0, 8
ENCRYPTED = 0x2041  # encrypted, strongly encrypted, masked
KNOWN_FLAGS = 0x80E  # how hard it was packed, a descriptor follows, the name is UTF-8
FOLDER = 0x10


class Zip:
    """A zipped pack. The standard library's reader is not used: it forgives."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._size = stream.seek(0, io.SEEK_END)
        entries, directory_at = read_directory(stream)
        check_entries(entries)
        self._check_frame(entries)
        self._starts = self._tiled(entries, directory_at)
        self._entries = {entry.name: entry for entry in entries}
        self.names = list(self._entries)

    def size(self, name: str) -> int:
        return self._entries[name].size

    def chunks(self, name: str) -> Iterator[bytes]:
        entry = self._entries[name]
        packed = self._packed(self._starts[name], entry.packed)
        return packed if entry.method == STORED else inflated(packed)

    def _packed(self, start: int, size: int) -> Iterator[bytes]:
        for done in range(0, size, CHUNK):
            yield read_at(self._stream, start + done, min(CHUNK, size - done))

    def _check_frame(self, entries: list[Entry]) -> None:
        if entries and min(e.header for e in entries) != 0:
            raise BrokenError("Bytes were added before the first file of the zip.")
        if sum(e.packed for e in entries) > self._size:
            raise BrokenError("Files of the zip overlap: do not unpack it.")
        if sum(e.size for e in entries) > max(PLAUSIBLE_SIZE, PLAUSIBLE_RATIO * self._size):
            raise BrokenError("The zip unpacks to implausibly much: do not unpack it.")

    def _tiled(self, entries: list[Entry], directory_at: int) -> dict[str, int]:
        """Where the bytes of each file begin. Files lie one after the other up to the directory,
        so no reader that ignores the directory finds a file that it does not name."""
        starts, at = {}, 0
        for entry in sorted(entries, key=lambda e: e.header):
            check_gap(entry.header - at)
            starts[entry.name], at = self._place(entry)
        check_gap(directory_at - at)
        return starts

    def _place(self, entry: Entry) -> tuple[int, int]:
        """Where a file's bytes begin, and where what is told of it ends."""
        widest = LOCAL.size + len(entry.raw_name) + 20
        found = read_at(self._stream, entry.header, widest)
        header = next(filter(found.startswith, local_headers(entry, found[4:6])), None)
        if header is None:
            raise two_things(entry)
        start = entry.header + len(header)
        end = start + entry.packed
        if not entry.described:
            return start, end
        behind = descriptor(entry, wide=len(header) == widest)
        if read_at(self._stream, end, len(behind)) != behind:
            raise two_things(entry)
        return start, end + len(behind)


def two_things(entry: Entry) -> BrokenError:
    """What is told around a file's bytes is not what the directory says."""
    name = shown(entry.name)
    return BrokenError(f"The zip says two things of the file “{name}”: do not unpack it.")


def check_entries(entries: Iterable[Entry]) -> None:
    """Every file is a plain one with a name of its own, packed as packs are."""
    seen: set[str] = set()
    for entry in entries:
        name = shown(entry.name)
        if not is_plain_name(entry):
            raise BrokenError(f"The file name “{name}” is unsafe: do not unpack this zip.")
        if entry.name.casefold() in seen:
            raise BrokenError(f"The file “{name}” occurs twice.")
        if not is_plain_file(entry):
            raise BrokenError(f"“{name}” is no plain file: do not unpack this zip.")
        if entry.flags & ENCRYPTED:
            raise BrokenError(f"The file “{name}” is encrypted, which files of packs never are.")
        if is_oddly_packed(entry):
            raise BrokenError(f"The file “{name}” is packed in a way that packs do not use.")
        if entry.more:
            raise BrokenError(
                f"The zip says more of the file “{name}” than packs do: do not unpack it."
            )
        seen.add(entry.name.casefold())


def is_plain_name(entry: Entry) -> bool:
    """Whether every reader finds the same name in the same bytes, and a safe one."""
    one_alphabet = entry.raw_name.isascii() or bool(entry.flags & 0x800)
    return one_alphabet and entry.name.encode() == entry.raw_name and is_safe_name(entry.name)


def is_plain_file(entry: Entry) -> bool:
    """Whether it is no link, device or folder to any system."""
    kind = stat.S_IFMT(entry.attributes >> 16)
    return kind in (0, stat.S_IFREG) and not entry.attributes & FOLDER


def is_oddly_packed(entry: Entry) -> bool:
    """Whether its bytes are not simply stored or deflated, with an end that every reader finds."""
    endless = entry.method == STORED and entry.described
    unknown = entry.method not in (STORED, DEFLATED) or entry.flags & ~KNOWN_FLAGS
    return bool(endless or unknown or entry.disk)


def check_gap(gap: int) -> None:
    """Between two files lies nothing."""
    if gap < 0:
        raise BrokenError("Files of the zip overlap: do not unpack it.")
    if gap > 0:
        raise BrokenError("Bytes lie hidden between the files of the zip: do not unpack it.")


def inflated(packed: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack raw DEFLATE in bounded steps; raises where it is cut off or more follows its end."""
    unpack = zlib.decompressobj(-zlib.MAX_WBITS)
    for chunk in packed:
        while chunk and not unpack.eof:
            yield unpack.decompress(chunk, CHUNK)
            chunk = unpack.unconsumed_tail or unpack.unused_data
        if chunk:
            raise ValueError
    while not unpack.eof:
        if not (rest := unpack.decompress(b"", CHUNK)):
            raise EOFError
        yield rest
