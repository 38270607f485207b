"""The directory of a zip, in the one form in which packs have it (APPNOTE.TXT 6.3.10).

The format tells of a file in up to three places, and programs differ in which they believe: so each
place must say the same, and nothing else may stand anywhere.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from domain.compliance.verifiers.program.broken import BrokenError

MAX_FILES = 10_000
MAX_DIRECTORY = 16 << 20
LARGE = 0xFFFFFFFF
"""Stands for a number of 64 bits, told elsewhere."""
WIDE_FROM = 1 << 31
"""From here on the standard library tells numbers in 64 bits, others from 2^32 - 1 on."""

NO_ZIP = "This is not a zip file, or it was cut off."
ODD_END = "The end of the zip does not fit its directory: do not unpack it."

ENTRY = struct.Struct("<4s2H8s3L5H2L")
LOCAL = struct.Struct("<4s2s8s3L2H")
LARGE_END = struct.Struct("<4sQ4s2L4Q4sLQL")
END = struct.Struct("<4s4H2LH")


@dataclass(frozen=True)
class Entry:
    """What the directory says of a file."""

    raw_name: bytes
    same: bytes
    """Flags, method, time and date, as they stand before the file's bytes too."""
    crc: int
    packed: int
    size: int
    """Bytes, packed and unpacked."""
    header: int
    """Where in the zip its local header begins."""
    attributes: int
    disk: int
    more: bool
    """Whether it has a comment, or a field that packs do not need."""

    @property
    def name(self) -> str:
        return self.raw_name.decode("utf-8", "replace")

    @property
    def flags(self) -> int:
        return int.from_bytes(self.same[:2], "little")

    @property
    def method(self) -> int:
        return int.from_bytes(self.same[2:4], "little")

    @property
    def described(self) -> bool:
        """Whether its sizes stand behind its bytes instead of before them."""
        return bool(self.flags & 8)


def read_at(stream: BinaryIO, at: int, size: int) -> bytes:
    """Up to ``size`` bytes from a place on."""
    stream.seek(at)
    return stream.read(size)


def read_directory(stream: BinaryIO) -> tuple[list[Entry], int]:
    """What it says of every file, and where it begins."""
    count, length, start = read_end(stream)
    if count > MAX_FILES:
        raise BrokenError(f"The zip has more than {MAX_FILES:,} files: this is no pack.")
    if length > MAX_DIRECTORY:
        raise BrokenError(ODD_END)
    entries = list(entries_of(read_at(stream, start, length)))
    if len(entries) != count:
        raise BrokenError(ODD_END)
    return entries, start


def read_end(stream: BinaryIO) -> tuple[int, int, int]:
    """How many files the directory names, how long it is, and where it begins."""
    size = stream.seek(0, io.SEEK_END)
    tail = read_at(stream, max(0, size - 65_557), 65_557)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < END.size:
        raise BrokenError(NO_ZIP)
    if at != len(tail) - END.size or tail[-2:] != b"\0\0":
        raise BrokenError("Bytes were added after the end of the zip.")
    *_, count, length, start, _ = END.unpack(tail[at:])
    end, versions = tail[at:], b""
    if tail[max(0, at - 20) : at].startswith(b"PK\6\7") and at >= LARGE_END.size:
        end = tail[at - LARGE_END.size :]
        _, _, versions, _, _, _, count, length, start, *_ = LARGE_END.unpack_from(end)
    if end != end_of(count, length, start, versions) or start + length + len(end) != size:
        raise BrokenError(ODD_END)
    return count, length, start


def end_of(count: int, length: int, start: int, versions: bytes) -> bytes | None:
    """What has to stand behind such a directory, with ``versions`` in 64 bits before 32; ``None``
    where 64 bits are not needed."""
    small = (count, min(length, LARGE), min(start, LARGE))
    if count > 0xFFFF or (versions and max(length, start) < WIDE_FROM):
        return None
    last = END.pack(b"PK\5\6", 0, 0, count, *small, 0)
    if not versions:
        return last
    where = start + length
    wide = (b"PK\6\6", 44, versions, 0, 0, count, count, length, start, b"PK\6\7", 0, where, 1)
    return LARGE_END.pack(*wide) + last if where < 1 << 64 else None


def entries_of(directory: bytes) -> Iterator[Entry]:
    """Entry after entry, up to the end of the directory."""
    at = 0
    while at < len(directory):
        if len(directory) - at < ENTRY.size or directory[at : at + 4] != b"PK\1\2":
            raise BrokenError(ODD_END)
        told = ENTRY.unpack_from(directory, at)
        _, _, _, same, crc, packed, size, name, extra, comment, disk, _, attributes, header = told
        at += ENTRY.size
        field = directory[at + name : at + name + extra]
        wide = widened([size, packed, header], field)
        size, packed, header = wide or (size, packed, header)
        more = wide is None or comment > 0
        raw = directory[at : at + name]
        yield Entry(raw, same, crc, packed, size, header, attributes, disk, more)
        at += name + extra + comment
    if at > len(directory):
        raise BrokenError(ODD_END)


def widened(numbers: list[int], extra: bytes) -> list[int] | None:
    """The numbers, from the 64-bit field for those that 32 bits do not hold; ``None`` where there
    is any other field, or none of them needs it."""
    wide = numbers.count(LARGE)
    if not wide:
        return None if extra else numbers
    if extra[:4] != struct.pack("<HH", 1, 8 * wide) or len(extra) != 4 + 8 * wide:
        return None
    found = struct.unpack(f"<{wide}Q", extra[4:])
    left = iter(found)
    return [next(left) if n == LARGE else n for n in numbers] if max(found) >= WIDE_FROM else None


def local_headers(entry: Entry, version: bytes) -> Iterator[bytes]:
    """All that may stand before the bytes of a file: what the directory says, in 32 or 64 bits, or
    zeros where a descriptor follows. The ``version`` that it takes to read them may be another: it
    depends on whether there are 64 bits in the same place."""
    told = (0, 0, 0) if entry.described else (entry.crc, entry.packed, entry.size)
    crc, packed, size = told
    wide = struct.pack("<HHQQ", 1, 16, size, packed)
    yield local_header(entry, version, (crc, LARGE, LARGE), wide)
    if max(entry.packed, entry.size) < LARGE:
        yield local_header(entry, version, told, b"")
    if entry.described:
        yield local_header(entry, version, told, wide)  # the standard library before Python 3.11.4


def local_header(entry: Entry, version: bytes, told: tuple[int, int, int], extra: bytes) -> bytes:
    """One of them, with its CRC, its sizes, and the field of 64 bits or none."""
    lengths = (len(entry.raw_name), len(extra))
    head = LOCAL.pack(b"PK\3\4", version, entry.same, *told, *lengths)
    return head + entry.raw_name + extra


def descriptor(entry: Entry, *, wide: bool) -> bytes:
    """What stands behind the bytes of a file whose sizes do not stand before them."""
    form = "<4sL2Q" if wide else "<4s3L"
    return struct.pack(form, b"PK\7\x08", entry.crc, entry.packed, entry.size)
