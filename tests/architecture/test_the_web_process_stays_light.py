"""Pages, API and admin must start fast and small: heavy libraries belong to the worker."""

import subprocess
import sys

HEAVY = ("torch", "opacus", "sdv", "sklearn", "scipy", "sdmetrics", "vl_convert", "altair")

PROGRAM = f"""
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
import config.wiring.web
print(",".join(name for name in {HEAVY!r} if name in sys.modules))
"""


def test_importing_every_url_loads_no_heavy_library(tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == ""
