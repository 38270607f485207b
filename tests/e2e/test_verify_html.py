"""verify.html in a real browser, from the disk and without a network: the words of verify.py."""

from __future__ import annotations

import base64
import hashlib
import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain.compliance.evidence import verify_pack
from domain.compliance.verifiers.files import verifier_files
from domain.compliance.verifiers.program.answer import answer, now_utc
from tests.chromium import chromium_here
from tests.domain.compliance.forged_packs import (
    FORGERIES,
    KEY,
    STRANGER,
    contents,
    dated,
    fingerprint,
    pack_files,
    public,
    sealed,
    stripped,
    whole,
    zipped,
)
from tests.domain.compliance.odd_zips import larger_than_32_bits

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_FIRST_BREAK = """async (data) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return (await checkPack(new File([bytes], "pack.zip"))).firstBreak;
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with chromium_here() as browser:
        yield browser


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("reviewer") / "verify.html"
    path.write_bytes(verifier_files()["verify.html"])
    return path


@pytest.fixture
def page(chromium: Browser, file: Path) -> Iterator[Page]:
    """The page, which may ask for nothing and complain of nothing."""
    page, asked, complaints = chromium.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(file.as_uri())
    yield page
    assert [url for url in asked if not url.startswith("blob:")] == [file.as_uri()]
    assert complaints == []
    page.close()


def chosen(page: Page, pack: bytes, name: str = "pack.zip") -> None:
    given = {"name": name, "mimeType": "application/zip", "buffer": pack}
    page.get_by_label("choose it").set_input_files(given)
    expect(page.get_by_role("status")).not_to_have_text("Checking …", timeout=60_000)


def first_break(page: Page, pack: bytes) -> str | None:
    return page.evaluate(_FIRST_BREAK, base64.b64encode(pack).decode())


def states(page: Page) -> dict[str, str]:
    rows = page.get_by_role("table").locator("tbody tr").all()
    return {r.get_by_role("rowheader").inner_text(): r.locator(".state").inner_text() for r in rows}


def test_an_intact_pack_is_intact_with_its_signer_unknown_until_the_fingerprint_is_there(page):
    chosen(page, whole())
    verdict = page.get_by_role("status")
    expect(verdict).to_have_text("Intact, signer not verified.")
    expect(page.get_by_text("4 of 4 entries are proved to be among its 11.")).to_be_visible()
    digits = fingerprint(KEY)
    grouped = " ".join(digits[n : n + 4] for n in range(0, 64, 4))
    expect(page.get_by_text(grouped)).to_be_visible()
    assert states(page) == dict.fromkeys(pack_files(), "as signed")
    fingerprint_field = page.get_by_label("Fingerprint of the sender’s key")
    for key in (grouped.upper(), public(KEY).hex()):
        fingerprint_field.fill(key)
        expect(verdict).to_have_text("Intact, signer verified.")
    fingerprint_field.fill(fingerprint(STRANGER))
    expect(verdict).to_have_text("The pack was signed by somebody else, not by the key you named.")
    fingerprint_field.fill("12")
    expect(page.get_by_role("alert")).to_have_text("A fingerprint has 64 hexadecimal digits.")
    expect(verdict).to_have_text("Intact, signer not verified.")


ANSWERED = {
    "an intact pack": whole,
    "an expired pack": lambda: dated(expires="2026-05-04T12:00:00+00:00"),
    "a pack of the first weeks": lambda: dated(expires=None),
    "a stripped pack": stripped,
    "a pack of a stranger": lambda: sealed(pack_files(STRANGER), STRANGER),
}


@pytest.mark.parametrize("pack", ANSWERED)
@pytest.mark.parametrize("key", [None, fingerprint(KEY)])
def test_it_answers_in_the_words_of_verify_py(page, pack, key):
    page.get_by_label("Fingerprint of the sender’s key").fill(key or "")
    chosen(page, ANSWERED[pack]())
    told = [page.get_by_role("status"), *page.locator("#more p").all()]
    expected = [
        line.replace("name it with --key", "enter it above") for line in answered(pack, key)
    ]
    assert [line.inner_text() for line in told] == expected


def answered(pack: str, key: str | None) -> tuple[str, ...]:
    """What verify.py says."""
    found = verify_pack(io.BytesIO(ANSWERED[pack]())).found
    assert found
    return answer(found, key, now_utc()).lines


def test_a_pack_wholly_signed_again_with_another_key_is_named_once_the_sender_is_known(page):
    chosen(page, sealed(pack_files(STRANGER), STRANGER))
    expect(page.get_by_role("status")).to_have_text("Intact, signer not verified.")
    page.get_by_label("Fingerprint of the sender’s key").fill(fingerprint(KEY))
    sentence = "The pack was signed by somebody else, not by the key you named."
    expect(page.get_by_role("status")).to_have_text(sentence)


def test_every_file_has_its_state(page):
    files = contents(whole()) | {"synthetic.csv": b"x" * 3509, "approval.pdf": b"yes"}
    del files["README.md"]
    chosen(page, zipped(files))
    expect(page.get_by_role("status")).to_have_text("The file “README.md” is missing.")
    told = {"README.md": "missing", "synthetic.csv": "changed", "approval.pdf": "added"}
    assert states(page) == dict.fromkeys(pack_files(), "as signed") | told


def test_a_pack_that_is_dropped_is_checked(page):
    page.evaluate(
        """(data) => {
          const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], "dropped.zip"));
          dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
        }""",
        base64.b64encode(whole()).decode(),
    )
    expect(page.get_by_role("heading", name="dropped.zip")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("Intact, signer not verified.")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_every_forgery_is_named_in_the_words_of_verify_py(page):
    told = {harm: first_break(page, forge()) for harm, (forge, _) in FORGERIES.items()}
    assert told == {harm: sentence for harm, (_, sentence) in FORGERIES.items()}


SHOWN = (
    *("a changed byte", "a removed file", "an added file", "a swapped signature"),
    *(f"an audit entry: {harm}" for harm in ("reordered", "edited", "deleted", "truncated")),
    "a file called 'x\\u202egnp.exe'",
)


@pytest.mark.parametrize("harm", SHOWN)
def test_a_forgery_is_shown_to_the_person(page, harm):
    forge, sentence = FORGERIES[harm]
    chosen(page, forge())
    expect(page.get_by_role("status")).to_have_text(sentence)
    assert "bad" in str(page.get_by_role("status").get_attribute("class"))


def test_random_changes_are_judged_alike(page):
    draw = random.Random(7)
    start = zipfile.ZipFile(io.BytesIO(whole())).start_dir
    for _ in range(150):
        changed = bytearray(whole())
        least = draw.choice([0, start, len(changed) - 30])
        for _ in range(draw.randint(1, 3)):
            changed[draw.randrange(least, len(changed))] = draw.randrange(256)
        pack = bytes(changed)
        assert first_break(page, pack) == verify_pack(io.BytesIO(pack)).first_break


def test_packs_cut_off_anywhere_are_judged_alike(page):
    for end in range(0, len(whole()), 1 + len(whole()) // 60):
        pack = whole()[:end]
        assert first_break(page, pack) == verify_pack(io.BytesIO(pack)).first_break


def test_its_own_sha256_is_that_of_the_standard(page):
    sizes = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 70_001]
    told = page.evaluate(
        """(sizes) => sizes.map((size) => {
          const bytes = Uint8Array.from({ length: size }, (_, n) => (n * 7) % 251);
          const whole = new Sha256();
          for (let at = 0; at < size; at += 37) whole.update(bytes.subarray(at, at + 37));
          return hex(whole.digest());
        })""",
        sizes,
    )
    made = (bytes(n * 7 % 251 for n in range(size)) for size in sizes)
    assert told == [hashlib.sha256(data).hexdigest() for data in made]


def test_a_statement_of_many_files_is_read(page):
    assert page.evaluate("unbase64('QUJD'.repeat(2_000_000)).length") == 6_000_000


def test_a_large_file_is_hashed_piece_by_piece_while_the_page_stays_awake(page):
    pack = sealed({"synthetic.csv": b"41,Ulm\n" * 20_000_000})  # 134 MiB
    page.evaluate(
        """() => {
          window.longest = 0;
          let last = performance.now();
          setInterval(() => {
            window.longest = Math.max(window.longest, performance.now() - last);
            last = performance.now();
          }, 20);
        }"""
    )
    path = Path(page.url.removeprefix("file://")).with_name("large.zip")
    path.write_bytes(pack)
    page.get_by_label("choose it").set_input_files(path)
    expect(page.get_by_role("status")).to_have_text("Intact, signer not verified.", timeout=120_000)
    assert page.evaluate("window.longest") < 1_500


def test_a_zip_that_needs_64_bits_is_read(page):
    path = Path(page.url.removeprefix("file://")).with_name("larger.zip")
    page.get_by_label("choose it").set_input_files(larger_than_32_bits(path))
    told = """async () => {
      const zip = await Zip.open(document.getElementById("pack").files[0]);
      const after = await gathered(zip.chunks("after.csv"), 99);
      return [zip.names, zip.size("zeros.bin"), after.length];
    }"""
    assert page.evaluate(told) == [["zeros.bin", "after.csv"], 5 << 30, 7]


def test_a_browser_without_ed25519_says_so_and_does_the_hashes(page):
    page.evaluate("() => { crypto.subtle.importKey = () => Promise.reject(new Error('no')); }")
    chosen(page, whole())
    expect(page.get_by_role("status")).to_contain_text("cannot check Ed25519 signatures")
    assert states(page) == dict.fromkeys(pack_files(), "as signed")
    chosen(page, FORGERIES["a changed byte"][0](), "changed.zip")
    expect(page.get_by_role("status")).to_have_text("The file “synthetic.csv” was changed.")


def test_names_that_differ_in_case_alone_are_found_alike_in_every_script(page):
    letters = [
        chr(n)
        for n in (*range(0x20, 0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x1F000))
        if chr(n).isprintable()
    ]
    told = page.evaluate("(letters) => letters.map(folded)", letters)
    alike: dict[str, set[str]] = {}
    for letter, fold in zip(letters, told, strict=True):
        alike.setdefault(letter.casefold(), set()).add(fold)
    assert [fold for fold, folds in alike.items() if len(folds) > 1] == []
    assert len(alike) == len(set(told))


@pytest.mark.parametrize(("width", "scheme"), [(1250, "light"), (400, "dark")])
def test_it_fits_narrow_pages_and_a_keyboard(page, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Fingerprint of the sender’s key")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("choose it")).to_be_focused()
    chosen(page, whole())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_policy_of_the_page_forbids_every_connection(chromium, file):
    page = chromium.new_page()
    page.goto(file.as_uri())
    for attempt in ("fetch('http://127.0.0.1:1/')", "new Image().src = 'http://127.0.0.1:1/'"):
        refused = page.evaluate(
            f"""() => new Promise((told) => {{
              addEventListener("securitypolicyviolation", (e) => told(e.disposition));
              Promise.resolve({attempt}).catch(() => {{}});
            }})"""
        )
        assert refused == "enforce"
    page.close()
    words = file.read_text("utf-8")
    assert not [word for word in ("innerHTML", "eval(", " src=", " href=") if word in words]
