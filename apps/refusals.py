"""Which HTTP status a refusal has, in pages and API alike."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from domain.kernel import (
    BadInput,
    BudgetExceeded,
    Conflict,
    NotAllowed,
    NotFound,
    StudioError,
    TooLarge,
)

_STATUS: Mapping[type[StudioError], HTTPStatus] = {
    NotFound: HTTPStatus.NOT_FOUND,
    NotAllowed: HTTPStatus.FORBIDDEN,
    Conflict: HTTPStatus.CONFLICT,
    BudgetExceeded: HTTPStatus.CONFLICT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    BadInput: HTTPStatus.BAD_REQUEST,
}


def status_of(refusal: StudioError) -> HTTPStatus:
    """The status of a refusal; what is not the caller's doing is a 500."""
    for kind in type(refusal).__mro__:
        if kind in _STATUS:
            return _STATUS[kind]
    return HTTPStatus.INTERNAL_SERVER_ERROR
