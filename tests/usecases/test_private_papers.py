"""What leaves about a private run, and what does not."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest
import rfc8785

from domain.compliance.audit import AuditEntry, grown, hash_leaf, root_of
from domain.compliance.audit_extract import NO_HEAD
from domain.compliance.dp_wording import UNCOVERED, VOID
from domain.jobs import JobState
from domain.kernel import Conflict, NotAllowed, NotFound, Role, RunId, UserId
from domain.privacy.budget import PrivacyStatement
from domain.synthesis.requests import PrivacyRequest
from domain.usecases.private_cases import keyed_digests
from tests.domain.compliance.private_examples import VOIDED, touches
from tests.studio import ORGANISATION, OTHER_ORGANISATION, Resampler, Studio, actor

ROWS, PEOPLE = (
    PrivacyRequest(epsilon=1.0, delta=1e-5),
    PrivacyRequest(epsilon=1.0, delta=1e-5, entity="person", rows_a_unit=2),
)


class Proving(Resampler):
    """Draws learned rows again and claims a proof: what is tested is what papers make of it."""

    tuning = None

    def fit(self, tables, metadata, *, privacy, **rest):
        result = super().fit(tables, metadata, privacy=privacy, **rest)
        proof = PrivacyStatement(
            epsilon=privacy.epsilon,
            delta=privacy.delta,
            unit=privacy.unit,
            accountant="a test",
            touches=touches(),
            tuning=self.tuning,
        )
        return replace(result, statement=proof)


@pytest.fixture
def private() -> Studio:
    return Studio(synthesizer=Proving())


def built(studio: Studio, privacy: PrivacyRequest | None = ROWS, data=None, **wanted):
    dataset = studio.confirmed(data)
    wanted = {"synthesizer": "marginals" if privacy else "autoregressive", **wanted}
    synthesis = studio.start(actor(), dataset_id=dataset.id, privacy=privacy, **wanted)
    studio.work_off()
    failed = [studio.jobs.get(ORGANISATION, job.id) for job in synthesis.jobs]
    assert {job.state for job in failed} == {JobState.SUCCEEDED}, [job.error for job in failed]
    return dataset, synthesis


def unpacked(studio: Studio, synthesis) -> dict[str, bytes]:
    with studio.download_pack(actor(), pack_id=synthesis.pack.id).stream as stream:
        archive = zipfile.ZipFile(io.BytesIO(stream.read()))
        return {name: archive.read(name) for name in archive.namelist()}


def told(files: dict[str, bytes]) -> str:
    """Every word that leaves with a pack, but for the rows and the manifest of its own files."""
    shown = [n for n in files if n.endswith((".json", ".md")) and n != "manifest.json"]
    return "\n".join(files[name].decode() for name in shown)


def test_the_pack_of_a_private_run_holds_its_report_and_no_figure_of_real_rows(private):
    dataset, synthesis = built(private)
    files = unpacked(private, synthesis)
    assert {"dp-report.json", "dp-report.pdf"} <= set(files)
    assert not {"evaluation.json", "evaluation.pdf"} & set(files)
    card = json.loads(files["model-card.json"])
    assert card["metrics"]["headline"] == []
    assert "stay inside the instance" in card["metrics"]["note"]
    words = told(files)
    assert dataset.files[0].sha256 not in words
    assert f'"size": {dataset.files[0].size}' not in words
    assert keyed_digests(private.keys, dataset)[0] in words
    assert "verdict" not in files["audit.json"].decode()
    check = json.loads(files["leak-check.json"])
    assert (check["checked"], check["real_values"], check["real_rows"]) == (True, None, None)


def test_of_two_words_within_an_hour_the_later_counts(private):
    _, synthesis = built(private)
    boss = replace(actor(Role.APPROVER), user_id=UserId("boss"))
    wanted = {"synthetic_id": synthesis.synthetic.id}
    private.now = private.now.replace(minute=10)
    private.approve(boss, **wanted, reason="First.")
    private.now = private.now.replace(minute=20)
    assert private.approve(boss, **wanted, reason="Second.").at == private.now
    assert private.gates(boss, **wanted).approval.reason == "Second."


def test_an_evaluation_that_stays_inside_is_listed_as_withheld(private):
    _, synthesis = built(private)
    files = unpacked(private, synthesis)
    about = str(synthesis.evaluation.id)
    entries = json.loads(files["audit.json"])["entries"]
    (withheld,) = (e for e in entries if e.get("action") == "evaluation.finished")
    assert withheld["subject"] == about
    assert "counted on real rows" in withheld["withheld"]
    assert "details" not in withheld
    jobs = json.loads(files["provenance.json"])["jobs"]
    assert [job["kind"] for job in jobs if job["subject"] == about] == ["evaluate"]


def test_where_people_are_the_unit_no_number_of_rows_leaves(private):
    rows = [f"p{at % 60},{at % 7},{'yes' if at % 3 else 'no'}" for at in range(187)]
    data = "\n".join(["person,visits,ill", *rows]).encode()
    _, synthesis = built(private, PEOPLE, data=data, rows=30)
    run = private.runs.get(ORGANISATION, synthesis.run.id)
    files = unpacked(private, synthesis)
    card = json.loads(files["model-card.json"])["training_data"]
    assert (card["rows_trained"], card["rows_held_out"]) == (None, None)
    assert card["tables"][0]["rows"] is None
    words = re.sub(r'"size": ?\d+', "", told(files))  # of files, which may be any number
    for count in (187, run.rows_trained):
        assert not re.search(rf"[ :]{count}[,.\s]", words), count


def test_an_evaluation_leaves_only_where_a_person_asks_and_says_that_nothing_covers_it(private):
    _, synthesis = built(private, evaluation_in_pack=True)
    files = unpacked(private, synthesis)
    report = json.loads(files["evaluation.json"])
    assert report["notes"][0] == UNCOVERED
    assert "ε does not cover them" in json.loads(files["model-card.json"])["metrics"]["note"]
    released = json.loads(files["dp-report.json"])["fields"][14]
    assert released["facts"]["evaluation_included"] is True
    requested = [e.document() for e in private.audit.entries()]
    asked = next(e for e in requested if e["action"] == "pack.requested")
    assert asked["details"]["evaluation"] is True


def test_a_pack_asked_for_later_leaves_the_evaluation_out_too(private):
    _, synthesis = built(private, pack=False)
    pack, _ = private.request_pack(actor(), synthetic_id=synthesis.synthetic.id)
    assert pack.evaluation_id is None
    other, _ = private.request_pack(
        actor(), synthetic_id=synthesis.synthetic.id, with_evaluation=True
    )
    assert other.evaluation_id == synthesis.evaluation.id


def test_a_pack_without_privacy_is_as_before(private):
    private.synthesizer = Resampler()
    dataset, synthesis = built(private, None)
    files = unpacked(private, synthesis)
    assert {"evaluation.json", "evaluation.pdf"} <= set(files)
    assert not any("dp-report" in name for name in files)
    assert dataset.files[0].sha256 in files["model-card.json"].decode()
    assert all("leaf" in e for e in json.loads(files["audit.json"])["entries"])


def test_the_log_in_a_private_pack_tells_who_did_what_and_nothing_that_was_counted(private):
    _, synthesis = built(private)
    extract = json.loads(unpacked(private, synthesis)["audit.json"])
    withheld = {e["action"] for e in extract["entries"] if "withheld" in e}
    whole = {json.loads(e["leaf"])["action"] for e in extract["entries"] if "leaf" in e}
    assert {"dataset.uploaded", "training.finished", "sample.finished"} <= withheld
    assert {"training.requested", "sample.requested"} <= whole
    assert not any("leaf_hash" in e for e in extract["entries"] if "withheld" in e)
    assert extract["head"]["signature"]


PEOPLE_ROWS = [f"{20 + at % 40},{at % 7},{'yes' if at % 3 else 'no'}" for at in range(187)]


def table_of(rows: list[str]) -> bytes:
    return "\n".join(["age,visits,ill", *rows]).encode()


def guessed_leaves(log: tuple[AuditEntry, ...], real: bytes, guess: bytes) -> list[bytes]:
    """Every entry as somebody writes it who knows all of the log but the rows and the nonces."""
    true, guessed = (
        {"sha256": sha256(data).hexdigest(), "size": len(data)} for data in (real, guess)
    )
    rows = [data.count(b"\n") for data in (real, guess)]
    leaves = []
    for entry in log:
        said = entry.document()
        said.pop("nonce", None)
        details = said["details"]
        if details.get("files") == [true]:
            said["details"] = {**details, "files": [guessed], "rows": rows[1]}
        if "rows_trained" in details:
            said["details"] = {
                **details,
                "rows_trained": details["rows_trained"] + rows[1] - rows[0],
            }
        leaves.append(rfc8785.dumps(said))
    return leaves


def recomputed(log: tuple[AuditEntry, ...], leaves: list[bytes], told: set[int]) -> set[str]:
    """Every hash that follows from ``leaves``, with the entries that were ``told`` as they are."""
    peaks: tuple[bytes, ...] = ()
    found = {sha256(leaf).hexdigest() for leaf in leaves}
    for entry, leaf in zip(log, leaves, strict=True):
        known = entry.leaf_hash if entry.index in told else hash_leaf(leaf)
        found |= {known.hex()} if entry.index not in told else set()
        peaks = grown(peaks, entry.index, known)
        found |= {root_of(peaks).hex()}
    return found


@pytest.mark.parametrize("gone", [None, 0, 186])
def test_nothing_in_a_private_pack_can_be_recomputed_from_a_guess_of_the_file(private, gone):
    real = table_of(PEOPLE_ROWS)
    guess = table_of([row for at, row in enumerate(PEOPLE_ROWS) if at != gone])
    _, synthesis = built(private, data=real)
    files = unpacked(private, synthesis)
    extract = json.loads(files["audit.json"])
    whole = {e["index"] for e in extract["entries"] if "leaf" in e}
    log = private.audit.entries()[: extract["head"]["size"]]
    leaves = guessed_leaves(log, real, guess)
    hashes = set(re.findall(r"[0-9a-f]{64}", told(files) + files["manifest.json"].decode()))
    assert extract["head"]["root"] in hashes
    assert not hashes & recomputed(log, leaves, whole)
    assert sha256(guess).hexdigest() not in hashes


def test_what_is_withheld_keeps_its_random_bits_and_what_is_told_can_be_hashed_again(private):
    _, synthesis = built(private)
    text = unpacked(private, synthesis)["audit.json"].decode()
    by_index = {e.index: e for e in private.audit.entries()}
    for told_entry in json.loads(text)["entries"]:
        entry = by_index[told_entry["index"]]
        if "leaf" in told_entry:
            assert hash_leaf(told_entry["leaf"].encode()).hex() == entry.leaf_hash.hex()
            assert told_entry["leaf_hash"] == entry.leaf_hash.hex()
        else:
            assert entry.document()["nonce"] not in text
            assert entry.leaf_hash.hex() not in json.dumps(told_entry)


def test_a_log_that_began_before_there_were_random_bits_leaves_without_head_and_says_so(
    private, monkeypatch
):
    with monkeypatch.context() as before:
        before.setattr("domain.compliance.audit.secrets.token_hex", lambda size: "")
        dataset = private.confirmed()
    synthesis = private.start(actor(), dataset_id=dataset.id, privacy=ROWS, synthesizer="marginals")
    private.work_off()
    files = unpacked(private, synthesis)
    extract = json.loads(files["audit.json"])
    assert extract["head"] is None
    assert extract["note"] == NO_HEAD
    roots = {e.root.hex() for e in private.audit.entries()}
    signatures = {e.signature.hex() for e in private.audit.entries()}
    assert not any(secret in told(files) for secret in roots | signatures)


def lone_values() -> bytes:
    """A table in which every amount is written so finely that one row alone has it."""
    return table_of([f"{at / 7!r},{at % 7},{'yes' if at % 3 else 'no'}" for at in range(120)])


def test_what_real_rows_hold_never_keeps_drawn_rows_of_a_private_run_from_leaving(private):
    _, synthesis = built(private, data=lone_values())  # its twin repeats real rows
    files = unpacked(private, synthesis)
    check = json.loads(files["leak-check.json"])
    assert check["checked"] is True
    assert "synthetic.csv" not in check["files"]
    assert {"README.md", "model-card.json", "dp-report.json"} <= set(check["files"])
    assert check["note"].startswith("Papers alone were searched")


def test_the_same_rows_without_privacy_stay_inside(private):
    private.synthesizer = Resampler()
    dataset = private.confirmed(lone_values())
    private.start(actor(), dataset_id=dataset.id, synthesizer="autoregressive")
    private.work_off()
    assert private.actions()[-1] == "pack.blocked"


def test_a_real_value_in_a_paper_of_a_private_run_stops_it_and_nobody_is_told_to_draw_again(
    private,
):
    mail = [f"ada.{at}@clinic.org,{at % 7},{'yes' if at % 3 else 'no'}" for at in range(120)]
    learned = private.synthesizer.fit

    def careless(tables, metadata, **rest):
        (frame,) = tables.values()
        return replace(
            learned(tables, metadata, **rest), notes=(f"{frame['age'].iloc[0]} is odd.",)
        )

    private.synthesizer.fit = careless
    dataset = private.confirmed(table_of(mail))
    synthesis = private.start(actor(), dataset_id=dataset.id, privacy=ROWS, synthesizer="marginals")
    private.work_off()
    job = private.jobs.get(ORGANISATION, synthesis.jobs[-1].id)
    assert job.state is JobState.FAILED
    assert "model-card.json" in job.error
    assert "seed" not in job.error
    assert not re.search(r": \d", job.error)


def test_a_search_on_private_rows_is_stamped_on_every_paper(private):
    private.synthesizer.tuning = VOIDED
    _, synthesis = built(private, pack=False)
    private.approve(
        actor(Role.APPROVER),
        synthetic_id=synthesis.synthetic.id,
        override=True,
        reason="To see what it says.",
        with_evaluation=False,
    )
    pack, _ = private.request_pack(actor(), synthetic_id=synthesis.synthetic.id)
    private.work_off()
    files = unpacked(private, replace(synthesis, pack=pack))
    for name in ("README.md", "model-card.json", "dp-report.json"):
        assert VOID in files[name].decode(), name
    assert json.loads(files["dp-report.json"])["void"] is True


def test_the_card_of_a_private_run_keeps_the_evaluation_inside(private):
    _, synthesis = built(private)
    card = private.read_model_card(actor(), run_id=synthesis.run.id)
    assert card["metrics"]["evaluated"] is False
    assert card["privacy"]["epsilon"] == 1.0


def test_the_report_is_read_by_those_who_may_and_names_the_ledger(private):
    _, synthesis = built(private)
    report = private.read_dp_report(actor(Role.VIEWER), run_id=synthesis.run.id)
    assert report["run"] == str(synthesis.run.id)
    ledger = next(f for f in report["fields"] if f["name"] == "ledger")
    assert ledger["facts"]["spent"]["epsilon"] == pytest.approx(1.0)
    with pytest.raises(NotFound):
        private.read_dp_report(
            actor(organisation_id=OTHER_ORGANISATION), run_id=RunId(synthesis.run.id)
        )
    with pytest.raises(NotAllowed):
        private.read_dp_report(actor(Role.REVIEWER), run_id=synthesis.run.id)


def test_a_run_without_privacy_has_no_report_and_says_what_to_do(private):
    private.synthesizer = Resampler()
    _, synthesis = built(private, None, evaluate=False, pack=False)
    for ask in (private.read_dp_report, private.download_dp_report):
        with pytest.raises(NotFound, match="without differential privacy"):
            ask(actor(), run_id=synthesis.run.id)


def test_a_run_that_is_still_fitting_has_no_report_yet(private):
    dataset = private.confirmed()
    run = private.start(actor(), dataset_id=dataset.id, synthesizer="marginals", privacy=ROWS).run
    with pytest.raises(Conflict, match="not finished"):
        private.read_dp_report(actor(), run_id=run.id)


def test_the_printed_report_is_the_one_in_the_pack_and_its_download_is_audited(private):
    _, synthesis = built(private, pack=False)
    with pytest.raises(Conflict, match="build the pack first"):
        private.download_dp_report(actor(), run_id=synthesis.run.id)
    pack, _ = private.request_pack(actor(), synthetic_id=synthesis.synthetic.id)
    private.work_off()
    with private.download_pack(actor(), pack_id=pack.id).stream as stream:
        sealed = zipfile.ZipFile(io.BytesIO(stream.read())).read("dp-report.pdf")
    file = private.download_dp_report(actor(), run_id=synthesis.run.id)
    assert file.stream.read() == sealed
    assert file.name.endswith(".pdf")
    assert private.actions()[-1] == "dp_report.downloaded"
