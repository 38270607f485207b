"""The instance says of its settings what they are, for better or worse."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

import domain.compliance.manifest as module
from domain.compliance.controls.instance import instance_statement
from domain.kernel import ROLE_PERMISSIONS
from tests.domain.compliance.controls.packs import AT, SETTINGS

SCHEMA = json.loads((Path(module.__file__).parent / "schemas" / "instance.json").read_text())
BARE = replace(SETTINGS, cipher="", https=False, locks_out=False)


def told(settings) -> dict[str, tuple[bool, str]]:
    statement = instance_statement(settings, product_version="0.1.0", created_at=AT)
    return {line["kind"]: (line["holds"], line["says"]) for line in statement["lines"]}


@pytest.mark.parametrize("settings", [SETTINGS, BARE])
def test_the_statement_follows_its_schema(settings):
    statement = instance_statement(settings, product_version="0.1.0", created_at=AT)
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(json.dumps(statement)))


def test_settings_are_told_with_their_figures():
    assert "AES-256-GCM" in told(SETTINGS)["encryption at rest"][1]
    holds, says = told(SETTINGS)["sign-in"]
    assert holds
    for figure in ("12 characters", "12 hours after the sign-in"):
        assert figure in says


def test_when_an_account_is_locked_and_for_how_long_is_told_nobody():
    wanted = ["Passwords have at least 12 characters", "a session ends 12 hours after the sign-in"]
    says = told(SETTINGS)["sign-in"][1]
    assert says.split("; ") == [*wanted, "too many failed sign-ins lock the account for a while."]


def test_what_is_switched_off_speaks_against_itself():
    kinds = ("encryption at rest", "encryption in transit", "sign-in", "second factor")
    assert [told(BARE)[kind][0] for kind in kinds] == [False] * 4
    assert "lock nobody out" in told(BARE)["sign-in"][1]


def test_every_role_is_named():
    says = told(SETTINGS)["access control"][1]
    for role in ROLE_PERMISSIONS:
        assert role in says
