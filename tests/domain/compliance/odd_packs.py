"""Packs whose zip two readers would read in two ways, or that hide something from some of them."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from tests.domain.compliance.odd_zips import (
    DESCRIBED,
    LARGE,
    UTF8,
    Told,
    another_end,
    contents,
    end,
    laid_out,
    large_end,
    parted,
    told,
    two_directories,
    unicode_path,
)


def with_readme(pack: bytes, **oddity: Any) -> bytes:
    """The pack laid out by hand, with something odd about its first file."""
    return laid_out(told(contents(pack), **{"README.md": oddity}))


def with_end(pack: bytes, *, hidden: bytes = b"", **oddity: int) -> bytes:
    """The pack with another end, or with bytes between its directory and its end."""
    files, directory, _ = parted(pack)
    changed = another_end(pack, **oddity)
    return files + directory + hidden + changed[-22:]


def with_two_directories(pack: bytes) -> bytes:
    """The pack, and other rows for those who read another directory."""
    files = contents(pack)
    rows = next(name for name in files if name.endswith(".csv"))
    return two_directories(files, {rows: b"age,city\n" + b"99,Rom\n" * 500})


def without_the_last_in_the_count(pack: bytes) -> bytes:
    """An end that counts one file less than the directory names."""
    count = len(contents(pack)) - 1
    return another_end(pack, count=count)


def with_large_end(pack: bytes, *, off: int = 0) -> bytes:
    """An end in 64 bits, which a small pack does not need."""
    files, directory, (count, size, start) = parted(pack)
    return files + directory + large_end(count, size, start + off) + end(count, size, start)


README = b"# Evidence pack\n"
WIDE = struct.pack("<HHQQ", 1, 16, len(README), len(Told(b"", README).packed))
TWO_THINGS = "The zip says two things of the file “README.md”: do not unpack it."
MORE = "The zip says more of the file “README.md” than packs do: do not unpack it."
ODD_END = "The end of the zip does not fit its directory: do not unpack it."
ODDLY_PACKED = "The file “README.md” is packed in a way that packs do not use."

ODD_PACKS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "two directories": (with_two_directories, ODD_END),
    "a directory that begins elsewhere": (
        lambda pack: another_end(pack, start=parted(pack)[2][2] + 1),
        ODD_END,
    ),
    "a directory of another size": (
        lambda pack: another_end(pack, size=parted(pack)[2][1] - 1),
        ODD_END,
    ),
    "put before": (lambda pack: b"#!/bin/sh\n" + pack, ODD_END),
    "put before, and counted along": (
        lambda pack: laid_out(told(contents(pack)), before=b"#!/bin/sh\n"),
        "Bytes were added before the first file of the zip.",
    ),
    "put before the end": (lambda pack: with_end(pack, hidden=b"#!/bin/sh\n"), ODD_END),
    "a file less in the count": (without_the_last_in_the_count, ODD_END),
    "a file less on this disk": (lambda pack: with_end(pack, here=1), ODD_END),
    "another disk": (lambda pack: with_end(pack, disk=1), ODD_END),
    "an end in 64 bits": (with_large_end, ODD_END),
    "an end in 64 bits about another directory": (
        lambda pack: with_large_end(pack, off=1),
        ODD_END,
    ),
    "a comment": (
        lambda pack: pack[:-2] + b"\4\0more",
        "Bytes were added after the end of the zip.",
    ),
    "a comment of a file": (lambda pack: with_readme(pack, comment=b"reviewed"), MORE),
    "another name in a field of both": (
        lambda pack: with_readme(pack, extra=unicode_path(b"README.md", b"terms.md")),
        MORE,
    ),
    "another name in a field of the directory": (
        lambda pack: with_readme(
            pack, extra=unicode_path(b"README.md", b"terms.md"), local={"extra": b""}
        ),
        MORE,
    ),
    "another name in a field before the file": (
        lambda pack: with_readme(pack, local={"extra": unicode_path(b"README.md", b"terms.md")}),
        TWO_THINGS,
    ),
    "sizes in 64 bits": (
        lambda pack: with_readme(pack, extra=WIDE, sizes=(0, LARGE, LARGE), local={"extra": b""}),
        MORE,
    ),
    "half a field": (lambda pack: with_readme(pack, extra=b"\1\0\x10"), MORE),
    "two names": (lambda pack: with_readme(pack, local={"name": b"REVIEW.md"}), TWO_THINGS),
    "two ways of packing": (lambda pack: with_readme(pack, local={"method": 0}), TWO_THINGS),
    "two sets of flags": (lambda pack: with_readme(pack, local={"flags": 0}), TWO_THINGS),
    "two sizes": (lambda pack: with_readme(pack, local={"sizes": (0, 3, 3)}), TWO_THINGS),
    "two sizes, one in 64 bits": (
        lambda pack: with_readme(pack, local={"sizes": (0, LARGE, LARGE), "extra": WIDE}),
        TWO_THINGS,
    ),
    "two checksums": (
        lambda pack: with_readme(
            pack, local={"sizes": (1, len(Told(b"", README).packed), len(README))}
        ),
        TWO_THINGS,
    ),
    "a descriptor of other sizes": (
        lambda pack: with_readme(
            pack, flags=UTF8 | DESCRIBED, descriptor=struct.pack("<4s3L", b"PK\7\x08", 1, 2, 3)
        ),
        TWO_THINGS,
    ),
    "no descriptor": (
        lambda pack: with_readme(pack, flags=UTF8 | DESCRIBED, descriptor=b""),
        TWO_THINGS,
    ),
    "sizes before a descriptor": (
        lambda pack: with_readme(pack, flags=UTF8 | DESCRIBED, local={"sizes": (0, 3, 3)}),
        TWO_THINGS,
    ),
    "a descriptor of what is not packed": (
        lambda pack: with_readme(pack, flags=UTF8 | DESCRIBED, method=0),
        ODDLY_PACKED,
    ),
    "a patch": (lambda pack: with_readme(pack, flags=UTF8 | 0x20), ODDLY_PACKED),
    "a file on another disk": (lambda pack: with_readme(pack, disk=1), ODDLY_PACKED),
    "a folder that is a file": (
        lambda pack: with_readme(pack, attributes=0x10),
        "“README.md” is no plain file: do not unpack this zip.",
    ),
    "letters in no known alphabet": (
        lambda pack: laid_out([*told(contents(pack)), Told("Ü.csv".encode(), b"")]),
        "The file name “Ü.csv” is unsafe: do not unpack this zip.",
    ),
    "letters in another alphabet": (
        lambda pack: laid_out(
            [*told(contents(pack)), Told("Ü.csv".encode("cp437"), b"", flags=UTF8)]
        ),
        "The file name “�.csv” is unsafe: do not unpack this zip.",
    ),
}
"""How each is made of a whole pack, and what is said of it."""
