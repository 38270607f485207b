"""How long a private fit took is not told: papers say when things happened to the hour."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from domain.compliance.times_of_private_runs import to_the_hour
from domain.kernel import Role
from domain.usecases.audit_log import ReadAudit
from tests.studio import Studio, actor
from tests.usecases.test_private_papers import Proving, built, unpacked

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*")
HALF_PAST = datetime(2026, 3, 1, 12, 34, 56, 789, tzinfo=UTC)
_ASKED = {"training.requested", "sample.requested", "pack.requested", "evaluation.requested"}


class Ticking(Studio):
    """Every look at the clock is 3.000123 seconds after the one before."""

    def clock(self) -> datetime:
        self.now += timedelta(seconds=3, microseconds=123)
        return self.now


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return unpacked(*packed())


def packed():
    studio = Ticking(synthesizer=Proving(), now=HALF_PAST, release_rules=())
    _, synthesis = built(studio, evaluation_in_pack=True)
    return studio, synthesis


def extract(files: dict[str, bytes]) -> list[dict]:
    """The entries of the log in a pack."""
    return json.loads(files["audit.json"])["entries"]


def moments(text: str) -> set[str]:
    return set(_MOMENT.findall(text))


def test_no_paper_of_a_private_run_tells_a_minute_but_those_in_which_somebody_asked(files):
    asked = {json.loads(e["leaf"])["at"][13:19] for e in extract(files) if "leaf" in e}
    assert len(files) > 15
    for name, data in files.items():
        if name.endswith((".json", ".md", ".ipynb", ".txt")):
            found = {at[13:] for at in moments(data.decode().replace("\\", ""))}
            assert found <= {":00:00", *asked}, name
    assert {at[13:] for at in moments(files["provenance.json"].decode())} == {":00:00"}


def test_sealed_statements_of_a_private_run_tell_no_minute(files):
    sealed = [json.loads(d) for n, d in files.items() if n.endswith(".dsse.json")]
    said = [base64.b64decode(envelope["payload"]).decode() for envelope in sealed]
    found = set().union(*(moments(text) for text in said))
    assert found
    assert all(at.endswith(":00:00") for at in found)


def test_the_log_of_a_private_pack_tells_to_the_byte_only_when_somebody_asked(files):
    whole = [json.loads(e["leaf"]) for e in extract(files) if "leaf" in e]
    assert {entry["action"] for entry in whole} <= _ASKED
    untold = [e["at"] for e in extract(files) if "withheld" in e]
    assert len(untold) > 5
    assert all(":00:00" in at for at in untold)


def test_a_pack_of_a_run_without_privacy_tells_times_as_they_were():
    studio = Ticking(now=HALF_PAST)
    _, synthesis = built(studio, None)
    told = moments(unpacked(studio, synthesis)["provenance.json"].decode())
    assert not all(at.endswith(":00:00") for at in told)


def test_whoever_may_not_see_the_rows_reads_no_minute_of_what_is_withheld():
    studio, _ = packed()
    read = ReadAudit(audit=studio.audit, ledger=studio.ledger)
    page = read(actor(Role.REVIEWER)).entries
    untold = [e.document()["at"] for e in page if "withheld" in e.document()]
    assert untold
    assert all(":00:00" in at for at in untold)


def test_an_hour_begins_where_the_clock_of_utc_says():
    at = datetime(2026, 3, 1, 12, 59, 59, 999_999, tzinfo=UTC)
    assert to_the_hour(at) == datetime(2026, 3, 1, 12, tzinfo=UTC)
