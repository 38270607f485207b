"""Zips that no ordinary program writes: laid out by hand, each odd in one way."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

UTF8, DESCRIBED = 0x800, 0x8
LARGE = 0xFFFFFFFF
REGULAR = 0o100644 << 16


@dataclass(frozen=True)
class Told:
    """What is told of a file before its bytes (``local``) and in the directory: the same, but for
    what differs on purpose."""

    name: bytes
    data: bytes
    flags: int = 0
    method: int = 8
    extra: bytes = b""
    comment: bytes = b""
    version: int = 20
    disk: int = 0
    attributes: int = REGULAR
    sizes: tuple[int, int, int] | None = None
    """CRC, packed and unpacked size, where they are not those of the bytes."""
    local: Mapping[str, Any] = field(default_factory=dict)
    """Members that the header before the bytes tells otherwise."""
    descriptor: bytes | None = None
    """What stands behind the bytes; ``None``: what belongs there."""

    @property
    def packed(self) -> bytes:
        if self.method != 8:
            return self.data
        pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        return pack.compress(self.data) + pack.flush()

    @property
    def told_sizes(self) -> tuple[int, int, int]:
        return self.sizes or (zlib.crc32(self.data), len(self.packed), len(self.data))

    def before(self) -> bytes:
        """The local header, the bytes, the descriptor."""
        described = self.flags & DESCRIBED
        told = replace(self, sizes=(0, 0, 0)) if described else self
        other = replace(told, **self.local)
        head = struct.pack(
            "<4s5H3L2H",
            *(b"PK\3\4", other.version, other.flags, other.method, 0, 33, *other.told_sizes),
            *(len(other.name), len(other.extra)),
        )
        behind = self.descriptor
        if behind is None:
            behind = struct.pack("<4s3L", b"PK\7\x08", *self.told_sizes) if described else b""
        return head + other.name + other.extra + self.packed + behind

    def in_directory(self, offset: int) -> bytes:
        head = struct.pack(
            "<4s6H3L5H2L",
            *(
                b"PK\1\2",
                20 | 3 << 8,
                self.version,
                self.flags,
                self.method,
                0,
                33,
                *self.told_sizes,
            ),
            *(len(self.name), len(self.extra), len(self.comment), self.disk, 0),
            *(self.attributes, offset),
        )
        return head + self.name + self.extra + self.comment


def contents(pack: bytes) -> dict[str, bytes]:
    """What the standard library finds in a zip."""
    with zipfile.ZipFile(io.BytesIO(pack)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def told(files: Mapping[str, bytes], **odd: Mapping[str, Any]) -> list[Told]:
    """Every file as it is, but for what is ``odd`` about some."""
    plain = {name: Told(name.encode(), data, flags=UTF8) for name, data in files.items()}
    return [replace(file, **odd.get(name, {})) for name, file in plain.items()]


def laid_out(files: Iterable[Told], *, before: bytes = b"", shift: int = 0) -> bytes:
    """A zip, after bytes that the offsets count along; ``shift`` is what every offset is off by."""
    out, directory = before, b""
    for file in files:
        directory += file.in_directory(len(out) + shift)
        out += file.before()
    count = directory.count(b"PK\1\2")
    return out + directory + end(count, len(directory), len(out) + shift)


def end(count: int, size: int, start: int, *, here: int | None = None, disk: int = 0) -> bytes:
    """The end of a zip, after whose directory nothing else stands."""
    here = count if here is None else here
    return struct.pack("<4s4H2LH", b"PK\5\6", disk, disk, here, count, size, start, 0)


def large_end(count: int, size: int, start: int) -> bytes:
    """The same in 64 bits, and where it stands, for in front of :func:`end`."""
    head = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
    return head + struct.pack("<4sLQL", b"PK\6\7", 0, start + size, 1)


def parted(pack: bytes) -> tuple[bytes, bytes, tuple[int, int, int]]:
    """Files, directory, and what the end says: count, size, start."""
    count, size, start = struct.unpack("<HLL", pack[-12:-2])
    return pack[:start], pack[start:-22], (count, size, start)


def another_end(pack: bytes, **odd: int) -> bytes:
    """A zip whose end says something else."""
    files, directory, (count, size, start) = parted(pack)
    return files + directory + end(**{"count": count, "size": size, "start": start, **odd})


def two_directories(files: Mapping[str, bytes], forged: Mapping[str, bytes]) -> bytes:
    """A zip whose end points at a second directory, in the comment of the last entry of the first;
    the second names forged files, which hide in an extra field.

    Readers that count from the end find the first directory, and take what its offsets are off by
    for bytes before the zip; readers that go where the end points find the second.
    """
    hidden = {n: Told(n.encode(), d, flags=UTF8).before() for n, d in forged.items()}
    whole = told(files)
    extra = b"".join(hidden.values())
    extra = struct.pack("<HH", 0xCAFE, len(extra)) + extra
    whole[0] = replace(whole[0], local={"extra": extra})
    places, at = {}, 30 + len(whole[0].name) + 4
    for name, data in hidden.items():
        places[name], at = at, at + len(data)
    out, starts, second = b"", [], b""
    for file in whole:
        name = file.name.decode()
        starts.append(len(out))
        second += replace(file, data=forged.get(name, file.data)).in_directory(
            places.get(name, len(out))
        )
        out += file.before()
    last = replace(whole[-1], comment=second)
    shift = sum(len(f.in_directory(0)) for f in (*whole[:-1], last)) - len(second)
    entries = zip((*whole[:-1], last), starts, strict=True)
    first = b"".join(file.in_directory(start + shift) for file, start in entries)
    return out + first + end(len(whole), len(first), len(out) + shift)


def unicode_path(name: bytes, other: bytes) -> bytes:
    """Info-ZIP's field 0x7075: a file's other name, which some readers take."""
    said = struct.pack("<BL", 1, zlib.crc32(name)) + other
    return struct.pack("<HH", 0x7075, len(said)) + said


def larger_than_32_bits(path: Path) -> Path:
    """A zip of 5 GiB of zeros, which the disk does not hold, and a file behind them."""
    size = 5 << 30
    zeros = Told(b"zeros.bin", b"", method=0, sizes=(0, LARGE, LARGE))
    head = replace(zeros, extra=struct.pack("<HHQQ", 1, 16, size, size)).before()
    after = Told(b"after.csv", b"age\n41\n")
    with path.open("wb") as out:
        out.write(head)
        out.seek(size, io.SEEK_CUR)
        second = out.tell()
        out.write(after.before())
        start = out.tell()
        directory = replace(zeros, extra=head[-20:]).in_directory(0)
        offset = struct.pack("<HHQ", 1, 8, second)
        directory += replace(after, extra=offset, version=45).in_directory(LARGE)
        out.write(directory + large_end(2, len(directory), start))
        out.write(end(2, len(directory), LARGE))
    return path
