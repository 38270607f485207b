"""Templates of organisations: what is refused, when a review is due, what differs."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from domain.compliance.legal.wording import LegalPaper, own_wording
from domain.compliance.pack_templates import PackTemplate, TemplateContent
from domain.compliance.pack_templates_check import checked, checked_note
from domain.compliance.pack_templates_diff import Mark, Piece, template_diff
from domain.compliance.pack_templates_logo import LARGEST, read_logo
from domain.compliance.pack_templates_review import (
    REVIEW_EVERY,
    ReviewState,
    TemplateReview,
    review_state,
)
from domain.kernel import BadInput, UserId
from tests.domain.compliance.examples import NOON, ORGANISATION

TODAY = NOON.date()
ANNA = UserId("anna")
CONTROLS = """
framework = "iso-27001"
edition = 1
written = 2026-11-22

[source]
title = "ISO/IEC 27001"
cites = "Annex A"
version = "2022"
dated = "2022-10"
standing = "current"

[[control]]
id = "A.8.11"
title = "Masking of data"
requirement = "control"
at_best = "organisation only"
remains = "The policy on masking."
do = "Cite this row."
"""


def picture(
    kind: str = "PNG", size: tuple[int, int] = (30, 20), colours: str = "RGB", **more: object
) -> bytes:
    out = io.BytesIO()
    Image.new(colours, size).save(out, kind, **more)
    return out.getvalue()


def version(number: int = 1, **content: object) -> PackTemplate:
    return PackTemplate(
        organisation_id=ORGANISATION,
        version=number,
        by=ANNA,
        at=NOON,
        content=TemplateContent(**content),
    )


def test_the_products_own_words_are_kept_as_nothing_and_line_ends_are_the_same():
    given = own_wording(LegalPaper.TERMS).replace("\n", "\r\n")
    kept = checked(
        TemplateContent(
            name="  St.\n Anne ",
            wording={LegalPaper.TERMS: given, LegalPaper.DISCLAIMER: "One.\r\n\r\nTwo.\r\n"},
        ),
        TODAY,
    )
    assert kept.wording == {LegalPaper.DISCLAIMER: "One.\n\nTwo."}
    assert kept.name == "St. Anne"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"name": "x" * 201}, "more than 200 characters"),
        ({"contact": "x" * 301}, "more than 300 characters"),
        ({"wording": {LegalPaper.TERMS: "x" * 20_001}}, "more than 20,000 characters"),
        ({"wording": {LegalPaper.TERMS: "{nobody}"}}, "nothing stands for"),
        ({"wording": {LegalPaper.TERMS: f"|a|\n|-|\n|{'x' * 401}|"}}, "A table in"),
        ({"wording": {LegalPaper.TERMS: f"|{'a|' * 7}\n|{'-|' * 7}"}}, "more than 6 columns"),
        ({"controls": "framework ="}, "is not TOML"),
        ({"controls": CONTROLS.replace('"control"\n', '"control"\nneeds = ["luck"]\n')}, "needs"),
        ({"review_on": TODAY}, "after today"),
        ({"review_on": TODAY + REVIEW_EVERY + timedelta(days=1)}, "at the latest"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(content, words):
    with pytest.raises(BadInput, match=words):
        checked(TemplateContent(**content), TODAY)


def test_controls_of_ones_own_are_read_and_a_note_is_needed():
    kept = checked(TemplateContent(controls=CONTROLS), TODAY)
    assert [c.id for c in kept.added_controls] == ["A.8.11"]
    assert checked_note(" new\nphone ") == "new phone"
    with pytest.raises(BadInput, match="Say in the note"):
        checked_note(" ")


def test_a_logo_is_drawn_anew_small_and_without_what_was_hidden_in_it():
    hidden = PngInfo()
    hidden.add_text("Comment", "secret")
    out = io.BytesIO()
    Image.new("RGB", (3_000, 300), "navy").save(out, "PNG", pnginfo=hidden)
    drawn = read_logo(out.getvalue() + b"tail")
    assert b"secret" not in drawn
    assert b"tail" not in drawn
    with Image.open(io.BytesIO(drawn)) as seen:
        assert (seen.format, seen.size) == ("PNG", (900, 90))
        assert seen.convert("RGB").getpixel((5, 5)) == (0, 0, 128)
    assert read_logo(drawn) == drawn
    assert read_logo(picture("JPEG")).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no whole PNG or JPEG"),
        (picture("GIF"), "no whole PNG or JPEG"),
        (picture(size=(300, 300))[:90], "no whole PNG or JPEG"),
        (picture("JPEG", (200, 200))[:300], "no whole PNG or JPEG"),
        (b"", "no whole PNG or JPEG"),
        (picture(size=(4_001, 1)), "pixels"),
        (picture(size=(20_000, 20_000), colours="1"), "pixels"),
        (b"\x89PNG" + bytes(LARGEST), "KiB"),
    ],
    ids=["svg", "gif", "cut png", "cut jpeg", "nothing", "wide", "a bomb", "large"],
)
def test_what_is_no_small_png_or_jpeg_is_refused(data, words):
    with pytest.raises(BadInput, match=words):
        read_logo(data)


def state(confirmed_after: int | None = None, of: int = 1, **content: object) -> ReviewState:
    review = None
    if confirmed_after is not None:
        at = NOON + timedelta(days=confirmed_after)
        review = TemplateReview(organisation_id=ORGANISATION, version=of, by=ANNA, at=at)
    found = review_state(version(**content), review)
    assert found is not None
    return found


def test_a_review_is_due_ninety_days_after_the_last_word():
    assert not state().is_due(NOON + timedelta(days=89))
    assert state().is_due(NOON + timedelta(days=90))
    assert state(confirmed_after=80).due_at == NOON + timedelta(days=170)
    assert "95 days ago" in state(name="St. Anne").sentence(NOON + timedelta(days=95))
    assert "of St. Anne" in state(name="St. Anne").sentence(NOON)


def test_a_word_about_an_older_version_does_not_count():
    assert state(confirmed_after=80, of=7).due_at == NOON + REVIEW_EVERY


def test_a_day_that_was_asked_for_comes_sooner_and_is_done_with_once_reviewed():
    day = (NOON + timedelta(days=10)).date()
    assert state(review_on=day).due_at.date() == day
    assert state(confirmed_after=11, review_on=day).due_at == NOON + timedelta(days=101)


def test_the_products_own_template_is_never_due():
    assert review_state(PackTemplate(organisation_id=ORGANISATION), None) is None


def test_a_diff_shows_changed_lines_with_two_around_and_folds_the_rest():
    lines = [f"line {i}" for i in range(9)]
    old = TemplateContent(wording={LegalPaper.TERMS: "\n".join(lines)}, contact="a")
    new = replace(
        old, wording={LegalPaper.TERMS: "\n".join([*lines[:4], "other", *lines[5:]])}, logo=b"png"
    )
    logo, terms = template_diff(old, new)
    assert (logo.title, terms.title) == ("Logo", LegalPaper.TERMS.heading)
    assert [(line.mark, line.text) for line in terms.lines] == [
        (Mark.FOLDED, "2 lines as before"),
        (Mark.KEPT, "line 2"),
        (Mark.KEPT, "line 3"),
        (Mark.REMOVED, "line 4"),
        (Mark.ADDED, "other"),
        (Mark.KEPT, "line 5"),
        (Mark.KEPT, "line 6"),
        (Mark.FOLDED, "2 lines as before"),
    ]
    assert template_diff(old, old) == ()


def test_a_line_that_was_changed_in_part_shows_the_words_that_changed():
    old = TemplateContent(contact="Ask Anna Müller, room 12.")
    new = TemplateContent(contact="Ask Bo Müller, room 12, today.")
    ((_, lines),) = [(part.title, part.lines) for part in template_diff(old, new)]
    assert [line.text for line in lines] == [old.contact, new.contact]
    assert [p.text for p in lines[0].pieces if p.changed] == ["Anna"]
    assert Piece("Bo", True) in lines[1].pieces
    assert "today" in "".join(p.text for p in lines[1].pieces if p.changed)


def test_a_first_own_wording_is_compared_with_the_products():
    words = own_wording(LegalPaper.TERMS).strip()
    own = TemplateContent(wording={LegalPaper.TERMS: f"{words}\nOne more."})
    (terms,) = template_diff(TemplateContent(), own)
    assert [line.mark for line in terms.lines if line.mark not in (Mark.KEPT, Mark.FOLDED)] == [
        Mark.ADDED
    ]


def test_what_a_pack_says_of_an_organisation_on_purpose_is_named_whole_and_in_words():
    told = set(version(contact="Anna Müller <anna@example.org>, room 12", name="St. Anne").public)
    assert {"St. Anne", "anna@example.org", "Müller", str(ANNA)} <= told
