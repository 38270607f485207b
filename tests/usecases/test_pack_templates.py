"""Templates of an organisation: saved as versions, confirmed, and reminded of once a week."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.pack_templates import MemoryPackTemplates
from domain.compliance.legal.wording import LegalPaper
from domain.compliance.pack_templates import TemplateContent
from domain.kernel import BadInput, Conflict, NotAllowed, Role
from domain.usecases.edit_pack_template import ConfirmPackTemplate, EditPackTemplate
from domain.usecases.remind_reviews import RemindReviews, ReviewsDue
from tests.studio import ORGANISATION, OTHER_ORGANISATION, Studio, actor

BOSS = actor(Role.ADMINISTRATOR)
CONTENT = TemplateContent(contact="dpo@example.org")


class Desk:
    """Everything about templates, over one studio's log and clock."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.templates = studio, MemoryPackTemplates()
        kept = {"templates": self.templates, "clock": studio.clock}
        noted = {**kept, "audit": studio.audit, "atomic": studio.atomic}
        self.edit, self.confirm = EditPackTemplate(**noted), ConfirmPackTemplate(**noted)
        self.remind, self.due = RemindReviews(**noted), ReviewsDue(**kept)

    def wait(self, **time: float) -> None:
        self.studio.now += timedelta(**time)

    def said(self) -> list[dict]:
        return [entry.document() for entry in self.studio.audit.entries()]


@pytest.fixture
def desk(studio) -> Desk:
    return Desk(studio)


@pytest.fixture
def saved(desk) -> Desk:
    desk.edit(BOSS, based_on=0, content=CONTENT, note="Whom to ask.")
    return desk


def test_saving_makes_a_version_and_the_log_says_which_parts_changed(saved):
    words = replace(CONTENT, wording={LegalPaper.TERMS: "Ask {contact}."})
    second = saved.edit(BOSS, based_on=1, content=words, note="Shorter terms.")
    assert (second.version, second.by, second.at) == (2, BOSS.user_id, saved.studio.now)
    assert saved.templates.get(ORGANISATION, 1).content == CONTENT
    told = saved.said()[-1]
    assert told["action"] == "template.changed"
    assert told["details"] == {
        "version": 2,
        "changed": [LegalPaper.TERMS.heading],
    }


def test_a_change_of_somebody_else_is_never_lost(saved):
    with pytest.raises(Conflict, match="meanwhile"):
        saved.edit(BOSS, based_on=0, content=replace(CONTENT, name="X"), note="Name.")
    assert saved.templates.newest(ORGANISATION).version == 1


def test_saving_what_is_there_already_is_refused(saved):
    with pytest.raises(BadInput, match="Reviewed, unchanged"):
        saved.edit(BOSS, based_on=1, content=CONTENT, note="Nothing.")
    assert len(saved.said()) == 1


def test_only_administrators_change_or_confirm(saved):
    for role in set(Role) - {Role.ADMINISTRATOR}:
        with pytest.raises(NotAllowed):
            saved.edit(actor(role), based_on=1, content=CONTENT, note="x")
        with pytest.raises(NotAllowed):
            saved.confirm(actor(role), version=1)


def test_reviewed_and_unchanged_is_good_for_another_ninety_days(saved):
    saved.wait(days=90)
    assert saved.due(ORGANISATION)
    assert not saved.due(OTHER_ORGANISATION)
    saved.confirm(BOSS, version=1)
    assert saved.due(ORGANISATION) == ""
    assert saved.said()[-1]["action"] == "template.reviewed"
    saved.wait(days=90)
    assert saved.due(ORGANISATION) in saved.due.everywhere()


def test_only_the_newest_version_is_confirmed(saved, desk):
    saved.edit(BOSS, based_on=1, content=replace(CONTENT, name="X"), note="Name.")
    for version in (0, 1, 3):
        with pytest.raises(Conflict, match="Only the newest"):
            saved.confirm(BOSS, version=version)


def test_a_reminder_is_noted_once_a_week_for_as_long_as_nobody_does_anything(saved):
    saved.wait(days=89, hours=23)
    assert saved.remind() == ()
    saved.wait(hours=1)
    (sentence,) = saved.remind()
    assert "its review is due" in sentence
    reminded = []
    for _ in range(15):
        saved.wait(days=1)
        reminded.append(len(saved.remind()))
    assert [day for day, count in enumerate(reminded, start=1) if count] == [7, 14]
    entries = [e for e in saved.said() if e["action"] == "template.review_due"]
    assert [e["actor"] for e in entries] == ["system"] * 3
    saved.confirm(BOSS, version=1)
    saved.wait(days=20)
    assert saved.remind() == ()
