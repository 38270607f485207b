"""There is one order of reading: in a pack's README, in the guide, and of the files in the zip."""

import re
from pathlib import Path

from domain.compliance.pack_readme import READING, pack_readme, reading_place
from tests.domain.compliance.examples import card

GUIDE = Path(__file__).parents[3] / "docs" / "guide" / "packs.md"
EVERYTHING = tuple(file for files, _ in READING for file in files)


def steps_of(readme: str) -> list[tuple[list[str], str]]:
    """Files and question of each numbered step."""
    lines = re.findall(r"^\d+\. (`.*`): (.*)$", readme, re.MULTILINE)
    return [(re.findall(r"`([^`]+)`", files), asks) for files, asks in lines]


def test_the_guide_and_the_readme_of_a_pack_tell_the_same_order():
    rows = re.findall(r"^\| \d+ \| (.*?) \| (.*) \|$", GUIDE.read_text(), re.MULTILINE)
    guide = [(re.findall(r"`([^`]+)`", files), said) for files, said in rows]
    readme = steps_of(pack_readme(card(5), EVERYTHING))
    assert [files for files, _ in guide] == [files for files, _ in readme]
    for (_, said), (_, asks) in zip(guide, readme, strict=True):
        assert said.startswith(asks)


def test_the_summary_is_read_first_and_files_lie_in_the_order_of_reading():
    places = [reading_place(name) for name in (*EVERYTHING, "manifest.json")]
    assert places == sorted(places)
    assert min(places) == places[0] == reading_place("00-executive-summary.pdf")
    assert reading_place("oscal/a.json") == reading_place("oscal/")


def test_what_is_not_in_the_pack_is_no_step():
    readme = pack_readme(card(5), ("model-card.pdf", "evaluation.pdf", "audit.json"))
    assert [files for files, _ in steps_of(readme)] == [
        *(["model-card.pdf"], ["evaluation.pdf"], ["audit.json"])
    ]
