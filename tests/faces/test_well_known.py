"""The page that anyone may read: whose key signs the packs of this instance."""

from __future__ import annotations

import hashlib

import pytest
from django.test import Client

from config.wiring import web
from domain.compliance.verifiers.files import verifier_files

pytestmark = pytest.mark.django_db

_ADDRESS = "/.well-known/synthetic-data-studio.json"


def test_anyone_may_read_the_fingerprint_to_pin_and_the_hashes_of_the_verifiers():
    told = Client().get(_ADDRESS).json()
    (key,) = told["signing_keys"]
    assert key["public_key"] == web.public_key().hex()
    assert key["fingerprint"] == hashlib.sha256(web.public_key()).hexdigest()
    assert key["fingerprint_in_groups"].replace(" ", "") == key["fingerprint"]
    assert told["verifiers_sha256"] == {
        name: hashlib.sha256(data).hexdigest() for name, data in verifier_files().items()
    }


def test_it_says_nothing_of_any_data_may_be_cached_and_takes_nothing():
    response = Client().get(_ADDRESS)
    assert set(response.json()) == {
        *("schema", "product", "signing_keys", "verifiers_sha256", "use"),
    }
    assert response["Cache-Control"] == "public, max-age=300"
    assert "sessionid" not in response.cookies
    assert Client().post(_ADDRESS).status_code == 405
