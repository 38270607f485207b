"""One evaluation for two kinds of eyes: on the page, and as a file that leaves."""

from __future__ import annotations

import json

import pytest

from adapters.orm.models import AuditEntryRow, EvaluationRow
from domain.kernel import Role
from tests.faces.pages import (
    confirmed,
    refusal_in,
    signed_in,
    work_off,
)

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("quick_synthesizer", "quick_evaluation"),
]


def test_an_evaluation_is_read_and_taken_along_in_either_rendering():
    browser = signed_in()
    browser.post(
        f"/datasets/{confirmed(browser).id}/start/",
        {
            "synthesizer": "autoregressive",
            "seed": 3,
            "rows": 60,
            "holdout_percent": 20,
            "target": "rich",
            "evaluate": "on",
        },
    )
    work_off()
    address = f"/evaluations/{EvaluationRow.objects.get().id}/"

    inside = browser.get(address).content.decode()
    assert f'href="{address}?rendering=shareable"' in inside
    outside = browser.get(f"{address}?rendering=shareable").content.decode()
    assert "no cell of 1 to 10 people is shown" in outside
    assert f'href="{address}evaluation.json?rendering=shareable"' in outside

    file = browser.get(f"{address}evaluation.json?rendering=shareable")
    assert json.loads(file.content)["rendering"] == "shareable"
    assert file["Content-Disposition"].endswith('-shareable.json"')
    assert json.loads(browser.get(f"{address}evaluation.json").content)["rendering"] == "internal"
    assert AuditEntryRow.objects.filter(action="evaluation.downloaded").count() == 2

    viewer = signed_in("vi", Role.VIEWER)
    page = viewer.get(address).content.decode()
    assert "no cell of 1 to 10 people is shown" in page
    assert "See the internal one" not in page
    taken = viewer.get(f"{address}evaluation.json")
    assert json.loads(taken.content)["rendering"] == "shareable"
    assert taken["Content-Disposition"].endswith('-shareable.json"')

    odd = browser.get(f"{address}?rendering=pretty")
    assert odd.status_code == 400
    assert "internal, shareable" in refusal_in(odd)
