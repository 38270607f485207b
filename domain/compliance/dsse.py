"""Signed envelopes for statements: DSSE v1.0 with Ed25519, as in-toto and sigstore read them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from domain.kernel import BadInput

PAYLOAD_TYPE = "application/vnd.in-toto+json"

_UNREADABLE = "This is not a DSSE envelope with an in-toto statement; ask the sender for the file."


def key_id(public_key: bytes) -> str:
    """The fingerprint by which a signer is known: SHA-256 of the raw 32-byte key, in hex."""
    return hashlib.sha256(public_key).hexdigest()


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding: the bytes that are signed, which no other type and payload
    share (DSSE protocol, “Signature Definition”)."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def envelope(
    statement: Mapping[str, Any], sign: Callable[[bytes], bytes], public_key: bytes
) -> dict[str, Any]:
    """``statement`` in an envelope signed by the owner of ``public_key``."""
    payload = json.dumps(
        statement, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()
    signature = sign(pae(PAYLOAD_TYPE, payload))
    return {
        "payload": _base64(payload),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": key_id(public_key), "sig": _base64(signature)}],
    }


def opened(document: Mapping[str, Any], public_key: bytes) -> dict[str, Any]:
    """The statement in an envelope, once the signature of ``public_key``'s owner fits.

    ``keyid`` is only a hint, as the protocol has it: every signature is tried. Raises
    :class:`BadInput` for what is no envelope, and where no signature fits.
    """
    payload, signatures = _parts(document)
    key = Ed25519PublicKey.from_public_bytes(public_key)
    if not any(_fits(key, signature, pae(PAYLOAD_TYPE, payload)) for signature in signatures):
        raise BadInput(
            "The signature of the statement does not fit: it was changed, or signed with another "
            "key; ask the sender for it again."
        )
    return _statement(payload)


def _parts(document: Mapping[str, Any]) -> tuple[bytes, list[bytes]]:
    try:
        if document["payloadType"] != PAYLOAD_TYPE:
            raise BadInput(_UNREADABLE)
        payload = base64.b64decode(document["payload"], validate=True)
        return payload, [base64.b64decode(s["sig"], validate=True) for s in document["signatures"]]
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error):
        raise BadInput(_UNREADABLE) from None


def _fits(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _statement(payload: bytes) -> dict[str, Any]:
    try:
        statement = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadInput(_UNREADABLE) from None
    if not isinstance(statement, dict):
        raise BadInput(_UNREADABLE)
    return statement


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
