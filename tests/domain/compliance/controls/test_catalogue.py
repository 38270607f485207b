"""Controls are data: complete, apart by standing, and extended by organisations."""

from __future__ import annotations

import pytest

from domain.compliance.controls.catalogue import chosen_controls, own_controls, read_controls
from domain.compliance.controls.control import EvidenceKind, Standing, Status
from domain.compliance.controls.identifiers import LETTERS
from domain.compliance.controls.oscal import control_token
from domain.kernel import BadInput

OWN = """
framework = "iso-27001"
edition = 1
written = 2026-05-03

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
at_best = "supported"
needs = ["leak check", "evaluation with verdict or privacy report"]
shows = "Recipients get synthetic rows."
remains = "The policy on masking."
do = "Cite this row."
"""


def ids(framework: str, standing: Standing = Standing.CURRENT) -> set[str]:
    return {
        c.id for c in own_controls() if c.framework == framework and c.source.standing is standing
    }


def test_the_security_rule_is_there_with_its_names():
    titles = {c.id: c.title for c in own_controls()}
    assert titles["164.308(a)(1)(ii)(D)"] == "Information system activity review"
    assert titles["164.310(d)(2)(i)"] == "Disposal"
    assert titles["164.312(a)(2)(iv)"] == "Encryption and decryption"
    assert titles["164.312(b)"] == "Audit controls"
    assert titles["164.312(d)"] == "Person or entity authentication"


def test_the_criteria_of_soc_2_that_a_tool_speaks_for_are_there():
    wanted = {"CC2.1", "CC3.2", "CC3.4", "CC7.1", "CC7.2", "CC7.3", "CC8.1", "C1.1", "C1.2"}
    wanted |= {f"CC6.{n}" for n in range(1, 9)} | {f"PI1.{n}" for n in range(1, 6)}
    assert ids("soc2") == wanted | {"P3.1", "P4.1", "P4.2", "P4.3", "P6.1"}


def test_every_safe_harbor_identifier_is_there_once():
    assert "".join(c.identifier for c in own_controls()) == LETTERS


def test_proposed_rules_are_kept_apart():
    proposed = [c for c in own_controls() if c.source.standing is Standing.PROPOSED]
    assert {c.source.dated for c in proposed} == {"2025-01-06"}
    assert "proposed 164.312(f)(2)(ii)" in {c.id for c in proposed}
    assert ids("hipaa").isdisjoint(c.id for c in proposed)


def test_every_control_says_what_remains_and_what_to_do():
    for control in own_controls():
        assert control.remains.endswith("."), control.id
        assert control.do.endswith("."), control.id
        assert bool(control.shows) == bool(control.needs), control.id


def test_every_kind_of_evidence_is_of_use_to_some_control():
    used = {kind for c in own_controls() for need in c.needs for kind in need}
    assert used == set(EvidenceKind)


def test_no_two_controls_of_a_framework_have_one_oscal_id():
    tokens = [control_token(c.framework, c.id) for c in own_controls()]
    assert len(set(tokens)) == len(tokens)


def test_frameworks_are_chosen():
    assert {c.framework for c in chosen_controls(["gdpr"])} == {"gdpr"}
    with pytest.raises(BadInput, match="hipaa, gdpr, soc2"):
        chosen_controls(["pci"])
    with pytest.raises(BadInput, match="Choose frameworks"):
        chosen_controls([])


def test_an_organisation_adds_controls_in_the_same_form():
    (control,) = read_controls(OWN)
    assert control.at_best is Status.SUPPORTED
    assert control.needs[1] == (EvidenceKind.EVALUATION, EvidenceKind.DP_REPORT)
    assert chosen_controls(["soc2"], [control])[-1] == control


def test_a_control_that_is_there_already_is_refused():
    again = OWN.replace('"iso-27001"', '"soc2"').replace("A.8.11", "CC8.1")
    with pytest.raises(BadInput, match=r"CC8\.1” of SOC 2 stands there twice"):
        chosen_controls(["soc2"], read_controls(again))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("edition = 1", "edition = ", "not TOML"),
        ("edition = 1", "edition = true", "edition, a whole number"),
        ("2026-05-03", '"May"', "written, a date"),
        ("iso-27001", "ISO 27001", "small letters"),
        ('cites = "Annex A"', "", "needs a \\[source\\]"),
        ('"supported"', '"fine"', "at_best takes one of these"),
        ('"leak check"', '"a promise"', "needs takes one of these"),
        ('standing = "current"', 'standing = "soon"', "standing takes one of these"),
        ('do = "Cite this row."', "", "Each \\[\\[control\\]\\] needs"),
        ('do = "Cite this row."', 'do = " "', "a text that is not empty"),
        ('shows = "Recipients get synthetic rows."', "shows = 3", "shows is a text"),
        ("shows =", 'shows."leaks" =', "shows takes one of these"),
        ("shows =", 'shows."sign-in" =', "not among needs"),
        ('"supported"', '"organisation only"', "needs evidence exactly where"),
    ],
)
def test_a_table_that_is_not_in_the_form_is_refused_with_what_is_wrong(old, new, says):
    assert old in OWN
    with pytest.raises(BadInput, match=says):
        read_controls(OWN.replace(old, new))


def test_a_table_without_controls_is_refused():
    with pytest.raises(BadInput, match="add at least one"):
        read_controls(OWN.partition("[[control]]")[0])
