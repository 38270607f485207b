"""Uploads on their way in: encrypted chunk by chunk, never a plaintext file.

Django calls the handlers below while it parses a multipart body, for pages and API alike. The
body of an API request is parsed inside its view, where a refusal is simply raised. The body of a
page's form is parsed by the CSRF check, outside every view, so there the refusal waits on the
request until the view asks for what was :func:`received`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, cast

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest

from apps.actors import actor_of
from config.wiring import web
from domain.compliance.pack_templates_logo import LARGEST
from domain.kernel import BadInput, StudioError

SCHEMA_PART = "schema"
"""Name of the form part that holds a schema instead of rows."""
SCHEMA_LIMIT = 1_000_000
"""Bytes of a schema file, of a code book, or of a logo."""
CODE_BOOK_PART = "code_book_file"
"""Name of the form part that holds a code book."""
LOGO_PART = "logo"
"""Name of the form part that holds an organisation's logo."""
_DESCRIBING = {SCHEMA_PART: "schema file", CODE_BOOK_PART: "code book", LOGO_PART: "logo"}
"""Parts that hold no rows: they describe columns, or the organisation."""
_FORM_ALLOWANCE = SCHEMA_LIMIT + 100_000
"""Bytes that a request may have beside its files: schema, fields, boundaries."""
_CHUNK = 256 * 1024
_DRAINED = 1_000_000_000
"""A refused body up to this long is read to its end, so that the browser hears the answer."""


class Incoming(Protocol):
    """What ``receive_file`` hands out (see ``domain.usecases.receive_file``)."""

    name: str
    size: int

    def write(self, data: bytes) -> int: ...

    def abort(self) -> None: ...


class ReceivedFile(UploadedFile):  # type: ignore[type-arg]
    """A received file, encrypted and not kept yet: ``UploadDataset`` takes ``incoming``.

    Django closes it at the end of the request; unless it was kept by then, nothing of it stays.
    """

    def __init__(self, incoming: Incoming, content_type: str) -> None:
        super().__init__(
            file=None, name=incoming.name, content_type=content_type, size=incoming.size
        )
        self.incoming = incoming

    def close(self) -> None:
        """Forget the file unless it was kept."""
        self.incoming.abort()


class ReceivedSchema(SimpleUploadedFile):
    """A schema file, a code book or a logo: a few kilobytes without rows, so it stays in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The file parts of one request."""

    files: list[Any]
    """Incoming files, ready for ``UploadDataset``."""
    schema: bytes | None
    code_book: bytes | None = None
    logo: bytes | None = None


def received(request: HttpRequest) -> Received:
    """What the request brought; raises the refusal met while it came in."""
    parts = [part for _, found in request.FILES.lists() for part in found]
    refusal = getattr(request, "upload_refusal", None)
    if refusal is not None:
        raise refusal
    return Received(
        files=[part.incoming for part in parts if isinstance(part, ReceivedFile)],
        schema=_described(request, SCHEMA_PART),
        code_book=_described(request, CODE_BOOK_PART),
        logo=_described(request, LOGO_PART),
    )


def _described(request: HttpRequest, name: str) -> bytes | None:
    """The bytes of a part that holds no rows; ``None`` where it did not come."""
    found = [part for part in request.FILES.getlist(name) if isinstance(part, ReceivedSchema)]
    return found[0].read() if found else None


class _Refusing(FileUploadHandler):
    """Ends the upload on a refusal and leaves it on the request."""

    _length: int = 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  Django's name
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Remember how much was announced, and where it comes from."""
        self._length = content_length
        self._input = input_data

    def _refuse(self, refusal: StudioError) -> NoReturn:
        if self._length <= _DRAINED:
            _read_to_the_end(self._input)
        if _is_parsed_in_its_view(self.request):
            raise refusal
        self.request.upload_refusal = refusal  # type: ignore[union-attr]
        raise StopUpload(connection_reset=True)  # nothing is left to read


def _read_to_the_end(stream: Any) -> None:
    while stream.read(_CHUNK):
        pass


def _is_parsed_in_its_view(request: HttpRequest | None) -> bool:
    match = request.resolver_match if request else None
    return match is not None and getattr(match.func, "csrf_exempt", False)


class SchemaUploadHandler(_Refusing):
    """Keeps parts that describe columns in memory and leaves all others to the next handler."""

    def new_file(self, *args: Any, **options: Any) -> None:
        """Begin the next part."""
        super().new_file(*args, **options)
        self._content = bytearray()
        self._mine = self.field_name in _DESCRIBING
        if self._mine:
            raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Take a schema's bytes; pass others on."""
        if not self._mine:
            return raw_data
        if self.field_name == LOGO_PART and self._length <= _DRAINED:
            # Whoever draws it says that it is too large; the form's other fields are not lost.
            self._content += raw_data[: LARGEST + 1 - len(self._content)]
            return None
        self._content += raw_data
        if len(self._content) > SCHEMA_LIMIT:
            what = _DESCRIBING[str(self.field_name)]
            self._refuse(BadInput(f"The {what} is larger than 1 MB; make it smaller."))
        return None

    def file_complete(self, file_size: int) -> ReceivedSchema | None:
        """The schema, when the part was one."""
        return ReceivedSchema(self.file_name or "", bytes(self._content)) if self._mine else None


class EncryptedUploadHandler(_Refusing):
    """Encrypts every part as it comes, for those who may upload, up to the limit of a request."""

    chunk_size = _CHUNK

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.file = _Unfinished()  # Django closes ``file`` when parsing breaks off
        self._receive = web.receive_file()
        self._total = 0

    def new_file(self, *args: Any, **options: Any) -> None:
        """Open the door for the next part, unless the actor or the size forbids it."""
        super().new_file(*args, **options)
        try:
            actor = actor_of(cast(HttpRequest, self.request))
            self._receive.check_request(self._length - _FORM_ALLOWANCE)
            self.file.incoming.append(self._receive(actor, name=self.file_name or ""))
        except StudioError as refusal:
            self._refuse(refusal)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Encrypt the next bytes."""
        self._total += len(raw_data)
        try:
            self._receive.check_request(self._total)
            self.file.incoming[-1].write(raw_data)
        except StudioError as refusal:
            self._refuse(refusal)

    def file_complete(self, file_size: int) -> ReceivedFile:
        """The part as a file that the request owns from now on."""
        return ReceivedFile(self.file.incoming[-1], self.content_type or "")

    def upload_interrupted(self) -> None:
        """Forget everything: the body ended in the middle of a part."""
        self.file.close()


class _Unfinished:
    """Everything received so far in this request."""

    def __init__(self) -> None:
        self.incoming: list[Incoming] = []

    def close(self) -> None:
        for incoming in self.incoming:
            incoming.abort()
