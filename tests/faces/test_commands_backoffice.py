from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import RequestFactory

from adapters.keys.local import LocalKeys
from adapters.orm.insert_only import unguard
from adapters.orm.members import system_actor
from adapters.orm.models import (
    ApiKeyRow,
    AuditEntryRow,
    DatasetRow,
    MembershipRow,
    OrganisationRow,
    ProjectRow,
)
from config.wiring import adapters, web
from domain.compliance.evidence import PackPart, write_pack
from domain.compliance.verifiers.files import verifier_files
from domain.compliance.verifiers.program.keys import grouped
from domain.kernel import DatasetId, PackId, PopulationId, Role, utc_now
from domain.privacy.budget import Population
from domain.privacy.ledger import Kinship, SpendKind
from tests.faces.instance import actor, person

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str, **options: object) -> str:
    """What the command says, when it ends well."""
    out = io.StringIO()
    call_command(*command, stdout=out, **options)
    return out.getvalue()


def refused(*command: str) -> tuple[int, str]:
    """Exit code and the one line of a command that does not end well."""
    with pytest.raises(CommandError) as refusal:
        run(*command)
    line = str(refusal.value)
    assert "\n" not in line
    return refusal.value.returncode, line


@pytest.fixture
def log() -> None:
    """A log of four entries."""
    person("ada", Role.ADMINISTRATOR)
    for number in range(4):
        web.create_api_key()(actor(), name=f"key {number}")


@pytest.mark.usefixtures("log")
class TestVerifyAudit:
    def test_an_intact_log_is_said_to_be_intact(self):
        assert run("verify_audit") == "The audit log is intact: 4 entries.\n"

    def test_a_changed_entry_is_named(self):
        unguard(connection)
        row = AuditEntryRow.objects.get(index=2)
        row.leaf = bytes(row.leaf).replace(b"key 2", b"key 9")
        row.save()
        code, line = refused("verify_audit")
        assert code == 1
        assert "Entry 2 was changed" in line

    def test_a_missing_entry_is_named(self):
        unguard(connection)
        AuditEntryRow.objects.filter(index=1).delete()
        code, line = refused("verify_audit")
        assert code == 1
        assert "Entry 1 is missing" in line

    def test_entries_in_another_order_are_named(self):
        unguard(connection)
        first, second = AuditEntryRow.objects.filter(index__in=(1, 2)).order_by("index")
        for name in ("leaf", "leaf_hash"):
            one, other = getattr(first, name), getattr(second, name)
            setattr(first, name, other)
            setattr(second, name, one)
        first.save()
        second.save()
        code, line = refused("verify_audit")
        assert code == 1
        assert "Entry 1 does not follow" in line

    def test_an_entry_signed_by_another_key_is_named(self, tmp_path):
        unguard(connection)
        row = AuditEntryRow.objects.get(index=3)
        row.signature = LocalKeys(tmp_path / "other.json").sign(b"anything")
        row.save()
        code, line = refused("verify_audit")
        assert code == 1
        assert "signature of entry 3" in line

    def test_the_database_itself_refuses_to_change_an_entry(self):
        from django.db import Error

        with pytest.raises(Error, match="insert-only"):
            AuditEntryRow.objects.update(actor="eve")


def pack(path: Path, keys=None) -> Path:
    """A signed pack of two files."""
    keys = keys or adapters.keys()
    parts = [
        PackPart(name=name, open=lambda text=text: io.BytesIO(text))
        for name, text in (("README.md", b"Read me."), ("synthetic.csv", b"a,b\n1,2\n"))
    ]
    with path.open("wb") as out:
        write_pack(
            out,
            parts,
            pack_id=PackId(uuid4()),
            created_at=utc_now(),
            sign=keys.sign,
            public_key=keys.public_key(),
        )
    return path


def repacked(source: Path, target: Path, **changes: bytes | None) -> Path:
    """The pack with files replaced, added, or (``None``) left out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        files = {name: old.read(name) for name in old.namelist()}
        for name, content in ({**files, **changes}).items():
            if content is not None:
                new.writestr(name, content)
    return target


class TestVerifyPack:
    def test_a_pack_of_this_instance_is_said_to_be_so(self, tmp_path):
        said = run("verify_pack", str(pack(tmp_path / "p.zip"))).splitlines()
        assert said[0] == "Intact, signer verified."
        assert "2 files and 0 statements are as they were signed." in said
        assert said[-2:] == [
            f"Fingerprint of the key that signed: {grouped(adapters.keys().public_key())}",
            "That is the key of this instance.",
        ]

    def test_a_pack_of_another_instance_is_intact_with_its_signer_not_verified(
        self, tmp_path, capsys
    ):
        other = LocalKeys(tmp_path / "other.json")
        with pytest.raises(SystemExit) as ended:
            call_command("verify_pack", str(pack(tmp_path / "p.zip", other)))
        said = capsys.readouterr().out
        assert ended.value.code == 2
        assert said.startswith("Intact, signer not verified.\n")
        assert f"Fingerprint of the key that signed: {grouped(other.public_key())}\n" in said
        assert "name it with --key" in said

    def test_a_pinned_key_accepts_its_own_packs_only(self, tmp_path):
        mine, theirs = (LocalKeys(tmp_path / f"{name}.json") for name in ("mine", "theirs"))
        path = str(pack(tmp_path / "p.zip", mine))
        fingerprint = hashlib.sha256(mine.public_key()).hexdigest().upper()
        for key in (mine.public_key().hex(), fingerprint):
            said = run("verify_pack", path, "--key", key)
            assert said.startswith("Intact, signer verified.\n")
            assert "this instance" not in said
        code, line = refused("verify_pack", path, "--key", theirs.public_key().hex())
        assert code == 1
        assert "signed by somebody else, not by the key you named" in line
        assert grouped(mine.public_key()) in line
        code, line = refused("verify_pack", path, "--key", "nonsense")
        assert code == 3

    def test_it_says_what_verify_py_says(self, tmp_path):
        path, key = pack(tmp_path / "p.zip"), adapters.keys().public_key().hex()
        program = tmp_path / "verify.py"
        program.write_bytes(verifier_files()["verify.py"])
        ended = subprocess.run(
            [sys.executable, "-I", program, path, "--key", key], capture_output=True, text=True
        )
        assert ended.returncode == 0
        assert run("verify_pack", str(path), "--key", key) == ended.stdout

    @pytest.mark.parametrize(
        ("changes", "word"),
        [
            ({"synthetic.csv": b"a,b\n1,3\n"}, "“synthetic.csv” was changed"),
            ({"synthetic.csv": None}, "“synthetic.csv” is missing"),
            ({"extra.txt": b"hello"}, "“extra.txt” was added"),
            ({"manifest.json": None}, "“manifest.json” is missing"),
            ({"manifest.json": b"{}"}, "“manifest.json” cannot be read"),
        ],
    )
    def test_a_tampered_pack_is_refused_by_name(self, tmp_path, changes, word):
        bad = repacked(pack(tmp_path / "p.zip"), tmp_path / "bad.zip", **changes)
        code, line = refused("verify_pack", str(bad))
        assert code == 1
        assert word in line

    def test_a_file_that_is_no_zip_is_broken(self, tmp_path):
        (tmp_path / "p.zip").write_bytes(b"nonsense")
        code, line = refused("verify_pack", str(tmp_path / "p.zip"))
        assert code == 1
        assert "not a zip" in line

    def test_a_pack_that_cannot_be_opened_is_refused(self, tmp_path):
        for path in (tmp_path / "absent.zip", tmp_path):
            code, line = refused("verify_pack", str(path))
            assert code == 3
            assert "cannot be opened" in line


class TestFirstStart:
    def test_it_makes_what_is_needed_and_says_the_password_once(self, settings):
        said = run("first_start")
        password = re.search(r"password (\S+)", said).group(1)
        membership = MembershipRow.objects.get()
        assert membership.organisation.name == settings.STUDIO_ORGANISATION
        assert membership.must_change_password
        assert membership.role == Role.ADMINISTRATOR
        assert ProjectRow.objects.get().organisation == membership.organisation
        request = RequestFactory().post("/sign-in")
        user = authenticate(request, username="admin", password=password)
        assert user.is_superuser
        assert _schedules() == {
            f"apps.worker.tasks.{name}" for name in ("redeliver", "expire", "remind")
        }

    def test_a_second_time_changes_and_says_nothing(self):
        run("first_start")
        before = User.objects.get().password
        assert run("first_start") == ""
        assert User.objects.get().password == before
        assert OrganisationRow.objects.count() == ProjectRow.objects.count() == 1
        assert len(_schedules()) == 3

    def test_an_instance_that_changes_its_name_keeps_its_work_on_the_command_line_too(self):
        before = system_actor("Clinic")
        assert system_actor("Clinic of St. Mary") == before
        OrganisationRow.objects.create(name="Bank")
        assert system_actor("Clinic of St. Mary") == before
        assert system_actor("Bank") != before

    def test_an_instance_with_users_gets_no_other(self):
        person("ada", organisation="Clinic")
        assert run("first_start") == ""
        assert User.objects.get().username == "ada"
        assert OrganisationRow.objects.get().name == "Clinic"


def _schedules() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT func FROM django_q_schedule")
        return {func for (func,) in cursor.fetchall()}


@pytest.mark.slow
def test_two_first_starts_at_once_make_one_administrator(tmp_path):
    """On an empty instance: both migrate, one makes the user and says the password."""
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("STUDIO_")},
        "STUDIO_DATA_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    both = [
        subprocess.Popen(
            [sys.executable, "manage.py", "first_start"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in both]
    assert [p.returncode for p in both] == [0, 0], said
    assert sorted("one-time password" in out for out, _ in said) == [False, True]
    shutil.rmtree(tmp_path)


class TestCreateApiKey:
    def test_it_prints_the_secret_and_nothing_else(self):
        person("ada")
        secret = run("create_api_key", user="ada", name="nightly").strip()
        assert web.find_key_owner()(secret) == "ada"
        assert ApiKeyRow.objects.get().name == "nightly"

    def test_an_unknown_user_is_refused_in_one_line(self):
        code, line = refused("create_api_key", "--user", "nobody", "--name", "k")
        assert code == 2
        assert "no active user “nobody”" in line

    def test_somebody_who_left_gets_no_key(self):
        person("ada", is_active=False)
        assert refused("create_api_key", "--user", "ada", "--name", "k")[0] == 2

    def test_a_role_that_may_not_have_keys_is_refused(self):
        person("vi", Role.VIEWER)
        code, line = refused("create_api_key", "--user", "vi", "--name", "k")
        assert code == 2
        assert "viewer" in line


class TestThePrivacyBudget:
    def spent(self, name: str = "visits.csv", epsilon: float = 6.0) -> Population:
        """A dataset of which ε = 6, or as much as is said, is spent."""
        who = system_actor("My organisation")
        project = adapters.projects().default(who.organisation_id)
        dataset = DatasetRow.objects.create(
            id=uuid4(),
            organisation_id=who.organisation_id,
            project_id=project,
            name=name,
            role="source",
            created_by="ada",
            created_at=utc_now(),
            expires_at=utc_now(),
            files=[],
            tables=[],
        )
        population = Population(
            id=PopulationId(uuid4()),
            organisation_id=who.organisation_id,
            dataset_id=DatasetId(dataset.id),
            unit="row",
            name=name,
            budget=adapters.privacy_budget(),
        )
        adapters.ledger().open_population(population)
        web.spend_privacy().reserve(
            who,
            dataset_id=population.dataset_id,
            kind=SpendKind.TUNING,
            subject_id=uuid4(),
            epsilon=epsilon,
            delta=1e-6,
        )
        return population

    def test_is_listed_with_a_forecast(self):
        population = self.spent()
        said = run("privacy_budget")
        assert said.startswith(f"{population.dataset_id}  visits.csv: ε = 6 of 10 is spent")
        assert "4 more releases at ε = 1" in said

    def test_is_set_by_name_with_a_reason(self):
        self.spent()
        assert refused("privacy_budget", "visits.csv", "--epsilon", "20")[1].startswith("Say why")
        said = run("privacy_budget", "visits.csv", "--epsilon", "20", "--reason", "Agreed.")
        assert "ε = 6 of 20" in said
        assert AuditEntryRow.objects.last().action == "privacy.budget_changed"

    def test_of_no_dataset_in_particular_is_not_set(self):
        self.spent()
        assert "Say which" in refused("privacy_budget", "--epsilon", "20", "--reason", "Yes.")[1]

    def test_of_a_dataset_that_spent_nothing_is_not_there(self):
        self.spent()
        assert "as uploaded" in refused("privacy_budget", "other.csv")[1]

    def test_is_found_by_the_path_it_was_read_from(self):
        self.spent()
        assert "ε = 6 of 10" in run("privacy_budget", "/home/ada/visits.csv")

    def test_names_each_spend_with_its_state(self):
        self.spent()
        (line,) = [line for line in run("privacy_budget").splitlines() if "tuning" in line]
        assert "reserved, ε = 6, δ = 1e-06" in line

    def test_of_datasets_with_the_same_people_says_that_the_lines_do_not_add_up(self):
        march, april = self.spent("march.csv", 3.0), self.spent("april.csv", 3.0)
        kin = Kinship(dataset_id=march.dataset_id, holds_all=True, all_held=True)
        adapters.ledger().relate(april.organisation_id, april.dataset_id, [kin])
        said = run("privacy_budget", "april.csv")
        assert "ε = 6 of 10" in said
        assert "people in common with “march.csv”" in said
        assert "do not add up" in said

    def test_says_why_its_sum_says_less_than_it_seems(self):
        population = self.spent()
        web.spend_privacy().reserve(
            system_actor("My organisation"),
            dataset_id=population.dataset_id,
            kind=SpendKind.TUNING,
            subject_id=uuid4(),
            epsilon=1.0,
            delta=1e-6,
            unit="patient",
        )
        assert "Some releases protect a row and others all rows" in run("privacy_budget")
