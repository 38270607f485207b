"""A whole instance as an operator starts it: gunicorn and a worker, on a data folder of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60.0


@dataclass(frozen=True)
class Instance:
    """Where it listens, its first admin's one-time password, and how to give it commands."""

    address: str
    password: str
    environment: dict[str, str]
    folder: Path

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run one command of ``manage.py``."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=_ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@contextmanager
def running(folder: Path) -> Iterator[Instance]:
    """The instance, until the block ends."""
    port = _free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("STUDIO_", "DJANGO_"))}
    environment = {**kept, "STUDIO_DATA_DIR": str(folder / "data")}
    new = Instance(f"http://127.0.0.1:{port}", "", environment, folder)
    said = new.manage("first_start")
    assert said.returncode == 0, said.stderr
    [password] = re.findall(r"one-time password (\S+)", said.stdout)
    web = ["-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    with _process(web, new, "web.log"), _process(["manage.py", "qcluster"], new, "worker.log"):
        _wait_for(new.address)
        yield Instance(new.address, password, environment, folder)


@contextmanager
def _process(command: list[str], instance: Instance, log: str) -> Iterator[None]:
    with (instance.folder / log).open("w") as out:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=_ROOT,
            env=instance.environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(address: str) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(f"{address}/sign-in/", timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError(f"{address} did not answer in {_PATIENCE:.0f} seconds")
