#!/usr/bin/env python
"""Django's command line."""

import gc
import os
import sys

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import ManagementUtility
from django.core.management.base import BaseCommand


class Utility(ManagementUtility):
    """Django's own, which looks for garbage only once the command is loaded."""

    def fetch_command(self, subcommand: str) -> BaseCommand:
        command = super().fetch_command(subcommand)
        gc.freeze()  # what is loaded stays until the end, and a worker's forks share it
        gc.enable()
        return command


def main() -> None:
    # Loading makes hundreds of thousands of objects that stay; looking for garbage among them, over
    # and over, would be a tenth of every start.
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        _ = settings.DATABASES  # a bad setting ends here, in one sentence
    except ImproperlyConfigured as wrong:
        print(wrong, file=sys.stderr)
        sys.exit(2)
    Utility(sys.argv).execute()


if __name__ == "__main__":
    main()
