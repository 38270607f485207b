"""What an instance publishes about itself, so that its packs can be told from forged ones."""

from __future__ import annotations

from typing import Any

from domain.compliance.dsse import key_id
from domain.compliance.product import PRODUCT
from domain.compliance.verifiers.files import verifier_digests
from domain.compliance.verifiers.program.keys import grouped

ADDRESS = ".well-known/synthetic-data-studio.json"
"""Where it stands (RFC 8615), without signing in: a key and two hashes, nothing of any data."""

IDENTITY_SCHEMA = 1


def signer(public_key: bytes) -> dict[str, str]:
    """A key that signs packs, and the fingerprint by which a receiver knows it."""
    return {
        "algorithm": "Ed25519",
        "public_key": public_key.hex(),
        "fingerprint": key_id(public_key),
        "fingerprint_in_groups": grouped(public_key),
    }


def identity(public_key: bytes) -> dict[str, Any]:
    """The key that signs packs, with the fingerprint that a receiver pins, and the SHA-256 of the
    verifiers of this version."""
    return {
        "schema": IDENTITY_SCHEMA,
        "product": PRODUCT,
        "signing_keys": [signer(public_key)],
        "verifiers_sha256": dict(verifier_digests()),
        "use": "python -I verify.py PACK.zip --key FINGERPRINT",
    }
