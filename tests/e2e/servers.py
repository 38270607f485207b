"""Web and worker as a person starts them, on a data folder of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Instance:
    """One instance of the product; ``stop`` ends every process it started."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "STUDIO_DATA_DIR": str(self.data_dir),
            "STUDIO_DATABASE_URL": f"sqlite:///{self.data_dir / 'studio.sqlite3'}",
            **self.settings,
        }

    def manage(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        return subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=check,
        )

    def first_start(self) -> tuple[str, str]:
        """The administrator and the one-time password that the first start prints."""
        said = self.manage("first_start").stdout
        found = re.search(r"“(\S+)” with the one-time password (\S+)", said)
        assert found, said
        return found[1], found[2]

    def start(self, *words: str) -> subprocess.Popen:
        """Start a process of this instance, in a group of its own."""
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=self.environment,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=(self.data_dir / "stderr.txt").open("ab"),
        )
        self.processes.append(process)
        return process

    def start_worker(self) -> subprocess.Popen:
        return self.start("manage.py", "qcluster")

    def start_web(self) -> str:
        """Start the web server; returns its address once it answers."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        bind = ("--bind", f"127.0.0.1:{port}", "--threads", "4", "--no-control-socket")
        self.start("-m", "gunicorn", "config.wsgi", *bind)
        address = f"http://127.0.0.1:{port}"
        wait_until(lambda: _answers(address), "the web server answers", seconds=60)
        return address

    def kill(self, process: subprocess.Popen) -> None:
        """End a process and its children without warning, as a power cut does."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.processes.remove(process)

    def stop(self) -> None:
        for process in list(self.processes):
            self.kill(process)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/sign-in/", timeout=2):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def wait_until(true: Callable[[], bool], what: str, seconds: float = 120) -> None:
    """Wait for something to become true; fail with its name when it does not."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.2)
