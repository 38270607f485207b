"""Text files as bytes: which encoding they are in, and whether they are text at all."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import from_bytes

from domain.kernel import BadInput

_CHUNK = 1 << 20
_HEAD = 1 << 18
_TAIL = 1 << 16
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes([*range(9), *range(14, 27), *range(28, 32)])
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH = re.compile(rb"[\x80-\xff]")
_WESTERN = frozenset(
    "àâäáãåæçéèêëíìîïñóòôöõøœúùûüßÀÂÄÁÃÅÆÇÉÈÊËÍÌÎÏÑÓÒÔÖÕØŒÚÙÛÜ€£°§²³µ«»“”‘’‚„–—…·¡¿ªº®©½\xa0"
)
_ENOUGH_TO_GUESS = 32
"""Bytes beyond ASCII; with fewer, a guess among the code pages of the world is a coin toss."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a first pass over a text file found."""

    encoding: str
    """Python's name of it; a byte order mark, if any, is left to the decoder."""
    head: str
    """The first 256 KiB or so."""
    tail: str
    """The last 64 KiB or so, from the start of a line on (all of a smaller file)."""
    odd_quotes: bool
    """The file has an odd number of double quotes: one may not be closed."""
    notes: tuple[str, ...]


@dataclass(slots=True)
class _Seen:
    """Counts of one pass over the bytes."""

    size: int = 0
    quotes: int = 0
    lines: int = 0
    head: bytes = b""
    tail: bytes = b""
    nul_line: int | None = None
    invalid_line: int | None = None
    invalid_window: bytes = b""


def scan_text(where: str, stream: BinaryIO) -> Text:
    """Read the whole of ``stream`` once, in bounded memory, and say how to decode it.

    Raises :class:`BadInput` for an empty file, bytes that are no text, and an encoding that
    cannot be told. Leaves the stream at its end.
    """
    stream.seek(0)
    seen = _pass_over(stream)
    if not seen.head.strip(b" \t\r\n\xef\xbb\xbf"):
        raise BadInput(f"{where} is empty; choose a file with a header and rows.")
    encoding, notes = _encoding(where, stream, seen)
    return Text(
        encoding=encoding,
        head=seen.head.decode(encoding, errors="ignore").lstrip("\ufeff"),
        tail=_decoded_tail(seen, encoding),
        odd_quotes=seen.quotes % 2 == 1,
        notes=notes,
    )


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes from here to the end, a MiB at a time."""
    while chunk := stream.read(_CHUNK):
        yield chunk


def _pass_over(stream: BinaryIO) -> _Seen:
    seen = _Seen()
    decoder = codecs.getincrementaldecoder("utf-8")()
    for chunk in chunks(stream):
        if len(seen.head) < _HEAD:
            seen.head += chunk[: _HEAD - len(seen.head)]
        if seen.nul_line is None and (at := chunk.find(b"\0")) >= 0:
            seen.nul_line = seen.lines + chunk.count(b"\n", 0, at) + 1
        if seen.invalid_line is None:
            _decode(decoder, chunk, seen)
        seen.tail = (seen.tail + chunk)[-_TAIL:]
        seen.lines += chunk.count(b"\n")
        seen.quotes += chunk.count(b'"')
        seen.size += len(chunk)
    if seen.invalid_line is None:
        _decode(decoder, b"", seen, final=True)
    return seen


def _decode(
    decoder: codecs.IncrementalDecoder, chunk: bytes, seen: _Seen, *, final: bool = False
) -> None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        held = error.object  # bytes kept from the chunk before, then this chunk
        at = error.start
        seen.invalid_line = seen.lines + held.count(b"\n", 0, at) + 1
        seen.invalid_window = held[max(0, at - _TAIL) : at + _TAIL]


def _encoding(where: str, stream: BinaryIO, seen: _Seen) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _BOMS:
        if seen.head.startswith(mark) and encoding != "utf-8":
            _require_decodable(where, stream, encoding)
            return encoding, (f"The file is {encoding.upper()}, told by its byte order mark.",)
    _refuse_binary(where, seen)
    if seen.invalid_line is None:
        return "utf-8", ()
    return _legacy_encoding(where, stream, seen)


def _refuse_binary(where: str, seen: _Seen) -> None:
    if wide := _wide_encoding(seen.head):
        raise BadInput(f"{where} seems to be {wide} without its byte order mark; save it as UTF-8.")
    controls = len(seen.head) - len(seen.head.translate(None, _CONTROLS))
    if controls > 0.01 * len(seen.head) and controls > 1:
        raise BadInput(f"{where} is not text but binary data; export it as CSV, Excel or Parquet.")
    if seen.nul_line is not None:
        raise BadInput(
            f"{where} has a NUL byte in line {seen.nul_line}, which no text file should have; "
            "export it again."
        )


def _wide_encoding(head: bytes) -> str | None:
    """The family of encodings of two or four bytes a letter that the bytes look like, if any."""
    if b"\0" not in head:
        return None
    for family in ("UTF-32", "UTF-16"):
        if any(_reads_as_text(head, f"{family}-{order}") for order in ("LE", "BE")):
            return family
    return "UTF-16" if 0.3 < head.count(0) / len(head) < 0.6 else None


def _reads_as_text(head: bytes, encoding: str) -> bool:
    """Whether decoding gives lines of printable letters, some of them ASCII as separators are."""
    text = head.decode(encoding, errors="replace")
    printable = sum((c.isprintable() and c != "\ufffd") or c in "\t\r\n\ufeff" for c in text)
    ascii_signs = sum(c.isascii() for c in text)
    lines = "\n" in text or "\r" in text
    return lines and printable >= 0.9 * len(text) and ascii_signs >= 0.1 * len(text)


def _legacy_encoding(where: str, stream: BinaryIO, seen: _Seen) -> tuple[str, tuple[str, ...]]:
    window = seen.invalid_window
    sequences = b"".join(_SEQUENCE.findall(window))
    if 2 * len(sequences) >= len(_HIGH.findall(window)):
        raise BadInput(
            f"{where} is UTF-8 but breaks off into other bytes in line {seen.invalid_line}; "
            "save it again as UTF-8."
        )
    for encoding in _candidates(window):
        if _decodable(stream, encoding):
            return encoding, (f"The file is not UTF-8; it was read as {encoding}.",)
    raise BadInput(
        f"The encoding of {where} cannot be told (line {seen.invalid_line} is not UTF-8); "
        "save it as UTF-8."
    )


def _candidates(window: bytes) -> list[str]:
    """Encodings worth a try, likeliest first; none when the bytes look like no language."""
    if _plausibly_western(window):
        return ["cp1252", "latin_1"]
    if len(_HIGH.findall(window)) < _ENOUGH_TO_GUESS:
        return []
    best = from_bytes(window).best()
    return [best.encoding] if best is not None else []


def _plausibly_western(window: bytes) -> bool:
    """Whether most bytes beyond ASCII are letters or signs that Western texts use."""
    high = b"".join(_HIGH.findall(window)).decode("cp1252", errors="replace")
    return sum(c in _WESTERN for c in high) >= 0.8 * len(high)


def _decodable(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for chunk in chunks(stream):
            decoder.decode(chunk)
        decoder.decode(b"", True)
    except UnicodeError:
        return False
    return True


def _require_decodable(where: str, stream: BinaryIO, encoding: str) -> None:
    if not _decodable(stream, encoding):
        raise BadInput(
            f"{where} starts like {encoding.upper()} but is not; save it again as UTF-8."
        )


def _decoded_tail(seen: _Seen, encoding: str) -> str:
    tail = seen.tail
    if encoding in ("utf-16", "utf-32"):
        return seen.head.decode(encoding, errors="ignore") if seen.size <= _HEAD else ""
    if seen.size > len(tail):
        tail = tail[tail.find(b"\n") + 1 :]
    return tail.decode(encoding, errors="ignore").lstrip("\ufeff")
